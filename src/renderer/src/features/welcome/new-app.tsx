import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { byPosition } from '../../../../shared/domain/environment'
import type { AppId } from '../../../../shared/domain/ids'
import type { Problem } from '../../../../shared/domain/problem'
import { client, fleetOnce, problemOf, useSession } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { TextField } from '../../ui/field'
import { ProblemNote } from '../../ui/problem'
import { go } from '../../ui/route'
import { Sheet } from '../../ui/sheet'
import { tell } from '../../ui/toast'
import { draftProblems, emptyService, newAppOf, type ServiceDraft } from './draft'
import { slugFrom } from '../../ui/slug'
import { ServiceForm } from './service-form'

/** Where an app is deployed first: its placement in the first environment. */
async function firstPlace(appId: AppId) {
  const fleet = await fleetOnce(AbortSignal.timeout(5000))
  const stages = fleet?.environments.filter((one) => one.deletedAt === null).toSorted(byPosition) ?? []
  return fleet?.cells.find((cell) => cell.appId === appId && cell.environmentId === stages[0]?.id)?.placementId ?? null
}

/** A new app from folders of one's own. */
export default function NewAppSheet({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [ownSlug, setOwnSlug] = useState<string | null>(null)
  const [services, setServices] = useState<ServiceDraft[]>([emptyService('web')])
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const slug = ownSlug ?? slugFrom(name)
  const problems = draftProblems(name, slug, services)
  const error = (field: string) => (tried ? (problems[field] ?? null) : null)
  const change = (index: number, part: Partial<ServiceDraft>) =>
    setServices(services.map((one, place) => (place === index ? { ...one, ...part } : one)))
  const submit = async () => {
    setTried(true)
    if (Object.keys(problems).length > 0 || busy) return
    setBusy(true)
    setProblem(null)
    try {
      const app = await client.apps.create(newAppOf(name, slug, services))
      await useSession.getState().loadWorkspace()
      tell(`${app.name} is known now. Deploy it to see it run.`)
      const first = await firstPlace(app.id)
      if (first) go(['env', first], { sheet: 'deploy', placement: first })
      else go(['fleet'])
      // Its places were never looked at.
      void client.fleet.refresh().catch(() => undefined)
    } catch (caught) {
      setProblem(problemOf(caught))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Sheet
      edge="accent"
      title="New app"
      under="Runs on this computer first. Nothing starts before you deploy it."
      onClose={onClose}
      foot={
        <>
          <span className={card['grow']} />
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form="new-app" busy={busy}>
            Make the app
          </Button>
        </>
      }
    >
      <form
        id="new-app"
        className={card['stack']}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        {problem && <ProblemNote problem={problem} />}
        <TextField
          label="Name"
          value={name}
          maxLength={80}
          data-autofocus
          error={error('name')}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="Short name"
          mono
          value={slug}
          error={error('slug')}
          help="Stays for good: it is used in addresses and on the command line."
          onChange={(event) => setOwnSlug(event.target.value)}
        />
        {services.map((service, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- services are edited in place
          <ServiceForm
            key={index}
            service={service}
            error={(field) => error(`${index}.${field}`)}
            onChange={(part) => change(index, part)}
          >
            {services.length > 1 && (
              <Button
                small
                tone="quiet"
                icon={<IconTrash size={15} stroke={1.75} aria-hidden />}
                onClick={() => setServices(services.filter((_, place) => place !== index))}
              >
                Remove this service
              </Button>
            )}
          </ServiceForm>
        ))}
        <div>
          <Button
            small
            icon={<IconPlus size={15} stroke={1.75} aria-hidden />}
            disabled={services.length >= 20}
            onClick={() =>
              setServices([...services, emptyService(services.length === 1 ? 'worker' : `service-${services.length + 1}`)])
            }
          >
            Add a service
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
