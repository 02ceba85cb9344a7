import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Provenance } from '../../shared/domain/release'
import { minimalEnvironment, run } from '../process'

const nothing: Provenance = { commit: null, branch: null, author: null, subject: null }
const read = (path: string) =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => null,
  )
const isCommit = (text: string | null | undefined): text is string => /^[0-9a-f]{40,64}$/.test(text ?? '')

/** The `.git` folder of the work tree that holds this folder. */
async function gitFolder(folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await read(join(at, '.git', 'HEAD'))) !== null) return join(at, '.git')
    if (dirname(at) === at) return null
  }
}

async function commitOf(git: string, ref: string): Promise<string | null> {
  const loose = await read(join(git, ref))
  if (isCommit(loose)) return loose
  const packed = (await read(join(git, 'packed-refs')))?.split('\n').find((line) => line.endsWith(` ${ref}`))
  const commit = packed?.split(' ')[0]
  return isCommit(commit) ? commit : null
}

async function authorOf(folder: string, commit: string): Promise<Pick<Provenance, 'author' | 'subject'>> {
  try {
    const { code, stdout } = await run(['git', '--no-optional-locks', 'show', '--no-patch', '--format=%an%x00%s', commit, '--'], {
      cwd: folder,
      env: minimalEnvironment(),
      limitMs: 5000,
      cap: 8192,
    })
    const [author, subject] = code === 0 ? stdout.trim().split('\0') : []
    return { author: author?.slice(0, 300) || null, subject: subject?.slice(0, 500) || null }
  } catch {
    // No git here: the commit alone is still worth keeping.
    return { author: null, subject: null }
  }
}

/** Where a folder's content came from, as far as its work tree tells. */
export async function provenanceOf(folder: string): Promise<Provenance> {
  const git = await gitFolder(folder)
  if (!git) return nothing
  const head = await read(join(git, 'HEAD'))
  const ref = head?.startsWith('ref: ') ? head.slice(5) : null
  const commit = ref ? await commitOf(git, ref) : isCommit(head) ? head : null
  if (!commit) return nothing
  return { commit, branch: ref?.replace(/^refs\/heads\//, '').slice(0, 300) ?? null, ...(await authorOf(folder, commit)) }
}
