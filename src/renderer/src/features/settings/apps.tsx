import { IconPlayerStop, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { App } from '../../../../shared/domain/app'
import type { PlacementId } from '../../../../shared/domain/ids'
import type { Problem } from '../../../../shared/domain/problem'
import { client, fleetOnce, problemOf, useSession } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { Empty, ProblemNote } from '../../ui/problem'
import { Rename } from '../../ui/rename'
import { openSheet } from '../../ui/route'
import { offerUndo, tellProblem } from '../../ui/toast'
import styles from './settings.module.css'

interface Place {
  placementId: PlacementId
  slug: string
}

/** Where an app still has instances. */
async function placesOf(app: App): Promise<Place[]> {
  const fleet = await fleetOnce(AbortSignal.timeout(5000))
  const cells = fleet?.cells.filter((cell) => cell.appId === app.id && cell.services.some((one) => one.desired + one.running > 0))
  return (cells ?? []).map(({ placementId, environmentId }) => ({
    placementId,
    slug: fleet?.environments.find((one) => one.id === environmentId)?.slug ?? 'an environment',
  }))
}

/** Removes an app with ten seconds to undo it; answers why it would not go. */
async function remove(app: App): Promise<Problem | null> {
  const { loadWorkspace } = useSession.getState()
  const undo = async () => {
    await client.apps.undoRemove({ appId: app.id }).catch((error: unknown) => tellProblem(problemOf(error)))
    await loadWorkspace()
  }
  try {
    await client.apps.remove({ appId: app.id })
  } catch (error) {
    return problemOf(error)
  }
  await loadWorkspace()
  offerUndo(`${app.name} was removed.`, () => void undo())
  return null
}

async function rename(app: App, name: string) {
  await client.apps.rename({ appId: app.id, name })
  await useSession.getState().loadWorkspace()
}

/** The apps of the workspace. */
export function AppList() {
  const apps = useSession((session) => session.apps)
  if (apps.length === 0) {
    return (
      <Empty title="There is no app yet.">
        <Button onClick={() => openSheet('new-app')}>New app</Button>
      </Empty>
    )
  }
  return (
    <div>
      {apps.map((app) => (
        <AppRow key={app.id} app={app} />
      ))}
    </div>
  )
}

function AppRow({ app }: { app: App }) {
  const [refused, setRefused] = useState<{ problem: Problem; places: Place[] } | null>(null)
  const act = async () => {
    const problem = await remove(app)
    setRefused(problem && { problem, places: await placesOf(app) })
  }
  return (
    <>
      <div className={card['row']}>
        <Rename name={app.name} what="the app" save={(name) => rename(app, name)} />
        <span className={`${card['grow']} dim clip`}>{app.services.map((service) => service.slug).join(', ')}</span>
        <Button
          small
          tone="quiet"
          icon={<IconTrash size={15} stroke={1.75} aria-hidden />}
          aria-label={`Remove ${app.name}`}
          onClick={() => void act()}
        >
          Remove
        </Button>
      </div>
      {refused && (
        <div className={styles['refused']}>
          <ProblemNote problem={refused.problem}>
            {refused.places.map(({ placementId, slug }) => (
              <Button
                key={placementId}
                small
                icon={<IconPlayerStop size={15} stroke={1.75} aria-hidden />}
                onClick={() => openSheet('plan', { kind: 'stop', placement: placementId })}
              >
                Stop in {slug}
              </Button>
            ))}
          </ProblemNote>
        </div>
      )}
    </>
  )
}
