import type { Preferences } from '../../../../shared/domain/preferences'
import { useSession } from '../../client'
import card from '../../ui/card.module.css'
import { ChoiceField, SwitchField } from '../../ui/field'
import { tellProblem } from '../../ui/toast'

const themes = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]
const densities = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'dense', label: 'Dense' },
]

/** How the window looks and listens. */
export function General() {
  const { preferences, setPreferences, host } = useSession()
  const set = (change: Partial<Preferences>) =>
    void setPreferences(change).catch((error: unknown) =>
      tellProblem({ message: error instanceof Error ? error.message : 'It could not be saved.' }),
    )
  return (
    <div className={card['stack']}>
      <ChoiceField
        label="Theme"
        value={preferences.theme}
        choices={themes}
        onChange={(event) => set({ theme: event.target.value as Preferences['theme'] })}
      />
      <ChoiceField
        label="Rows"
        value={preferences.density}
        choices={densities}
        onChange={(event) => set({ density: event.target.value as Preferences['density'] })}
      />
      <SwitchField
        label="Single-letter keys"
        help="L for logs, g f for Fleet, e for the next error. Press ? to see them all."
        checked={preferences.singleKeys}
        onChange={(singleKeys) => set({ singleKeys })}
      />
      {host?.can.notify && (
        <SwitchField
          label="Notifications"
          help="Tells when a run has ended or asks."
          checked={preferences.notify}
          onChange={(notify) => set({ notify })}
        />
      )}
    </div>
  )
}
