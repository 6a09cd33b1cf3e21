/** What nmap writes of one host: https://nmap.org/book/nmap-dtd.html. Without `finished` it broke off. */
export function nmapXml(scan: {
  readonly at: number
  readonly open: readonly number[]
  readonly finished?: boolean
}): string {
  const services = '5432,6379,8080'
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE nmaprun>',
    `<nmaprun scanner="nmap" args="nmap -p ${services} -oX scan.xml 10.0.3.7" start="${scan.at}" version="7.93" xmloutputversion="1.05">`,
    `<scaninfo type="connect" protocol="tcp" numservices="3" services="${services}"/>`,
    `<host starttime="${scan.at}" endtime="${scan.at + 5}"><status state="up" reason="syn-ack" reason_ttl="0"/>`,
    '<address addr="10.0.3.7" addrtype="ipv4"/><hostnames></hostnames><ports>',
    ...scan.open.map(
      (port) =>
        `<port protocol="tcp" portid="${port}"><state state="open" reason="syn-ack" reason_ttl="0"/><service name="x" method="table" conf="3"/></port>`,
    ),
    '<extraports state="closed" count="1"><extrareasons reason="conn-refused" count="1"/></extraports>',
    '</ports></host>',
  ]
  const end = [
    `<runstats><finished time="${scan.at + 6}" timestr="" elapsed="6.00" summary="" exit="success"/><hosts up="1" down="0" total="1"/></runstats>`,
    '</nmaprun>',
  ]
  return [...lines, ...(scan.finished === false ? [] : end), ''].join('\n')
}

/** A finished scan of so many hosts from 10.0.0.0 on, port 80 open on each. */
export function wideNmapXml(hosts: number): string {
  return finishedNmapXml(
    '80',
    Array.from({ length: hosts }, (_, n) => wideHost(n)),
  )
}

/** A finished scan that asked for the ports, of hosts as `nmapHost` writes them. */
export function finishedNmapXml(ports: string, hosts: readonly string[]): string {
  return [
    '<?xml version="1.0"?>',
    '<nmaprun scanner="nmap" args="nmap 10.0.0.0/16" start="1767225600" version="7.93" xmloutputversion="1.05">',
    `<scaninfo type="connect" protocol="tcp" numservices="1" services="${ports}"/>`,
    ...hosts,
    '<runstats><finished time="1767225606" timestr="" elapsed="6.00" exit="success"/></runstats></nmaprun>',
  ].join('\n')
}

function wideHost(n: number): string {
  return nmapHost(`10.0.${n >> 8}.${n & 255}`, [[80, 'open']])
}

export function nmapHost(
  address: string,
  ports: readonly (readonly [number: number, state: 'open' | 'closed'])[],
  names: readonly string[] = [],
): string {
  const hostnames = names.map((name) => `<hostname name="${name}" type="PTR"/>`)
  const listed = ports.map(
    ([port, state]) =>
      `<port protocol="tcp" portid="${port}"><state state="${state}" reason="syn-ack" reason_ttl="0"/></port>`,
  )
  return (
    `<host><status state="up" reason="syn-ack" reason_ttl="0"/><address addr="${address}" addrtype="ipv4"/>` +
    `<hostnames>${hostnames.join('')}</hostnames><ports>${listed.join('')}</ports></host>`
  )
}

export const SS_TEXT = `Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
tcp   LISTEN 0      511        127.0.0.1:6379      0.0.0.0:*    users:(("redis-server",pid=812,fd=6))
tcp   LISTEN 0      4096               *:9090            *:*    users:(("prometheus",pid=900,fd=7))
udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=500,fd=13))
`

export const MANIFESTS = `apiVersion: v1
kind: Service
metadata: { name: shop, namespace: web }
spec:
  type: LoadBalancer
  selector: { app: shop }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: web }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, image: shop, ports: [{ containerPort: 8080 }] }] }
`
