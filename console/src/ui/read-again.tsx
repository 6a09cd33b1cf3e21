import { Button } from 'react-aria-components'

interface Props {
  readonly of: { readonly isStale: boolean; readonly isFetching: boolean; readonly refetch: () => unknown }
}

/** Long lists are not asked again behind the reader's back; they say that the book has moved on. */
export function ReadAgain({ of }: Props) {
  if (!of.isStale || of.isFetching) return null
  return (
    <span className="read-again">
      The book has changed since.{' '}
      <Button className="button" onPress={() => void of.refetch()}>
        Read again
      </Button>
    </span>
  )
}
