import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError } from '../../shared/domain/problem'
import { own } from '../storage/owner'
import { layout, socketPath } from './paths'
import { Door } from './server'
import { Supervisor } from './supervisor'

/** The detached process that runs things on this computer: `supervisor <dataDir> <runtimeDir> <seconds without an owner>`. */
async function main([dataDir, runtimeDir, seconds]: readonly string[]) {
  if (!dataDir || !runtimeDir) throw new Error('Give the data folder and the runtime folder.')
  // An inherited umask may be wide; everything here is private.
  process.umask(0o077)
  const { local } = layout(dataDir)
  const say = (words: string) =>
    appendFileSync(join(local, 'supervisor.log'), `${new Date().toISOString()} ${words}\n`, { mode: 0o600 })
  const lock = own(local)
  const supervisor = new Supervisor(dataDir, () => leave('asked to end'))
  const leave = (why: string) => {
    say(`ended: ${why}`)
    door.close()
    lock.release()
    process.exit(0)
  }
  const end = (why: string) => void supervisor.close().finally(() => leave(why))
  const ownerlessMs = (Number(seconds) || 600) * 1000
  const door = new Door(supervisor, {
    socket: socketPath(runtimeDir, dataDir),
    ownerlessMs,
    abandoned: () => end('nobody owned it any more'),
  })
  process.on('SIGTERM', () => end('SIGTERM'))
  process.on('SIGINT', () => undefined)
  process.on('SIGHUP', () => undefined)
  process.on('unhandledRejection', (error) =>
    say(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  )
  say(`started as ${process.pid}`)
  await supervisor.restore()
  await door.open()
}

// What comes before the last three depends on the program that runs this: Node and a file, or the desktop.
main(process.argv.slice(-3)).catch((error: unknown) => {
  // Another one holds the folder: that one answers.
  const owned = error instanceof ProblemError && error.problem.code === 'data-folder-owned'
  if (!owned) process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(owned ? 0 : 1)
})
