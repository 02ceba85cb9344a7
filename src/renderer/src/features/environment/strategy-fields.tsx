import type { Strategy } from '../../../../shared/domain/strategy'
import card from '../../ui/card.module.css'
import { CardChoice, TextField } from '../../ui/field'

interface StrategyProps {
  strategy: Strategy
  /** What the providers of the targets can. */
  can: readonly string[]
  onChange: (strategy: Strategy) => void
}

const fresh: Record<Strategy['kind'], Strategy> = {
  all: { kind: 'all' },
  rolling: { kind: 'rolling', batch: 1 },
  canary: { kind: 'canary', percent: 10, minutes: 10 },
}

/** How the hosts are brought over. */
export function StrategyFields({ strategy, can, onChange }: StrategyProps) {
  return (
    <>
      <CardChoice
        label="How the hosts are brought over"
        value={strategy.kind}
        onChange={(kind) => onChange(fresh[kind])}
        choices={[
          { value: 'all', label: 'All at once', help: 'Every host starts the new one, then all switch.' },
          {
            value: 'rolling',
            label: 'One batch after the other',
            help: 'Each batch is healthy, switched and watched before the next.',
            disabled: !can.includes('rolling'),
          },
          {
            value: 'canary',
            label: 'A part of the traffic first',
            help: 'The new one takes some of it for a while, then all.',
            disabled: !can.includes('canary'),
          },
        ]}
      />
      {strategy.kind === 'rolling' && (
        <TextField
          label="Hosts in a batch"
          type="number"
          min={1}
          max={1000}
          value={String(strategy.batch)}
          onChange={(event) => onChange({ kind: 'rolling', batch: Math.max(1, Math.floor(Number(event.target.value)) || 1) })}
        />
      )}
      {strategy.kind === 'canary' && (
        <div className={card['inline']}>
          <TextField
            label="Percent of the traffic"
            type="number"
            min={1}
            max={99}
            value={String(strategy.percent)}
            onChange={(event) =>
              onChange({ ...strategy, percent: Math.min(99, Math.max(1, Math.floor(Number(event.target.value)) || 1)) })
            }
          />
          <TextField
            label="For so many minutes"
            type="number"
            min={0}
            max={1440}
            value={String(strategy.minutes)}
            onChange={(event) => onChange({ ...strategy, minutes: Math.min(1440, Math.max(0, Number(event.target.value) || 0)) })}
          />
        </div>
      )}
    </>
  )
}
