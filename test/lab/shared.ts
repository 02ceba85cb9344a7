import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stopEngine } from './engine'
import { labOf, startLab, type Lab, type LabState } from './index'
import { ownerOf } from './owner'
import { remove } from './sweep'

/** A run of the tests: whose it is, and the labs that it has, one a worker, where they were wanted. */
interface Run {
  folder: string
  owner: string
}

const stateFile = 'lab.json'

/** Prepares the labs of all tests of this process and of those that it starts. One comes up when it is first asked for. */
export function prepareSharedLab(): () => Promise<void> {
  if (process.env['SLIPWAY_LAB_RUN']) return () => Promise.resolve()
  const run: Run = { folder: mkdtempSync(join(tmpdir(), 'slipway-lab-run-')), owner: ownerOf() }
  process.env['SLIPWAY_LAB_RUN'] = JSON.stringify(run)
  return async () => {
    const states = readdirSync(run.folder).map((name) => join(run.folder, name, stateFile))
    for (const file of states.filter((one) => existsSync(one))) await remove(JSON.parse(readFileSync(file, 'utf8')) as LabState)
    rmSync(run.folder, { recursive: true, force: true })
    await stopEngine(run.owner)
  }
}

function began(folder: string): boolean {
  try {
    mkdirSync(join(folder, 'starting'))
    return true
  } catch {
    return false
  }
}

/** The lab of this worker: three hosts and a bastion that its files use one after another. The first that asks starts it. */
export async function sharedLab(): Promise<Lab> {
  const run = JSON.parse(process.env['SLIPWAY_LAB_RUN'] ?? 'null') as Run
  const folder = join(run.folder, process.env['VITEST_POOL_ID'] ?? 'alone')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, stateFile)
  while (!existsSync(file)) {
    if (!began(folder)) {
      await wait(200)
      continue
    }
    try {
      const { state } = await startLab({ bastion: true, owner: run.owner })
      writeFileSync(`${file}.new`, JSON.stringify(state))
      renameSync(`${file}.new`, file)
    } finally {
      rmSync(join(folder, 'starting'), { recursive: true })
    }
  }
  return labOf(JSON.parse(readFileSync(file, 'utf8')) as LabState)
}
