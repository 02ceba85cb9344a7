import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { useEffect, useRef, useState } from 'react'
import type { Problem } from '../../../../shared/domain/problem'
import { problemOf } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ProblemNote } from '../../ui/problem'
import { openTerminal, type Opening } from './session'
import { styledDocument } from './styled-document'
import styles from './terminal.module.css'

/** The colours of the page; a terminal has a dark ground in both themes, as people expect of one. */
const theme = { background: '#11151c', foreground: '#d8dee9', cursor: '#7aa2f7', selectionBackground: '#33415a' }

/** A terminal of one's own size. Links, titles and the clipboard are not for what runs in it. */
export default function Screen({ opening, onAgain }: { opening: Opening; onAgain: () => void }) {
  const place = useRef<HTMLDivElement>(null)
  const [end, setEnd] = useState<{ code: number | null } | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  useEffect(() => {
    const element = place.current
    if (!element) return undefined
    const gone = new AbortController()
    const styled = styledDocument()
    const terminal = new Terminal({
      documentOverride: styled.document,
      theme,
      fontFamily: getComputedStyle(element).getPropertyValue('--mono'),
      fontSize: 13,
      lineHeight: 1.25,
      scrollback: 5000,
      allowProposedApi: false,
      screenReaderMode: true,
    })
    // OSC 52 (clipboard), 0 and 2 (title), 8 (links): what a server sends changes nothing outside the terminal.
    for (const code of [0, 1, 2, 8, 52]) terminal.parser.registerOscHandler(code, () => true)
    const fit = new FitAddon()
    terminal.loadAddon(fit)
    styled.opening(() => terminal.open(element))
    fit.fit()
    terminal.focus()
    const session = openTerminal(
      opening,
      { columns: terminal.cols, rows: terminal.rows },
      { bytes: (bytes) => new Promise((resolve) => terminal.write(bytes, resolve)), ended: (code) => setEnd({ code }) },
      gone.signal,
    )
    terminal.onData((text) => session.write(text))
    terminal.onResize(({ cols, rows }) => session.resize(cols, rows))
    const watch = new ResizeObserver(() => fit.fit())
    watch.observe(element)
    session.run().catch((error: unknown) => {
      if (!gone.signal.aborted) setProblem(problemOf(error))
    })
    return () => {
      gone.abort()
      watch.disconnect()
      terminal.dispose()
      styled.dispose()
    }
  }, [opening])
  return (
    <div className={card['stack']}>
      {problem && <ProblemNote problem={problem} />}
      <div className={styles['screen']} ref={place} role="group" aria-label="Terminal" />
      {(end || problem) && (
        <div className={card['inline']} role="status">
          <span className="dim">
            {end
              ? end.code === null
                ? 'It is over. How it ended is not known: the link went.'
                : `It ended with code ${end.code}.`
              : 'It is closed.'}
          </span>
          <span className={card['grow']} />
          <Button onClick={onAgain}>Open another</Button>
        </div>
      )}
    </div>
  )
}
