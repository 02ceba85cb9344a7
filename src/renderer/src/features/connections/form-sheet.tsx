import { useId, type ReactNode } from 'react'
import type { Problem } from '../../../../shared/domain/problem'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { Bone, ProblemNote } from '../../ui/problem'
import { Sheet } from '../../ui/sheet'

interface FormSheetProps {
  title: string
  under: string
  problem: Problem | null
  /** Whether what is changed is there to be changed. */
  ready: boolean
  busy: boolean
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}

/** The form of a connection: saved, then tested. */
export function FormSheet({ title, under, problem, ready, busy, onSubmit, onClose, children }: FormSheetProps) {
  const id = useId()
  return (
    <Sheet
      edge="accent"
      title={title}
      under={under}
      onClose={onClose}
      foot={
        <>
          <span className={card['grow']} />
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form={id} busy={busy} disabled={!ready}>
            Save and test
          </Button>
        </>
      }
    >
      {problem && !ready && <ProblemNote problem={problem} />}
      {!ready && !problem && <Bone height={200} />}
      {ready && (
        <form
          id={id}
          noValidate
          className={card['stack']}
          onSubmit={(event) => {
            event.preventDefault()
            onSubmit()
          }}
        >
          {problem && <ProblemNote problem={problem} />}
          {children}
        </form>
      )}
    </Sheet>
  )
}
