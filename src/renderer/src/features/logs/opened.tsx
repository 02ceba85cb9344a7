import { IconChevronDown, IconChevronUp, IconCopy, IconX } from '@tabler/icons-react'
import { Button } from '../../ui/button'
import { dateTime, number } from '../../ui/format'
import { LineText } from '../../ui/lines'
import { tell } from '../../ui/toast'
import styles from './logs.module.css'
import { useLogs } from './store'

/** The line that was opened, as it was written, under the list: the list keeps its place. */
export function Opened() {
  const { opened, open, step } = useLogs()
  if (!opened) return null
  const copy = () =>
    void navigator.clipboard.writeText(opened.text).then(
      () => tell('Copied the line as it was written.'),
      () => tell('This browser does not let the page copy. Mark the line and copy it by hand.'),
    )
  return (
    <section className={styles['opened']} aria-label="The line as it was written">
      <div className={styles['openedhead']}>
        <span className="clip">
          <strong>{opened.instance}</strong> · {dateTime(opened.at)} · {new Date(opened.at).toISOString()}
          {opened.late ? ' · came late' : ''}
          {opened.cut > 0 ? ` · ${number(opened.cut)} bytes cut` : ''}
        </span>
        <span className={styles['space']} />
        <Button
          small
          tone="quiet"
          aria-label="Line before"
          icon={<IconChevronUp size={15} aria-hidden />}
          onClick={() => step(-1)}
        />
        <Button
          small
          tone="quiet"
          aria-label="Next line"
          icon={<IconChevronDown size={15} aria-hidden />}
          onClick={() => step(1)}
        />
        <Button small tone="quiet" icon={<IconCopy size={15} stroke={1.75} aria-hidden />} onClick={copy}>
          Copy
        </Button>
        <Button
          small
          tone="quiet"
          aria-label="Close the line"
          icon={<IconX size={15} aria-hidden />}
          onClick={() => open(null)}
        />
      </div>
      <pre tabIndex={0} aria-label="The whole line">
        <LineText text={opened.text} />
      </pre>
    </section>
  )
}
