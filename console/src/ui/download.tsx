import { Button } from 'react-aria-components'

interface Props {
  readonly children: string
  readonly fileName: string
  readonly type: string
  readonly content: () => string | Uint8Array<ArrayBuffer>
  readonly isPrimary?: boolean
}

/** Keeps as a file what this page holds already. */
export function Download({ children, fileName, type, content, isPrimary = false }: Props) {
  const keep = () => {
    const url = URL.createObjectURL(new Blob([content()], { type }))
    const link = document.createElement('a')
    link.href = url
    link.download = fileName
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <Button className={isPrimary ? 'button primary' : 'button'} onPress={keep}>
      {children}
    </Button>
  )
}
