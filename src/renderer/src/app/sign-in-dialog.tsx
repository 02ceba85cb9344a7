import { useState, type FormEvent } from 'react'
import { shownName } from '../../../shared/domain/plain-name'
import type { SignInQuestion } from '../../../shared/domain/server'
import { client, problemOf, withVault } from '../client'
import { Button } from '../ui/button'
import { SwitchField, TextField } from '../ui/field'
import { Dialog } from '../ui/sheet'
import { tellProblem } from '../ui/toast'

/** What a server, or a locked key, asks while somebody signs in. */
export default function SignInDialog({ question }: { question: SignInQuestion }) {
  const [answers, setAnswers] = useState(question.prompts.map(() => ''))
  const [keep, setKeep] = useState(false)
  const { kind, id } = question
  const asked = kind === 'interactive'
  const send = (given: string[] | null) =>
    void withVault(() => client.connections.answer({ id, answers: given, keep: keep && given !== null })).catch(
      (error: unknown) => tellProblem(problemOf(error)),
    )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send(answers)
  }
  return (
    <Dialog
      title={asked ? 'The server asks' : shownName(question.title)}
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
          {kind === 'passphrase' ? 'For the key ' : 'For '}
          <strong>{shownName(question.about)}</strong>. {asked && 'It is used once.'}
        </p>
        {asked && question.title !== '' && <p className="dim">The server’s own words: “{shownName(question.title)}”</p>}
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
        {!asked && (
          <SwitchField
            label="Keep it in the vault"
            checked={keep}
            onChange={setKeep}
            help="It is not asked for again. Otherwise it stays in memory while the connection is open, and is written nowhere."
          />
        )}
      </form>
    </Dialog>
  )
}
