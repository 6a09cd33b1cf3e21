import type { ReactElement, ReactNode } from 'react'
import { OverlayArrow, Tooltip, TooltipTrigger } from 'react-aria-components'

/** Says more on hover and on focus; Escape takes it away. */
export function Hint({ text, children }: { readonly text: ReactNode; readonly children: ReactElement }) {
  return (
    <TooltipTrigger delay={250} closeDelay={50}>
      {children}
      <Tooltip className="hint" offset={6}>
        <OverlayArrow>
          <svg width={8} height={8} viewBox="0 0 8 8" aria-hidden="true">
            <path d="M0 0 L4 4 L8 0" />
          </svg>
        </OverlayArrow>
        {text}
      </Tooltip>
    </TooltipTrigger>
  )
}
