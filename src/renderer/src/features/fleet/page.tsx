import { IconPlus, IconRocket } from '@tabler/icons-react'
import { useEffect } from 'react'
import { useSession, useWatch } from '../../client'
import { Button } from '../../ui/button'
import { Page } from '../../ui/page'
import { ProblemNote } from '../../ui/problem'
import { go, openSheet } from '../../ui/route'
import { Pill } from '../../ui/state'
import { FleetGrid, FleetSkeleton } from './grid'
import { useFleet } from './store'
import { Waiting, waits } from './waiting'

/** Apps are rows, environments columns in promotion order. */
export function FleetPage() {
  const { fleet, problem, watch } = useFleet()
  useWatch(watch, [])
  const empty = fleet !== null && fleet.apps.length === 0
  useEffect(() => {
    // An empty fleet from an earlier visit is let go of by `watch`: only a fresh one leads to the welcome.
    if (empty && useFleet.getState().fleet !== null) go(['welcome'])
  }, [empty])
  const waiting = useSession((session) => session.activeRuns.filter(waits).length)
  const running = Math.max(0, (fleet?.activeRuns ?? 0) - waiting)
  return (
    <Page
      title="Fleet"
      name="Fleet"
      beside={
        running > 0 ? (
          <a href="#/activity">
            <Pill tone="accent" icon={<IconRocket size={14} stroke={1.75} aria-hidden />}>{`${running} running`}</Pill>
          </a>
        ) : null
      }
      actions={
        <Button tone="quiet" icon={<IconPlus size={16} stroke={1.75} aria-hidden />} onClick={() => openSheet('new-app')}>
          New app
        </Button>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      <Waiting />
      {fleet ? <FleetGrid fleet={fleet} /> : !problem && <FleetSkeleton />}
    </Page>
  )
}
