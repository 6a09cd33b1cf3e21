import { Button } from 'react-aria-components'

import { Problem } from '../api/problem.ts'

interface Props {
  readonly error: Error
  readonly onAgain?: () => void
}

/** What went wrong, the way out, and the number under which the server's log has it. */
export function ProblemNotice({ error, onAgain }: Props) {
  const problem = error instanceof Problem ? error : undefined
  return (
    <div className="notice problem" role="alert">
      <p>
        <strong>{error.message}</strong>
      </p>
      {problem?.hint && <p>{problem.hint}</p>}
      {problem?.requestId && (
        <p className="soft">
          Request <code>{problem.requestId}</code>
        </p>
      )}
      {onAgain && (
        <Button className="button" onPress={onAgain}>
          Ask again
        </Button>
      )}
    </div>
  )
}
