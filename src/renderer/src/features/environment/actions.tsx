import {
  IconArrowsMaximize,
  IconHandStop,
  IconListDetails,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  IconRocket,
  IconTerminal2,
} from '@tabler/icons-react'
import { useState } from 'react'
import type { PlacementView } from '../../../../shared/api/placements'
import type { Problem } from '../../../../shared/domain/problem'
import { Button } from '../../ui/button'
import { ChoiceField, TextField } from '../../ui/field'
import { ProblemNote } from '../../ui/problem'
import { closeDialog, go, openDialog, openSheet, useRoute } from '../../ui/route'
import { Dialog } from '../../ui/sheet'
import { useEnvironment } from './store'

/** What can be done with one app in one environment. Each but Logs and Hold is a plan first. */
export function Actions({ view }: { view: PlacementView }) {
  // In the address, so that the palette opens them too.
  const open = useRoute().query['dialog']
  const placement = view.placement.id
  const plan = (kind: string) => openSheet('plan', { kind, placement })
  const stopped = view.cell.services.length > 0 && view.cell.services.every((service) => service.desired === 0)
  const has = view.cell.running !== 'nothing'
  const held = view.placement.hold !== null
  return (
    <>
      <Button
        icon={<IconListDetails size={16} stroke={1.75} aria-hidden />}
        aria-keyshortcuts="L"
        onClick={() => go(['logs', placement])}
      >
        Logs
      </Button>
      {has && !stopped && view.terminals && (
        <Button icon={<IconTerminal2 size={16} stroke={1.75} aria-hidden />} onClick={() => openSheet('terminal', { placement })}>
          Terminal
        </Button>
      )}
      {has && !stopped && (
        <Button icon={<IconRefresh size={16} stroke={1.75} aria-hidden />} onClick={() => plan('restart')}>
          Restart
        </Button>
      )}
      {has && !stopped && (
        <Button icon={<IconArrowsMaximize size={16} stroke={1.75} aria-hidden />} onClick={() => openDialog('scale')}>
          Scale
        </Button>
      )}
      {has && !stopped && (
        <Button icon={<IconPlayerStop size={16} stroke={1.75} aria-hidden />} onClick={() => plan('stop')}>
          Stop
        </Button>
      )}
      {stopped && view.releases.length > 0 && (
        <Button icon={<IconPlayerPlay size={16} stroke={1.75} aria-hidden />} onClick={() => plan('start')}>
          Start
        </Button>
      )}
      <Button icon={<IconHandStop size={16} stroke={1.75} aria-hidden />} onClick={() => openDialog('hold')}>
        {held ? 'Lift hold' : 'Hold'}
      </Button>
      <Button
        tone={view.environment.protected ? 'protected' : 'primary'}
        icon={<IconRocket size={16} stroke={1.75} aria-hidden />}
        onClick={() => openSheet('deploy', { placement })}
      >
        Deploy
      </Button>
      {open === 'scale' && has && !stopped && <ScaleDialog view={view} onClose={closeDialog} />}
      {open === 'hold' && <HoldDialog lift={held} onClose={closeDialog} />}
    </>
  )
}

function ScaleDialog({ view, onClose }: { view: PlacementView; onClose: () => void }) {
  const { services } = view.cell
  const [serviceId, setServiceId] = useState<string>(services[0]?.serviceId ?? '')
  const desired = services.find((service) => service.serviceId === serviceId)?.desired ?? 1
  const [instances, setInstances] = useState<string>(String(desired))
  const amount = Number(instances)
  const valid = Number.isInteger(amount) && amount >= 0 && amount <= 50 && instances.trim() !== ''
  return (
    <Dialog
      title="Scale"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone="primary"
            disabled={!valid || amount === desired}
            onClick={() => {
              openSheet('plan', { kind: 'scale', placement: view.placement.id, service: serviceId, instances: String(amount) })
            }}
          >
            Plan it
          </Button>
        </>
      }
    >
      <ChoiceField
        label="Service"
        value={serviceId}
        choices={services.map((service) => ({ value: service.serviceId, label: service.slug }))}
        onChange={(event) => setServiceId(event.target.value)}
      />
      <TextField
        label="Instances"
        type="number"
        min={0}
        max={50}
        value={instances}
        onChange={(event) => setInstances(event.target.value)}
        help={`${desired} are wanted now. The plan shows what changes before anything does.`}
        error={valid ? null : 'A whole number from 0 to 50'}
      />
    </Dialog>
  )
}

function HoldDialog({ lift, onClose }: { lift: boolean; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem | null>(null)
  const hold = useEnvironment((state) => state.hold)
  const save = async () => {
    const answer = await hold(reason.trim(), lift)
    if (answer) setProblem(answer)
    else onClose()
  }
  return (
    <Dialog
      title={lift ? 'Lift the hold' : 'Put on hold'}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={reason.trim() === ''} onClick={() => void save()}>
            {lift ? 'Lift hold' : 'Hold'}
          </Button>
        </>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      <TextField
        label="Reason"
        value={reason}
        maxLength={500}
        data-autofocus
        onChange={(event) => setReason(event.target.value)}
        help={
          lift
            ? 'Deploys are allowed again afterwards. The reason is kept in the audit.'
            : 'Stops further deploys until it is lifted. The reason is shown to everybody.'
        }
      />
    </Dialog>
  )
}
