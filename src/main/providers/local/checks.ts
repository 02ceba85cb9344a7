import type { Check } from '../../../shared/domain/check'
import { shortDigest } from '../../../shared/domain/artifact'
import type { LocalHandle } from '../../supervisor/handle'
import type { ArtifactStore } from '../../ports'
import type { Change } from '../provider'
import type { Bundles } from './bundles'
import { parseTarget } from './fields'
import { access, constants, statfs } from 'node:fs/promises'

const leastFreeBytes = 256 * 1024 * 1024
const noTransfer = new Set<Change['kind']>(['restart', 'apply-settings', 'scale'])

interface Ground {
  change: Change
  client: LocalHandle['client']
  bundles: Bundles
  artifacts: ArtifactStore
  signal: AbortSignal
}

/** All checks of a change on this computer; none stops the others. */
export async function checksOf(ground: Ground): Promise<Check[]> {
  const { change } = ground
  const check = (id: string, outcome: Check['outcome'], message: string, detail: string): Check => ({
    id,
    source: 'local',
    targetId: change.target.id,
    outcome,
    message,
    detail,
    fix: null,
  })
  if (change.kind === 'stop') return []
  const all = await Promise.all([bundle(ground, check), command(ground, check), port(ground, check), room(ground, check)])
  if (change.instances < 1)
    all.push(
      check('instances', 'block', `${change.service.slug} would have no instance`, 'Set at least one instance, or stop it.'),
    )
  return all.filter((one) => one !== null)
}

type Make = (id: string, outcome: Check['outcome'], message: string, detail: string) => Check

async function bundle({ change, bundles, artifacts }: Ground, check: Make): Promise<Check | null> {
  const { artifact, service, kind } = change
  if (!artifact) return null
  const why = await bundles.check(artifact)
  if (!why) return check('bundle', 'pass', `The bundle of ${service.slug} is unpacked and unchanged`, bundles.folder(artifact))
  const brought = !noTransfer.has(kind) && artifacts.has(artifact)
  if (brought) return check('bundle', 'pass', `The bundle of ${service.slug} will be unpacked`, why.problem.message)
  return check('bundle', 'block', `The bundle ${shortDigest(artifact)} of ${service.slug} cannot be used`, why.problem.message)
}

async function command({ change, client, bundles, signal }: Ground, check: Make): Promise<Check | null> {
  const { start } = parseTarget(change.target.settings)
  const [program = ''] = start
  const folder = change.artifact && !(await bundles.check(change.artifact)) ? bundles.folder(change.artifact) : null
  if (/[/\\]/.test(program) && !program.startsWith('/') && !folder) {
    return check(
      'start-command',
      'pass',
      `${program} is expected in the bundle of ${change.service.slug}`,
      'It is looked for once the bundle is unpacked, before any traffic moves.',
    )
  }
  const { problem } = await client.ask('findProgram', { program, folder: folder ?? client.where.local }, signal)
  if (problem)
    return check(
      'start-command',
      'block',
      `${change.service.slug} cannot be started`,
      [problem.message, problem.fix].filter(Boolean).join(' '),
    )
  return check('start-command', 'pass', `The start command of ${change.service.slug} was found`, start.join(' '))
}

async function port({ change, client, signal }: Ground, check: Make): Promise<Check | null> {
  const { port: wanted } = parseTarget(change.target.settings)
  if (!change.service.route || wanted === null) return null
  const { free } = await client.ask('portFree', { targetId: change.target.id, port: wanted }, signal)
  if (free) return check('port', 'pass', `Port ${wanted} is free or already its own`, `http://127.0.0.1:${wanted}`)
  return check(
    'port',
    'block',
    `Port ${wanted} is taken by another program`,
    'Stop that program, or choose another port in the target’s settings.',
  )
}

async function room({ client }: Ground, check: Make): Promise<Check> {
  const folder = client.where.local
  try {
    await access(folder, constants.W_OK)
  } catch {
    return check(
      'data-folder',
      'block',
      'The data folder cannot be written',
      `${folder}: give your user the right to write there.`,
    )
  }
  const { bavail, bsize } = await statfs(folder)
  const free = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GB free`
  if (bavail * bsize < leastFreeBytes) return check('disk', 'block', 'The disk is nearly full', `${free}. Make some room first.`)
  return check('disk', 'pass', 'The data folder can be written and has room', free)
}
