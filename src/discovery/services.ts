import type { Service, Transport } from '../model/port.ts'
import type { PlaceReading, Reading } from '../model/source.ts'

/**
 * Names of well-known services by number, from IANA's Service Name and Transport Protocol Port Number Registry. A
 * number is a convention, so a name found here is a guess until somebody declares it or an answer shows it.
 */
export function guessService(port: number, transport: Transport): Service | null {
  const name = NAMES[transport].get(port)
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

const TCP = `7 echo 9 discard 13 daytime 19 chargen 20 ftp-data 21 ftp 22 ssh 23 telnet 25 smtp 37 time 43 whois 49 tacacs
53 domain 70 gopher 79 finger 80 http 88 kerberos 102 iso-tsap 104 acr-nema 109 pop2 110 pop3 111 sunrpc 113 ident 119 nntp
135 epmap 137 netbios-ns 139 netbios-ssn 143 imap 161 snmp 179 bgp 194 irc 199 smux 220 imap3 264 bgmp 311 asip-webadmin
389 ldap 427 svrloc 443 https 444 snpp 445 microsoft-ds 464 kpasswd 465 submissions 497 retrospect 500 isakmp 502 mbap
512 exec 513 login 514 shell 515 printer 520 efs 524 ncp 530 courier 540 uucp 543 klogin 544 kshell 546 dhcpv6-client
547 dhcpv6-server 548 afpovertcp 554 rtsp 563 nntps 587 submission 593 http-rpc-epmap 601 syslog-conn 623 oob-ws-http
631 ipp 636 ldaps 646 ldp 655 tinc 674 acap 691 msexch-routing 705 agentx 749 kerberos-adm 830 netconf-ssh 853 domain-s
860 iscsi 873 rsync 902 ideafarm-door 989 ftps-data 990 ftps 992 telnets 993 imaps 995 pop3s 1080 socks 1194 openvpn
1241 nessus 1270 opsmgr 1311 rxmon 1352 lotusnote 1433 ms-sql-s 1434 ms-sql-m 1494 ica 1521 ncube-lm 1645 sightline
1701 l2tp 1720 h323hostcall 1723 pptp 1812 radius 1813 radius-acct 1883 mqtt 1900 ssdp 1935 macromedia-fcs 2000 cisco-sccp
2049 nfs 2082 infowave 2083 radsec 2086 gnunet 2181 eforward 2375 docker 2376 docker-s 2377 swarm 2379 etcd-client
2380 etcd-server 2404 iec-104 2483 ttc 2484 ttc-ssl 2598 citriximaclient 2811 gsiftp 3000 hbci 3049 nsws 3128 ndl-aas
3260 iscsi-target 3268 msft-gc 3269 msft-gc-ssl 3306 mysql 3389 ms-wbt-server 3478 stun 3493 nut 3632 distcc 3690 svn
4000 terabase 4222 vrml-multi-use 4333 dtserver-port 4369 epmd 4444 krb524 4500 ipsec-nat-t 4567 tram 4786 smart-install
4789 vxlan 4840 opcua-tcp 5000 commplex-main 5044 lxi-evntsvc 5060 sip 5061 sips 5222 xmpp-client 5223 hpvirtgrp
5269 xmpp-server 5349 stuns 5351 nat-pmp 5353 mdns 5355 llmnr 5432 postgresql 5480 vmware-fdm 5500 fcp-addr-srvr1
5601 esmagent 5671 amqps 5672 amqp 5683 coap 5684 coaps 5900 rfb 5984 couchdb 5985 wsman 5986 wsmans 6000 x11 6379 redis
6443 sun-sr-https 6513 netconf-tls 6514 syslog-tls 6566 sane-port 6633 openflow 6653 openflow 6660 irc-serv 6667 ircu
6697 ircs-u 7000 afs3-fileserver 7001 afs3-callback 7070 arcp 7474 neo4j 7946 swarm-gossip 8000 irdmi 8008 http-alt
8009 nvme-disc 8080 http-alt 8081 sunproxyadmin 8086 d-s-n 8088 radan-http 8089 splunkd 8140 puppet 8200 trivnet1
8443 pcsync-https 8444 pcsync-http 8500 fmtp 8530 wsus 8600 asterix 8883 secure-mqtt 8888 ddi-tcp-1 9000 cslistener
9001 etlservicemgr 9042 cassandra 9090 websm 9091 xmltec-xmlmail 9092 xmltec-xmlmail 9093 copycat 9100 pdl-datastream
9160 apani1 9200 wap-wsp 9300 vrace 9418 git 9443 tungsten-https 9999 distinct 10000 ndmp 10050 zabbix-agent
10051 zabbix-trapper 10250 kubelet 11211 memcache 11371 hkp 15672 rabbitmq-mgmt 16992 amt-soap-http 16993 amt-soap-https
19999 dnp-sec 20000 dnp 25565 minecraft 27017 mongodb 27018 mongodb-shard 33060 mysqlx 44818 eth-ip-2 47808 bacnet
50000 ibm-db2 50051 grpc 61616 activemq`

const UDP = `7 echo 9 discard 13 daytime 19 chargen 37 time 49 tacacs 53 domain 67 bootps 68 bootpc 69 tftp 80 http 88 kerberos
111 sunrpc 123 ntp 135 epmap 137 netbios-ns 138 netbios-dgm 161 snmp 162 snmptrap 177 xdmcp 389 ldap 427 svrloc 443 https
445 microsoft-ds 464 kpasswd 500 isakmp 514 syslog 520 router 546 dhcpv6-client 547 dhcpv6-server 623 asf-rmcp 631 ipp
853 domain-s 1194 openvpn 1434 ms-sql-m 1645 sightline 1701 l2tp 1718 h323gatedisc 1719 h323gatestat 1812 radius
1813 radius-acct 1900 ssdp 2049 nfs 2123 gtp-control 2152 gtp-user 2427 mgcp-gateway 3268 msft-gc 3389 ms-wbt-server
3478 stun 3702 ws-discovery 3784 bfd-control 4500 ipsec-nat-t 4789 vxlan 5004 avt-profile-1 5060 sip 5246 capwap-control
5247 capwap-data 5351 nat-pmp 5353 mdns 5355 llmnr 5683 coap 5684 coaps 6081 geneve 6343 sflow 8472 otv 10161 snmptls
11211 memcache 17185 wdbrpc 30718 lantronix-config 41641 tailscale 44818 eth-ip-2 47808 bacnet 51820 wireguard`

const SCTP = `36412 s1-control 36422 x2-control 38412 ng-control 2904 m2ua 2905 m3ua 2944 megaco-h248 3868 diameter 5060 sip
9899 sctp-tunneling`

const NAMES: Readonly<Record<Transport, ReadonlyMap<number, string>>> = { tcp: table(TCP), udp: table(UDP), sctp: table(SCTP) }

function table(text: string): ReadonlyMap<number, string> {
  const words = text.split(/\s+/)
  return new Map(Array.from({ length: words.length / 2 }, (_, n) => [Number(words[2 * n]), words[2 * n + 1] ?? '']))
}
