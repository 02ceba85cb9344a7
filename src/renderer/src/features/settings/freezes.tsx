import { useState } from 'react'
import type { FreezeWindow } from '../../../../shared/domain/environment'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ChoiceField, TextField } from '../../ui/field'
import { dateTime } from '../../ui/format'
import styles from './settings.module.css'

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const clock = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const minuteOf = (text: string) => {
  const [hours = '0', minutes = '0'] = text.split(':')
  return Number(hours) * 60 + Number(minutes)
}

/** A freeze as a sentence. */
export function freezeWords(window: FreezeWindow) {
  const when =
    window.kind === 'once'
      ? `${dateTime(window.from)} to ${dateTime(window.to)}`
      : `every ${days[window.day]} ${clock(window.fromMinute)}–${clock(window.toMinute)} UTC`
  return window.reason ? `${when}: ${window.reason}` : when
}

/** Spans in which a deploy wants a reason. */
export function Freezes({
  slug,
  windows,
  onChange,
}: {
  slug: string
  windows: readonly FreezeWindow[]
  onChange: (windows: FreezeWindow[]) => void
}) {
  const [adding, setAdding] = useState(false)
  return (
    <div className={styles['freezes']}>
      {windows.map((window, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- two freezes may be equal
        <div key={index} className={card['inline']}>
          <span className={card['grow']}>Freeze {freezeWords(window)}</span>
          <Button
            small
            tone="quiet"
            aria-label={`Remove the freeze ${freezeWords(window)} of ${slug}`}
            onClick={() => onChange(windows.filter((_, place) => place !== index))}
          >
            Remove
          </Button>
        </div>
      ))}
      {adding ? (
        <NewFreeze
          onCancel={() => setAdding(false)}
          onAdd={(window) => {
            setAdding(false)
            onChange([...windows, window])
          }}
        />
      ) : (
        <Button small tone="link" aria-label={`Add a freeze to ${slug}`} onClick={() => setAdding(true)}>
          Add a freeze
        </Button>
      )}
    </div>
  )
}

function NewFreeze({ onAdd, onCancel }: { onAdd: (window: FreezeWindow) => void; onCancel: () => void }) {
  const [kind, setKind] = useState<'weekly' | 'once'>('weekly')
  const [day, setDay] = useState('5')
  const [from, setFrom] = useState('12:00')
  const [to, setTo] = useState('23:59')
  const [fromDate, setFromDate] = useState('')
  const [toDate, setToDate] = useState('')
  const [reason, setReason] = useState('')
  const span = { from: Date.parse(fromDate), to: Date.parse(toDate) }
  const valid = kind === 'weekly' ? minuteOf(from) < minuteOf(to) : span.from < span.to
  const add = () =>
    onAdd(
      kind === 'weekly'
        ? { kind, day: Number(day), fromMinute: minuteOf(from), toMinute: minuteOf(to), reason }
        : { kind, ...span, reason },
    )
  return (
    <div className={styles['freeze']}>
      <ChoiceField
        label="Repeats"
        value={kind}
        choices={[
          { value: 'weekly', label: 'every week' },
          { value: 'once', label: 'once' },
        ]}
        onChange={(event) => setKind(event.target.value === 'once' ? 'once' : 'weekly')}
      />
      {kind === 'weekly' ? (
        <>
          <ChoiceField
            label="Day"
            value={day}
            choices={days.map((label, index) => ({ value: String(index), label }))}
            onChange={(event) => setDay(event.target.value)}
          />
          <TextField label="From (UTC)" type="time" value={from} onChange={(event) => setFrom(event.target.value)} />
          <TextField label="To (UTC)" type="time" value={to} onChange={(event) => setTo(event.target.value)} />
        </>
      ) : (
        <>
          <TextField label="From" type="datetime-local" value={fromDate} onChange={(event) => setFromDate(event.target.value)} />
          <TextField label="To" type="datetime-local" value={toDate} onChange={(event) => setToDate(event.target.value)} />
        </>
      )}
      <TextField label="Why" value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />
      <div className={card['inline']}>
        <Button small tone="primary" disabled={!valid} onClick={add}>
          Add freeze
        </Button>
        <Button small tone="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  )
}
