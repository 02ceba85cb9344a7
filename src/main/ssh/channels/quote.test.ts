import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channelsAt, type OpenChannels } from '../../../../test/support/channels'
import { hostileStrings } from '../../../../test/support/hostile'
import { never } from '../../../../test/support/local'
import { startSshd, type Sshd } from '../../../../test/support/sshd'
import { commandLine, quote } from './quote'

const folder = mkdtempSync(join(tmpdir(), 'slipway-quote-'))
const canary = join(folder, 'canary')
const hostile = hostileStrings(canary, 520)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Where a value may stand in a command: before, between and behind others, alone, and many in one. */
const fields: Record<string, (value: string, other: string) => string[]> = {
  'the only argument': (value) => [value],
  'the first of three': (value) => [value, 'b', 'c'],
  'one between two': (value) => ['a', value, 'c'],
  'the last': (value) => ['a', 'b', value],
  'part of an argument': (value) => [`--label=app=${value}`],
  'beside another hostile one': (value, other) => [value, other],
}

/** Prints its arguments, each with a NUL behind it, which none can hold: what arrives, byte for byte. */
const echo = `printf '%s\\0' "$@"`
const begin = 'here it begins'
const read = (text: string) => text.split('\0').slice(0, -1)

describe('the one quoting function', () => {
  test.each([
    ['a NUL', 'a\0b'],
    ['a newline', 'a\nb'],
    ['a newline', 'a\rb'],
  ])('S3 refuses %s', (why, text) => {
    expect(() => quote(text)).toThrow(expect.objectContaining({ problem: expect.objectContaining({ data: { why } }) }))
  })

  // A POSIX shell reads the line that it makes. It is never shown to another: see below.
  test.each(['sh', 'bash', 'dash', 'busybox sh'])(
    'S3 %s: 520 strings in six places arrive as they are, and none does anything',
    (shell) => {
      const [program = '', ...options] = shell.split(' ')
      const places = Object.values(fields)
      const sent = places.flatMap((place) => hostile.map((value, i) => place(value, hostile[(i * 7 + 3) % hostile.length]!)))
      const script = `show() { ${echo}; }\n${sent.map((command) => `show ${commandLine(command)}`).join('\n')}\n`
      const out = execFileSync(program, [...options, '-s'], { input: script, cwd: folder, maxBuffer: 1 << 28 })
      expect(read(out.toString())).toEqual(sent.flat())
      expect(existsSync(canary)).toBe(false)
    },
  )
})

/** Where the login shell of the user is this one: what the server gives to it, it gets as a login shell does. */
const shells = {
  sh: '/bin/sh',
  bash: '/bin/bash',
  dash: '/bin/dash',
  busybox: '/bin/busybox',
  fish: '/usr/bin/fish',
  csh: '/bin/csh',
}

describe.each(Object.entries(shells))('S3 a server whose login shell is %s', (name, program) => {
  let sshd: Sshd
  let open: OpenChannels
  beforeAll(async () => {
    // busybox knows by its name what it is to be.
    const shell = join(folder, name === 'busybox' ? 'ash' : name)
    symlinkSync(program, shell)
    const wrapper = join(folder, `login-as-${name}`)
    writeFileSync(wrapper, `#!/bin/sh\nexport SHELL=${shell}\nexec ${shell} -c "$SSH_ORIGINAL_COMMAND"\n`, { mode: 0o755 })
    sshd = await startSshd({ config: [`ForceCommand ${wrapper}`] })
    open = await channelsAt(sshd)
  })
  afterAll(async () => {
    open.close()
    await sshd.stop()
  })

  test('S3 520 strings in six places arrive as they are, and none does anything', async () => {
    for (const [field, place] of Object.entries(fields)) {
      const args = hostile.flatMap((value, i) => place(value, hostile[(i * 7 + 3) % hostile.length]!))
      const { stdout } = await open.link.run(['/bin/sh', '-c', echo, 'x', ...args], {}, never)
      expect(read(stdout.toString()), `${name}, ${field}`).toEqual(args)
    }
    // Some alone, where they are the last thing that the shell reads.
    for (const value of ['\\', "x'", '!!', 'a; b', '$(', '', `\\' ; touch ${canary} #`]) {
      const { stdout } = await open.link.run(['/bin/sh', '-c', echo, 'x', value], {}, never)
      expect(read(stdout.toString())).toEqual([value])
    }
    expect(existsSync(canary)).toBe(false)
  })

  test('S3 in a terminal too, where no command can come by standard input', async () => {
    for (let from = 0; from < hostile.length; from += 130) {
      const args = hostile.slice(from, from + 130)
      const terminal = await open.link.shell(
        ['/bin/sh', '-c', `echo ${begin}; ${echo} | base64`, 'x', ...args],
        { columns: 80, rows: 24 },
        never,
      )
      let heard = ''
      terminal.stream.on('data', (chunk: Buffer) => (heard += chunk.toString()))
      await terminal.ended
      // A login shell may have said something of its own before.
      const said = heard.split(`${begin}\r\n`)[1] ?? ''
      expect(read(Buffer.from(said, 'base64').toString())).toEqual(args)
    }
    expect(existsSync(canary)).toBe(false)
  })
})
