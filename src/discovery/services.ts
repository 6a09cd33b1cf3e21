import type { Service, Transport } from '../model/port.ts'
import type { PlaceReading, Reading } from '../model/source.ts'

/**
 * Names of well-known services by number, from IANA's Service Name and Transport Protocol Port Number Registry, but
 * for `COMMON`. A number is a convention, so a name found here is a guess until somebody declares it or an answer
 * shows it. Numbers that all kinds of software take (3000, 5000, 8000, 8081, 9000, 9090) have no name here, whatever
 * is registered: a guess that is mostly wrong is worse than none.
 */
export function guessService(port: number, transport: Transport): Service | null {
  const name = common.get(`${port}/${transport}`) ?? REGISTERED[transport].get(port)
  return name === undefined ? null : { name, by: 'guess' }
}

/** The reading with a guess wherever its source names no service. */
export function withServiceNames(reading: Reading): Reading {
  return { ...reading, places: reading.places.map(withServiceNamesAt) }
}

export function withServiceNamesAt(place: PlaceReading): PlaceReading {
  return {
    ...place,
    sightings: place.sightings.map((sighting) =>
      sighting.service === null && sighting.last === sighting.port
        ? { ...sighting, service: guessService(sighting.port, sighting.transport) }
        : sighting,
    ),
  }
}

export interface CommonService {
  readonly port: number
  readonly transport: Transport
  readonly name: string
  readonly why: string
}

/** Software that is so common on a number that what IANA has registered for it, if anything, would mislead. */
export const COMMON: readonly CommonService[] = [
  {
    port: 1521,
    transport: 'tcp',
    name: 'oracle',
    why: 'Oracle Database listener; registered is nCube License Manager',
  },
  {
    port: 2181,
    transport: 'tcp',
    name: 'zookeeper',
    why: 'Apache ZooKeeper clients; registered is eforward',
  },
  {
    port: 3128,
    transport: 'tcp',
    name: 'squid',
    why: 'Squid and other web proxies; registered is Active API Server',
  },
  { port: 4222, transport: 'tcp', name: 'nats', why: 'NATS; registered is a virtual reality protocol' },
  {
    port: 5044,
    transport: 'tcp',
    name: 'logstash',
    why: 'Elastic Beats input; registered is an instrument event service',
  },
  { port: 5601, transport: 'tcp', name: 'kibana', why: 'Kibana; registered is Enterprise Security Agent' },
  {
    port: 6443,
    transport: 'tcp',
    name: 'kube-apiserver',
    why: 'Kubernetes API server; registered is Sun Service Registry',
  },
  {
    port: 8009,
    transport: 'tcp',
    name: 'ajp13',
    why: 'Apache Tomcat connector, long before NVMe discovery got the number',
  },
  {
    port: 8086,
    transport: 'tcp',
    name: 'influxdb',
    why: 'InfluxDB; registered is Distributed SCADA Networking',
  },
  { port: 8089, transport: 'tcp', name: 'splunkd', why: 'chosen by Splunk for its management' },
  { port: 8200, transport: 'tcp', name: 'vault', why: 'HashiCorp Vault; registered is TRIVNET' },
  { port: 8443, transport: 'tcp', name: 'https-alt', why: 'HTTPS without root; registered is PCsync' },
  {
    port: 8500,
    transport: 'tcp',
    name: 'consul',
    why: 'HashiCorp Consul; registered is Flight Message Transfer',
  },
  { port: 9042, transport: 'tcp', name: 'cassandra', why: 'chosen by Apache Cassandra for its clients' },
  { port: 9092, transport: 'tcp', name: 'kafka', why: 'Apache Kafka; registered is Xml-Ipc Server Reg' },
  { port: 9200, transport: 'tcp', name: 'elasticsearch', why: 'Elasticsearch; WAP is no longer spoken' },
  {
    port: 9300,
    transport: 'tcp',
    name: 'elasticsearch',
    why: 'Elasticsearch between nodes; registered is Virtual Racing',
  },
  { port: 10250, transport: 'tcp', name: 'kubelet', why: 'chosen by Kubernetes for the agent of a node' },
  { port: 15672, transport: 'tcp', name: 'rabbitmq', why: 'chosen by RabbitMQ for its management' },
  {
    port: 27017,
    transport: 'tcp',
    name: 'mongodb',
    why: 'chosen by MongoDB; registered later than most copies of the registry',
  },
  { port: 61616, transport: 'tcp', name: 'activemq', why: 'chosen by Apache ActiveMQ' },
  { port: 41641, transport: 'udp', name: 'tailscale', why: 'chosen by Tailscale' },
  {
    port: 51820,
    transport: 'udp',
    name: 'wireguard',
    why: 'what WireGuard shows in its examples; it has no default',
  },
]

const TCP = `7 echo 9 discard 13 daytime 19 chargen 20 ftp-data 21 ftp 22 ssh 23 telnet 25 smtp 37 time 43 whois
49 tacacs 53 domain 70 gopher 79 finger 80 http 88 kerberos 102 iso-tsap 104 acr-nema 109 pop2 110 pop3
111 sunrpc 113 ident 119 nntp 135 epmap 137 netbios-ns 139 netbios-ssn 143 imap 161 snmp 179 bgp 194 irc
199 smux 220 imap3 264 bgmp 389 ldap 427 svrloc 443 https 444 snpp 445 microsoft-ds 464 kpasswd
465 submissions 500 isakmp 502 mbap 512 exec 513 login 514 shell 515 printer 530 courier 543 klogin
544 kshell 546 dhcpv6-client 547 dhcpv6-server 548 afpovertcp 554 rtsp 563 nntps 587 submission
593 http-rpc-epmap 601 syslog-conn 623 oob-ws-http 631 ipp 636 ldaps 646 ldp 655 tinc 705 agentx
749 kerberos-adm 783 spamd 830 netconf-ssh 853 domain-s 860 iscsi 873 rsync 989 ftps-data 990 ftps
992 telnets 993 imaps 995 pop3s 1080 socks 1099 rmiregistry 1194 openvpn 1270 opsmgr 1311 rxmon
1352 lotusnote 1433 ms-sql-s 1434 ms-sql-m 1494 ica 1701 l2tp 1720 h323hostcall 1723 pptp 1812 radius
1813 radius-acct 1883 mqtt 1900 ssdp 1935 macromedia-fcs 2000 cisco-sccp 2049 nfs 2083 radsec 2375 docker
2376 docker-s 2377 swarm 2379 etcd-client 2380 etcd-server 2404 iec-104 2628 dict 2811 gsiftp
3260 iscsi-target 3268 msft-gc 3269 msft-gc-ssl 3306 mysql 3389 ms-wbt-server 3478 stun 3493 nut 3632 distcc
3689 daap 3690 svn 4190 sieve 4369 epmd 4444 krb524 4460 ntske 4500 ipsec-nat-t
4567 tram 4786 smart-install 4789 vxlan 4840 opcua-tcp 4899 radmin-port 5060 sip 5061 sips 5222 xmpp-client
5269 xmpp-server 5349 stuns 5351 nat-pmp 5353 mdns 5355 llmnr 5432 postgresql 5666 nrpe 5671 amqps 5672 amqp
5683 coap 5684 coaps 5900 rfb 5984 couchdb 5985 wsman 5986 wsmans 6000 x11 6001 x11-1 6379 redis
6513 netconf-tls 6514 syslog-tls 6566 sane-port 6653 openflow 6667 ircu 6697 ircs-u 7001 afs3-callback
7474 neo4j 8008 http-alt 8080 http-alt 8140 puppet 8883 secure-mqtt 9100 pdl-datastream 9101 bacula-dir
9102 bacula-fd 9103 bacula-sd 9418 git 10050 zabbix-agent 10051 zabbix-trapper 10809 nbd 11112 dicom
11211 memcache 11371 hkp 16992 amt-soap-http 16993 amt-soap-https 19999 dnp-sec 20000 dnp 25565 minecraft
33060 mysqlx 44818 EtherNet-IP-2 47808 bacnet 50000 ibm-db2`

const UDP = `7 echo 9 discard 13 daytime 19 chargen 37 time 49 tacacs 53 domain 67 bootps 68 bootpc 69 tftp 80 http
88 kerberos 111 sunrpc 123 ntp 135 epmap 137 netbios-ns 138 netbios-dgm 161 snmp 162 snmptrap 177 xdmcp
319 ptp-event 320 ptp-general 389 ldap 427 svrloc 443 https 445 microsoft-ds 464 kpasswd 500 isakmp
514 syslog 520 router 546 dhcpv6-client 547 dhcpv6-server 623 asf-rmcp 631 ipp 636 ldaps 853 domain-s
1194 openvpn 1434 ms-sql-m 1701 l2tp 1718 h323gatedisc 1719 h323gatestat 1812 radius 1813 radius-acct
1900 ssdp 2049 nfs 2123 gtp-control 2152 gtp-user 2427 mgcp-gateway 3268 msft-gc 3389 ms-wbt-server
3478 stun 3702 ws-discovery 3784 bfd-control 4500 ipsec-nat-t 4789 vxlan 5004 avt-profile-1 5060 sip
5246 capwap-control 5247 capwap-data 5351 nat-pmp 5353 mdns 5355 llmnr 5683 coap 5684 coaps 6081 geneve
6343 sflow 8472 otv 10161 snmpdtls 11211 memcache 17185 wdbrpc 44818 EtherNet-IP-2 47808 bacnet`

const SCTP = `2904 m2ua 2905 m3ua 2944 megaco-h248 3868 diameter 5060 sip 5672 amqp 9899 sctp-tunneling 36412 s1-control
36422 x2-control 38412 ng-control`

/** By transport and number, as IANA has registered them. */
export const REGISTERED: Readonly<Record<Transport, ReadonlyMap<number, string>>> = {
  tcp: table(TCP),
  udp: table(UDP),
  sctp: table(SCTP),
}
const common = new Map(COMMON.map(({ port, transport, name }) => [`${port}/${transport}`, name]))

function table(text: string): ReadonlyMap<number, string> {
  const words = text.split(/\s+/)
  return new Map(
    Array.from({ length: words.length / 2 }, (_, n) => [Number(words[2 * n]), words[2 * n + 1] ?? '']),
  )
}
