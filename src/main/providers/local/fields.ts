import { z } from 'zod'
import { Command } from '../../../shared/domain/app'
import type { Field } from '../provider'
import { problem } from './text'

/** How one service runs on this computer. */
export const LocalTarget = z.object({
  start: Command,
  instances: z.int().min(1, 'At least one').max(50, 'At most fifty'),
  /** null: a free one is chosen once, and kept. */
  port: z.int().min(1).max(65_535).nullable(),
  stopSeconds: z.int().min(0).max(600),
})
export type LocalTarget = z.infer<typeof LocalTarget>

const Given = LocalTarget.extend({
  instances: LocalTarget.shape.instances.default(1),
  port: LocalTarget.shape.port.default(null),
  stopSeconds: LocalTarget.shape.stopSeconds.default(10),
})

export const targetFields: readonly Field[] = [
  {
    key: 'start',
    label: 'Start command',
    kind: 'command',
    required: true,
    help: 'Runs in the unpacked bundle. The port to listen on is in PORT. {node} as the program means the Node that runs Slipway.',
  },
  { key: 'instances', label: 'Instances', kind: 'number', required: true, help: 'How many run at once.' },
  { key: 'port', label: 'Port of the address', kind: 'number', help: 'Leave it empty to have a free one chosen once, and kept.' },
  { key: 'stopSeconds', label: 'Seconds to stop', kind: 'number', help: 'After that, a program that does not end is killed.' },
]

/** Parses a target's settings. Throws `local-target-wrong`, which names the field. */
export function parseTarget(settings: Record<string, unknown>): LocalTarget {
  const parsed = Given.safeParse(settings)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw problem('local-target-wrong', { field: issue?.path.join('.') ?? '', why: issue?.message ?? 'it is not understood' })
}
