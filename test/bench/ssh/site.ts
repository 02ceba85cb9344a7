import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { channelsOf } from '../../../src/main/ssh/channels'
import type { ServerLink } from '../../../src/main/ssh/link'
import { openWholly } from '../../../src/main/ssh/open'
import { never } from '../../support/local'
import { startSshd } from '../../support/sshd'
import { hopTo, knownLine, openPorts, realClock } from '../../support/way'

/** As many as the app opens at a time. */
const handshakes = 10
const most = 200

export type Site = Awaited<ReturnType<typeof openSite>>

/** One real sshd that stands for many servers: each name of it is a connection of its own, for every client here. */
export async function openSite() {
  const folder = mkdtempSync(join(tmpdir(), 'slw-bench-'))
  // It lets in whoever comes: that is not what is measured.
  const sshd = await startSshd({ config: ['MaxStartups 1000', 'MaxSessions 100'] })
  const known = join(folder, 'known_hosts')
  const config = join(folder, 'config')
  const hosts = Array.from({ length: most }, (_, n) => `h${n + 1}`)
  writeFileSync(known, knownLine(sshd))
  const common = `HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.user}\n  IdentityFile ${sshd.keyFile}\n  IdentitiesOnly yes\n`
  const keys = `UserKnownHostsFile ${known}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n`
  const shared = `ControlMaster auto\n  ControlPath ${folder}/%n.sock\n  ControlPersist 60\n`
  writeFileSync(config, `Host h*\n  ${common}  ${keys}`)
  const sharing = join(folder, 'config-shared')
  writeFileSync(sharing, `Host h*\n  ${common}  ${keys}  ${shared}`)
  const inventory = (count: number) => {
    const file = join(folder, `inventory-${count}`)
    writeFileSync(file, `${hosts.slice(0, count).join('\n')}\n`)
    return file
  }
  const data = join(folder, 'data')
  mkdirSync(data)
  const { ports, remove } = openPorts({ known: knownLine(sshd), handshakes })
  const links: ServerLink[] = []
  return {
    folder,
    data,
    config,
    /** The same servers, for a client that keeps its connections open. */
    sharing,
    inventory,
    hosts,
    /** Opens a connection as the app does: its pool would keep it. */
    async open(name: string): Promise<ServerLink> {
      const opened = await openWholly({ hops: [hopTo(sshd)], allowWeak: false }, name, ports, never)
      const about = {
        name,
        user: sshd.user,
        fingerprint: opened.fingerprint,
        root: { by: 'nothing' } as const,
        lost: opened.lost,
      }
      const link = { ...channelsOf(opened.client, about, realClock), close: () => Promise.resolve(opened.close()) }
      links.push(link)
      return link
    },
    async close() {
      for (const link of links) await link.close()
      for (const name of hosts.slice(0, 50)) await run('ssh', ['-F', sharing, '-O', 'exit', name]).catch(() => {})
      await sshd.stop()
      remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs a peer's program to its end; throws where it fails. Nobody reads what it says: what it leaves in the background has no end. */
export async function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`)
}

/** Whether the program is on this machine: a peer that is not is left out. */
export const has = (command: string) =>
  run('sh', ['-c', 'command -v "$0"', command]).then(
    () => true,
    () => false,
  )

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
