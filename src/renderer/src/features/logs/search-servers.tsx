import { IconPlayerStop, IconServer } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { LogFound, LogThere, ServerLook } from '../../../../shared/api/logs'
import type { LogFilter } from '../../../../shared/domain/log'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useWatch } from '../../client'
import { Button } from '../../ui/button'
import { count, dateTime, number } from '../../ui/format'
import { ProblemNote } from '../../ui/problem'
import { stampIn } from './look'
import { nameOf } from './names'
import { Found } from './row'
import { lookWords, notAmong } from './search-words'
import styles from './side.module.css'
import { useLogs } from './store'
import { useZones } from './zones'

/** What the servers themselves still have, beyond what is kept: asked for on their own, as it makes them read. */
export function SearchServers({ filter, kept, find }: { filter: LogFilter; kept: LogFound | null; find: RegExp | null }) {
  const [asked, setAsked] = useState(false)
  const { files, whole } = useAskable()
  if (files.length === 0) return null
  if (asked) return <Asked filter={filter} sources={files} whole={whole} kept={kept} find={find} />
  return (
    <div className={styles['servers']}>
      <Button small icon={<IconServer size={14} stroke={1.75} aria-hidden />} onClick={() => setAsked(true)}>
        Also ask the servers
      </Button>
      <p className={styles['hint']}>
        They look in their files, what was rotated from them and their journals. Only lines with the word come.
      </p>
    </div>
  )
}

/** The sources whose servers can look for a word, and how many hand out whole lines only. */
function useAskable(): { files: string[]; whole: number } {
  const sources = useLogs((state) => state.sources)
  const ticked = useLogs((state) => state.ticked)
  return useMemo(() => {
    const shown = (sources ?? []).filter(({ id }) => ticked.includes(id))
    const files = shown.filter(({ origin }) => origin.kind === 'file' || origin.kind === 'unit').map(({ id }) => id)
    return { files, whole: shown.length - files.length }
  }, [sources, ticked])
}

type Asking = { state: 'looking' | 'done' | 'stopped'; there: LogThere | null; problem: Problem | null }

function useServers(filter: LogFilter, sources: string[]) {
  const [asking, setAsking] = useState<Asking>({ state: 'looking', there: null, problem: null })
  const [over] = useState(() => new AbortController())
  useWatch(
    async (gone) => {
      const signal = AbortSignal.any([gone, over.signal])
      try {
        for await (const there of await client.logs.searchServers({ sources, filter, limit: 500 }, { signal }))
          if (!signal.aborted) setAsking({ state: there.done ? 'done' : 'looking', there, problem: null })
      } catch (error) {
        if (!signal.aborted) setAsking((now) => ({ ...now, state: 'done', problem: problemOf(error) }))
      }
    },
    [filter],
  )
  const stop = () => {
    over.abort()
    setAsking((now) => ({ ...now, state: 'stopped' }))
  }
  return { asking, stop }
}

interface AskedProps {
  filter: LogFilter
  sources: string[]
  whole: number
  kept: LogFound | null
  find: RegExp | null
}

function Asked({ filter, sources, whole, kept, find }: AskedProps) {
  const { asking, stop } = useServers(filter, sources)
  const zones = useZones()
  const { state, there, problem } = asking
  const lines = notAmong(there?.lines ?? [], kept?.lines ?? [])
  const twice = (there?.lines.length ?? 0) - lines.length
  return (
    <section className={styles['servers']} aria-label="Finds on the servers">
      <div className={styles['progress']} role="status">
        <IconServer size={14} stroke={1.75} aria-hidden />
        {state === 'looking' ? 'The servers are looking' : `${number(lines.length)} more found on the servers`}
        {state === 'stopped' ? ' before it was stopped' : ''}
        {state !== 'looking' && twice > 0 ? `, ${number(twice)} are listed above` : ''}
        {state === 'looking' && (
          <Button small tone="quiet" icon={<IconPlayerStop size={14} stroke={1.75} aria-hidden />} onClick={stop}>
            Stop asking
          </Button>
        )}
      </div>
      {problem && <ProblemNote problem={problem} />}
      <ul className={styles['looks']} aria-label="What the servers looked through">
        {there?.looks.map((look) => (
          <Look key={look.source} look={look} />
        ))}
        {whole > 0 && (
          <li>
            {count(whole, 'other source')} cannot be asked: whatever runs them hands out whole lines only, and does not look for
            words.
          </li>
        )}
      </ul>
      <ul className={styles['there']} aria-label="Lines found on the servers">
        {lines.map((line) => (
          <li key={`${line.source} ${line.instance} ${line.at} ${line.text}`} className={styles['find']}>
            <div className={styles['press']}>
              <span className={styles['when']}>
                {line.at === null ? (
                  <span>no time</span>
                ) : (
                  <time title={dateTime(line.at)}>{`${dayOf(line.at)} ${stampIn(line.at, zones.of(line.source))}`}</time>
                )}
                <span className="clip" title={line.instance}>
                  {line.instance}
                </span>
                {line.level && <span className={styles[`is-${line.level}`]}>{line.level.toUpperCase()}</span>}
              </span>
              <span className={styles['said']}>
                <Found text={line.text.slice(0, 2000)} find={find} />
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })
const dayOf = (at: number) => day.format(at)

function Look({ look }: { look: ServerLook }) {
  return (
    <li>
      <strong>{nameOf(look.source, look.source)}</strong> {look.problem ? look.problem.message : lookWords(look)}
    </li>
  )
}
