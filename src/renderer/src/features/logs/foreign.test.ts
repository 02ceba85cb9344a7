import { expect, test } from 'vitest'
import { originIn } from './foreign'

const id = '0198a5f0-7b3c-7def-8abc-0123456789ab'

test('the id of a source on a server names where it lies', () => {
  expect(originIn(`file:${id}:/var/log/a:b.log`)).toEqual({ kind: 'file', connectionId: id, path: '/var/log/a:b.log' })
  expect(originIn(`unit:${id}:`)).toEqual({ kind: 'unit', connectionId: id, unit: null })
  expect(originIn(`container:${id}:shop-web-1`)).toEqual({ kind: 'container', connectionId: id, container: 'shop-web-1' })
})

test('other ids name no server', () => {
  expect(originIn(`${id}/web`)).toBeNull()
  expect(originIn('file:nobody:/x')).toBeNull()
})
