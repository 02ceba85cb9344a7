import { createORPCClient, type ClientContext, type ClientLink } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { create } from 'zustand'
import type { Contract } from '../../../shared/api'
import { LinkAway } from './problems'
import { handOver } from './sign-in'

export type LinkState =
  | { state: 'connecting' }
  | { state: 'open'; generation: number }
  /** The owner is there and will not talk to this page. */
  | { state: 'refused'; code: string }
  /** Nobody answers. `nextAt` is when it is tried again; `before` tells whether somebody ever did. */
  | { state: 'ended'; attempt: number; nextAt: number; before: boolean }
  /** The desktop's own engine is gone: it does not come back without a restart. */
  | { state: 'over' }

type Way = ClientLink<ClientContext>

/** Tells the state of the link to components. */
export const useLink = create<LinkState>(() => ({ state: 'connecting' }))

let way: Way | null = null
let lost = new AbortController()
let generation = 0

function opened(next: Way) {
  way = next
  lost = new AbortController()
  generation += 1
  useLink.setState({ state: 'open', generation }, true)
}

function closed(state: LinkState) {
  way = null
  lost.abort(new LinkAway())
  useLink.setState(state, true)
}

/** Waits until the link is open, or the signal aborts. */
async function whenOpen(signal?: AbortSignal): Promise<void> {
  if (useLink.getState().state === 'open') return
  await new Promise<void>((resolve, reject) => {
    const end = useLink.subscribe((now) => {
      if (now.state !== 'open') return
      end()
      resolve()
    })
    signal?.addEventListener('abort', () => {
      end()
      reject(new LinkAway())
    })
  })
}

/** A new call on a closed port would hang for ever: refuse it, and end those under way when the link goes. */
async function guarded(path: readonly string[], input: unknown, options: Parameters<Way['call']>[2]): Promise<unknown> {
  if (useLink.getState().state === 'connecting') await whenOpen(options.signal)
  if (!way) throw new LinkAway()
  const gone = lost.signal
  const signal = options.signal ? AbortSignal.any([options.signal, gone]) : gone
  let refuse = () => {}
  const away = new Promise<never>((_, reject) => {
    refuse = () => reject(new LinkAway())
    gone.addEventListener('abort', refuse)
  })
  try {
    return await Promise.race([way.call(path, input, { ...options, signal }), away])
  } finally {
    gone.removeEventListener('abort', refuse)
  }
}

/** Every call of the contract, typed. */
export const client: ContractRouterClient<Contract> = createORPCClient({ call: guarded })

const backOff = (attempt: number) => Math.min(15_000, 500 * 2 ** attempt)

async function ownerAnswers(): Promise<boolean> {
  return await fetch('./', { method: 'HEAD', cache: 'no-store' }).then(
    () => true,
    () => false,
  )
}

/** What is still said to a socket that has just closed is dropped: `guarded` has told each caller already. */
const forgiving = (socket: WebSocket): Pick<WebSocket, 'addEventListener' | 'removeEventListener' | 'readyState' | 'send'> => ({
  addEventListener: socket.addEventListener.bind(socket),
  removeEventListener: socket.removeEventListener.bind(socket),
  readyState: WebSocket.OPEN,
  send: (message) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(message)
  },
})

function openSocket(attempt: number) {
  const url = new URL('/api', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url)
  let wasOpen = false
  socket.addEventListener('open', () => {
    wasOpen = true
    opened(new SocketLink({ websocket: forgiving(socket) }))
  })
  socket.addEventListener('close', () => void socketClosed(wasOpen ? 0 : attempt))
}

async function socketClosed(attempt: number) {
  if (attempt > 0 || useLink.getState().state === 'connecting') {
    if (await ownerAnswers()) return closed({ state: 'refused', code: 'session-over' })
  }
  const wait = backOff(attempt)
  closed({ state: 'ended', attempt: attempt + 1, nextAt: Date.now() + wait, before: generation > 0 })
  retry = setTimeout(() => openSocket(attempt + 1), wait)
}

let retry: ReturnType<typeof setTimeout> | undefined

function openPort() {
  window.addEventListener('message', (event) => {
    const port = event.ports[0]
    if (event.source !== window || event.data !== 'slipway-port' || !port) return
    port.addEventListener('close', () => closed({ state: 'over' }))
    opened(new PortLink({ port }))
    port.start()
  })
}

export const link = {
  /** Opens the way that this host has: the desktop's port, or a WebSocket to the page's own origin. */
  async start() {
    if (location.protocol === 'app:') return openPort()
    const refusal = await handOver()
    if (refusal) return closed({ state: 'refused', code: refusal })
    openSocket(0)
  },
  /** Tries at once instead of waiting for the next attempt. */
  tryNow() {
    clearTimeout(retry)
    openSocket(1)
  },
  whenOpen,
}
