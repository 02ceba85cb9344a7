import { useState } from 'react'
import type { FoundService } from '../../../../shared/domain/discovery'
import type { ConnectionId } from '../../../../shared/domain/ids'
import type { App } from '../../../../shared/domain/app'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useSession, useWatch, withVault } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ChoiceField, TextField } from '../../ui/field'
import { ProblemNote } from '../../ui/problem'
import { go } from '../../ui/route'
import { slugFrom } from '../../ui/slug'
import { tell } from '../../ui/toast'
import styles from './connections.module.css'
import { useConnections } from './store'

interface AdoptProps {
  connectionId: ConnectionId
  service: FoundService
  provider: string
  onBack: () => void
}

const stages = ['dev', 'staging', 'production']

/** Servers besides this one that run the same: they become one target. */
function useSame(connectionId: ConnectionId, service: FoundService) {
  const { views, found, discover } = useConnections()
  const others = views?.filter((view) => view.connection.kind === 'server' && view.connection.id !== connectionId) ?? []
  useWatch(() => {
    for (const { connection } of others) if (found[connection.id] === undefined) void discover(connection.id)
  }, [connectionId])
  return others.map(({ connection }) => {
    const there = found[connection.id]
    const services = Array.isArray(there) ? there.flatMap((one) => one.services) : []
    return {
      connection,
      looking: there === undefined || there === 'looking',
      runs: services.some((one) => one.key === service.key),
    }
  })
}

/** Where what was found belongs: an app, an environment, and the servers that run the same. */
export function AdoptForm({ connectionId, service, provider, onBack }: AdoptProps) {
  const [apps, setApps] = useState<App[]>([])
  const [environments, setEnvironments] = useState(stages)
  const [appId, setAppId] = useState('')
  const [name, setName] = useState(service.group?.split('/')[0] ?? service.name.split(/[-_]/)[0] ?? service.name)
  const [slug, setSlug] = useState(service.name)
  const [environment, setEnvironment] = useState('production')
  const [healthPath, setHealthPath] = useState(service.healthPath ?? '')
  const [ticked, setTicked] = useState<ReadonlySet<ConnectionId>>(new Set())
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const same = useSame(connectionId, service)
  useWatch(async () => {
    const [known, stagesThere] = await Promise.all([
      client.apps.list().catch(() => []),
      client.environments.list().catch(() => []),
    ])
    setApps(known)
    if (stagesThere.length > 0) setEnvironments(stagesThere.map((one) => one.slug))
    const [first] = known
    if (first) setAppId(first.id)
  }, [])
  const submit = async () => {
    setBusy(true)
    setProblem(null)
    try {
      const chosen = apps.find((one) => one.id === appId)
      const { placementId, release } = await withVault(() =>
        client.placements.adopt({
          app: chosen ? { id: chosen.id } : { slug: slugFrom(name), name },
          environment: environment,
          services: [
            {
              slug: slugFrom(slug),
              healthPath: service.route && healthPath.trim() !== '' ? healthPath.trim() : null,
              route: service.route,
              provider,
              connectionIds: [connectionId, ...ticked],
              settings: service.settings,
            },
          ],
        }),
      )
      await useSession.getState().loadWorkspace()
      tell(
        release
          ? `${environment} is known now. What runs there is v${release.number}, as found.`
          : `${environment} is known now.`,
      )
      go(['env', placementId])
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  return (
    <form
      className={card['stack']}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {problem && <ProblemNote problem={problem} />}
      {apps.length > 0 && (
        <ChoiceField
          label="App"
          value={appId}
          choices={[...apps.map((app) => ({ value: app.id, label: app.name })), { value: '', label: 'a new one' }]}
          onChange={(event) => setAppId(event.target.value)}
        />
      )}
      {appId === '' && (
        <TextField label="Name of the new app" value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
      )}
      <div className={card['inline']}>
        <TextField label="Service" value={slug} maxLength={31} onChange={(event) => setSlug(event.target.value)} />
        <ChoiceField
          label="Environment"
          value={environment}
          choices={environments.map((one) => ({ value: one, label: one }))}
          onChange={(event) => setEnvironment(event.target.value)}
        />
      </div>
      {service.route && (
        <TextField
          label="Health path"
          mono
          value={healthPath}
          placeholder="/health"
          onChange={(event) => setHealthPath(event.target.value)}
          help="Answers 2xx when it is well. Without one, the image’s own health check counts, or that it runs."
        />
      )}
      {same.length > 0 && (
        <fieldset className={styles['same']}>
          <legend className="label">Runs on these servers too</legend>
          {same.map(({ connection, looking, runs }) => (
            <label key={connection.id} className={styles['host']} data-off={!runs || undefined}>
              <input
                type="checkbox"
                disabled={!runs}
                checked={ticked.has(connection.id)}
                onChange={(event) => {
                  const next = new Set(ticked)
                  if (event.target.checked) next.add(connection.id)
                  else next.delete(connection.id)
                  setTicked(next)
                }}
              />
              <span className={styles['who']}>
                <strong>{connection.name}</strong>
                <span className="dim">
                  {looking ? 'looking' : runs ? `runs ${service.name} as well` : `${service.name} was not found there`}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {service.todo && <div className={styles['todo']}>{service.todo}</div>}
      <div className={card['inline']}>
        <Button onClick={onBack}>Back</Button>
        <Button
          type="submit"
          tone="primary"
          busy={busy}
          disabled={slugFrom(slug) === '' || (appId === '' && slugFrom(name) === '')}
        >
          Make it an environment
        </Button>
      </div>
    </form>
  )
}
