import { expect, test } from 'vitest'
import { bundle, openLocal, placed, server } from '../../../test/support/local'
import local from './local'
import { exam } from './provider.contract'
import { providers } from './registry'

exam('local', {
  provider: local,
  async open() {
    const opened = await openLocal()
    return {
      place: placed(opened),
      one: await bundle(opened.artifacts, { 'server.mjs': server('one') }),
      two: await bundle(opened.artifacts, { 'server.mjs': server('two') }),
      close: () => opened.close(),
    }
  },
})

test('every provider is found by its folder, under its own kind', () => {
  expect(providers.get('local')).toBe(local)
  for (const [kind, provider] of providers) expect(provider.kind).toBe(kind)
})
