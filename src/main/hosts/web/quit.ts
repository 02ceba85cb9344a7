import type { QuitMode, SlipwayApp } from '../../app'

type Activity = Pick<SlipwayApp, 'activity' | 'close'>

// A terminal, npm and a script above may each pass on one and the same Ctrl-C.
const echo = 400

/**
 * Ends the program once, by the first reason that comes; a later and harder one hastens it.
 * The first Ctrl-C goes to a safe point, a second leaves; a request to terminate leaves.
 */
export function quitter(
  app: Activity,
  say: (line: string) => void,
  ended: (code: number) => Promise<void>,
  now: () => number = Date.now,
) {
  let asked: QuitMode | null = null
  let interrupted = Number.NEGATIVE_INFINITY
  const close = async (mode: QuitMode): Promise<void> => {
    asked = mode
    try {
      await app.close(mode)
      await ended(0)
    } catch {
      say('Slipway did not end cleanly; the next start looks at what was left and says so.')
      await ended(1)
    }
  }
  return {
    interrupt(): Promise<void> {
      const again = now() - interrupted < echo
      if (again) return Promise.resolve()
      interrupted = now()
      if (asked !== null) return leave()
      const { runs } = app.activity()
      if (runs.length > 0) say(`${waiting(runs.map((run) => run.title))} Press Ctrl-C again to leave it to the next start.`)
      return close('safe-point')
    },
    terminate: (): Promise<void> => leave(),
  }

  function leave(): Promise<void> {
    if (asked === 'leave') return Promise.resolve()
    if (app.activity().runs.length > 0)
      say('Leaving. What was under way is journalled; the next start finds out what became of it.')
    return close('leave')
  }
}

function waiting(titles: readonly string[]): string {
  const [first] = titles
  if (titles.length === 1) return `Ending at the next safe point of “${first}”.`
  return `Ending at the next safe points of ${titles.length} runs, “${first}” among them.`
}
