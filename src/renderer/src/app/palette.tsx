import { Modal } from '@mantine/core'
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react'
import type { AppId } from '../../../shared/domain/ids'
import type { Release } from '../../../shared/domain/release'
import { askVault, client, fleetOnce, problemOf, useSession } from '../client'
import { adopt } from '../ui/adopt'
import { closePalette } from '../ui/palette-state'
import { go, openSheet } from '../ui/route'
import { tell, tellProblem } from '../ui/toast'
import { actionsOf, found, linkTyped, type Act, type Action, type Known } from './actions'
import { useDialogs } from './dialogs-state'
import styles from './palette.module.css'

async function tryDemo() {
  tell('Starting the demo.')
  await client.workspace.createDemo()
  await useSession.getState().loadWorkspace()
  go(['fleet'])
}

async function carryOut(act: Act): Promise<void> {
  switch (act.kind) {
    case 'go':
      return go(act.path, act.query)
    case 'adopt':
      return await adopt(act.placement)
    case 'sheet':
      return openSheet(act.sheet, act.query)
    case 'preferences':
      return await useSession.getState().setPreferences(act.change)
    case 'dialog':
      return useDialogs.setState({ open: act.dialog })
    case 'vault':
      return void (await askVault(act.ask))
    case 'lock':
      await client.vault.lock()
      return await useSession.getState().loadVault()
    case 'refresh':
      return await client.fleet.refresh()
    case 'demo':
      return await tryDemo()
    default:
      return act satisfies never
  }
}

type Names = Pick<Known, 'fleet' | 'releases'>
const noNames: Names = { fleet: null, releases: new Map() }

/** The fleet for the palette's names: read when it opens, on whatever page; the releases follow. */
function useNamesOnce() {
  const [names, setNames] = useState(noNames)
  useEffect(() => {
    const gone = new AbortController()
    const read = async () => {
      const fleet = await fleetOnce(gone.signal)
      if (gone.signal.aborted) return
      setNames({ fleet, releases: new Map() })
      const releases = new Map(await Promise.all((fleet?.apps ?? []).map((app) => readReleases(app.id, gone.signal))))
      if (!gone.signal.aborted) setNames({ fleet, releases })
    }
    void read()
    return () => gone.abort()
  }, [])
  return names
}

async function readReleases(appId: AppId, signal: AbortSignal): Promise<readonly [AppId, Release[]]> {
  return [appId, await client.releases.list({ appId }, { signal }).catch(() => [])]
}

/** Every action by name. */
export default function Palette() {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const id = useId()
  const names = useNamesOnce()
  const { host, preferences, vault } = useSession()
  const actions = useMemo(
    () => [...linkTyped(typed), ...found(actionsOf({ ...names, host, preferences, vault }), typed)],
    [names, host, preferences, vault, typed],
  )
  const here = Math.min(at, actions.length - 1)
  useEffect(() => {
    // In braces: newer browsers answer a promise here, which an effect must not hand back.
    document.querySelector(`[data-option="${here}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [here])
  const choose = (action: Action | undefined) => {
    if (!action) return
    closePalette()
    carryOut(action.act).catch((error: unknown) => tellProblem(problemOf(error)))
  }
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) setAt((here + step + actions.length) % Math.max(1, actions.length))
    else if (event.key === 'Enter' && !event.repeat) choose(actions[here])
    else return
    event.preventDefault()
  }
  return (
    <Modal.Root opened onClose={closePalette} size={580} yOffset="12vh" lockScroll={false} transitionProps={{ duration: 80 }}>
      <Modal.Overlay backgroundOpacity={0.28} />
      <Modal.Content radius={12} aria-label="Search or run">
        <div className={styles['palette']}>
          <input
            className={styles['input']}
            role="combobox"
            aria-label="Search or run"
            aria-expanded
            aria-controls={`${id}-list`}
            aria-activedescendant={actions.length > 0 ? `${id}-${here}` : undefined}
            placeholder="Type what you want: promote, logs, roll back, theme…"
            value={typed}
            data-autofocus
            autoFocus
            onKeyDown={pressed}
            onChange={(event) => {
              setTyped(event.target.value)
              setAt(0)
            }}
          />
          <ul className={styles['list']} role="listbox" id={`${id}-list`} aria-label="Actions">
            {actions.map((action, index) => (
              <li
                key={action.name}
                id={`${id}-${index}`}
                data-option={index}
                role="option"
                aria-selected={index === here}
                className={action.guarded ? styles['guarded'] : ''}
                onPointerMove={() => setAt(index)}
                onClick={() => choose(action)}
              >
                {action.name}
              </li>
            ))}
          </ul>
          {actions.length === 0 && <p className={styles['none']}>Nothing is called that.</p>}
        </div>
      </Modal.Content>
    </Modal.Root>
  )
}
