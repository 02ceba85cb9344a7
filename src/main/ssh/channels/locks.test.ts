import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channelsAt, type OpenChannels } from '../../../../test/support/channels'
import { never } from '../../../../test/support/local'
import { startSshd, type Sshd } from '../../../../test/support/sshd'
import type { RemoteLocks } from '../link'

let sshd: Sshd
let folder: string
/** Two computers, each with its own connection to the server. */
let laptops: [OpenChannels, OpenChannels]
let locks: string
let count = 0
const keys: string[] = []
const aKey = () => {
  const key = `test-${process.pid}-${(count += 1)}`
  keys.push(key)
  return key
}
const of = (laptop: number): RemoteLocks => laptops[laptop % 2]!.link.locks
/** The last beat was so long ago, and by the server's own counting: seconds since it was started. */
function age(key: string, seconds: number, clock = 0) {
  const [date, boot, up] = readFileSync(join(locks, `${key}.beat`), 'utf8')
    .trim()
    .split(' ')
  writeFileSync(join(locks, `${key}.beat`), `${Number(date) - seconds + clock} ${boot} ${Number(up) - seconds}\n`)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-locks-'))
  sshd = await startSshd({ environment: { XDG_STATE_HOME: `${folder}/state` } })
  laptops = [await channelsAt(sshd), await channelsAt(sshd)]
  locks = process.getuid?.() === 0 ? '/var/lib/slipway/locks' : `${folder}/state/slipway/locks`
})
afterAll(async () => {
  for (const laptop of laptops) laptop.close()
  await sshd.stop()
  for (const key of keys)
    for (const end of ['', '.beat', '.fence', '.turn', '.reclaimed']) rmSync(join(locks, key + end), { force: true })
  rmSync(folder, { recursive: true, force: true })
})

const taken = (answer: Awaited<ReturnType<RemoteLocks['acquire']>>) => ('fence' in answer ? answer.fence : null)

/** So many times ten come at once. */
const rounds = Number(process.env['SLIPWAY_LOCK_ROUNDS'] ?? 20)

describe('D2 one writer a key', () => {
  test('D2 of ten who come at the same time from two computers one gets it, and each new owner a greater fence', async () => {
    const key = aKey()
    let last = 0
    for (let round = 0; round < rounds; round++) {
      const owners = Array.from({ length: 10 }, (_, i) => `laptop-${i % 2}/run-${round}-${i}`)
      const answers = await Promise.all(owners.map((owner, i) => of(i).acquire(key, owner, `words of ${owner}`, never)))
      const winners = owners.filter((_, i) => taken(answers[i]!) !== null)
      expect(winners).toHaveLength(1)
      const winner = winners[0]!
      const fence = taken(answers[owners.indexOf(winner)]!)!
      expect(fence).toBeGreaterThan(last)
      last = fence
      const losers = answers.filter((answer) => 'held' in answer)
      expect(losers.map(({ held, words }) => [held.owner, words])).toEqual(
        Array.from({ length: 9 }, () => [winner, `words of ${winner}`]),
      )
      await of(0).check(key, winner, fence, never)
      expect(await of(1).release(key, winner, never)).toBe(true)
    }
  }, 600_000)
  test('D2 its owner keeps it, and the fence, when it asks again', async () => {
    const key = aKey()
    const first = await of(0).acquire(key, 'a/1', 'Ana', never)
    expect(await of(1).acquire(key, 'a/1', 'Ana', never)).toEqual(first)
  })
  test('D2 a fence that was passed is refused, and so is the fence of a later owner in another’s name', async () => {
    const key = aKey()
    const first = taken(await of(0).acquire(key, 'a/1', '', never))!
    await of(0).release(key, 'a/1', never)
    const second = taken(await of(1).acquire(key, 'b/2', '', never))!
    const passed = { problem: { code: 'fence-passed' } }
    await expect(of(0).check(key, 'a/1', first, never)).rejects.toMatchObject(passed)
    await expect(of(0).check(key, 'a/1', second, never)).rejects.toMatchObject(passed)
    await expect(of(0).check(key, 'b/2', first, never)).rejects.toMatchObject(passed)
    await of(1).check(key, 'b/2', second, never)
    // The same owner once more: its former fence is passed too.
    await of(1).release(key, 'b/2', never)
    const third = taken(await of(1).acquire(key, 'b/2', '', never))!
    await expect(of(1).check(key, 'b/2', second, never)).rejects.toMatchObject(passed)
    expect(third).toBeGreaterThan(second)
  })
  test('D2 somebody removes the lock: its owner may change nothing more, and the next fence is greater all the same', async () => {
    const key = aKey()
    const fence = taken(await of(0).acquire(key, 'a/1', '', never))!
    for (const end of ['', '.beat', '.fence', '.turn']) rmSync(join(locks, key + end))
    await expect(of(0).check(key, 'a/1', fence, never)).rejects.toMatchObject({ problem: { code: 'fence-passed' } })
    expect(await of(0).beat(key, 'a/1', never)).toBe(false)
    // The counter is gone with it; the server's clock is what is left to grow by.
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(fence)
    expect(taken(await of(1).acquire(key, 'b/2', '', never))).toBeGreaterThan(fence)
  })
  test('D2 a guarded command begins only under its fence, as it would alone, and nobody gets the lock before it ends', async () => {
    const key = aKey()
    const fence = taken(await of(0).acquire(key, 'a/1', '', never))!
    const [one] = laptops
    const run = (command: readonly string[]) => one.link.run(command, { stdin: 'typed' }, never)
    const made = join(locks, `${key}.made`)
    const slow = ['/bin/sh', '-c', 'touch "$1.begun"; cat; sleep 1; umask; touch "$1"; exit 7', 'x', made]
    const running = run(of(0).guarded(key, 'a/1', fence, slow))
    await expect.poll(() => existsSync(`${made}.begun`)).toBe(true)
    expect(await of(1).release(key, 'a/1', never)).toBe(true)
    expect(existsSync(made)).toBe(true)
    const alone = await run(['/bin/sh', '-c', 'umask'])
    expect(await running).toMatchObject({ code: 7, stdout: Buffer.from(`typed${alone.stdout.toString()}`) })
    rmSync(made)
    expect(await run(of(0).guarded(key, 'a/1', fence, slow))).toMatchObject({ code: of(0).passedCode, cut: 0 })
    expect(existsSync(made)).toBe(false)
  })
  test('D2 what a power cut left empty is no lock', async () => {
    const key = aKey()
    await of(0).acquire(key, 'a/1', '', never)
    writeFileSync(join(locks, key), '')
    expect(await of(0).read(key, never)).toBeNull()
    expect(taken(await of(1).acquire(key, 'b/2', '', never))).not.toBeNull()
  })
})

describe('D3 a dead lock heals', () => {
  test('D3 100 releases by somebody else are refused', async () => {
    const key = aKey()
    const fence = taken(await of(0).acquire(key, 'a/1', '', never))!
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => of(i).release(key, i % 3 ? `a/${i + 2}` : `.*${i}`, never)),
    )
    expect(answers.filter(Boolean)).toEqual([])
    await of(0).check(key, 'a/1', fence, never)
  }, 60_000)
  test('D3 one that is heard of is not taken; one silent for 75 s is, by one of ten who try', async () => {
    const key = aKey()
    await of(0).acquire(key, 'a/1', 'Ana at laptop, run 1', never)
    const { held, words } = (await of(1).read(key, never))!
    expect(words).toBe('Ana at laptop, run 1')
    age(key, 70)
    expect(await of(1).reclaim(key, held, never)).toBe(false)
    age(key, 6)
    const seen = (await of(1).read(key, never))!.held
    expect(seen.now - seen.beatAt).toBeGreaterThanOrEqual(76_000)
    const wins = await Promise.all(Array.from({ length: 10 }, (_, i) => of(i).reclaim(key, held, never)))
    expect(wins.filter(Boolean)).toHaveLength(1)
    expect(await of(0).beat(key, 'a/1', never)).toBe(false)
    expect(taken(await of(1).acquire(key, 'b/2', '', never))).toBeGreaterThan(held.fence)
  })
  test('D3 one that was heard of again before it was taken stays', async () => {
    const key = aKey()
    await of(0).acquire(key, 'a/1', '', never)
    age(key, 200)
    const { held } = (await of(1).read(key, never))!
    expect(await of(0).beat(key, 'a/1', never)).toBe(true)
    expect(await of(1).reclaim(key, held, never)).toBe(false)
  })
  test('D3 who saw a former lock does not take the one that came after it', async () => {
    const key = aKey()
    await of(0).acquire(key, 'a/1', '', never)
    const { held } = (await of(1).read(key, never))!
    await of(0).release(key, 'a/1', never)
    await of(0).acquire(key, 'a/1', '', never)
    age(key, 200)
    expect(await of(1).reclaim(key, held, never)).toBe(false)
  })
  test.each([-2, 2])('D3 a clock of the server that is set by %i h makes no lock older or younger', async (hours) => {
    const key = aKey()
    await of(0).acquire(key, 'a/1', '', never)
    const { held } = (await of(1).read(key, never))!
    age(key, 0, hours * 3600)
    expect(await of(1).reclaim(key, held, never)).toBe(false)
    age(key, 80)
    expect(await of(1).reclaim(key, held, never)).toBe(true)
  })
  test('D3 the times of files, and the clock of this computer, say nothing', async () => {
    const key = aKey()
    await of(0).acquire(key, 'a/1', '', never)
    const { held } = (await of(1).read(key, never))!
    for (const end of ['', '.beat', '.turn']) utimesSync(join(locks, key + end), 0, 0)
    expect(await of(1).reclaim(key, { ...held, now: held.now + 7_200_000, beatAt: 0 }, never)).toBe(false)
  })
})

test.each(['../x', 'a/b', '', '-x', 'a b', '$(x)'])('a name of a lock that is none is refused: %j', async (key) => {
  await expect(of(0).acquire(key, 'a/1', '', never)).rejects.toMatchObject({ problem: { code: 'argument-refused' } })
})
test('words of several lines stay one, and a hostile owner is only text', async () => {
  const key = aKey()
  await of(0).acquire(key, `a'; rm -rf / #`, 'one\ntwo\0three', never)
  expect((await of(1).read(key, never))?.words).toBe('one two three')
  expect((await of(1).read(key, never))?.held.owner).toBe(`a'; rm -rf / #`)
  expect(await of(0).release(key, `a'; rm -rf / #`, never)).toBe(true)
})
