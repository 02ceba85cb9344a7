import type { FieldView } from '../../../shared/api/placements'
import { ChoiceField, SwitchField, TextField } from './field'

export type FieldValues = Record<string, unknown>

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? value.map(shown).join(' ') : ''
}

/** What a field's text means: numbers as numbers, an empty number as none, a command as its words. */
export function valueOf(field: Pick<FieldView, 'kind'>, text: string): unknown {
  if (field.kind === 'number') return text.trim() === '' ? null : Number(text)
  if (field.kind === 'command') return text.split(/\s+/).filter(Boolean)
  return text
}

/** A form of fields that a provider gave as data: it is drawn without knowing the provider. */
export function FieldsForm({
  fields,
  values,
  onChange,
}: {
  fields: readonly FieldView[]
  values: FieldValues
  onChange: (values: FieldValues) => void
}) {
  const set = (key: string, value: unknown) => onChange({ ...values, [key]: value })
  return (
    <>
      {fields.map((field) => {
        const about = { label: field.label, ...(field.help === undefined ? {} : { help: field.help }) }
        if (field.kind === 'switch')
          return (
            <SwitchField key={field.key} {...about} checked={values[field.key] === true} onChange={(on) => set(field.key, on)} />
          )
        if (field.kind === 'choice')
          return (
            <ChoiceField
              key={field.key}
              {...about}
              value={shown(values[field.key]) || (field.choices?.[0]?.value ?? '')}
              choices={field.choices ?? []}
              onChange={(event) => set(field.key, event.target.value)}
            />
          )
        return (
          <TextField
            key={field.key}
            {...about}
            mono={field.kind !== 'number'}
            type={field.kind === 'number' ? 'number' : 'text'}
            required={field.required}
            value={shown(values[field.key])}
            onChange={(event) => set(field.key, valueOf(field, event.target.value))}
          />
        )
      })}
    </>
  )
}
