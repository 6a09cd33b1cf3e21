/** A Port document that says all there is to say of one port, so that no rule finds anything but drift. */
export function portDocument(name: string, port: number, more: { readonly host?: string; readonly purpose?: string } = {}): string {
  return `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: ${name} }
spec:
  owner: team/billing
  at: { host: ${more.host ?? 'db-1'} }
  bindings: [{ transport: tcp, port: ${port}, address: 10.0.3.7 }]
  purpose: ${more.purpose ?? 'The invoices of every customer'}
`
}
