import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle, shortFolder } from '../support/built'

let built: Awaited<ReturnType<typeof bundle>>
let home: string
/** One a lane: each has its own addresses, so that lanes can run beside each other. */
let demos: string[]
const rounds = Number(process.env['SLIPWAY_CRASH_ROUNDS'] ?? 1)
const together = 4
let kills = 0

interface Said {
  exit: number | null
  signal: string | null
  lines: Record<string, unknown>[]
  errors: string
}

function owner(task: string, dataDir: string, argument = ''): Promise<Said> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        join(built.folder, 'owner.mjs'),
        task,
        dataDir,
        dataDir,
        join(built.folder, 'supervisor.mjs'),
        join(process.cwd(), 'resources'),
        argument,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const [out, errors]: [string[], string[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
    child.on('close', (exit, signal) => {
      const lines = out
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      resolve({ exit, signal, lines, errors: errors.join('') })
    })
  })
}

/** A folder with the demo in it, as a person has it before a promote. Nothing of it runs. */
function freshDemo(lane: number): string {
  const folder = shortFolder(`lane${lane}`)
  cpSync(demos[lane]!, folder, { recursive: true, preserveTimestamps: true })
  return folder
}

beforeAll(async () => {
  built = await bundle({ owner: 'test/crash/owner.ts', supervisor: 'src/main/supervisor/main.ts' })
  home = shortFolder('crash')
  demos = Array.from({ length: together }, (_, lane) => join(home, `demo${lane}`))
  for (const demo of demos) {
    const said = await owner('demo', demo)
    expect(said.errors).toBe('')
    expect(said.exit).toBe(0)
  }
}, 120_000)
afterAll(() => {
  built?.remove()
  rmSync(home, { recursive: true, force: true })
})

/** Kills the owner at one point of a promote and lets the next one take up. Answers what was wrong, in words. */
async function killedAt(lane: number, point: number, answer: 'finish' | 'revert'): Promise<string[]> {
  const folder = freshDemo(lane)
  try {
    const killed = await owner('promote', folder, String(point))
    // How often a step tells of its progress differs from run to run: the last points may not come.
    if (killed.exit === 0) return []
    kills += 1
    if (killed.signal !== 'SIGKILL') return [`point ${point}: it was not killed (${killed.errors || killed.exit})`]
    const next = await owner('take-up', folder, answer)
    if (next.exit !== 0) return [`point ${point}: the next owner ended with ${next.exit}: ${next.errors}`]
    const [found, ended] = next.lines as [
      { found: number; truths: string[]; before: { alias: string | null } },
      { answer?: string; outcome?: string; problem?: string },
    ]
    const last = next.lines.at(-1) as {
      after: { alias: string | null; running: string; mixed: boolean; instances: string[] }
      audit: string
    }
    const wrong: string[] = []
    const finished = found.found === 0
    // Where the run was over or not yet begun nothing is offered, and what serves is whole. A way back is offered until the old ones go.
    const wanted = finished ? (found.before.alias === 'v2' ? 'v2' : 'v1') : ended.answer === 'finish' ? 'v2' : 'v1'
    const fitting = ended.answer === 'finish' ? 'succeeded' : 'reverted'
    if (!finished && ended.outcome !== fitting) wrong.push(`${ended.answer} ended ${ended.outcome}: ${ended.problem}`)
    if (last.after.alias !== wanted) wrong.push(`production runs ${last.after.alias}, wanted ${wanted}`)
    if (last.after.mixed) wrong.push('two versions serve')
    if (last.audit === 'tampered') wrong.push('the audit looks tampered with')
    if (found.truths.includes('unknown')) wrong.push('a reachable target was called unknown')
    return wrong.map((words) => `point ${point}, ${answer}: ${words}`)
  } finally {
    await endSupervisors(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ends what a failed round left, by the pids that its log kept. */
async function endSupervisors(folder: string) {
  const log = join(folder, 'local', 'supervisor.log')
  const pids = existsSync(log)
    ? [...readFileSync(log, 'utf8').matchAll(/started as (\d+)/g)].map((match) => Number(match[1]))
    : []
  const last = pids.at(-1)
  if (last === undefined) return
  for (let asked = false; ; asked = true) {
    try {
      process.kill(last, asked ? 0 : 'SIGTERM')
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test(
  'D1 an owner killed at any point of a promote loses nothing, and the next one tells the truth and can finish or revert',
  async () => {
    const counting = freshDemo(0)
    const counted = await owner('count', counting)
    rmSync(counting, { recursive: true, force: true })
    expect(counted.errors).toBe('')
    const points = counted.lines.filter((line) => 'point' in line).map((line) => Number(line['point']))
    expect(points.length).toBeGreaterThanOrEqual(48)
    const effects = counted.lines.filter((line) => String(line['name']).startsWith('effect '))
    expect(effects.length).toBeGreaterThanOrEqual(10)

    const jobs = Array.from({ length: rounds }, () => points).flat()
    const wrong: string[] = []
    const work = async (lane: number) => {
      for (let point = jobs.shift(); point !== undefined; point = jobs.shift())
        wrong.push(...(await killedAt(lane, point, point % 3 === 0 ? 'revert' : 'finish')))
    }
    await Promise.all(Array.from({ length: together }, (_, lane) => work(lane)))
    console.log(`D1: ${kills} kills at ${points.length} points`)
    expect(wrong).toEqual([])
    expect(kills).toBeGreaterThan(points.length * rounds * 0.9)
  },
  90 * 60_000,
)
