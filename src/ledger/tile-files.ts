/** A folder of tiles, bundles and checkpoints by their C2SP path: what was published here, or an export. */
export interface TileFiles {
  /** Null where there is none. */
  read(path: string): Promise<Uint8Array | null>
  /** Whole or not at all, its bytes durable when the promise resolves. One that stands is left as it is: tiles never change. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** As `write`, for what does change. */
  replace(path: string, bytes: Uint8Array): Promise<void>
}
