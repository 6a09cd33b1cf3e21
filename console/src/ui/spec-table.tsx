import { flat } from '../format/flat.ts'

/** A document or an entry's body as a table: one line for each value, its path as people write it. */
export function SpecTable({ value }: { readonly value: Readonly<Record<string, unknown>> }) {
  const rows = flat(value)
  if (rows.length === 0) return <p className="soft">empty</p>
  return (
    <table className="table spec">
      <tbody>
        {rows.map(({ path, text }) => (
          <tr key={path}>
            <th scope="row" className="code">
              {path}
            </th>
            <td className={text.startsWith('TODO') ? 'wrap todo' : 'wrap'}>{text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
