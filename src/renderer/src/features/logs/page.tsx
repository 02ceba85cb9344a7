import { IconArrowDown, IconCopy, IconPlayerPause } from '@tabler/icons-react'
import { useRef } from 'react'
import { useSession, useWatch } from '../../client'
import { Button } from '../../ui/button'
import { number, count } from '../../ui/format'
import { Page } from '../../ui/page'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { go } from '../../ui/route'
import { tell } from '../../ui/toast'
import { rowAt } from './buffer'
import { Filters } from './filters'
import { useKeys } from './keys'
import { Lines } from './lines'
import { Opened } from './opened'
import styles from './logs.module.css'
import { copyText } from './row'
import { Sources } from './sources'
import { useLogs } from './store'
import { usePlacementName } from './placement-name'

/** What all sources are saying, in one order. */
export default function LogsPage({ placementId }: { placementId: string | null }) {
  const { sources, problem, watch } = useLogs()
  const name = usePlacementName(placementId, sources)
  useWatch((signal) => watch(placementId, signal), [placementId])
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
  const { following, pause, follow, jump } = useLogs()
  useKeys(singleKeys, {
    next: () => void jump(range.current.from - 1, 'next'),
    previous: () => void jump(following ? range.current.to + 1 : range.current.from, 'previous'),
    pause: () => (following ? pause() : void follow()),
  })
  const copy = async () => {
    const { buffer } = useLogs.getState()
    const rows = Array.from({ length: range.current.to - range.current.from + 1 }, (_, i) =>
      rowAt(buffer, range.current.from + i),
    ).filter((row) => row !== undefined)
    await navigator.clipboard.writeText(copyText(rows)).then(
      () => tell(`Copied ${count(rows.length, 'row')}.`),
      () => tell('This browser does not let the page copy. Mark the lines and copy them by hand.'),
    )
  }
  return (
    <>
      <Sources />
      <div className={styles['tools']}>
        <Filters />
        <span className={styles['space']} />
        <Button small icon={<IconCopy size={15} stroke={1.75} aria-hidden />} onClick={() => void copy()}>
          Copy what is shown
        </Button>
        {following ? (
          <Button small icon={<IconPlayerPause size={15} stroke={1.75} aria-hidden />} onClick={pause}>
            Pause
          </Button>
        ) : (
          <Follow />
        )}
      </div>
      <div className={styles['box']}>
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

function Follow() {
  const fresh = useLogs((state) => Math.max(0, state.buffer.matching - state.pausedAt))
  const follow = useLogs((state) => state.follow)
  return (
    <Button small tone="primary" icon={<IconArrowDown size={15} stroke={1.75} aria-hidden />} onClick={() => void follow()}>
      {fresh > 0 ? `${number(fresh)} new` : 'Follow'}
    </Button>
  )
}

function Foot() {
  const { rate, kept, buffer, skipped, following, text, level } = useLogs()
  const filtered = text !== '' || level !== null
  return (
    <div className={styles['foot']}>
      <span>
        {number(Math.round(rate))} lines/s · {number(kept)} kept
        {filtered ? ` · ${number(buffer.matching)} match` : ''}
        {skipped > 0 ? ` · ${number(skipped)} came faster than they could be shown; scroll back for them` : ''}
      </span>
      <span>{following ? '↓ following' : 'paused'}</span>
    </div>
  )
}
