import { IconArrowDown, IconPlayerPause } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { linkIn, type LogLink } from '../../../../shared/domain/log-link'
import { useSession, useWatch } from '../../client'
import { Button } from '../../ui/button'
import { count, number } from '../../ui/format'
import { Page } from '../../ui/page'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { go, useRoute } from '../../ui/route'
import { bookmark, loadBookmarks } from './bookmarks'
import { neighbour, rowAt } from './buffer'
import { copied, copyText } from './copy'
import { ExportMenu } from './export-menu'
import { narrows, opening, rangeWords } from './filter'
import { Filters } from './filters'
import { sourcesOf } from './foreign'
import { History } from './history'
import { useKeys } from './keys'
import { Lines } from './lines'
import { linkToView } from './links'
import styles from './logs.module.css'
import { setLook, useLook } from './look'
import { LookMenu, searchKept } from './look-menu'
import { Opened } from './opened'
import { Options } from './options'
import { usePlacementName } from './placement-name'
import { SidePanel } from './side-panel'
import { Sources } from './sources'
import { useLogs } from './store'
import { useZones } from './zones'

/** What the address asks for. A sheet over the page has another query, and changes nothing of it. */
function useLink(): LogLink | null {
  const { query } = useRoute()
  const [link, setLink] = useState(() => linkIn(query))
  const now = linkIn(query)
  if (now && JSON.stringify(now) !== JSON.stringify(link)) setLink(now)
  return link
}

/** What all sources are saying, in one order. */
export default function LogsPage({ placementId }: { placementId: string | null }) {
  const sources = useLogs((state) => state.sources)
  const problem = useLogs((state) => state.problem)
  const watch = useLogs((state) => state.watch)
  const name = usePlacementName(placementId, sources)
  const link = useLink()
  useWatch(
    async (signal) => {
      const more = link?.sources ? await sourcesOf(link.sources, signal).catch(() => []) : []
      if (signal.aborted) return
      const { filter, at } = link ?? { filter: opening, at: null }
      await watch({ placementId, filter, sources: more, ticked: link?.sources ?? null, at }, signal)
    },
    [placementId, link],
  )
  useWatch(loadBookmarks, [])
  return (
    <Page
      title={name ? `${name.app} · ${name.environment}` : 'Logs'}
      name={name ? `Logs of ${name.app} in ${name.environment}` : 'Logs'}
      fill
    >
      {problem && <ProblemNote problem={problem} />}
      {!sources && !problem && <Bone height={30} width={360} />}
      {sources?.length === 0 && (
        <>
          <Sources />
          <Empty title="Nothing here writes a log yet. Add a source of any server, or deploy something.">
            <Button onClick={() => go(['fleet'])}>Go to Fleet</Button>
          </Empty>
        </>
      )}
      {sources && sources.length > 0 && <View placementId={placementId} />}
    </Page>
  )
}

function View({ placementId }: { placementId: string | null }) {
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
    search: searchKept,
    wrap: () => setLook({ wrap: !useLook.getState().wrap }),
    mark: () => {
      const { opened, buffer, at } = useLogs.getState()
      const line = opened ?? neighbour(buffer, null, 0, at)
      if (line) void bookmark(line)
    },
  })
  return (
    <>
      <Sources />
      <div className={styles['tools']}>
        <Filters />
        <LookMenu />
        <ExportMenu onCopy={() => copyRange(range.current)} link={() => linkToView(placementId, range.current.from)} />
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
        <div className={styles['beside']}>
          <SidePanel />
          <Lines
            onRange={(from, to) => {
              range.current = { from, to }
            }}
          />
        </div>
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
  const { words: zones } = useZones()
  return (
    <div className={styles['foot']}>
      <span>
        {number(Math.round(rate))} lines/s · {number(kept)} kept
        {narrows(filter) ? ` · ${number(buffer.matching)} match` : ''}
        {skipped > 0 ? ` · ${number(skipped)} came faster than they could be shown; scroll back for them` : ''}
      </span>
      {zones !== '' && <span className="clip">{zones}</span>}
      <span>{following ? '↓ following' : filter.range ? rangeWords(filter.range) : 'paused'}</span>
    </div>
  )
}
