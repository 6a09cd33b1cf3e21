/** A git repository that checkpoints are committed to: a weak witness, but one that needs nobody else. */
export interface CheckpointRepository {
  readonly path: string
  /** The checkpoint that was committed last, as a note; null for none. */
  committed(origin: string): Promise<string | null>
  /** The id of the commit. */
  commit(origin: string, checkpoint: { readonly size: number; readonly note: string }): Promise<string>
}
