import { IconArrowRight, IconDeviceLaptop } from '@tabler/icons-react'
import { useState } from 'react'
import type { ImportableHost } from '../../../../shared/domain/server'
import { useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { count } from '../../ui/format'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { go } from '../../ui/route'
import { Sheet } from '../../ui/sheet'
import { Pill } from '../../ui/state'
import { tell } from '../../ui/toast'
import styles from './connections.module.css'
import { useConnections } from './store'

const can = (host: ImportableHost) => !host.known && host.obstacle === null

/** The hosts of the SSH configuration, to tick. Nothing in it is run. */
export default function ImportSheet({ onClose }: { onClose: () => void }) {
  const { offer, asked: problem, loadOffer, import: bring, test } = useConnections()
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const [busy, setBusy] = useState(false)
  useWatch((signal) => loadOffer(signal), [])
  const able = offer?.hosts.filter(can) ?? []
  const all = able.length > 0 && able.every((host) => ticked.has(host.alias))
  const tick = (alias: string, on: boolean) => {
    const next = new Set(ticked)
    if (on) next.add(alias)
    else next.delete(alias)
    setTicked(next)
  }
  const submit = async () => {
    setBusy(true)
    const made = await bring([...ticked])
    setBusy(false)
    if (!made) return
    tell(`${count(made.length, 'server')} imported.`)
    go(['connections'])
    // Each is tested at once: it is the next thing anybody wants to know.
    for (const { id } of made) void test(id)
  }
  return (
    <Sheet
      edge="accent"
      title="Import from SSH"
      under={offer ? `From ${offer.file}. Nothing in it is run, and it is not changed.` : 'Reading your SSH configuration'}
      onClose={onClose}
      foot={
        <>
          {able.length > 1 && (
            <Button onClick={() => setTicked(all ? new Set() : new Set(able.map((host) => host.alias)))}>
              {all ? 'Tick none' : 'Tick all'}
            </Button>
          )}
          <span className={card['grow']} />
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" busy={busy} disabled={ticked.size === 0} onClick={() => void submit()}>
            {ticked.size === 0 ? 'Import' : `Import ${count(ticked.size, 'server')}`}
          </Button>
        </>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      {!offer && !problem && <Bone height={160} />}
      {offer?.hosts.length === 0 && <Empty title={`${offer.file} names no host yet. Add a server by its address instead.`} />}
      <ul className={styles['hosts']}>
        {offer?.hosts.map((host) => (
          <HostRow key={host.alias} host={host} ticked={ticked.has(host.alias)} onTick={(on) => tick(host.alias, on)} />
        ))}
      </ul>
      {offer && offer.notes.length > 0 && (
        <div className={styles['notes']}>
          <h2 className="label">Left alone</h2>
          <ul>
            {offer.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </div>
      )}
    </Sheet>
  )
}

function HostRow({ host, ticked, onTick }: { host: ImportableHost; ticked: boolean; onTick: (on: boolean) => void }) {
  const last = host.hops.at(-1)
  return (
    <li>
      <label className={styles['host']} data-off={!can(host) || undefined}>
        <input type="checkbox" checked={ticked} disabled={!can(host)} onChange={(event) => onTick(event.target.checked)} />
        <span className={styles['who']}>
          <span className={card['inline']}>
            <strong>{host.alias}</strong>
            {host.known && <Pill>known already</Pill>}
          </span>
          {last && (
            <span className={styles['path']}>
              <IconDeviceLaptop size={14} stroke={1.75} aria-label="this computer" />
              {host.hops.map((hop) => (
                <span key={`${hop.user}@${hop.host}:${hop.port}`} className={styles['hop']}>
                  <IconArrowRight size={13} stroke={1.75} aria-label="then" />
                  <span className="mono">
                    {hop.user}@{hop.host}
                    {hop.port === 22 ? '' : `:${hop.port}`}
                  </span>
                </span>
              ))}
            </span>
          )}
          {host.obstacle && <span className={styles['obstacle']}>{host.obstacle}</span>}
          {host.unsupported.map((words) => (
            <span key={words} className="dim">
              {words}
            </span>
          ))}
        </span>
      </label>
    </li>
  )
}
