import { RPCHandler } from '@orpc/server/ws'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { CallerContext } from '../app'

/** The most that one frame may hold, in bytes. */
export const largestFrame = 8 * 1024 * 1024
/** What a client may leave unread before it is let go, in bytes. */
export const largestBacklog = 64 * 1024 * 1024
/** A client that sends this much nonsense is not ours. */
const mostBadFrames = 100

/** Either transport, seen alike. */
export interface Pipe {
  send(frame: string | Uint8Array): void
  /** Bytes sent and not yet taken; 0 where that cannot be known. */
  backlog(): number
  close(): void
  onFrame(listener: (frame: unknown) => void): void
  onClose(listener: () => void): void
}

export type AnyRouter = ConstructorParameters<typeof RPCHandler<CallerContext>>[0]

const Id = z.string().min(1).max(64)
const Header = z.string().max(1000)
// The library would build files and forms from these headers; the contract has none.
const Headers = z
  .record(z.string().regex(/^[a-z][a-z0-9-]{0,60}$/), z.union([Header, z.array(Header).max(10)]))
  .refine((headers) => !('content-type' in headers) && !('content-disposition' in headers))
const Call = z.strictObject({
  i: Id,
  t: z.literal(1).optional(),
  p: z.strictObject({ u: z.string().regex(/^\/[\w/.-]{1,300}$/), b: z.unknown().optional(), h: Headers.optional() }),
})
const Abort = z.strictObject({ i: Id, t: z.literal(4), p: z.unknown().optional() })
const Frame = z.union([Abort, Call])

/** Whether a frame has the form of a call or of letting go of one. What it asks for is for the contract to judge. */
export function isFrame(frame: unknown): frame is string {
  if (typeof frame !== 'string' || frame.length > largestFrame) return false
  try {
    return Frame.safeParse(JSON.parse(frame)).success
  } catch {
    return false
  }
}

type SocketLike = Parameters<RPCHandler<CallerContext>['upgrade']>[0]

/** Makes the one door of a router: each pipe given to it is served until it closes. */
export function serveChannels(router: AnyRouter): (pipe: Pipe) => void {
  const handler = new RPCHandler<CallerContext>(router)
  return (pipe) => {
    const gone = new AbortController()
    let bad = 0
    const socket = {
      send(frame: string | Uint8Array) {
        if (gone.signal.aborted) return
        if (pipe.backlog() > largestBacklog) return pipe.close()
        pipe.send(frame)
      },
      addEventListener(event: 'message' | 'close', listener: (event: { data: unknown }) => void) {
        if (event === 'close') return pipe.onClose(() => listener({ data: null }))
        pipe.onFrame((frame) => {
          if (isFrame(frame)) return listener({ data: frame })
          bad += 1
          if (bad >= mostBadFrames) pipe.close()
        })
      },
    }
    pipe.onClose(() => gone.abort())
    // The library names ws's own class here and uses no more of it than these two.
    void handler.upgrade(socket as unknown as SocketLike, { context: { clientId: v7(), gone: gone.signal } })
  }
}
