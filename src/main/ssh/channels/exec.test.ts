import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channelsAt, type OpenChannels } from '../../../../test/support/channels'
import { never } from '../../../../test/support/local'
import { startSshd, type Sshd } from '../../../../test/support/sshd'
import { LinkLost } from '../../../shared/domain/problem'

let sshd: Sshd
let open: OpenChannels
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-exec-'))
  sshd = await startSshd()
  open = await channelsAt(sshd)
})
afterAll(async () => {
  open.close()
  await sshd.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('running a program on a server', () => {
  test('gives its output, what it says of errors, and its code', async () => {
    const ran = await open.link.run(['/bin/sh', '-c', 'echo out; echo err >&2; exit 7'], {}, never)
    expect({ ...ran, stdout: ran.stdout.toString() }).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n', cut: 0 })
  })
  test('a program that is not there is code 127, one that a signal ended 128 and more', async () => {
    expect((await open.link.run(['no-such-program-here'], {}, never)).code).toBe(127)
    expect((await open.link.run(['/bin/sh', '-c', 'kill -KILL $$'], {}, never)).code).toBe(137)
  })
  test('takes bytes on standard input, all of them, as they are', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256))
    const { stdout } = await open.link.run(['cat'], { stdin: bytes }, never)
    expect(stdout.equals(bytes)).toBe(true)
  })
  test('keeps as much as is asked for and counts the rest', async () => {
    const { stdout, cut } = await open.link.run(['head', '-c', '100000', '/dev/zero'], { limit: 1000 }, never)
    expect([stdout.length, cut]).toEqual([1000, 99_000])
  })
  test('an abort ends it', async () => {
    const stop = new AbortController()
    const mark = join(folder, 'until-aborted')
    const running = open.link.run(['/bin/sh', '-c', `: > ${mark}; exec sleep 61.5`], {}, stop.signal)
    running.catch(() => {})
    await expect.poll(() => existsSync(mark), { timeout: 10_000 }).toBe(true)
    stop.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
  test('twenty at once are all run, although a server grants ten channels', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => open.link.run(['/bin/sh', '-c', `sleep 0.1; echo ${i}`], {}, never)),
    )
    expect(all.map((one) => one.stdout.toString().trim())).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
  })
  test('one that waits for a channel stops waiting when it is aborted', async () => {
    const at = await channelsAt(sshd)
    const busy = Array.from({ length: 8 }, () => at.link.run(['sleep', '20'], {}, never).catch(() => {}))
    const stop = new AbortController()
    const waiting = at.link.run(['true'], {}, stop.signal)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    at.client.destroy()
    await Promise.all(busy)
  })
  test('what stays open leaves room for commands', async () => {
    const at = await channelsAt(sshd)
    const followed = await Promise.all(Array.from({ length: 6 }, () => at.link.start(['cat'], {}, never)))
    expect((await at.link.run(['echo', 'here'], {}, never)).stdout.toString()).toBe('here\n')
    const seventh = at.link.start(['echo', 'in'], {}, never)
    followed[0]?.kill()
    const [out] = (await (await seventh).stdout.toArray()) as Buffer[]
    expect(out?.toString()).toBe('in\n')
    at.close()
  })
  test('C1 its arguments stand in no argument list but its own', async () => {
    const program = await open.link.start(['/bin/sh', '-c', 'cat; true', 'yellow-bird-in-arguments'], {}, never)
    program.stdin.write('it runs\n')
    await new Promise((resolve) => program.stdout.once('data', resolve))
    const { stdout } = await open.link.run(
      ['/bin/sh', '-c', 'for f in /proc/[0-9]*/cmdline; do tr "\\0" " " < "$f" 2>/dev/null; echo; done'],
      {},
      never,
    )
    const holding = stdout
      .toString()
      .split('\n')
      .filter((line) => line.includes('yellow-bird-in-arguments'))
    expect(holding).toHaveLength(1)
    program.stdin.end()
    expect(await program.ended).toEqual({ code: 0 })
  })
})

describe('a login shell that says much', () => {
  test.each(['bash', 'dash', 'fish'])(
    '%s: what it says before the command, on both streams, is no output of the command',
    async (shell) => {
      const wrapper = join(folder, `login-${shell}`)
      writeFileSync(
        wrapper,
        `#!/bin/sh\necho "Welcome! You have mail."\necho "warning: disk" >&2\nexec ${shell} -c "$SSH_ORIGINAL_COMMAND"\n`,
        { mode: 0o755 },
      )
      const chatty = await startSshd({ config: [`ForceCommand ${wrapper}`] })
      const at = await channelsAt(chatty)
      const ran = await at.link.run(['/bin/sh', '-c', 'echo "$1"; cat', 'x', `it's "quoted" \\ $HOME`], { stdin: 'in' }, never)
      expect(ran.stdout.toString()).toBe(`it's "quoted" \\ $HOME\nin`)
      expect(ran.stderr).toBe('')
      at.close()
      await chatty.stop()
    },
  )
  test('a forced command that is another says so', async () => {
    const forced = await startSshd({ config: ['ForceCommand echo only backups here'] })
    const at = await channelsAt(forced)
    await expect(at.link.run(['true'], {}, never)).rejects.toMatchObject({
      problem: { code: 'command-not-started', data: { why: 'only backups here' } },
    })
    at.close()
    await forced.stop()
  })
})

describe('D4 a lost link', () => {
  test('D4 a program whose code did not arrive is neither done nor failed', async () => {
    const at = await channelsAt(sshd)
    const [begun, mark] = [join(folder, 'begun'), join(folder, 'went-on')]
    const running = at.link.run(['/bin/sh', '-c', `: > ${begun}; sleep 0.3; echo x > ${mark}; sleep 5`], {}, never)
    running.catch(() => {})
    await expect.poll(() => existsSync(begun), { timeout: 10_000 }).toBe(true)
    at.client.destroy()
    await expect(running).rejects.toBeInstanceOf(LinkLost)
    await expect(at.link.run(['true'], {}, never)).rejects.toBeInstanceOf(LinkLost)
    await expect.poll(() => existsSync(mark), { timeout: 10_000 }).toBe(true)
  })
})

describe('streams through a server', () => {
  test('reach a port as the server sees it, and a refused one says so', async () => {
    const stream = await open.link.tcp('127.0.0.1', sshd.port, never)
    const [hello] = (await new Promise<Buffer[]>((resolve) => stream.once('data', (data: Buffer) => resolve([data])))) as [Buffer]
    expect(hello.toString()).toContain('SSH-2.0')
    stream.destroy()
    await expect(open.link.tcp('127.0.0.1', 1, never)).rejects.toMatchObject({ problem: { code: 'forward-refused' } })
    await expect(open.link.socket('/no/such.sock', never)).rejects.toMatchObject({ problem: { code: 'forward-refused' } })
  })
  test('reach a port where the sshd forwards nothing, and a refused one says so', async () => {
    const closed = await startSshd({ config: ['AllowTcpForwarding no'] })
    const at = await channelsAt(closed)
    const server = createServer((_request, response) => response.end('x'.repeat(300_000)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      for (let n = 0; n < 20; n++) {
        const stream = await at.link.tcp('127.0.0.1', port, never)
        stream.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        const said = await text(stream)
        expect([said.slice(0, 15), said.slice(said.indexOf('\r\n\r\n') + 4).length]).toEqual(['HTTP/1.1 200 OK', 300_000])
      }
      await expect(at.link.tcp('127.0.0.1', 1, never)).rejects.toMatchObject({ problem: { code: 'forward-refused' } })
      // Nobody stays behind there.
      await expect.poll(() => execFileSync('ps', ['-eo', 'args']).toString()).not.toContain('/dev/tcp')
    } finally {
      server.close()
      at.close()
      await closed.stop()
    }
  })
  test('of a program that is not there they end', async () => {
    const stream = await open.link.dial(['no-such-program-here'], {}, never)
    stream.write('anybody?')
    const closed = new Promise((resolve) => stream.once('close', resolve))
    expect(await text(stream)).toBe('')
    await closed
  })
  test('a terminal takes what is typed and has a size', async () => {
    const terminal = await open.link.shell(
      ['/bin/sh', '-c', 'stty size; read x; echo "got $x"'],
      { columns: 90, rows: 33 },
      never,
    )
    let heard = ''
    terminal.stream.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    terminal.stream.write('hello\n')
    expect(await terminal.ended).toEqual({ code: 0 })
    expect(heard).toContain('33 90')
    expect(heard).toContain('got hello')
  })
})
