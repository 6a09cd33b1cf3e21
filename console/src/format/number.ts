/** `12,345` */
export function count(of: number): string {
  return of.toLocaleString('en-GB')
}

/** `1 port`, `12,345 ports` */
export function counted(of: number, one: string, many = `${one}s`): string {
  return `${count(of)} ${of === 1 ? one : many}`
}
