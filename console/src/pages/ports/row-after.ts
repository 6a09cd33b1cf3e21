const PAGE = 20

/** The row that a key leads to; `count` means "beyond the last", null that the key is not ours. */
export function rowAfter(key: string, row: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return row + 1
    case 'ArrowUp':
      return Math.max(0, row - 1)
    case 'PageDown':
      return Math.min(count - 1, row + PAGE)
    case 'PageUp':
      return Math.max(0, row - PAGE)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
