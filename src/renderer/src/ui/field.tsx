import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react'
import styles from './field.module.css'

interface Around {
  label: string
  help?: ReactNode
  error?: string | null | undefined
  hideLabel?: boolean
}

function Labelled({ label, help, error, hideLabel, id, children }: Around & { id: string; children: ReactNode }) {
  return (
    <div className={styles['field']}>
      <label htmlFor={id} className={hideLabel ? 'sr' : styles['label']}>
        {label}
      </label>
      {children}
      {error ? (
        <div id={`${id}-help`} className={styles['error']} role="alert">
          {error}
        </div>
      ) : (
        help && (
          <div id={`${id}-help`} className={styles['help']}>
            {help}
          </div>
        )
      )}
    </div>
  )
}

const described = (id: string, { help, error }: Around) => (help || error ? { 'aria-describedby': `${id}-help` } : {})

/** A line of text with its label. */
export function TextField({
  label,
  help,
  error,
  hideLabel,
  mono,
  ...rest
}: Around & { mono?: boolean } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <Labelled label={label} help={help} error={error} {...(hideLabel && { hideLabel })} id={id}>
      <input
        {...rest}
        {...described(id, { label, help, error })}
        id={id}
        aria-invalid={error ? true : undefined}
        className={`${styles['input']} ${mono ? styles['mono'] : ''}`}
      />
    </Labelled>
  )
}

/** One of a few. */
export function ChoiceField({
  label,
  help,
  hideLabel,
  choices,
  ...rest
}: Around & { choices: readonly { value: string; label: string }[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId()
  return (
    <Labelled label={label} help={help} {...(hideLabel && { hideLabel })} id={id}>
      <select {...rest} {...described(id, { label, help })} id={id} className={styles['input']}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

/** On or off. */
export function SwitchField({
  label,
  help,
  checked,
  onChange,
  disabled,
}: {
  label: string
  help?: ReactNode
  checked: boolean
  onChange: (on: boolean) => void
  disabled?: boolean
}) {
  const id = useId()
  return (
    <div className={styles['switch']}>
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
        aria-describedby={help ? `${id}-help` : undefined}
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {help && (
          <div id={`${id}-help`} className={styles['help']}>
            {help}
          </div>
        )}
      </div>
    </div>
  )
}

/** One of a few, side by side with what each means. */
export function CardChoice<T extends string>({
  label,
  value,
  onChange,
  choices,
}: {
  label: string
  value: T
  onChange: (value: T) => void
  choices: readonly { value: T; label: string; help: string; disabled?: boolean }[]
}) {
  const name = useId()
  return (
    <fieldset className={styles['cards']}>
      <legend className="sr">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className={styles['choice']} data-off={choice.disabled || undefined}>
          <input
            type="radio"
            name={name}
            checked={value === choice.value}
            disabled={choice.disabled}
            onChange={() => onChange(choice.value)}
          />
          <span>
            <strong>{choice.label}</strong>
            <span className={styles['help']}>{choice.help}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
