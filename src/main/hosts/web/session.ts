import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const codeLives = 10 * 60_000
/** Wrong codes before all outstanding ones are void. */
const mostGuesses = 100
/** Wrong codes in a minute before every further one is refused unread. */
const guessesPerMinute = 20
const mostCodes = 16
const mostSessions = 64
const mostSpent = 256

export type Refusal = 'code-spent' | 'code-unknown'
export type Redeemed = { session: string } | { refused: Refusal }

interface Code {
  hash: Buffer
  until: number
}

/**
 * Who may use the page: whoever brings a one-time code gets a session that lives as long as the process.
 * Only hashes are kept, and each comparison looks at all of them, so that time tells nothing.
 */
export function signIn(now: () => number = Date.now) {
  let codes: Code[] = []
  let spent: Buffer[] = []
  let sessions: Buffer[] = []
  let guesses = 0
  let recent: number[] = []

  const retire = (hashes: Buffer[]) => {
    spent = [...spent, ...hashes].slice(-mostSpent)
  }
  const dropOld = () => {
    const over = codes.filter((code) => code.until <= now())
    codes = codes.filter((code) => code.until > now())
    retire(over.map((code) => code.hash))
  }
  const wrong = (hash: Buffer): Redeemed => {
    guesses += 1
    recent.push(now())
    if (guesses >= mostGuesses) {
      retire(codes.map((code) => code.hash))
      codes = []
      guesses = 0
    }
    return { refused: among(spent, hash) ? 'code-spent' : 'code-unknown' }
  }

  return {
    /** A fresh code: 256 bits, for one use within ten minutes. */
    issue(): string {
      const code = randomBytes(32).toString('base64url')
      dropOld()
      codes = [...codes, { hash: hashed(code), until: now() + codeLives }].slice(-mostCodes)
      return code
    },
    redeem(code: string): Redeemed {
      recent = recent.filter((time) => time > now() - 60_000)
      if (recent.length >= guessesPerMinute) {
        guesses += 1
        if (guesses >= mostGuesses) codes = []
        return { refused: 'code-unknown' }
      }
      dropOld()
      const hash = hashed(code)
      if (
        !among(
          codes.map((kept) => kept.hash),
          hash,
        )
      )
        return wrong(hash)
      codes = codes.filter((kept) => !timingSafeEqual(kept.hash, hash))
      retire([hash])
      guesses = 0
      const session = randomBytes(32).toString('base64url')
      sessions = [...sessions, hashed(session)].slice(-mostSessions)
      return { session }
    },
    holds: (session: string) => among(sessions, hashed(session)),
    end(session: string) {
      const hash = hashed(session)
      sessions = sessions.filter((kept) => !timingSafeEqual(kept, hash))
    },
  }
}
export type SignIn = ReturnType<typeof signIn>

const hashed = (text: string) => createHash('sha256').update(text).digest()

function among(hashes: readonly Buffer[], hash: Buffer): boolean {
  let found = false
  for (const kept of hashes) found = timingSafeEqual(kept, hash) || found
  return found
}
