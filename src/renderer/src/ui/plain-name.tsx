import { isMixed, shownName } from '../../../shared/domain/plain-name'

/** A name that a server gave: nothing in it is invisible, and letters that imitate others are flagged. */
export function PlainName({ text }: { text: string }) {
  const shown = shownName(text)
  const flagged = shown !== text || isMixed(text)
  if (!flagged) return <>{text}</>
  return (
    <span title="This name has hidden or look-alike signs" style={{ color: 'var(--warn)' }}>
      {shown}
      <span className="sr"> (this name has hidden or look-alike signs)</span>
    </span>
  )
}
