import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stopEngine } from './engine'
import { labOf, startLab, type Lab, type LabState } from './index'
import { ownerOf } from './owner'
import { remove } from './sweep'

/** A run of the tests: whose it is, and the lab that it has, if one was wanted. */
interface Run {
  folder: string
  owner: string
}

/** Prepares one lab for all tests of this process and of those that it starts. It comes up when it is first asked for. */
export function prepareSharedLab(): () => Promise<void> {
  if (process.env['SLIPWAY_LAB_RUN']) return () => Promise.resolve()
  const run: Run = { folder: mkdtempSync(join(tmpdir(), 'slipway-lab-run-')), owner: ownerOf() }
  process.env['SLIPWAY_LAB_RUN'] = JSON.stringify(run)
  return async () => {
    const file = join(run.folder, 'lab.json')
    if (existsSync(file)) await remove(JSON.parse(readFileSync(file, 'utf8')) as LabState)
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

/** The lab that all tests of a run share: three hosts and a bastion. The first that asks starts it. */
export async function sharedLab(): Promise<Lab> {
  const { folder, owner } = JSON.parse(process.env['SLIPWAY_LAB_RUN'] ?? 'null') as Run
  const file = join(folder, 'lab.json')
  while (!existsSync(file)) {
    if (!began(folder)) {
      await wait(200)
      continue
    }
    try {
      const { state } = await startLab({ bastion: true, owner })
      writeFileSync(`${file}.new`, JSON.stringify(state))
      renameSync(`${file}.new`, file)
    } finally {
      rmSync(join(folder, 'starting'), { recursive: true })
    }
  }
  return labOf(JSON.parse(readFileSync(file, 'utf8')) as LabState)
}
