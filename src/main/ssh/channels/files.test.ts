import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SFTPWrapper } from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channelsAt, type OpenChannels } from '../../../../test/support/channels'
import { never } from '../../../../test/support/local'
import { startSshServer } from '../../../../test/support/ssh-server'
import { startSshd, type Sshd } from '../../../../test/support/sshd'
import { startTcpProxy } from '../../../../test/support/tcp-proxy'
import { LinkLost } from '../../../shared/domain/problem'
import type { RemoteEntry, ServerLink } from '../link'

let sshd: Sshd
let folder: string
let open: OpenChannels
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-files-'))
  sshd = await startSshd()
  open = await channelsAt(sshd)
})
afterAll(async () => {
  open.close()
  await sshd.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function* parts(whole: Buffer, size: number) {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size)
}
async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of source) found.push(one)
  return found
}
const bytes = Buffer.from(Array.from({ length: 3_000_001 }, (_, i) => (i * 31 + (i >> 8)) % 256))

describe('files on a server', () => {
  test.each([1000, 32_768, 1_000_000])('come back as they went, sent in parts of %i bytes', async (size) => {
    const path = join(folder, `big-${size}`)
    expect(await open.link.files.upload(path, parts(bytes, size), { mode: 0o640 }, never)).toEqual({ bytes: bytes.length })
    expect(readFileSync(path).equals(bytes)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(Buffer.concat(await all(open.link.files.download(path, never))).equals(bytes)).toBe(true)
  })
  test('what is read is bounded; what is missing says so', async () => {
    const path = join(folder, 'small')
    await open.link.files.write(path, 'hello', {}, never)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await open.link.files.read(path, 5, never)).toString()).toBe('hello')
    await expect(open.link.files.read(path, 4, never)).rejects.toMatchObject({ problem: { code: 'remote-file-too-big' } })
    await expect(open.link.files.read(`${path}x`, 9, never)).rejects.toMatchObject({ problem: { code: 'remote-file-missing' } })
  })
  test('a list says what each is', async () => {
    const place = join(folder, 'list')
    mkdirSync(join(place, 'inner'), { recursive: true })
    writeFileSync(join(place, 'a\nb'), 'abc')
    symlinkSync('/etc/passwd', join(place, 'link'))
    const entries = await all(open.link.files.list(place, never))
    const byName = Object.fromEntries(entries.map(({ name, kind, size }) => [name, [kind, kind === 'file' ? size : 0]]))
    expect(byName).toEqual({ inner: ['folder', 0], 'a\nb': ['file', 3], link: ['link', 0] })
  })
  test('S5 a link that somebody put in the place of a file is replaced, and what it points to stays as it was', async () => {
    const [outside, path] = [join(folder, 'outside'), join(folder, 'swapped')]
    writeFileSync(outside, 'untouched')
    symlinkSync(outside, path)
    await open.link.files.write(path, 'ours', {}, never)
    expect(lstatSync(path).isSymbolicLink()).toBe(false)
    expect([readFileSync(path, 'utf8'), readFileSync(outside, 'utf8')]).toEqual(['ours', 'untouched'])
  })
  test('a source that breaks off leaves the old file, and nothing beside it', async () => {
    const place = join(folder, 'broken')
    mkdirSync(place)
    writeFileSync(join(place, 'file'), 'old')
    const source = (async function* () {
      yield Buffer.alloc(100_000)
      throw new Error('no more')
    })()
    await expect(open.link.files.upload(join(place, 'file'), source, {}, never)).rejects.toThrow('no more')
    expect(readdirSync(place)).toEqual(['file'])
    expect(readFileSync(join(place, 'file'), 'utf8')).toBe('old')
  })
  test('D4 a link that goes in an upload is lost, and the old file is whole', async () => {
    const proxy = await startTcpProxy(sshd.port)
    const at = await channelsAt(sshd, { port: proxy.port })
    const path = join(folder, 'cut')
    writeFileSync(path, 'old')
    const source = (async function* () {
      yield bytes
      proxy.cut()
      yield bytes
    })()
    await expect(at.link.files.upload(path, source, {}, never)).rejects.toBeInstanceOf(LinkLost)
    expect(readFileSync(path, 'utf8')).toBe('old')
    await proxy.stop()
  })
})

/** A server whose SFTP answers as the test likes. */
async function hostileSftp(answers: (sftp: SFTPWrapper) => void, work: (link: Omit<ServerLink, 'close'>) => Promise<void>) {
  const server = await startSshServer({
    authenticate: (context) => context.accept(),
    connected: (client) => {
      // Its answers come in several packets: the kernel would hold each last one back.
      ;(client as unknown as { _sock?: { setNoDelay(on: boolean): void } })._sock?.setNoDelay(true)
      client.on('session', (accept) => {
        accept().on('sftp', (acceptSftp) => {
          const sftp = acceptSftp()
          const handle = Buffer.from('h')
          sftp.on('OPENDIR', (id) => sftp.handle(id, handle))
          sftp.on('OPEN', (id) => sftp.handle(id, handle))
          sftp.on('CLOSE', (id) => sftp.status(id, 0))
          answers(sftp)
        })
      })
    },
  })
  const at = await channelsAt({ ...server, keyFile: sshd.keyFile })
  try {
    await work(at.link)
  } finally {
    at.close()
    await server.stop()
  }
}
const named = (filename: string) => ({
  filename,
  longname: '',
  attrs: { mode: 0o100644, uid: 0, gid: 0, size: 1, atime: 0, mtime: 0 },
})

describe('S5 a server that lies about its files', () => {
  test.each(['../x', '/etc/x', 'a/b', 'a\0b', '', 'x/..'])(
    'S5 the name %j is refused, and nothing of it is used',
    async (name) => {
      await hostileSftp(
        (sftp) => sftp.on('READDIR', (id) => sftp.name(id, [named('fine'), named(name), named('after')])),
        async (link) => {
          const seen: RemoteEntry[] = []
          const listing = (async () => {
            for await (const entry of link.files.list('/srv', never)) seen.push(entry)
          })()
          await expect(listing).rejects.toMatchObject({ problem: { code: 'remote-name-wrong' } })
          expect(seen.map((entry) => entry.name)).toEqual(['fine'])
        },
      )
    },
  )
  test('S5 a million entries pass one after another, in memory that does not grow with them', async () => {
    await hostileSftp(
      (sftp) => {
        let answered = 0
        sftp.on('READDIR', (id) => {
          if (answered === 400) return sftp.status(id, 1)
          answered += 1
          sftp.name(
            id,
            Array.from({ length: 2500 }, (_, i) => named(`entry-${answered}-${i}`)),
          )
        })
      },
      async (link) => {
        const before = process.memoryUsage.rss()
        let [count, most] = [0, 0]
        for await (const entry of link.files.list('/srv', never)) {
          count += entry.size
          if (count % 50_000 === 0) most = Math.max(most, process.memoryUsage.rss() - before)
        }
        expect(count).toBe(1_000_000)
        // The server of the test is in this process too.
        expect(most).toBeLessThan(200 * 1024 * 1024)
      },
    )
  }, 120_000)
  test('S5 a list of answers that hold nothing ends', async () => {
    await hostileSftp(
      (sftp) => sftp.on('READDIR', (id) => sftp.name(id, [])),
      (link) => expect(all(link.files.list('/srv', never))).rejects.toMatchObject({ problem: { code: 'remote-file-failed' } }),
    )
  })
  test('S5 more bytes than were asked for, and bytes that never end, stay within the limit', async () => {
    await hostileSftp(
      (sftp) => sftp.on('READ', (id, _handle, _offset, length) => sftp.data(id, Buffer.alloc(length))),
      (link) =>
        expect(link.files.read('/endless', 1_000_000, never)).rejects.toMatchObject({ problem: { code: 'remote-file-too-big' } }),
    )
    await hostileSftp(
      (sftp) => sftp.on('READ', (id) => sftp.data(id, Buffer.alloc(100_000))),
      (link) =>
        expect(link.files.read('/more', 1_000_000, never)).rejects.toMatchObject({ problem: { code: 'remote-file-too-big' } }),
    )
  })
  test('S5 one that never answers is waited for until somebody has enough', async () => {
    const stop = new AbortController()
    await hostileSftp(
      (sftp) => sftp.on('READDIR', () => stop.abort(new Error('enough'))),
      (link) => expect(all(link.files.list('/srv', stop.signal))).rejects.toThrow('enough'),
    )
    expect(existsSync('/srv/x')).toBe(false)
  })
})
