import { useState } from 'react'
import type { RunId } from '../../../../shared/domain/ids'
import type { NewSince } from '../../../../shared/domain/log-kept'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useWatch } from '../../client'
import { count, number } from '../../ui/format'
import { Bone, ProblemNote } from '../../ui/problem'
import { FindRow } from './find-row'
import { nameOf } from './names'
import { showSide } from './side'
import { Panel } from './panel'
import styles from './side.module.css'
import { useLogs } from './store'

/** Kinds of errors that a deploy brought: not one of them was said in the hour before. */
export function NewErrors({ runId }: { runId: RunId }) {
  const sources = useLogs((state) => state.ticked)
  const markers = useLogs((state) => state.markers)
  const [since, setSince] = useState<NewSince | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  useWatch(
    async (signal) => {
      while (!signal.aborted) {
        try {
          const found = await client.logs.newSince({ since: { runId }, sources }, { signal })
          if (!signal.aborted) setSince(found)
        } catch (error) {
          if (!signal.aborted) setProblem(problemOf(error))
          return
        }
        await new Promise((resolve) => setTimeout(resolve, 5000))
      }
    },
    [runId, sources],
  )
  return (
    <Panel
      title="New since this deploy"
      under={
        <>
          <select
            className={styles['deploys']}
            aria-label="Deploy"
            value={runId}
            onChange={(event) => {
              const marker = markers.find((one) => one.runId === event.target.value)
              if (marker) showSide({ kind: 'new', runId: marker.runId })
            }}
          >
            {markers.toReversed().map((marker) => (
              <option key={`${marker.runId} ${marker.at}`} value={marker.runId}>
                {new Date(marker.at).toLocaleTimeString('en', { hour12: false })} · {marker.words}
              </option>
            ))}
          </select>
          {since && (
            <span role="status">
              {since.errors.length === 0
                ? 'No error is new'
                : `${count(since.errors.length, 'kind')} of error not seen in the hour before`}{' '}
              · {count(since.known, 'kind')} known · {count(since.looked, 'line')} looked at
            </span>
          )}
        </>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      <ul className={styles['finds']} aria-label="New errors">
        {!since && !problem && <Bone height={60} />}
        {since?.errors.map((one) => (
          <FindRow
            key={one.signature}
            at={one.at}
            source={one.source}
            name={nameOf(one.source, one.instance)}
            level={one.level}
            text={one.text}
            beside={<span className={styles['count']}>×{number(one.count)}</span>}
          />
        ))}
      </ul>
    </Panel>
  )
}
