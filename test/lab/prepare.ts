import { engine, engineIsUp, stopEngine } from './engine'
import { ownerOf } from './owner'
import { hostImage } from './recipe'
import { sweep } from './sweep'

/** Sees to it that an Engine answers, for as long as the process that started this one wants it. */
export async function prepareEngine(): Promise<void> {
  await engine(ownerOf(process.ppid))
}

/** Makes the image of a host where it is not there. */
export async function prepareImage(): Promise<void> {
  await hostImage()
  await stopEngine()
}

/** Removes what killed ones left, and stops the Engine that was started for the process that started this one. */
export async function clear(): Promise<void> {
  const caller = ownerOf(process.ppid)
  if (await engineIsUp()) {
    await engine(caller)
    await sweep()
  }
  await stopEngine(caller)
}
