import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSshServer } from '../../../../test/support/ssh-server'
import { makeKey, startSshd, type Sshd } from '../../../../test/support/sshd'
import { hopTo, knownLine, ways, withSignIn } from '../../../../test/support/way'
import { newId, SecretId } from '../../../shared/domain/ids'
import { openWholly } from '.'

const never = new AbortController().signal
const { world, open, refused, until, after } = ways()
let server: Sshd

beforeAll(async () => {
  server = await startSshd({ hostKeys: ['ed25519', 'rsa'] })
})
afterAll(() => server.stop())

test('a refused sign-in says who, what was tried and what the server takes', async () => {
  const { home } = world({})
  makeKey(join(home, 'stranger'))
  const problem = await refused([hopTo(server, withSignIn({ keyFiles: [join(home, 'stranger'), '/nowhere/key'] }))], {
    known: knownLine(server),
  })
  expect(problem).toMatchObject({
    code: 'sign-in-refused',
    data: { user: server.user, tried: [`the key ${join(home, 'stranger')}`], offered: ['publickey'] },
  })
  expect(problem.message).toContain('/nowhere/key does not exist')
  expect(problem.message).not.toContain('agent')
  const alone = await refused([hopTo(server, withSignIn({ keyFiles: ['/nowhere/key'] }))], { known: knownLine(server) })
  expect(alone.code).toBe('key-missing')
})

test('a server that takes no more tries is told as that', async () => {
  const strict = until(await startSshd({ config: ['MaxAuthTries 2'] }))
  const { home } = world({})
  const keyFiles = ['a', 'b', 'c'].map((name) => (makeKey(join(home, name)), join(home, name)))
  const problem = await refused([hopTo(strict, withSignIn({ keyFiles }))], { known: knownLine(strict) })
  expect(problem.code).toBe('sign-in-too-many')
})

test('a locked key opens with the passphrase that is typed, and is wrong three times at most', async () => {
  const { home } = world({})
  const file = join(home, 'locked')
  const line = makeKey(file, 'ed25519', 'right')
  const own = until(await startSshd({ config: [`AuthorizedKeysCommand /bin/echo ${line}`, 'AuthorizedKeysCommandUser root'] }))
  const typed = ['wrong', 'right']
  await open([hopTo(own, withSignIn({ keyFiles: [file] }))], {
    known: knownLine(own),
    answer: () => Promise.resolve([typed.shift() ?? '']),
  })
  expect(typed).toEqual([])
  let asked = 0
  const problem = await refused([hopTo(own, withSignIn({ keyFiles: [file] }))], {
    known: knownLine(own),
    answer: () => (asked++, Promise.resolve(['wrong'])),
  })
  expect(problem).toMatchObject({ code: 'key-passphrase-wrong', data: { tries: 3 } })
  expect(asked).toBe(3)
  const kept = newId(SecretId)
  await open([hopTo(own, withSignIn({ keyFiles: [file], passphrase: kept }))], {
    known: knownLine(own),
    secrets: { [kept]: 'right' },
  })
})

test('the agent signs, its named key first, and is never forwarded', async () => {
  const { home } = world({})
  const socket = join(home, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  // Its socket goes with it: the folder is removed behind that.
  after(() => {
    agent.kill()
    return once(agent, 'exit')
  })
  const strict = until(await startSshd({ config: ['MaxAuthTries 2'] }))
  const files = ['a', 'b', 'c'].map((name) => (makeKey(join(home, name)), join(home, name)))
  const env = { ...process.env, SSH_AUTH_SOCK: socket }
  for (let tries = 0; ; tries++)
    try {
      execFileSync('ssh-add', ['-q', ...files, strict.keyFile], { env, stdio: 'ignore' })
      break
    } catch (error) {
      if (tries > 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  const opened = await open([hopTo(strict, withSignIn({ agent: true, keyFiles: [strict.keyFile] }))], {
    known: knownLine(strict),
    agentSocket: socket,
  })
  expect(strict.log().match(/Failed publickey/g)).toBeNull()
  const seen = await new Promise<string>((resolve, reject) =>
    opened.client.exec('echo "[$SSH_AUTH_SOCK]"', (error, channel) =>
      error ? reject(error) : channel.on('data', (part: Buffer) => resolve(part.toString())),
    ),
  )
  expect(seen).toBe('[]\n')
  const absent = await refused([hopTo(strict, withSignIn({ agent: true }))], {
    known: knownLine(strict),
    agentSocket: '/nowhere/agent',
  })
  expect(absent.code).toBe('sign-in-refused')
  expect(absent.message).toContain('The agent')
})

test('keyboard-interactive asks over several rounds, with the server’s words made plain', async () => {
  const codes = until(
    await startSshServer({
      authenticate(context) {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
        context.prompt([{ prompt: 'Pass\u001b[31mword: ', echo: false }], 'Login', ([password]) => {
          context.prompt([{ prompt: 'One-time code: ', echo: true }], ([code]) =>
            password === 'secret' && code === '123456' ? context.accept() : context.reject(['keyboard-interactive']),
          )
        })
      },
    }),
  )
  const made = world({
    known: knownLine(codes),
    answer: ({ prompts }) => Promise.resolve([prompts[0]!.text.startsWith('One-time') ? '123456' : 'secret']),
  })
  const opened = await openWholly({ hops: [hopTo(codes, withSignIn({}))], allowWeak: false }, 'web', made.ports, never)
  opened.close()
  expect(made.asked.map(({ prompts }) => prompts)).toEqual([
    [{ text: 'Pass[31mword:', echo: false }],
    [{ text: 'One-time code:', echo: true }],
  ])
  const problem = await refused([hopTo(codes, withSignIn({}))], { known: knownLine(codes), answer: () => Promise.resolve(null) })
  expect(problem.code).toBe('sign-in-unanswered')
})

test('a password opens, kept or typed, and a key may be wanted besides', async () => {
  const two = until(
    await startSshServer({
      authenticate(context) {
        if (context.method === 'password' && context.password === 'secret') context.accept()
        else context.reject(['password'])
      },
    }),
  )
  const password = newId(SecretId)
  const kept = await open([hopTo(two, withSignIn({ password }))], { known: knownLine(two), secrets: { [password]: 'secret' } })
  const typed = await open([hopTo(two, withSignIn({}))], { known: knownLine(two), answer: () => Promise.resolve(['secret']) })
  const both = until(
    await startSshServer({
      authenticate(context) {
        if (context.method === 'publickey') return context.accept()
        if (context.method === 'password') return context.reject(['publickey'], true)
        context.reject(['password'])
      },
    }),
  )
  const besides = await open([hopTo(both, withSignIn({ password, keyFiles: [server.keyFile] }))], {
    known: knownLine(both),
    secrets: { [password]: 'secret' },
  })
  for (const { lost } of [kept, typed, besides]) expect(lost.aborted).toBe(false)
})

test('an answer that comes after the opening was given up reaches nobody and does no harm', async () => {
  const code = until(
    await startSshServer({
      authenticate: (context) =>
        context.method === 'keyboard-interactive'
          ? context.prompt([{ prompt: 'Code', echo: true }], () => context.accept())
          : context.reject(['keyboard-interactive']),
    }),
  )
  const stop = new AbortController()
  const late = Promise.withResolvers<readonly string[]>()
  const made = world({ known: knownLine(code), answer: () => (stop.abort(new Error('given up')), late.promise) })
  const opening = openWholly({ hops: [hopTo(code, withSignIn({}))], allowWeak: false }, 'web', made.ports, stop.signal)
  await expect(opening).rejects.toThrow('given up')
  late.resolve(['123456'])
  // An error thrown behind this would fail the run: nobody else would catch it.
  await new Promise((resolve) => setImmediate(resolve))
  expect(made.asked).toHaveLength(1)
})
