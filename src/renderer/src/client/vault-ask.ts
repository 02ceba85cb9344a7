import { create } from 'zustand'
import { problemOf } from './problems'

interface VaultAsk {
  /** What is asked for now: a home for the key, or to unlock it. */
  asking: { kind: 'create' | 'unlock'; settle: (open: boolean) => void } | null
}

export const useVaultAsk = create<VaultAsk>(() => ({ asking: null }))

/** Asks the person for the vault; tells whether it is open then. */
export function askVault(kind: 'create' | 'unlock'): Promise<boolean> {
  return new Promise((resolve) => {
    useVaultAsk.setState({
      asking: {
        kind,
        settle: (open) => {
          useVaultAsk.setState({ asking: null })
          resolve(open)
        },
      },
    })
  })
}

/** Makes a call; where the vault is in the way, asks the person for it and makes the call again. */
export async function withVault<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      const { code } = problemOf(error)
      if (code !== 'vault-empty' && code !== 'vault-locked') throw error
      if (!(await askVault(code === 'vault-empty' ? 'create' : 'unlock'))) throw error
    }
  }
}
