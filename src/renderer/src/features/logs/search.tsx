import { IconPlayerStop } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { LogFound } from '../../../../shared/api/logs'
import type { LogFilter } from '../../../../shared/domain/log'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useWatch } from '../../client'
import { Button } from '../../ui/button'
import { count, number } from '../../ui/format'
import { Bone, ProblemNote } from '../../ui/problem'
import { finder, narrows } from './filter'
import { FindRow } from './find-row'
import { Chart } from './history'
import { nameOf } from './names'
import { SearchServers } from './search-servers'
import { bytesWords } from './search-words'
import { showSide } from './side'
import { Panel } from './panel'
import styles from './side.module.css'
import { useLogs } from './store'

type Looking = { state: 'looking' | 'done' | 'stopped'; found: LogFound | null } | { state: 'failed'; problem: Problem }

/** Looks through all that is kept on disk, and shows what it has found while it goes on. */
function useSearch(filter: LogFilter) {
  const sources = useLogs((state) => state.ticked)
  const [looking, setLooking] = useState<Looking>({ state: 'looking', found: null })
  const [over] = useState(() => new AbortController())
  useWatch(
    async (signal) => {
      try {
        const asked = AbortSignal.any([signal, over.signal])
        for await (const found of await client.logs.search({ sources, filter, limit: 500, buckets: 120 }, { signal: asked }))
          if (!asked.aborted) setLooking({ state: found.done ? 'done' : 'looking', found })
      } catch (error) {
        if (!signal.aborted && !over.signal.aborted) setLooking({ state: 'failed', problem: problemOf(error) })
      }
    },
    [filter],
  )
  const stop = () => {
    over.abort()
    setLooking((now) => (now.state === 'looking' ? { ...now, state: 'stopped' } : now))
  }
  return { looking, stop }
}

/** The finds in all that is kept, newest first; each leads to what stood around it. */
export function SearchKept({ filter }: { filter: LogFilter }) {
  const { looking, stop } = useSearch(filter)
  const present = useLogs((state) => state.filter)
  const setFilter = useLogs((state) => state.setFilter)
  const markers = useLogs((state) => state.markers)
  const find = useMemo(() => finder(filter), [filter])
  const wanted = { ...present, range: null, folded: false, context: 0 }
  const other = narrows(wanted) && JSON.stringify(wanted) !== JSON.stringify(filter)
  if (looking.state === 'failed') {
    return (
      <Panel title="All that is kept" under={null}>
        <ProblemNote problem={looking.problem} />
      </Panel>
    )
  }
  const { found } = looking
  return (
    <Panel title={`All that is kept: ${titleOf(filter)}`} under={<Progress looking={looking} stop={stop} />}>
      {other && (
        <Button small onClick={() => showSide({ kind: 'search', filter: wanted })}>
          Search for what the filter says now
        </Button>
      )}
      {found && found.found > 0 && (
        <Chart
          label="Finds over time"
          bars={found.histogram}
          markers={markers}
          onZoom={(range) => void setFilter({ ...filter, folded: present.folded, range })}
          onLeave={() => showSide({ kind: 'none' })}
        />
      )}
      <ul className={styles['finds']} aria-label="Finds">
        {!found && <Bone height={60} />}
        {found?.lines.map((line, index) => (
          <FindRow
            // oxlint-disable-next-line react/no-array-index-key -- equal lines may be kept twice
            key={`${line.at} ${line.source} ${index}`}
            at={line.at}
            source={line.source}
            name={nameOf(line.source, line.instance)}
            level={line.level}
            text={line.text}
            find={find}
          />
        ))}
      </ul>
      {found?.done && found.found > found.lines.length && (
        <p className={styles['more']}>The newest {number(found.lines.length)} are listed; the chart counts all.</p>
      )}
      <SearchServers filter={filter} kept={found} find={find} />
    </Panel>
  )
}

const titleOf = ({ text, exclude, fields, level }: LogFilter) =>
  [
    text,
    ...fields.map((one) => `${one.exclude ? 'not ' : ''}${one.key}=${one.value}`),
    exclude === '' ? '' : `without ${exclude}`,
    level === null ? '' : `level ≥ ${level}`,
  ]
    .filter(Boolean)
    .join(', ') || 'everything'

function Progress({ looking, stop }: { looking: Exclude<Looking, { state: 'failed' }>; stop: () => void }) {
  const { found, state } = looking
  const searched = found?.searched
  return (
    <>
      <span role="status">
        {count(found?.found ?? 0, 'line')} found
        {state === 'done' ? ` in ${count(searched?.rows ?? 0, 'kept line')}` : ''}
        {state === 'done' && searched && searched.ruledOut > 0
          ? ` · ${number(searched.ruledOut)} of ${count(searched.of, 'file')} cannot hold it and were not opened`
          : ''}
        {state === 'stopped' ? ' before it was stopped' : ''}
      </span>
      {state === 'looking' && (
        <span className={styles['progress']}>
          <progress max={Math.max(1, searched?.of ?? 1)} value={searched?.files ?? 0} aria-label="Searched" />
          {searched ? `${number(searched.files)} of ${count(searched.of, 'file')}, ${bytesWords(searched.bytes)}` : 'Looking'}
          <Button small tone="quiet" icon={<IconPlayerStop size={14} stroke={1.75} aria-hidden />} onClick={stop}>
            Stop
          </Button>
        </span>
      )}
    </>
  )
}
