import { Download } from './download.tsx'
import { Scroll } from './scroll.tsx'
import { useState } from 'react'
import { Button } from 'react-aria-components'

interface Props {
  readonly text: string
  readonly fileName: string
  readonly label: string
  /** Lines, counted from 1, that something is wrong with. */
  readonly marked?: ReadonlySet<number>
}

/** YAML with line numbers, to copy or to keep as a file. */
export function YamlBlock({ text, fileName, label, marked = new Set() }: Props) {
  return (
    <div className="yaml">
      <Scroll label={label} className="block">
        <pre>
          <code>
            {text
              .trimEnd()
              .split('\n')
              .map((line, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- a line is its number
                <span key={index} className={marked.has(index + 1) ? 'line wrong' : 'line'}>
                  {line}
                  {'\n'}
                </span>
              ))}
          </code>
        </pre>
      </Scroll>
      <div className="actions">
        <Copy text={text} />
        <Download fileName={fileName} type="application/yaml" content={() => text}>
          Download
        </Download>
      </div>
    </div>
  )
}

function Copy({ text }: { readonly text: string }) {
  const [said, setSaid] = useState('')
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied.'),
      () => setSaid('The browser does not let this page copy; select the text instead.'),
    )
  return (
    <>
      <Button className="button" onPress={() => void copy()}>
        Copy
      </Button>
      <output>{said}</output>
    </>
  )
}
