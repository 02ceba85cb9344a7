import { useEffect } from 'react'
import { useSession } from '../client'
import { closePalette, openPalette, usePalette } from '../ui/palette-state'
import { go, routeIn } from '../ui/route'
import { useDialogs } from './dialogs-state'

/** What the single letters do; `?` shows them. */
export const singleKeys = [
  { keys: 'l', words: 'Logs of this environment, or of all' },
  { keys: 'g f', words: 'Fleet' },
  { keys: 'g a', words: 'Activity' },
  { keys: 'g s', words: 'Settings' },
  { keys: 'e', words: 'Next error in the logs; Shift for the one before' },
  { keys: 'p', words: 'Pause the logs, or follow again' },
  { keys: '/', words: 'Filter the logs' },
  { keys: 'f', words: 'Find in all the logs that are kept, by the filter' },
  { keys: 'b', words: 'Bookmark the line of the logs that is open' },
  { keys: 'w', words: 'Wrap long lines of the logs' },
] as const

const targets: Record<string, string> = { f: 'fleet', a: 'activity', s: 'settings' }

export type KeyAct = { kind: 'go'; path: string[] } | { kind: 'help' } | { kind: 'prefix' } | { kind: 'none' }

/** What a single key means on the page at hand. */
export function actOf(key: string, prefixed: boolean, path: readonly string[]): KeyAct {
  const target = targets[key]
  if (prefixed) return target ? { kind: 'go', path: [target] } : { kind: 'none' }
  if (key === 'g') return { kind: 'prefix' }
  if (key === '?') return { kind: 'help' }
  if (key === 'l' || key === 'L') return { kind: 'go', path: path[0] === 'env' && path[1] ? ['logs', path[1]] : ['logs'] }
  return { kind: 'none' }
}

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** Ctrl/Cmd+K everywhere; single letters where nothing is being typed and no dialog is open. */
export function useShortcuts() {
  useEffect(() => {
    let prefixed = false
    const pressed = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        return usePalette.getState().open ? closePalette() : openPalette()
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('[role="dialog"]'))
        return
      if (!useSession.getState().preferences.singleKeys) return
      const act = actOf(event.key, prefixed, routeIn(location.hash).path)
      prefixed = act.kind === 'prefix'
      if (act.kind === 'go') go(act.path)
      if (act.kind === 'help') useDialogs.setState({ open: 'shortcuts' })
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}
