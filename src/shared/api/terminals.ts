import { z } from 'zod'
import { Command } from '../domain/app'
import { ConnectionId, PlacementId, ServiceId } from '../domain/ids'
import { call, streamOf } from './base'

const size = { columns: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) }

export const TerminalEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), terminalId: z.string(), title: z.string() }),
  /** Base64. Acknowledge each: a terminal that nobody reads is not read on the server either. */
  z.object({ kind: z.literal('bytes'), batch: z.int().nonnegative(), bytes: z.string() }),
  /** null: the link went before the end was known. */
  z.object({ kind: z.literal('ended'), code: z.int().nullable() }),
])
export type TerminalEvent = z.infer<typeof TerminalEvent>

/** A shell or a one-off command is a change: a protected environment wants its name typed, and it is written down. */
export const terminals = {
  /** Ends with the stream. */
  open: call
    .input(
      z.object({
        placementId: PlacementId,
        serviceId: ServiceId,
        what: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('shell'), instance: z.string().max(300) }),
          z.object({ kind: z.literal('once'), command: Command, connectionId: ConnectionId }),
        ]),
        typedName: z.string().max(100).optional(),
        ...size,
      }),
    )
    .output(streamOf(TerminalEvent)),
  write: call.input(z.object({ terminalId: z.string().max(100), bytes: z.string().max(1_000_000) })).output(z.void()),
  resize: call.input(z.object({ terminalId: z.string().max(100), ...size })).output(z.void()),
  ack: call.input(z.object({ terminalId: z.string().max(100), batch: z.int().nonnegative() })).output(z.void()),
}
