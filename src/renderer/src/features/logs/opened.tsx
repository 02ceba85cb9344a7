import {
  IconBookmark,
  IconBookmarkFilled,
  IconChevronDown,
  IconChevronUp,
  IconCopy,
  IconFilterMinus,
  IconFilterPlus,
  IconX,
} from '@tabler/icons-react'
import { useState } from 'react'
import { everything, type LogFilter } from '../../../../shared/domain/log'
import { useWatch } from '../../client'
import { Button } from '../../ui/button'
import { dateTime, number } from '../../ui/format'
import { LineText } from '../../ui/lines'
import { bookmark, isKept, useBookmarks } from './bookmarks'
import type { LogLine } from './buffer'
import { copied } from './copy'
import { fieldsIn, type LineField } from './line-fields'
import styles from './opened.module.css'
import { useLogs } from './store'
import { partsOf } from './view'

/** The lines that go on with the one that is open: a stack trace, whole. */
function useParts(line: LogLine | null): string[] {
  const [parts, setParts] = useState<{ of: LogLine; lines: string[] } | null>(null)
  useWatch(
    async (signal) => {
      if (!line || line.parts === 0) return
      const lines = await partsOf(line, everything).catch(() => [])
      if (!signal.aborted) setParts({ of: line, lines })
    },
    [line],
  )
  return parts && parts.of === line ? parts.lines : []
}

/** The line that was opened, as it was written, under the list: the list keeps its place. */
export function Opened() {
  const opened = useLogs((state) => state.opened)
  const open = useLogs((state) => state.open)
  const step = useLogs((state) => state.step)
  const marks = useBookmarks((state) => state.marks)
  const parts = useParts(opened)
  if (!opened) return null
  const kept = isKept(marks, opened)
  const Mark = kept ? IconBookmarkFilled : IconBookmark
  const whole = [opened.text, ...parts].join('\n')
  return (
    <section className={styles['opened']} aria-label="The line as it was written">
      <div className={styles['head']}>
        <span className="clip">
          <strong>{opened.instance}</strong> · {dateTime(opened.at)} · {new Date(opened.at).toISOString()}
          {opened.late ? ' · came late' : ''}
          {opened.cut > 0 ? ` · ${number(opened.cut)} bytes cut` : ''}
        </span>
        <span className={styles['space']} />
        <Bare label="Line before" Icon={IconChevronUp} act={() => step(-1)} />
        <Bare label="Next line" Icon={IconChevronDown} act={() => step(1)} />
        <Bare label={kept ? 'Remove the bookmark' : 'Bookmark the line'} Icon={Mark} act={() => bookmark(opened)} />
        <Button
          small
          tone="quiet"
          icon={<IconCopy size={15} stroke={1.75} aria-hidden />}
          onClick={() => void copied(whole, 'Copied the line as it was written.')}
        >
          Copy
        </Button>
        <Bare label="Close the line" Icon={IconX} act={() => open(null)} />
      </div>
      <div className={styles['body']}>
        <pre tabIndex={0} aria-label="The whole line">
          <LineText text={opened.text} />
          {parts.map((part, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the lines of a trace never move
            <span key={index} className={styles['part']}>
              {'\n'}
              <LineText text={part} />
            </span>
          ))}
        </pre>
        <Fields fields={fieldsIn(opened.text)} />
      </div>
    </section>
  )
}

function Bare({ label, Icon, act }: { label: string; Icon: typeof IconX; act: () => void }) {
  return (
    <Button
      small
      tone="quiet"
      aria-label={label}
      title={label}
      icon={<Icon size={15} stroke={1.75} aria-hidden />}
      onClick={act}
    />
  )
}

const withField = (filter: LogFilter, field: LineField, exclude: boolean): Partial<LogFilter> => ({
  fields: [
    ...filter.fields.filter((one) => !(one.key === field.key && one.value === field.value)),
    { key: field.key.slice(0, 100), value: field.value.slice(0, 500), exclude },
  ].slice(-20),
})

/** Each field with two ways: only such lines, or none of them. */
function Fields({ fields }: { fields: readonly LineField[] }) {
  const filter = useLogs((state) => state.filter)
  const setFilter = useLogs((state) => state.setFilter)
  if (fields.length === 0) return null
  return (
    <ul className={styles['fields']} aria-label="Fields of the line">
      {fields.map((field) => (
        <li key={field.key}>
          <span className={styles['key']}>{field.key}</span>
          <span className={`${styles['value']} clip`} title={field.value}>
            <LineText text={field.value} />
          </span>
          <Bare
            label={`Only lines with ${field.key}=${field.value.slice(0, 60)}`}
            Icon={IconFilterPlus}
            act={() => void setFilter(withField(filter, field, false))}
          />
          <Bare
            label={`No lines with ${field.key}=${field.value.slice(0, 60)}`}
            Icon={IconFilterMinus}
            act={() => void setFilter(withField(filter, field, true))}
          />
        </li>
      ))}
    </ul>
  )
}
