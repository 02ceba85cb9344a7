import { useState, type FormEvent } from 'react'
import type { SignInQuestion } from '../../../shared/domain/server'
import { client, problemOf } from '../client'
import { Button } from '../ui/button'
import { TextField } from '../ui/field'
import { shownName } from '../../../shared/domain/plain-name'
import { Dialog } from '../ui/sheet'
import { tellProblem } from '../ui/toast'

const titles = { passphrase: 'The key is locked', password: 'A password is needed', interactive: 'The server asks' }

/** What a server, or a locked key, asks while somebody signs in. */
export default function SignInDialog({ question }: { question: SignInQuestion }) {
  const [answers, setAnswers] = useState(question.prompts.map(() => ''))
  const send = (given: string[] | null) =>
    void client.connections.answer({ id: question.id, answers: given }).catch((error: unknown) => tellProblem(problemOf(error)))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send(answers)
  }
  return (
    <Dialog
      title={titles[question.kind]}
      onClose={() => send(null)}
      foot={
        <>
          <Button onClick={() => send(null)}>Cancel</Button>
          <Button tone="primary" type="submit" form="sign-in">
            Answer
          </Button>
        </>
      }
    >
      <form id="sign-in" onSubmit={submit} style={{ display: 'contents' }}>
        <p>
          {question.kind === 'passphrase' ? 'Passphrase of ' : 'For '}
          <strong>{shownName(question.about)}</strong>.{' '}
          {question.kind === 'interactive'
            ? 'It is used once.'
            : 'It stays in memory while the connection is open, and is written nowhere.'}
        </p>
        {question.kind === 'interactive' && question.title !== '' && (
          <p className="dim">The server’s own words: “{shownName(question.title)}”</p>
        )}
        {question.prompts.map((prompt, index) => (
          <TextField
            // oxlint-disable-next-line react/no-array-index-key -- prompts never move
            key={index}
            label={shownName(prompt.text) || 'Answer'}
            type={prompt.echo ? 'text' : 'password'}
            autoComplete="off"
            {...(index === 0 && { 'data-autofocus': true })}
            value={answers[index] ?? ''}
            onChange={(event) => setAnswers(answers.map((one, place) => (place === index ? event.target.value : one)))}
          />
        ))}
      </form>
    </Dialog>
  )
}
