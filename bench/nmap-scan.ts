import { closeSync, openSync, writeSync } from 'node:fs'

/** `distinct`: each service that answered has a version of its own, which is more than any real scan has to say. */
export type Versions = 'usual' | 'distinct'

/**
 * Writes a scan as `nmap -sV -oX` would of so many hosts, ten listed ports each: the elements, attributes and white
 * space of nmap 7.93, the same bytes at each call. Returns how many bytes it wrote.
 */
export function writeScan(file: string, hosts: number, versions: Versions = 'usual'): number {
  const handle = openSync(file, 'w')
  try {
    let bytes = writeSync(handle, HEAD)
    for (let first = 0; first < hosts; first += BATCH) {
      const count = Math.min(BATCH, hosts - first)
      bytes += writeSync(handle, Array.from({ length: count }, (_, n) => host(first + n, versions)).join(''))
    }
    return bytes + writeSync(handle, tail(hosts))
  } finally {
    closeSync(handle)
  }
}

const BATCH = 1000
const START = 1795453200
const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated Mon Nov 23 17:00:00 2026 as: nmap -sS -sV -&#45;top-ports 1000 -oX scan.xml 10.0.0.0/8 -->
<nmaprun scanner="nmap" args="nmap -sS -sV -&#45;top-ports 1000 -oX scan.xml 10.0.0.0/8" start="${START}" startstr="Mon Nov 23 17:00:00 2026" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="1000" services="1-1000"/>
<verbose level="0"/>
<debugging level="0"/>
`

/** What follows `name=` for a port whose service answered, and for one that is known by its number alone. */
const SERVICES = [
  `"ssh" product="OpenSSH" version="9.2p1 Debian 2" extrainfo="protocol 2.0" ostype="Linux" method="probed" conf="10"><cpe>cpe:/a:openbsd:openssh:9.2p1</cpe><cpe>cpe:/o:linux:linux_kernel</cpe></service>`,
  `"domain" method="table" conf="3"/>`,
  `"http" product="nginx" version="1.22.1" method="probed" conf="10"><cpe>cpe:/a:igor_sysoev:nginx:1.22.1</cpe></service>`,
  `"http" product="Microsoft IIS httpd" version="10.0" tunnel="ssl" ostype="Windows" method="probed" conf="10"><cpe>cpe:/a:microsoft:internet_information_services:10.0</cpe></service>`,
  `"microsoft-ds" method="table" conf="3"/>`,
  `"mysql" product="MySQL" version="8.0.34-0ubuntu0.22.04.1" method="probed" conf="10"><cpe>cpe:/a:mysql:mysql:8.0.34</cpe></service>`,
  `"ms-wbt-server" method="table" conf="3"/>`,
  `"postgresql" product="PostgreSQL DB" version="9.6.0 or later" method="probed" conf="10"/>`,
  `"rpcbind" method="table" conf="3"/>`,
]

function host(n: number, versions: Versions): string {
  const address = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
  const numbers = Array.from({ length: 10 }, (_, p) => 100 * p + 22 + ((n * (p + 7)) % 61))
  const ports = numbers.map((number, p) => port(n, p, number, versions)).join('')
  return `<host starttime="${START}" endtime="${START + (n % 3600)}"><status state="up" reason="echo-reply" reason_ttl="63"/>
<address addr="${address}" addrtype="ipv4"/>
<hostnames>
<hostname name="host-${n}.example.net" type="PTR"/>
</hostnames>
<ports><extraports state="closed" count="990">
<extrareasons reason="reset" count="990" proto="tcp" ports="${others(numbers)}"/>
</extraports>
${ports}</ports>
<times srtt="${120 + (n % 97)}" rttvar="${60 + (n % 31)}" to="100000"/>
</host>
`
}

/** The ports from 1 to 1000 that are not among these. */
function others(numbers: readonly number[]): string {
  return [...numbers, 1001].map((number, p) => `${(numbers[p - 1] ?? 0) + 1}-${number - 1}`).join(',')
}

function port(n: number, p: number, number: number, versions: Versions): string {
  const silent = (n + p) % 10 === 0
  const state = silent
    ? 'state="filtered" reason="no-response" reason_ttl="0"'
    : 'state="open" reason="syn-ack" reason_ttl="63"'
  const usual = SERVICES[(n + p) % SERVICES.length] ?? ''
  const service = versions === 'usual' ? usual : usual.replace('version="', `version="${n}.${p}.`)
  return `<port protocol="tcp" portid="${number}"><state ${state}/><service name=${silent ? '"http" method="table" conf="3"/>' : service}</port>\n`
}

function tail(hosts: number): string {
  const end = START + 3600
  return `<runstats><finished time="${end}" timestr="Mon Nov 23 18:00:00 2026" summary="Nmap done; ${hosts} IP addresses (${hosts} hosts up) scanned in 3600.00 seconds" elapsed="3600.00" exit="success"/><hosts up="${hosts}" down="0" total="${hosts}"/>
</runstats>
</nmaprun>
`
}
