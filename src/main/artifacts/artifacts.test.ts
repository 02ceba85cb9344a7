import {
  chmodSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  appendFileSync,
  readdirSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack, type Header } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Bundles } from '../providers/local/bundles'
import { createArtifacts, demoBundle, demoOf, provenanceOf, runBuild, type Artifacts } from '.'

let base: string
let artifacts: Artifacts
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'slw-a-'))
  artifacts = createArtifacts(join(base, 'data'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const never = new AbortController().signal

function folder(name: string, files: Record<string, string>): string {
  const path = join(base, name)
  mkdirSync(path, { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(path, file, '..'), { recursive: true })
    writeFileSync(join(path, file), text)
  }
  return path
}

async function tar(name: string, entries: Partial<Header>[]): Promise<string> {
  const path = join(base, name)
  const out = pack()
  for (const { name: entry = 'x', ...header } of entries)
    out.entry({ name: entry, ...header }, header.type && header.type !== 'file' ? '' : 'bytes')
  out.finalize()
  await pipeline(out, createWriteStream(path))
  return path
}

const hostile: [string, Partial<Header>][] = [
  ['leads out', { name: '../../etc/cron.d/x' }],
  ['leads out in its middle', { name: 'a/../../x' }],
  ['is absolute', { name: '/etc/passwd' }],
  ['has a drive', { name: 'C:..\\x' }],
  ['is a link out', { name: 'link', type: 'symlink', linkname: '../outside' }],
  ['is an absolute link', { name: 'link', type: 'symlink', linkname: '/etc' }],
  ['is a hard link', { name: 'hard', type: 'link', linkname: '/etc/passwd' }],
  ['is a device', { name: 'dev', type: 'character-device' }],
  ['is a pipe', { name: 'fifo', type: 'fifo' }],
]

test.each(hostile)(
  'a tar in which an entry %s is refused whole, when it is added and when it is unpacked',
  async (_title, header) => {
    const file = await tar('hostile.tar', [{ name: 'fine' }, header])
    await expect(artifacts.addTar(file)).rejects.toMatchObject({ problem: { code: 'entry-refused' } })
    const bundles = new Bundles(join(base, 'bundles'))
    const digest = `sha256:${'0'.repeat(64)}` as Parameters<Bundles['write']>[0]
    await expect(bundles.write(digest, createReadStream(file), never)).rejects.toMatchObject({
      problem: { code: 'bundle-refused' },
    })
    expect(readdirSync(join(base, 'bundles'))).toEqual([])
    expect(readdirSync(join(base, 'data/artifacts'))).toEqual([])
  },
)

test('the same content has the same digest, whatever its times, order and other rights', async () => {
  const a = folder('a', { 'x.txt': 'one', 'deep/y.txt': 'two' })
  const b = folder('b', { 'deep/y.txt': 'two', 'x.txt': 'one' })
  utimesSync(join(b, 'x.txt'), 1, 1)
  chmodSync(join(b, 'x.txt'), 0o600)
  const one = await artifacts.addFolder(a)
  expect((await artifacts.addFolder(b)).digest).toBe(one.digest)
  chmodSync(join(b, 'x.txt'), 0o755)
  expect((await artifacts.addFolder(b)).digest).not.toBe(one.digest)
})

test('a tar of the same content has the digest of the folder', async () => {
  const one = await artifacts.addFolder(folder('a', { 'x.txt': 'bytes', 'deep/y.txt': 'bytes' }))
  const file = await tar('given.tar', [
    { name: './deep', type: 'directory' },
    { name: './deep/y.txt', mtime: new Date(), uid: 7 },
    { name: './x.txt' },
  ])
  expect((await artifacts.addTar(file)).digest).toBe(one.digest)
})

test('.slipwayignore leaves things out, and .git is never packed', async () => {
  const bare = await artifacts.addFolder(folder('bare', { 'x.txt': 'one', '.slipwayignore': '*.log\nsecret/\n' }))
  const full = await artifacts.addFolder(
    folder('full', { 'x.txt': 'one', '.slipwayignore': '*.log\nsecret/\n', 'a.log': 'x', 'secret/key': 'x', '.git/HEAD': 'x' }),
  )
  expect(full.digest).toBe(bare.digest)
})

test('a link inside is kept, and one that leads out is refused by name', async () => {
  const fine = folder('fine', { 'x.txt': 'one' })
  symlinkSync('x.txt', join(fine, 'also'))
  expect(await artifacts.addFolder(fine)).toMatchObject({ kind: 'bundle' })
  symlinkSync('/etc', join(fine, 'out'))
  await expect(artifacts.addFolder(fine)).rejects.toMatchObject({ problem: { code: 'entry-refused', data: { entry: 'out' } } })
})

test('a folder that is missing or empty, and a file that is no tar, are said plainly', async () => {
  await expect(artifacts.addFolder(join(base, 'nowhere'))).rejects.toMatchObject({ problem: { code: 'folder-unreadable' } })
  await expect(artifacts.addFolder(folder('empty', {}))).rejects.toMatchObject({ problem: { code: 'folder-empty' } })
  writeFileSync(join(base, 'no.tar'), 'this is no tar at all'.repeat(100))
  await expect(artifacts.addTar(join(base, 'no.tar'))).rejects.toMatchObject({ problem: { code: 'tar-unreadable' } })
})

test('a stored bundle that was damaged is refused before it is put in place', async () => {
  const { digest } = await artifacts.addFolder(folder('a', { 'x.txt': 'one' }))
  appendFileSync(join(base, 'data/artifacts', `${digest.slice(7)}.tar`), Buffer.alloc(512))
  const bundles = new Bundles(join(base, 'bundles'))
  await expect(bundles.write(digest, artifacts.read(digest), never)).rejects.toMatchObject({
    problem: { code: 'artifact-damaged' },
  })
  expect(await bundles.check(digest)).toMatchObject({ problem: { code: 'local-bundle-missing' } })
})

test('a build gives its lines, and one that fails says its exit code', async () => {
  const lines: string[] = []
  for await (const line of runBuild(['node', '-e', 'console.log(1); console.error(2)'], base, never)) lines.push(line)
  expect(lines.toSorted()).toEqual(['1', '2'])
  const failing = runBuild(['node', '-e', 'process.exit(4)'], base, never)
  const toItsEnd = async () => {
    for await (const line of failing) lines.push(line)
  }
  await expect(toItsEnd()).rejects.toMatchObject({ problem: { code: 'build-failed', data: { exit: 'code 4' } } })
})

test('a folder without git has no provenance, and this one has a commit', async () => {
  expect(await provenanceOf(base)).toEqual({ commit: null, branch: null, author: null, subject: null })
  const git = folder('work', {
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/packed-refs': `# pack-refs\n${'a'.repeat(40)} refs/heads/main\n`,
  })
  expect(await provenanceOf(git)).toMatchObject({ commit: 'a'.repeat(40), branch: 'main' })
})

test('each variant of the demo is a bundle of its own, and the same one each time', async () => {
  const resources = resolve('resources')
  const { variants } = await demoOf(resources)
  const names = Object.keys(variants) as (keyof typeof variants)[]
  const digests = await Promise.all(names.map(async (name) => (await demoBundle(artifacts, resources, 'web', name)).digest))
  expect(new Set(digests).size).toBe(5)
  expect((await demoBundle(artifacts, resources, 'web', 'v1')).digest).toBe(digests[0])
})
