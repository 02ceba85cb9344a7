import { IconRefresh, IconSparkles } from '@tabler/icons-react'
import { useState } from 'react'
import type { Discovery, FoundService } from '../../../../shared/domain/discovery'
import { ConnectionId } from '../../../../shared/domain/ids'
import { useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { Digest } from '../../ui/digest'
import { count } from '../../ui/format'
import { PlainName } from '../../ui/plain-name'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { Sheet } from '../../ui/sheet'
import { HealthDot, Pill } from '../../ui/state'
import { AdoptForm } from './adopt-form'
import styles from './connections.module.css'
import { useConnections } from './store'

const shownImages = 30

/** What runs on a server, and one click to make it an environment. */
export default function DiscoverSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const { views, looks, load, discover, test } = useConnections()
  const [taken, setTaken] = useState<{ service: FoundService; found: Discovery } | null>(null)
  useWatch(
    async (signal) => {
      if (!views) await load(signal)
      await discover(ConnectionId.parse(id))
    },
    [id],
  )
  const view = views?.find((one) => one.connection.id === id)
  const look = looks[id]
  return (
    <Sheet
      edge="accent"
      title={taken ? `Make ${taken.service.name} an environment` : `What runs on ${view?.connection.name ?? 'the server'}`}
      under={taken ? 'Nothing is restarted or changed on the server.' : 'Only looked at: nothing is changed there.'}
      onClose={onClose}
      foot={
        !taken && (
          <>
            <Button
              icon={<IconRefresh size={16} stroke={1.75} aria-hidden />}
              busy={look?.state === 'looking'}
              onClick={() => void discover(ConnectionId.parse(id))}
            >
              Look again
            </Button>
            <span className={card['grow']} />
            <Button onClick={onClose}>Close</Button>
          </>
        )
      }
    >
      {taken ? (
        <AdoptForm
          connectionId={ConnectionId.parse(id)}
          service={taken.service}
          discovery={taken.found}
          onBack={() => setTaken(null)}
        />
      ) : look?.state === 'failed' ? (
        <ProblemNote problem={look.problem}>
          <Button
            onClick={() => {
              onClose()
              void test(ConnectionId.parse(id))
            }}
          >
            Test the way
          </Button>
        </ProblemNote>
      ) : look?.state === 'seen' ? (
        look.discoveries.map((one) => (
          <Found key={one.provider} discovery={one} onTake={(service) => setTaken({ service, found: one })} />
        ))
      ) : (
        <div className={card['stack']} role="status" aria-label="Looking">
          <Bone height={20} width="40%" />
          <Bone height={90} />
          <Bone height={90} />
        </div>
      )}
    </Sheet>
  )
}

/** Those of one group side by side, then by name. */
const byGroup = (a: FoundService, b: FoundService) =>
  (a.group ?? '\u{FFFF}').localeCompare(b.group ?? '\u{FFFF}') || a.key.localeCompare(b.key, undefined, { numeric: true })

function Found({ discovery, onTake }: { discovery: Discovery; onTake: (service: FoundService) => void }) {
  const { services, images, facts, problem } = discovery
  if (problem) return <ProblemNote problem={problem} />
  return (
    <>
      <p className="dim">{facts.map((fact) => `${fact.label} ${fact.value}`).join(' · ')}</p>
      <div className={card['section']}>
        <h2 className="label">Running</h2>
      </div>
      {services.length === 0 ? (
        <Empty title="No container runs there. Add it as a target of an app, and deploy to it." />
      ) : (
        <div className={card['card']}>
          {services.toSorted(byGroup).map((service) => (
            <ServiceRow key={service.key} service={service} onTake={() => onTake(service)} />
          ))}
        </div>
      )}
      <div className={card['section']}>
        <h2 className="label">{count(images.length, 'image')}</h2>
      </div>
      <div className={card['card']}>
        {images.slice(0, shownImages).map((image) => (
          <div key={image.digest} className={card['row']}>
            <Digest digest={image.digest} />
            <span className={`${card['grow']} mono clip`}>
              <PlainName text={image.locators[0] ?? 'without a name'} />
            </span>
            <span className="dim">{image.architecture}</span>
            <span className="dim">{(image.bytes / 1024 ** 2).toFixed(0)} MB</span>
          </div>
        ))}
        {images.length > shownImages && <div className={`${card['row']} dim`}>and {images.length - shownImages} more</div>}
        {images.length === 0 && <div className={card['row']}>None.</div>}
      </div>
    </>
  )
}

function ServiceRow({ service, onTake }: { service: FoundService; onTake: () => void }) {
  return (
    <div className={styles['found']}>
      <div className={card['inline']}>
        <strong>
          <PlainName text={service.name} />
        </strong>
        {service.group && <Pill>{service.group}</Pill>}
        <span className={card['grow']} />
        <Button small icon={<IconSparkles size={15} stroke={1.75} aria-hidden />} onClick={onTake}>
          Make it an environment
        </Button>
      </div>
      {service.reach && (
        <div className="dim">
          <PlainName text={service.reach} />
        </div>
      )}
      <div className={styles['instances']}>
        {service.instances.map((instance) => (
          <div key={instance.id} style={{ display: 'contents' }}>
            <span className="clip">
              <HealthDot health={instance.health} small /> <PlainName text={instance.id} />
            </span>
            <span className="clip mono dim">
              <PlainName text={instance.image} />
            </span>
            {instance.artifact ? <Digest digest={instance.artifact} /> : <span />}
            <span className="dim mono">{instance.ports || 'no port'}</span>
          </div>
        ))}
      </div>
      {service.todo && <div className={styles['todo']}>{service.todo}</div>}
    </div>
  )
}
