/** A folder of tiles, bundles and checkpoints by their C2SP path: what was published here, or an export. */
export interface TileFiles {
  /** Null where there is none. */
  read(path: string): Promise<Uint8Array | null>
  /** Durable when the promise resolves, whole or not at all. One that stands is left as it is: tiles never change. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** As `write`, for what does change. */
  replace(path: string, bytes: Uint8Array): Promise<void>
}
