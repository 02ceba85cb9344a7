import type { ConnectionId, PlacementId, ServiceId } from '../../../../shared/domain/ids'
import { client } from '../../client'

/** What is to be opened. */
export interface Opening {
  placementId: PlacementId
  serviceId: ServiceId
  what: { kind: 'shell'; instance: string } | { kind: 'once'; command: string[]; connectionId: ConnectionId }
  typedName?: string
}

export interface Seen {
  bytes(bytes: Uint8Array): Promise<void>
  ended(code: number | null): void
}

/** What goes in one call at most. */
const mostBytes = 500_000

const decode = (text: string) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))
/** A large paste is more than a call takes as arguments. */
function encode(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

/** A terminal over the contract. Each piece is acknowledged once it is drawn, so that a loud program waits. */
export function openTerminal(opening: Opening, size: { columns: number; rows: number }, seen: Seen, signal: AbortSignal) {
  let terminalId: string | null = null
  const before: Uint8Array[] = []
  const write = (bytes: Uint8Array) => {
    if (terminalId === null) before.push(bytes)
    else
      for (let at = 0; at < bytes.length; at += mostBytes)
        void client.terminals.write({ terminalId, bytes: encode(bytes.subarray(at, at + mostBytes)) }).catch(() => undefined)
  }
  async function run(): Promise<void> {
    for await (const event of await client.terminals.open({ ...opening, ...size }, { signal })) {
      if (event.kind === 'open') {
        terminalId = event.terminalId
        for (const bytes of before.splice(0)) write(bytes)
      } else if (event.kind === 'bytes') {
        await seen.bytes(decode(event.bytes))
        if (terminalId) void client.terminals.ack({ terminalId, batch: event.batch }).catch(() => undefined)
      } else seen.ended(event.code)
    }
  }
  return {
    run,
    write: (text: string) => write(new TextEncoder().encode(text)),
    resize: (columns: number, rows: number) => {
      if (terminalId) void client.terminals.resize({ terminalId, columns, rows }).catch(() => undefined)
    },
  }
}
