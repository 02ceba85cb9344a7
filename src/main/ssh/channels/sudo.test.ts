import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { channelsAt } from '../../../../test/support/channels'
import { never } from '../../../../test/support/local'
import { startSshd, type Sshd } from '../../../../test/support/sshd'
import type { Root } from './about'

// A user of the test's own on this machine, and rules for sudo that speak of it alone: as root only.
const user = `slipway-t${process.pid % 100_000}`
const rules = `/etc/sudoers.d/${user}`
const password = `it's a "pass" $word`
let sshd: Sshd
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-sudo-'))
  execFileSync('useradd', ['--create-home', '--shell', '/bin/bash', user])
  execFileSync('chpasswd', { input: `${user}:${password}\n` })
  sshd = await startSshd()
  chmodSync(sshd.folder, 0o755)
})
afterAll(async () => {
  await sshd.stop()
  rmSync(rules, { force: true })
  execFileSync('userdel', ['--remove', '--force', user], { stdio: 'ignore' })
  rmSync(folder, { recursive: true, force: true })
})

async function at<T>(rule: string, root: Root, work: (link: Awaited<ReturnType<typeof channelsAt>>['link']) => Promise<T>) {
  rmSync(rules, { force: true })
  if (rule) writeFileSync(rules, `Defaults:${user} timestamp_timeout=0, lecture=always\n${rule}\n`, { mode: 0o440 })
  const open = await channelsAt({ ...sshd, user }, { root })
  try {
    return await work(open.link)
  } finally {
    open.close()
  }
}
const asked = `${user} ALL=(ALL) ALL`
const secret = (text: string) => ({ reveal: () => text })
const shell = (script: string) => ['/bin/sh', '-c', script]

test('sudo with the password: the program is root’s, reads its own input, and hears nothing of the lecture', async () => {
  await at(asked, { by: 'sudo', password: secret(password) }, async (link) => {
    const ran = await link.run(shell('id -u; cat; echo e >&2; exit 4'), { root: true, stdin: 'its own input' }, never)
    expect({ ...ran, stdout: ran.stdout.toString() }).toEqual({ code: 4, stdout: '0\nits own input', stderr: 'e\n', cut: 0 })
    // Without `root` it is the user's.
    expect((await link.run(['id', '-un'], {}, never)).stdout.toString()).toBe(`${user}\n`)
  })
})
test('sudo that asks for none gives the program nothing of the password', async () => {
  await at(`${user} ALL=(ALL) NOPASSWD: ALL`, { by: 'sudo', password: secret(password) }, async (link) => {
    const ran = await link.run(shell('id -u; cat'), { root: true, stdin: 'input' }, never)
    expect(ran.stdout.toString()).toBe('0\ninput')
  })
})
test('S3 hostile arguments pass sudo as they are', async () => {
  await at(`${user} ALL=(ALL) NOPASSWD: ALL`, { by: 'sudo', password: null }, async (link) => {
    const args = ["it's", '\\', '$(id)', '`id`', '-u', '--', '', '; touch /tmp/x', 'a=b', '!', '%s', '日本']
    const ran = await link.run(['/bin/sh', '-c', `printf '%s\\0' "$@"`, 'x', ...args], { root: true }, never)
    expect(ran.stdout.toString().split('\0').slice(0, -1)).toEqual(args)
  })
})
test('a wrong password, a missing one, a user who may not, and sudo that wants a terminal each say so', async () => {
  const become = (root: Root, rule: string) => at(rule, root, (link) => link.run(['id'], { root: true }, never))
  await expect(become({ by: 'sudo', password: secret('wrong') }, asked)).rejects.toMatchObject({
    problem: { code: 'sudo-refused', data: { why: 'the password is wrong' } },
  })
  await expect(become({ by: 'sudo', password: null }, asked)).rejects.toMatchObject({
    problem: { code: 'sudo-password-missing' },
  })
  await expect(become({ by: 'sudo', password: secret(password) }, '')).rejects.toMatchObject({
    problem: { code: 'sudo-refused' },
  })
  await expect(become({ by: 'sudo', password: secret(password) }, `${asked}\nDefaults:${user} requiretty`)).rejects.toMatchObject(
    { problem: { code: 'sudo-refused', data: { why: expect.stringContaining('tty') } } },
  )
})
test('C1 the password stands in no argument list and no environment on the server', async () => {
  const seen = join(folder, 'seen')
  writeFileSync(seen, '', { mode: 0o666 })
  await at(asked, { by: 'sudo', password: secret('canary-password') }, async (link) => {
    // Wrong, so that sudo waits and asks again: time to look at it.
    const running = link.run(['id'], { root: true }, never).catch((error: unknown) => error)
    for (let i = 0; i < 10; i++) {
      appendFileSync(seen, execFileSync('/bin/sh', ['-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || true']))
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    await running
  })
  expect(readFileSync(seen, 'utf8')).toContain('sudo')
  expect(readFileSync(seen, 'utf8')).not.toContain('canary-password')
})
test('an abort ends a program on the server too, although it writes nothing', async () => {
  await at('', { by: 'nothing' }, async (link) => {
    const stop = new AbortController()
    const running = link.run(['sleep', '61.5'], {}, stop.signal)
    running.catch(() => {})
    const left = async () => (await link.run(['pgrep', '-u', user, '-fx', 'sleep 61.5'], {}, never)).stdout.toString()
    await expect.poll(left, { timeout: 10_000 }).not.toBe('')
    stop.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    await expect.poll(left, { timeout: 10_000 }).toBe('')
  })
})
test('a detached command as root is read back as root, and its locks are for everybody there', async () => {
  await at(asked, { by: 'sudo', password: secret(password) }, async (link) => {
    const key = { run: user, step: 's' }
    const work = link.detached.follow(key, shell('id -u; cat'), { root: true, stdin: 'in' }, never)
    let step = await work.next()
    while (!step.done) step = await work.next()
    expect(step.value).toEqual({ code: 0, output: '0\nin' })
    expect(await link.detached.read(key, 0, never)).toMatchObject({ state: 'ended', output: '0\nin' })
    await link.detached.forget(user, never)
    expect(await link.detached.read(key, 0, never)).toEqual({ state: 'none' })
  })
})
