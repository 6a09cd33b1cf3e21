/** Whose word an entry is, where several people must have said something. */
export interface Voice {
  /** Pseudonym. */
  readonly by: string
  /** The public key that it was signed with, in base64 of its SubjectPublicKeyInfo; null: a bare word. */
  readonly key: string | null
}
