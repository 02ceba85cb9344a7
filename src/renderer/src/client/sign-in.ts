const codeIn = (hash: string) => /^#code=([A-Za-z0-9_-]{1,200})$/.exec(hash)?.[1] ?? null

/** Trades the single-use code of the address for a session. Answers the code of the refusal, or null. */
export async function handOver(): Promise<string | null> {
  const code = codeIn(location.hash)
  if (!code) return null
  // The code leaves the address bar and the history before anything else happens.
  history.replaceState(null, '', `${location.pathname}#/`)
  try {
    const answer = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-slipway': '1' },
      body: JSON.stringify({ code }),
    })
    if (answer.ok) return null
    const body = (await answer.json().catch(() => ({}))) as { code?: unknown }
    return typeof body.code === 'string' ? body.code : 'forbidden'
  } catch {
    return null
  }
}
