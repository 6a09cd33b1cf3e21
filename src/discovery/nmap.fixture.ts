import type { PlaceReading } from '../model/source.ts'
import { type ScanSummary, readNmap } from './nmap.ts'

/** Put together from what nmap 7.93 wrote, with every kind of answer in it. */
export const NMAP_SCAN = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated as: nmap -sS -sU <host> -&#45;x 10.0.3.0/24 -->
<nmaprun scanner="nmap" args="nmap -sS -sU 10.0.3.0/24" start="1795453203" startstr="Mon Nov 23 17:00:03 2026" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="17" services="22,25,80-91,443,5432,8461"/>
<scaninfo type="udp" protocol="udp" numservices="2" services="53-54"/>
<verbose level="0"/>
<hosthint><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="10.0.3.7" addrtype="ipv4"/>
</hosthint>
<host starttime="1795453203" endtime="1795453217"><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="10.0.3.7" addrtype="ipv4"/>
<address addr="02:42:AC:11:00:02" addrtype="mac" vendor="Zoë"/>
<hostnames>
<hostname name="db-1.example.net" type="user"/>
<hostname name="db-1.example.net" type="PTR"/>
</hostnames>
<ports><extraports state="closed" count="12">
<extrareasons reason="reset" count="11" proto="tcp" ports="80-90"/>
<extrareasons reason="port-unreach" count="1" proto="udp" ports="54"/>
</extraports>
<extraports state="filtered" count="1">
<extrareasons reason="no-response" count="1" proto="tcp" ports="91"/>
</extraports>
<port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="ssh" product="OpenSSH" version="9.2p1 Debian 2" extrainfo="protocol 2.0" ostype="Linux" method="probed" conf="10"><cpe>cpe:/a:openbsd:openssh:9.2p1</cpe></service><script id="banner" output="&lt;host&gt; SSH-2.0 > x"><elem key="state">&#xa;</elem></script></port>
<port protocol="tcp" portid="25"><state state="closed" reason="reset" reason_ttl="64"/><service name="smtp" method="table" conf="3"/></port>
<port protocol="tcp" portid="443"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="http" product="Tom&apos;s &lt;proxy&gt; &amp; co" version='1.0' tunnel="ssl" method="probed" conf="10"/></port>
<port protocol="tcp" portid="5432"><state state="filtered" reason="no-response" reason_ttl="0"/><service name="postgresql" method="table" conf="3"/></port>
<port protocol="tcp" portid="8461"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="unknown" method="table" conf="3"/></port>
<port protocol="udp" portid="53"><state state="open|filtered" reason="no-response" reason_ttl="0"/></port>
</ports>
<os><portused state="open" proto="tcp" portid="22"/></os>
<times srtt="55" rttvar="145" to="100000"/>
</host>
<host><status state="down" reason="no-response" reason_ttl="0"/>
<address addr="10.0.3.8" addrtype="ipv4"/>
</host>
<host starttime="1795453217" endtime="1795453218"><status state="up" reason="nd-response" reason_ttl="255"/>
<address addr="FD00:0:0:0:0:0:0:7" addrtype="ipv6"/>
<ports><port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/></port>
</ports>
</host>
<runstats><finished time="1795453219" timestr="Mon Nov 23 17:00:19 2026" elapsed="1.38" exit="success"/><hosts up="2" down="1" total="3"/>
</runstats>
</nmaprun>
`

/** A scan that ended in order, with this in it. */
export function runOf(body: string, version = '1.05'): string {
  return `<nmaprun start="1795453203" xmloutputversion="${version}">${body}<runstats><finished time="1795453219" exit="success"/></runstats></nmaprun>`
}

export interface ReadScan {
  readonly hosts: readonly PlaceReading[]
  readonly summary: ScanSummary
}

/** @param size bytes of a piece; one piece where it is not given. */
export async function readScan(scan: string | Uint8Array, size = Infinity): Promise<ReadScan> {
  const bytes = Buffer.from(scan)
  const starts = Array.from(
    { length: Math.ceil(bytes.length / Math.min(size, bytes.length || 1)) },
    (_, n) => n * Math.min(size, bytes.length),
  )
  return readPieces(starts.map((start) => bytes.subarray(start, start + size)))
}

/** Each piece is overwritten once it was taken, as a stream may do. */
export async function readPieces(pieces: Iterable<Uint8Array>): Promise<ReadScan> {
  const hosts: PlaceReading[] = []
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      const chunk = Buffer.from(piece)
      yield chunk
      chunk.fill(0x3c)
    }
  }
  const summary = await readNmap(
    chunks(),
    { name: 'scan.xml', vantage: 'lan' },
    (host) => void hosts.push(host),
  )
  return { hosts, summary }
}
