import { useState } from 'react'
import type { Discovery, FoundService } from '../../../../shared/domain/discovery'
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
import { useOthers, type Other } from './others'
import { TickList } from './tick-list'

interface AdoptProps {
  connectionId: ConnectionId
  service: FoundService
  /** All that was found beside it. */
  discovery: Discovery
  onBack: () => void
}

const stages = ['dev', 'staging', 'production']

/** What a look at another server says of the services that are wanted. */
function wordsOf({ look, has }: Other, wanted: readonly FoundService[]): string {
  if (look === null) return 'nobody has looked there'
  if (look.state === 'looking') return 'looking'
  if (look.state === 'failed') return look.problem.message
  const there = wanted.filter((one) => has.has(one.key)).map((one) => one.name)
  return there.length === 0 ? `runs no ${wanted[0]?.name ?? 'such service'}` : `runs ${there.join(', ')} as well`
}

/** What is made of one service: the name is the first one's own field, the others keep what they are called there. */
function adopted(service: FoundService, provider: string, connectionIds: ConnectionId[], slug: string, healthPath: string) {
  const path = healthPath.trim()
  return {
    slug: slugFrom(slug),
    healthPath: service.route && path !== '' ? path : null,
    route: service.route,
    provider,
    connectionIds,
    settings: service.settings,
  }
}

/** Where what was found belongs: an app, an environment, and the servers that run the same. */
export function AdoptForm({ connectionId, service, discovery, onBack }: AdoptProps) {
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
  const { others, lookAtAll } = useOthers(connectionId)
  const beside = discovery.services.filter((one) => one.key !== service.key && one.group === service.group && one.group !== null)
  const [besideTicked, setBesideTicked] = useState<ReadonlySet<string>>(new Set())
  const wanted = [service, ...beside.filter((one) => besideTicked.has(one.key))]
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
          environment,
          services: wanted.map((one) => {
            const there = others.filter((other) => ticked.has(other.connection.id) && other.has.has(one.key))
            const ids = [connectionId, ...there.map((other) => other.connection.id)]
            const own = one === service
            return adopted(one, discovery.provider, ids, own ? slug : one.name, (own ? healthPath : one.healthPath) ?? '')
          }),
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
      {beside.length > 0 && (
        <TickList
          legend={`Others of ${service.group}`}
          ticked={besideTicked}
          onChange={setBesideTicked}
          items={beside.map((one) => ({ key: one.key, name: one.name, words: one.reach ?? 'a service of its own', able: true }))}
        />
      )}
      {others.length > 0 && (
        <TickList
          legend="On these servers too"
          ticked={ticked}
          onChange={setTicked}
          items={others.map((other) => ({
            key: other.connection.id,
            name: other.connection.name,
            words: wordsOf(other, wanted),
            able: wanted.some((one) => other.has.has(one.key)),
          }))}
        >
          {others.some((other) => other.look === null) && (
            <div className={styles['host']}>
              <Button small onClick={lookAtAll}>
                Look at the others
              </Button>
            </div>
          )}
        </TickList>
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
