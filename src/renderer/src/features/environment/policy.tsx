import { useState } from 'react'
import type { PlacementView } from '../../../../shared/api/placements'
import type { OnFailure } from '../../../../shared/domain/placement'
import type { Strategy } from '../../../../shared/domain/strategy'
import type { Problem } from '../../../../shared/domain/problem'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { CardChoice, TextField } from '../../ui/field'
import { ProblemNote } from '../../ui/problem'
import { tell } from '../../ui/toast'
import { StrategyFields } from './strategy-fields'
import { useEnvironment } from './store'

/** What a run does when something fails, and how long the new version is watched. */
export function Policy({ view }: { view: PlacementView }) {
  const { onFailure, bakeSeconds } = view.placement
  const [rule, setRule] = useState<OnFailure['rule']>(onFailure.rule)
  const [quorum, setQuorum] = useState(onFailure.rule === 'go-on' ? String(onFailure.quorum) : '1')
  const [bake, setBake] = useState(String(bakeSeconds))
  const [strategy, setStrategy] = useState<Strategy>(view.placement.strategy)
  const [problem, setProblem] = useState<Problem | null>(null)
  const setPolicy = useEnvironment((state) => state.setPolicy)
  const seconds = Number(bake)
  const valid = bake.trim() !== '' && Number.isInteger(seconds) && seconds >= 0 && seconds <= 86_400
  const save = async () => {
    const answer = await setPolicy(
      rule === 'go-on' ? { rule, quorum: Math.max(1, Number(quorum) || 1) } : { rule },
      seconds,
      strategy,
    )
    setProblem(answer)
    if (!answer) tell('The policy is saved. It counts from the next plan on.')
  }
  return (
    <div className={`${card['padded']} ${card['stack']} ${card['narrow']}`}>
      {problem && <ProblemNote problem={problem} />}
      <TextField
        label="Bake time in seconds"
        type="number"
        min={0}
        max={86_400}
        value={bake}
        onChange={(event) => setBake(event.target.value)}
        error={valid ? null : 'A whole number from 0 to 86,400'}
        help="The new version must stay healthy with traffic for so long before the old one goes."
      />
      {view.strategies.length > 1 && <StrategyFields strategy={strategy} can={view.strategies} onChange={setStrategy} />}
      <CardChoice
        label="When something fails"
        value={rule}
        onChange={setRule}
        choices={[
          { value: 'revert', label: 'Go back at once', help: 'Traffic stays on, or returns to, what worked.' },
          {
            value: 'ask',
            label: 'Ask me',
            help: 'The run waits and asks what next; without an answer in five minutes it goes back.',
          },
          { value: 'go-on', label: 'Go on with a quorum', help: 'Goes on while at least so many instances are well.' },
        ]}
      />
      {rule === 'go-on' && (
        <TextField
          label="At least this many well"
          type="number"
          min={1}
          value={quorum}
          onChange={(event) => setQuorum(event.target.value)}
        />
      )}
      <div>
        <Button tone="primary" disabled={!valid} onClick={() => void save()}>
          Save policy
        </Button>
      </div>
    </div>
  )
}
