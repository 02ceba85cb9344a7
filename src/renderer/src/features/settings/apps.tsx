import { IconTrash } from '@tabler/icons-react'
import type { App } from '../../../../shared/domain/app'
import { client, problemOf, useSession } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { Empty } from '../../ui/problem'
import { Rename } from '../../ui/rename'
import { openSheet } from '../../ui/route'
import { offerUndo, tellProblem } from '../../ui/toast'

async function remove(app: App) {
  const { loadWorkspace } = useSession.getState()
  const undo = async () => {
    await client.apps.undoRemove({ appId: app.id }).catch((error: unknown) => tellProblem(problemOf(error)))
    await loadWorkspace()
  }
  try {
    await client.apps.remove({ appId: app.id })
    await loadWorkspace()
    offerUndo(`${app.name} was removed.`, () => void undo())
  } catch (error) {
    tellProblem(problemOf(error))
  }
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
        <div key={app.id} className={card['row']}>
          <Rename name={app.name} what="the app" save={(name) => rename(app, name)} />
          <span className={`${card['grow']} dim clip`}>{app.services.map((service) => service.slug).join(', ')}</span>
          <Button
            small
            tone="quiet"
            icon={<IconTrash size={15} stroke={1.75} aria-hidden />}
            aria-label={`Remove ${app.name}`}
            onClick={() => void remove(app)}
          >
            Remove
          </Button>
        </div>
      ))}
    </div>
  )
}
