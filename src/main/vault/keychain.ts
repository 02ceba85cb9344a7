import { setTimeout as wait } from 'node:timers/promises'
import { ProblemError } from '../../shared/domain/problem'
import { problem } from './text'

/** Holds one small key per account. Every failure is a ProblemError with a `keychain-…` code; null means "answered: not there". */
export interface Keychain {
  /** As the user knows it. */
  name: string
  read(account: string): Promise<Buffer | null>
  /** Updates in place: deleting first would make macOS ask again. */
  write(account: string, key: Buffer): Promise<void>
}

interface Entry {
  getSecret(): Promise<Uint8Array | number[] | null>
  setSecret(secret: Uint8Array): Promise<void>
}

const service = 'Slipway'
const names: Partial<Record<NodeJS.Platform, string>> = { darwin: 'Keychain', win32: 'Windows Credential Manager' }

// The library gives every error one code, so its words decide. From keyring-rs, the Secret Service, macOS and Windows.
const locked = /unlock prompt was dismissed|is ?locked|interaction is not allowed|errSecInteractionNotAllowed|prompt.*dismiss/i
const denied =
  /access ?denied|permission denied|not authori[sz]ed|cancell?ed|passphrase you entered is not correct|errSecAuthFailed/i

/** What the library's error means. `why` is its own first line, which holds no secret. */
export function keychainProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 300) ?? ''
  if (locked.test(why)) return problem('keychain-locked', { why }, error)
  if (denied.test(why)) return problem('keychain-denied', { why }, error)
  return problem('keychain-absent', { why: plainWhy(why) }, error)
}

function plainWhy(why: string): string {
  if (/DBUS_SESSION_BUS_ADDRESS|autolaunch|No such file or directory/i.test(why))
    return 'there is no session bus (D-Bus) to reach one'
  if (/no result found/i.test(why)) return 'it has no default keyring to store in'
  if (/ServiceUnknown|did not receive a reply|not provided by any/i.test(why))
    return 'no Secret Service answers on the session bus'
  return why || 'it gave no reason'
}

/** Waits `ms` for the answer: a prompt may stay open for as long as the user likes. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController()
  const timeout = wait(ms, null, { signal: over.signal }).then(() => {
    throw problem('keychain-timeout', { seconds: Math.ceil(ms / 1000) })
  })
  timeout.catch(() => {})
  try {
    return await Promise.race([work(over.signal), timeout])
  } catch (error) {
    throw keychainProblem(error)
  } finally {
    over.abort()
  }
}

/** One call at a time: one that hangs holds a thread, so that more of them would stop the whole program. */
function inTurn() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(ms: number, work: () => Promise<T>): Promise<T> =>
    within(ms, (signal) => {
      const mine = last.then(() => {
        signal.throwIfAborted()
        return work()
      })
      last = mine.catch(() => {})
      return mine
    })
}

/** The keychain of the operating system. Loads its library at the first use, never before. */
export function osKeychain({ limitMs = 20_000 } = {}): Keychain {
  const turn = inTurn()
  // The store is pinned: unpinned, the library falls back to the kernel's keyring, which a reboot empties.
  const entry = async (account: string): Promise<Entry> => {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    return new AsyncEntry(service, account, { linux: { store: 'secret-service' } })
  }
  const read = (account: string) =>
    turn(limitMs, async () => {
      const found = await (await entry(account)).getSecret()
      return found === null ? null : Buffer.from(found)
    })
  return {
    name: names[process.platform] ?? 'Secret Service',
    read,
    async write(account, key) {
      await turn(limitMs, async () => (await entry(account)).setSecret(key))
      // Read back: only what comes out again was kept.
      const back = await read(account)
      const same = back?.equals(key) ?? false
      back?.fill(0)
      if (!same) throw problem('keychain-absent', { why: 'it took the key but does not give it back' })
    },
  }
}
