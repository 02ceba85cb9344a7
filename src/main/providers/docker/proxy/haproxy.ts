import { setTimeout as sleep } from 'node:timers/promises'
import type { Duplex } from 'node:stream'
import { upstreamOf } from '../names'
import { problem } from '../text'
import { sameUpstreams, type Fence, type Proxy, type ProxyPlace, type Upstream } from './proxy'

interface Slot {
  name: string
  address: string
  port: number
  /** Whether traffic is meant for it: it is not in maintenance or drain. */
  up: boolean
  weight: number
}

/** Sends one line to the runtime socket and reads the answer. */
async function say({ host, settings }: ProxyPlace, line: string, signal: AbortSignal, fence?: Fence): Promise<string> {
  const link = await host.link(signal)
  const stream = await link.socket(settings.socket, signal).catch(() => null)
  try {
    await fence?.still()
  } catch (error) {
    stream?.destroy()
    throw error
  }
  if (stream) return heard(stream, line)
  // A socket that only root may open, or a server that forbids forwarding.
  const tool = `if command -v socat >/dev/null; then exec socat - "UNIX-CONNECT:$1"; else exec nc -U "$1"; fi`
  const command = ['/bin/sh', '-c', tool, 'slipway', settings.socket]
  const { code, stdout, stderr } = await link.run(
    fence ? fence.guarded(link.locks, command) : command,
    { root: true, stdin: `${line}\n` },
    signal,
  )
  if (code === link.locks.passedCode) await fence?.ask()
  if (code !== 0) throw problem('proxy-refused', { host: host.name, proxy: 'HAProxy', why: stderr.trim().slice(0, 300) })
  return stdout.toString('utf8')
}

async function heard(stream: Duplex, line: string): Promise<string> {
  stream.write(`${line}\n`)
  let text = ''
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString('utf8')
  return text
}

/** The slots of a backend, as `show servers state` tells (its columns: be_id be_name srv_id srv_name srv_addr op_state admin_state uweight … port). */
export function slotsIn(text: string, backend: string): Slot[] {
  const lines = text.split('\n')
  const columns =
    lines
      .find((line) => line.startsWith('# be_id'))
      ?.slice(2)
      .split(' ') ?? []
  const at = (name: string) => columns.indexOf(name)
  return lines
    .filter((line) => line !== '' && !line.startsWith('#') && !/^\d+$/.test(line))
    .map((line) => line.split(' '))
    .filter((cells) => cells[at('be_name')] === backend)
    .map((cells) => ({
      name: cells[at('srv_name')] ?? '',
      address: cells[at('srv_addr')] ?? '',
      port: Number(cells[at('srv_port')] ?? 0),
      // Maintenance is 0x01, 0x02 and 0x20, drain 0x08 and 0x10. 0x04 only remembers that the configuration says `disabled`.
      up: (Number(cells[at('srv_admin_state')] ?? 0) & 0x3b) === 0,
      weight: Number(cells[at('srv_uweight')] ?? 0),
    }))
}

const slotsOf = async (place: ProxyPlace, signal: AbortSignal) => {
  const backend = upstreamOf(place.context, place.settings)
  return slotsIn(await say(place, `show servers state ${backend}`, signal), backend)
}

const serving = (slots: readonly Slot[]): Upstream[] =>
  slots.filter((slot) => slot.up && slot.weight > 0).map(({ port, weight }) => ({ port, weight }))

/** Commands that bring the slots to these upstreams: the new ones first, so that there is always one. */
function moves(slots: readonly Slot[], wanted: readonly Upstream[], backend: string): string[] | null {
  const used = new Map<number, Slot>()
  for (const slot of slots) if (slot.up && wanted.some((one) => one.port === slot.port)) used.set(slot.port, slot)
  const free = slots.filter((slot) => !slot.up)
  const commands: string[] = []
  for (const { port, weight } of wanted) {
    const slot = used.get(port) ?? free.shift()
    if (!slot) return null
    const name = `${backend}/${slot.name}`
    if (!used.has(port)) commands.push(`set server ${name} addr 127.0.0.1 port ${port}`)
    if (slot.weight !== weight) commands.push(`set server ${name} weight ${weight}`)
    if (!used.has(port)) commands.push(`set server ${name} state ready`)
  }
  for (const slot of slots)
    if (slot.up && !wanted.some((one) => one.port === slot.port)) commands.push(`set server ${backend}/${slot.name} state maint`)
  return commands
}

/** HAProxy on the server, by its runtime socket: slots that its configuration has are pointed to ports. */
export const haproxy: Proxy = {
  name: 'HAProxy',
  // Which of its servers stand by is a matter of its configuration, not of its socket.
  takesSpares: false,

  async see(place, signal) {
    const backend = upstreamOf(place.context, place.settings)
    const slots = await slotsOf(place, signal).catch(() => null)
    const obstacle =
      slots === null
        ? `The runtime socket ${place.settings.socket} of HAProxy on ${place.host.name} does not answer.`
        : slots.length === 0
          ? `HAProxy on ${place.host.name} has no backend ${backend}.`
          : null
    const used = slots?.filter((one) => one.up).length ?? 0
    return {
      upstreams: slots ? serving(slots) : [],
      spares: [],
      sites:
        slots && slots.length > 0
          ? [{ label: 'HAProxy', value: `backend ${backend}, ${used} of ${slots.length} slots used`, ok: true }]
          : [],
      certificateDays: null,
      obstacle,
    }
  },

  commands: ({ context, settings }, upstreams) => {
    const backend = upstreamOf(context, settings)
    return upstreams.map(
      (one, i) => `set server ${backend}/slipway${i + 1} addr ${one.split(' ')[0]?.replace(':', ' port ') ?? ''}; … state ready`,
    )
  },

  async test(place, signal) {
    return (await haproxy.see(place, signal)).obstacle
  },

  async point(place, upstreams, _key, fence, signal) {
    const backend = upstreamOf(place.context, place.settings)
    const commands = moves(await slotsOf(place, signal), upstreams, backend)
    if (!commands) throw problem('proxy-slots', { host: place.host.name, backend })
    for (const command of commands) {
      const answer = (await say(place, command, signal, fence)).trim()
      if (/not found|no such|denied|unknown|invalid|cannot|require/i.test(answer))
        throw problem('proxy-refused', { host: place.host.name, proxy: 'HAProxy', why: answer.slice(0, 300) })
    }
  },

  async pointed(place, upstreams, _key, signal) {
    return sameUpstreams(serving(await slotsOf(place, signal)), upstreams) ? 'done' : 'not-done'
  },

  async drained(place, ports, capMs, signal) {
    const backend = upstreamOf(place.context, place.settings)
    for (const end = Date.now() + capMs; Date.now() < end; await sleep(200, undefined, { signal })) {
      const slots = (await slotsOf(place, signal)).filter((one) => ports.includes(one.port)).map((one) => one.name)
      const lines = (await say(place, `show servers conn ${backend}`, signal)).split('\n')
      const columns = lines[0]?.replace(/^# /, '').split(/\s+/) ?? []
      const busy = lines.slice(1).some((line) => {
        const cells = line.split(/\s+/)
        const name = cells[columns.indexOf('bkname/svname')]?.split('/')[1] ?? ''
        return slots.includes(name) && Number(cells[columns.indexOf('used_cur')] ?? 0) > 0
      })
      if (!busy) return true
    }
    return false
  },
}
