/** Node has this since its first versions; its types do not list it. `toString` looks up the encoding at each call. */
interface Latin1Source {
  latin1Slice(start: number, end: number): string
}

/** A character for each byte, in a string of its own: one cut out of a text would keep all of that in memory. */
export function latin1(bytes: Buffer, start: number, end: number): string {
  return (bytes as Buffer & Latin1Source).latin1Slice(start, end)
}
