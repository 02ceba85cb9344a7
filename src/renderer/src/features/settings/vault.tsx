import { useState } from 'react'
import type { VaultState } from '../../../../shared/domain/vault'
import type { Problem } from '../../../../shared/domain/problem'
import { askVault, client, problemOf, useSession } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ProblemNote } from '../../ui/problem'

const homes = { keychain: 'the keychain of this computer', passphrase: 'a passphrase', session: 'this session only' }

function words(vault: VaultState): string {
  switch (vault.state) {
    case 'empty':
      return 'No secret is kept yet, so there is no key. You are asked where to keep it when the first secret comes.'
    case 'open':
      return `Open. Its key is held by ${homes[vault.home]}.`
    case 'locked':
      return `Locked: ${vault.why}`
    default:
      return vault satisfies never
  }
}

/** Where the key of the secrets lives, and whether it is open. */
export function Vault() {
  const { vault, loadVault } = useSession()
  const [problem, setProblem] = useState<Problem | null>(null)
  const lock = async () => {
    try {
      await client.vault.lock()
      setProblem(null)
    } catch (error) {
      setProblem(problemOf(error))
    }
    await loadVault()
  }
  if (!vault) return <p className="dim">Reading the state of the vault.</p>
  return (
    <div className={card['stack']}>
      {problem && <ProblemNote problem={problem} />}
      <p>{words(vault)}</p>
      <p className="dim">Secrets are sealed in the data folder under one key. They are never shown in this window once saved.</p>
      <div className={card['inline']}>
        {vault.state === 'empty' && <Button onClick={() => void askVault('create')}>Choose a home for the key</Button>}
        {vault.state === 'open' && <Button onClick={() => void lock()}>Lock</Button>}
        {vault.state === 'locked' && (
          <Button tone="primary" onClick={() => void askVault('unlock')}>
            Unlock
          </Button>
        )}
      </div>
    </div>
  )
}
