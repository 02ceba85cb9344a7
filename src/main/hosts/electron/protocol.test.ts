import { afterAll, beforeAll, expect, test } from 'vitest'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { indexFiles, type Found } from '../files'
import { answerOf } from './protocol'

let root: string
let files: (path: string) => Found
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-protocol-'))
  mkdirSync(join(root, 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(root, 'renderer', 'index.html'), 'page')
  writeFileSync(join(root, 'renderer', 'assets', 'a.js'), 'script')
  writeFileSync(join(root, 'secret.txt'), 'canary')
  files = indexFiles(join(root, 'renderer'))
  // What is made after the start is not in the index, so it does not exist.
  writeFileSync(join(root, 'renderer', 'later.html'), 'canary')
})
afterAll(() => rmSync(root, { recursive: true }))

test('the page and its files come with a policy that forbids everything else', async () => {
  const page = answerOf(files, 'GET', 'app://ui/?a#b')
  expect([page.status, await page.text()]).toEqual([200, 'page'])
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  expect(page.headers.get('content-security-policy')).toContain("connect-src 'none'")
  expect(await answerOf(files, 'GET', 'app://ui/assets/a.js').text()).toBe('script')
})

test.each([
  ['app://ui/..%2f..%2fetc/passwd', 400],
  ['app://ui/../secret.txt', 400],
  ['app://ui/%2e%2e/secret.txt', 400],
  ['app://ui/..\\secret.txt', 400],
  ['app://ui//etc/passwd', 400],
  ['app://ui/index.html%00', 400],
  ['app://evil/', 400],
  ['app://evil/index.html', 400],
  ['app://ui.evil/', 400],
  ['app://ui:80/', 400],
  ['app://x@ui/', 400],
  ['https://ui/', 400],
  ['app://ui/secret.txt', 404],
  ['app://ui/later.html', 404],
  ['app://ui/assets', 404],
])('E3 %s is answered %i with nothing in it', async (address, status) => {
  const answer = answerOf(files, 'GET', address)
  expect([answer.status, await answer.text()]).toEqual([status, ''])
})

test('it takes nothing in', () => {
  for (const method of ['POST', 'PUT', 'DELETE']) expect(answerOf(files, method, 'app://ui/').status).toBe(405)
})
