import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { TextField } from '../../ui/field'

interface SecretFieldProps {
  label: string
  help?: string
  /** Whether the vault has one. */
  kept: boolean
  /** null leaves what the vault has; an empty one has it forgotten. */
  value: string | null
  onChange: (value: string | null) => void
}

/** A secret that can be given anew or forgotten, and never read. */
export function SecretField({ label, help = '', kept, value, onChange }: SecretFieldProps) {
  const forgotten = kept && value === ''
  const state = forgotten ? 'It is forgotten when you save.' : kept ? 'Leave it empty to keep what is saved.' : ''
  return (
    <div className={card['inline']} style={{ alignItems: 'flex-start' }}>
      <TextField
        label={label}
        type="password"
        autoComplete="off"
        value={value ?? ''}
        placeholder={kept && !forgotten ? 'kept in the vault' : ''}
        onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        help={[state, help].filter(Boolean).join(' ')}
      />
      {kept && (
        <Button small onClick={() => onChange(forgotten ? null : '')} style={{ marginTop: 24 }}>
          {forgotten ? 'Keep it' : 'Forget it'}
        </Button>
      )}
    </div>
  )
}
