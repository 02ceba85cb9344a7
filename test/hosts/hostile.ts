const oddities: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -1,
  1e308,
  Number.NaN,
  '',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  [],
  {},
  [[]],
  [null],
  { toString: null },
  'a'.repeat(5000),
  { i: null },
  { length: 1e9 },
  '/',
  '//',
  '/..',
  '/host/quit',
  '/__proto__/polluted',
  '/constructor/prototype',
  'http://evil/',
  'file:///etc/passwd',
]

const paths = [
  '/',
  '//',
  '/..',
  '/__proto__/polluted',
  '/constructor/prototype',
  'http://evil/',
  '',
  '/host',
  '/toString',
  '/host/quit/..',
]

/** A random number generator with a seed, so that a failure can be played again. */
function dice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0
    return ((((state ^ (state >>> 14)) >>> 0) % sides) + sides) % sides
  }
}

/** Frames that no client of ours sends: wrong types, wrong sizes, keys of prototypes, cut and torn text, and calls whose input is wrong. */
export function* hostileFrames(count: number, seed = 7): Generator {
  const roll = dice(seed)
  const odd = () => oddities[roll(oddities.length)]
  const path = () => String(paths[roll(paths.length)])
  const call = (path: string, body: unknown, more: object = {}) => ({ i: String(roll(50)), p: { u: path, b: body, ...more } })
  const makers: readonly (() => unknown)[] = [
    odd,
    () => JSON.stringify(odd()) ?? 'undefined',
    () => JSON.stringify({ i: odd(), t: odd(), p: odd() }),
    () => JSON.stringify({ i: '1', t: roll(9) - 2, p: { e: 'message', d: odd(), m: odd() } }),
    () => JSON.stringify(call(path(), odd())),
    () => JSON.stringify(call('/host/quit', { json: odd(), meta: odd() })),
    () => JSON.stringify(call('/host/quit', { json: { mode: odd() }, meta: [] })),
    () => `{"i":"1","p":{"u":"/host/quit","b":{"json":{"__proto__":{"mode":"leave"}}}}}`,
    () =>
      `{"i":"1","p":{"u":"/environments/create","b":{"json":{"slug":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}}}`,
    () =>
      JSON.stringify(
        call('/host/quit', {
          json: {},
          meta: [
            [1, '__proto__', 'polluted'],
            [5, 'constructor', 'prototype', 'polluted'],
          ],
        }),
      ),
    () =>
      JSON.stringify(
        call('/host/quit', { json: { mode: 'leave' } }, { h: { 'content-type': 'multipart/form-data; boundary=x' } }),
      ),
    () =>
      JSON.stringify(
        call('/host/quit', { json: { mode: 'leave' } }, { h: { 'content-disposition': 'attachment; filename="a"' } }),
      ),
    () => JSON.stringify(call('/host/quit', { json: { mode: 'leave' } }, { m: 'GET' })),
    () => JSON.stringify(call('http://evil/host/quit', { json: { mode: 'leave' } })),
    () => JSON.stringify({ ...call('/host/quit', { json: { mode: 'leave' } }), extra: 1 }),
    () => Buffer.from(JSON.stringify(call('/host/quit', { json: { mode: 'leave' } }))),
    () => JSON.stringify(call('/host/quit', { json: { mode: 'leave' } })).slice(0, 10 + roll(30)),
    () => '['.repeat(1 + roll(20_000)),
    () => Buffer.from(Array.from({ length: roll(200) }, () => roll(256))),
    () => ({ i: '1', p: { u: '/host/quit', b: { json: { mode: 'leave' } } } }),
  ]
  for (let made = 0; made < count; made += 1) yield makers[roll(makers.length)]?.()
}
