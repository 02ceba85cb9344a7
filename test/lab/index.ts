import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { pack } from 'tar-stream'
import type { ImageOptions } from '../support/image'
import { makeKey } from '../support/sshd'
import { run } from './command'
import { docker, engine } from './engine'
import { labHost, type LabHost, type LabPlace } from './host'
import { ownerOf } from './owner'
import { hostImage } from './recipe'
import { labels, remove, sweep, type LabParts } from './sweep'

/** A lab as plain data, to be found again by another process. */
export interface LabState extends LabParts {
  id: string
  folder: string
  hosts: readonly LabPlace[]
  bastion: LabPlace | null
}

/** Whole Debian hosts on a network of their own: systemd, sshd, nginx, HAProxy, Docker, podman. */
export interface Lab {
  state: LabState
  hosts: readonly LabHost[]
  /** A host with nothing but sshd, to go through. */
  bastion: LabHost | null
  /** Names every host (`web-1`), and where there is a bastion the way through it (`web-1-inside`). */
  sshConfigFile: string
  knownHostsFile: string
  keyFile: string
  /** Brings an image of this behaviour onto these hosts, or all. */
  image(name: string, options: ImageOptions, hosts?: readonly LabHost[]): Promise<void>
  stop(): Promise<void>
}

export interface LabOptions {
  hosts?: number
  bastion?: boolean
  /** Whose it is: the lab is swept when this process is gone. */
  owner?: string
}

const capabilities = ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'MKNOD', 'SYS_CHROOT', 'AUDIT_WRITE', 'DAC_READ_SEARCH']
// A whole machine: its own systemd, its own Docker on a volume, and cgroups to give to its containers.
const machine = [
  ...capabilities.map((capability) => `--cap-add=${capability}`),
  '--security-opt=seccomp=unconfined',
  '--security-opt=apparmor=unconfined',
  '--cgroupns=host',
  '--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw',
  '--tmpfs=/run',
  '--tmpfs=/run/lock',
  '--env=container=docker',
  '--stop-signal=SIGRTMIN+3',
]

/** A lab under construction: what it has made so far, so that it can be taken away at any point. */
interface Site {
  id: string
  folder: string
  image: string
  labels: readonly string[]
  network: string
  parts: { containers: string[]; volumes: string[]; networks: string[]; folders: string[] }
}

async function createNetwork(name: string, marks: readonly string[]): Promise<{ id: string; subnet: string }> {
  const first = randomBytes(1).readUInt8()
  for (let tries = 0; ; tries++) {
    const subnet = `172.31.${(first + tries * 7) % 256}`
    try {
      return { id: await docker(['network', 'create', '--subnet', `${subnet}.0/24`, ...marks, name]), subnet }
    } catch (error) {
      // Another lab has these addresses.
      if (tries > 30 || !String(error).includes('overlaps')) throw error
    }
  }
}

/** What a host has of its own before it starts: who it is, and who may sign in. */
async function identity(site: Site, name: string): Promise<{ files: Buffer; known: string }> {
  const key = join(site.folder, `host-${name}`)
  const known = makeKey(key)
  const tar = pack()
  const add = (path: string, text: string, mode: number, uid = 0) => tar.entry({ name: path, mode, uid, gid: uid }, text)
  const entrance = readFileSync(join(site.folder, 'key.pub'), 'utf8')
  add('etc/ssh/ssh_host_ed25519_key', readFileSync(key, 'utf8'), 0o600)
  add('etc/ssh/ssh_host_ed25519_key.pub', `${known}\n`, 0o644)
  add('home/deploy/.ssh/authorized_keys', entrance, 0o600, 1000)
  add('home/admin/.ssh/authorized_keys', entrance, 0o600, 1001)
  tar.finalize()
  return { files: await buffer(tar), known }
}

async function createHost(site: Site, name: string, ip: string, kind: 'host' | 'bastion'): Promise<LabPlace> {
  const { files, known } = await identity(site, name)
  const volume = `${site.network}-${name}-docker`
  if (kind === 'host') {
    site.parts.volumes.push(volume)
    await docker(['volume', 'create', ...site.labels, volume])
  }
  const whole = [...machine, `--volume=${volume}:/var/lib/docker`, `--volume=/var/lib/containers`, site.image]
  const small = [site.image, '/bin/sh', '-c', 'mkdir -p /run/sshd; exec /usr/sbin/sshd -D -e']
  const place = [`--network=${site.network}`, `--network-alias=${name}`, `--ip=${ip}`, `--hostname=${name}`]
  const named = [`--name=${site.network}-${name}`, ...site.labels, ...place]
  const container = await docker(['create', ...named, ...(kind === 'host' ? whole : small)])
  site.parts.containers.push(container)
  await docker(['cp', '-', `${container}:/`], { input: files })
  await docker(['start', container])
  const knownHosts = join(site.folder, 'known_hosts')
  writeFileSync(knownHosts, `${ip} ${known.split(' ').slice(0, 2).join(' ')}\n`, { flag: 'a' })
  const keyFile = join(site.folder, 'key')
  return { name, host: ip, port: 22, user: 'deploy', keyFile, sudo: kind === 'host', container, network: site.network }
}

const greets = (host: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(22, host)
    socket.setTimeout(1000, () => socket.destroy())
    socket.once('data', () => (resolve(true), socket.destroy()))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })

/** Waits until systemd has started all that it starts, and sshd greets. */
async function awake({ name, host, container }: LabPlace, kind: 'host' | 'bastion'): Promise<void> {
  const env = { DOCKER_HOST: await engine() }
  const state = async () => (await run(['docker', 'exec', container, 'systemctl', 'is-system-running'], { env })).stdout.trim()
  for (let tries = 0; ; tries++) {
    const said = kind === 'host' ? await state() : 'running'
    if (said === 'running' && (await greets(host))) return
    if (said === 'degraded' || tries > 300) {
      const { stdout } = await run(['docker', 'exec', container, 'systemctl', '--failed', '--no-legend', '--plain'], { env })
      throw new Error(`${name} did not come up (${said}): ${stdout.trim()}`)
    }
    await wait(200)
  }
}

/** The OpenSSH configuration that names these hosts. */
function sshConfig(folder: string, hosts: readonly LabPlace[], bastion: LabPlace | null): string {
  const entry = (name: string, { host, port, user, keyFile }: LabPlace, ...more: string[]) =>
    [
      `Host ${name}`,
      `HostName ${host}`,
      `Port ${port}`,
      `User ${user}`,
      `IdentityFile ${keyFile}`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile ${join(folder, 'known_hosts')}`,
      ...more,
    ].join('\n  ')
  const through = bastion
    ? [entry('bastion', bastion), ...hosts.map((one) => entry(`${one.name}-inside`, one, 'ProxyJump bastion'))]
    : []
  return `${[...hosts.map((one) => entry(one.name, one)), ...through].join('\n\n')}\n`
}

/** The lab that this state tells of, in whatever process. */
export function labOf(state: LabState): Lab {
  const hosts = state.hosts.map(labHost)
  return {
    state,
    hosts,
    bastion: state.bastion ? labHost(state.bastion) : null,
    sshConfigFile: join(state.folder, 'ssh_config'),
    knownHostsFile: join(state.folder, 'known_hosts'),
    keyFile: join(state.folder, 'key'),
    async image(name, options, on = hosts) {
      await Promise.all(on.map((host) => host.load(name, options)))
    },
    stop: () => remove(state),
  }
}

/** Starts a lab; the first on a machine makes the image of a host, which takes two minutes. Leaves nothing where it fails. */
export async function startLab({ hosts = 3, bastion = false, owner = ownerOf() }: LabOptions = {}): Promise<Lab> {
  await engine(owner)
  await sweep()
  const image = await hostImage()
  const id = randomBytes(4).toString('hex')
  const folder = mkdtempSync(join(tmpdir(), 'slipway-lab-'))
  const marks = [`${labels.lab}=${id}`, `${labels.owner}=${owner}`, `${labels.folder}=${folder}`].map((one) => `--label=${one}`)
  const network = `slipway-lab-${id}`
  const site: Site = {
    id,
    folder,
    image,
    labels: marks,
    network,
    parts: {
      containers: [],
      volumes: [],
      networks: [],
      folders: [folder],
    },
  }
  try {
    makeKey(join(folder, 'key'))
    const made = await createNetwork(network, marks)
    site.parts.networks.push(made.id)
    const places = Array.from({ length: hosts }, (_, i) => ({ name: `web-${i + 1}`, ip: `${made.subnet}.${11 + i}` }))
    const [jump, ...machines] = await settled([
      bastion ? createHost(site, 'bastion', `${made.subnet}.10`, 'bastion') : Promise.resolve(null),
      ...places.map(({ name, ip }) => createHost(site, name, ip, 'host')),
    ])
    const up = machines.filter((one) => one !== null)
    await settled([...up.map((one) => awake(one, 'host')), ...(jump ? [awake(jump, 'bastion')] : [])])
    writeFileSync(join(folder, 'ssh_config'), sshConfig(folder, up, jump ?? null), { mode: 0o600 })
    return labOf({ id, folder, hosts: up, bastion: jump ?? null, ...site.parts })
  } catch (error) {
    await remove(site.parts)
    throw error
  }
}

/** As `Promise.all`, but waits for those that are under way when one has failed: they may still make something. */
async function settled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}
