import { useState } from 'react'
import type { Problem } from '../../../shared/domain/problem'
import { client, problemOf, useSession } from '../client'
import { Button } from '../ui/button'
import { CardChoice, SwitchField } from '../ui/field'
import { count } from '../ui/format'
import { ProblemNote } from '../ui/problem'
import { Dialog } from '../ui/sheet'
import { tell } from '../ui/toast'
import { closeDialog } from './dialogs-state'
import styles from './palette.module.css'
import { singleKeys } from './shortcuts'

export default function Dialogs({ open }: { open: 'shortcuts' | 'quit' }) {
  return open === 'quit' ? <Quit /> : <Shortcuts />
}

function Shortcuts() {
  const { preferences, setPreferences } = useSession()
  return (
    <Dialog title="Shortcuts" onClose={closeDialog}>
      <dl className={styles['keys']}>
        <dt>
          <kbd>Ctrl/Cmd K</kbd>
        </dt>
        <dd>Search or run anything</dd>
        <dt>
          <kbd>Esc</kbd>
        </dt>
        <dd>Close what lies on top</dd>
        {singleKeys.map(({ keys, words }) => (
          <div key={keys} className={preferences.singleKeys ? styles['pair'] : styles['off']}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <SwitchField
        label="Single-letter keys"
        checked={preferences.singleKeys}
        onChange={(on) => void setPreferences({ singleKeys: on }).catch(() => undefined)}
      />
    </Dialog>
  )
}

type Mode = 'wait' | 'safe-point' | 'leave'

function Quit() {
  const running = useSession((session) => session.activeRuns.length)
  const [mode, setMode] = useState<Mode>('wait')
  const [problem, setProblem] = useState<Problem | null>(null)
  const quit = async () => {
    try {
      await client.host.quit({ mode: running > 0 ? mode : 'safe-point' })
      closeDialog()
      tell(running > 0 && mode === 'wait' ? 'Slipway ends when the last run is over.' : 'Slipway is ending.')
    } catch (error) {
      const answer = problemOf(error)
      // The owner may be gone before it could answer: that is what was asked for.
      if (answer.code === 'link-away') closeDialog()
      else setProblem(answer)
    }
  }
  return (
    <Dialog
      title="Quit Slipway?"
      onClose={closeDialog}
      foot={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button tone="primary" onClick={() => void quit()}>
            Quit
          </Button>
        </>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      {running === 0 ? (
        <p>
          What runs on this computer under Slipway ends with it, and starts again at the next start. Closing this tab instead
          changes nothing.
        </p>
      ) : (
        <>
          <p>{count(running, 'run')} under way.</p>
          <CardChoice
            label="What about the runs"
            value={mode}
            onChange={setMode}
            choices={[
              { value: 'wait', label: 'Wait', help: 'New runs are refused; Slipway ends when the last one is over.' },
              {
                value: 'safe-point',
                label: 'Go back at the next safe point',
                help: 'Finished steps are taken back, then Slipway ends.',
              },
              { value: 'leave', label: 'Leave', help: 'Ends now. The runs are journalled; the next start says what is so.' },
            ]}
          />
        </>
      )}
    </Dialog>
  )
}
