import { IconArrowDown, IconCopy, IconPlayerPause } from '@tabler/icons-react'
import { useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { useSession, useWatch } from '../../client'
import { Button } from '../../ui/button'
import { number, count } from '../../ui/format'
import { Page } from '../../ui/page'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { go } from '../../ui/route'
import { bookmark } from './bookmarks'
import { neighbour, rowAt } from './buffer'
import { copied, copyText } from './copy'
import { narrows, opening } from './filter'
import { Filters } from './filters'
import { History } from './history'
import { useKeys } from './keys'
import { Lines } from './lines'
import styles from './logs.module.css'
import { setLook, useLook } from './look'
import { Opened } from './opened'
import { Options } from './options'
import { Sources } from './sources'
import { useLogs } from './store'
import { usePlacementName } from './placement-name'

/** What all sources are saying, in one order. */
export default function LogsPage({ placementId }: { placementId: string | null }) {
  const sources = useLogs((state) => state.sources)
  const problem = useLogs((state) => state.problem)
  const watch = useLogs((state) => state.watch)
  const name = usePlacementName(placementId, sources)
  useWatch((signal) => watch({ placementId, filter: opening, sources: [], ticked: null, at: null }, signal), [placementId])
  return (
    <Page
      title={name ? `${name.app} · ${name.environment}` : 'Logs'}
      name={name ? `Logs of ${name.app} in ${name.environment}` : 'Logs'}
      fill
    >
      {problem && <ProblemNote problem={problem} />}
      {!sources && !problem && <Bone height={30} width={360} />}
      {sources?.length === 0 && (
        <Empty title="Nothing here writes a log yet.">
          <Button onClick={() => go(['fleet'])}>Go to Fleet</Button>
        </Empty>
      )}
      {sources && sources.length > 0 && <View sources={sources.length} />}
    </Page>
  )
}

function View({ sources }: { sources: number }) {
  const singleKeys = useSession((session) => session.preferences.singleKeys)
  const range = useRef({ from: 0, to: 0 })
  const following = useLogs((state) => state.following)
  const chart = useLook((look) => look.chart)
  const { pause, follow, jump } = useLogs(useShallow(({ pause, follow, jump }) => ({ pause, follow, jump })))
  useKeys(singleKeys, {
    next: () => void jump(range.current.from - 1, 'next'),
    previous: () => void jump(following ? range.current.to + 1 : range.current.from, 'previous'),
    pause: () => (following ? pause() : void follow()),
    find: () => document.querySelector<HTMLElement>('[data-logs-find]')?.focus(),
    wrap: () => setLook({ wrap: !useLook.getState().wrap }),
    mark: () => {
      const { opened, buffer, at } = useLogs.getState()
      const line = opened ?? neighbour(buffer, null, 0, at)
      if (line) bookmark(line)
    },
  })
  return (
    <>
      <Sources />
      <div className={styles['tools']}>
        <Filters />
        <Button
          small
          aria-label="Copy what is shown"
          title="Copy what is shown"
          icon={<IconCopy size={15} stroke={1.75} aria-hidden />}
          onClick={() => copyRange(range.current)}
        />
        <Options />
        {following ? (
          <Button small icon={<IconPlayerPause size={15} stroke={1.75} aria-hidden />} onClick={pause}>
            Pause
          </Button>
        ) : (
          <Follow />
        )}
      </div>
      <div className={styles['box']}>
        {chart && <History />}
        <Lines
          key={sources}
          onRange={(from, to) => {
            range.current = { from, to }
          }}
        />
        <Opened />
        <Foot />
      </div>
    </>
  )
}

/** Copies what is marked, or the rows that are seen. */
function copyRange({ from, to }: { from: number; to: number }) {
  const marked = window.getSelection()?.toString() ?? ''
  const { buffer } = useLogs.getState()
  const rows = Array.from({ length: to - from + 1 }, (_, i) => rowAt(buffer, from + i)).filter((row) => row !== undefined)
  if (marked !== '') void copied(marked, 'Copied what is marked.')
  else void copied(copyText(rows), `Copied ${count(rows.length, 'row')}.`)
}

function Follow() {
  const ranged = useLogs((state) => state.filter.range !== null)
  const fresh = useLogs((state) => Math.max(0, state.buffer.matching - state.pausedAt))
  const follow = useLogs((state) => state.follow)
  return (
    <Button small tone="primary" icon={<IconArrowDown size={15} stroke={1.75} aria-hidden />} onClick={() => void follow()}>
      {ranged ? 'Back to now' : fresh > 0 ? `${number(fresh)} new` : 'Follow'}
    </Button>
  )
}

function Foot() {
  const { rate, kept, buffer, skipped, following, filter } = useLogs()
  return (
    <div className={styles['foot']}>
      <span>
        {number(Math.round(rate))} lines/s · {number(kept)} kept
        {narrows(filter) ? ` · ${number(buffer.matching)} match` : ''}
        {skipped > 0 ? ` · ${number(skipped)} came faster than they could be shown; scroll back for them` : ''}
      </span>
      <span>{following ? '↓ following' : filter.range ? 'a stretch of time' : 'paused'}</span>
    </div>
  )
}
