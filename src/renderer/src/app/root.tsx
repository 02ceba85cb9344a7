import { useMantineColorScheme } from '@mantine/core'
import { useEffect } from 'react'
import { link, useLink, useQuestions, useSession, useWatch } from '../client'
import { Gone } from './gone'
import { Shell } from './shell'

/** The window: the shell while there is an owner to talk to, else a calm page that says why not. */
export function Root() {
  const now = useLink()
  const generation = now.state === 'open' ? now.generation : 0
  useEffect(() => {
    if (generation === 0) return
    void useSession.getState().load()
  }, [generation])
  useWatch((signal) => useSession.getState().watchRuns(signal), [])
  useWatch((signal) => useQuestions.getState().watch(signal), [])
  usePreferences()
  if (now.state === 'refused' || now.state === 'over') return <Gone now={now} />
  if (now.state === 'ended' && !now.before) return <Gone now={now} />
  return <Shell banner={now.state === 'ended' ? <Gone now={now} slim onTry={link.tryNow} /> : null} />
}

function usePreferences() {
  const { theme, density } = useSession((session) => session.preferences)
  const known = useSession((session) => session.host !== null)
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  useEffect(() => {
    if (known) setColorScheme(theme === 'system' ? 'auto' : theme)
  }, [theme, known, setColorScheme])
  useEffect(() => {
    document.documentElement.dataset['density'] = density
  }, [density])
}
