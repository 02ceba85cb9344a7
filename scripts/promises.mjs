// Lists which promises have tests, by the ids at the beginning of their titles: `npm run promises`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const found = new Map()

for (const top of ['src', 'test']) {
  for (const name of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
    if (!/\.test\.tsx?$/.test(name) && !/(suite|contract)\.ts$/.test(name)) continue
    const text = readFileSync(join(root, top, name), 'utf8')
    for (const [, id] of text.matchAll(/['"`](D\d+|L\d+|E\d+|C\d+|U\d+|S\d+)[ :,]/g)) {
      const files = found.get(id) ?? new Map()
      files.set(`${top}/${name}`, (files.get(`${top}/${name}`) ?? 0) + 1)
      found.set(id, files)
    }
  }
}

const order = (id) => [id[0], Number(id.slice(1))]
for (const id of [...found.keys()].toSorted((a, b) =>
  order(a)[0] === order(b)[0] ? order(a)[1] - order(b)[1] : order(a)[0] < order(b)[0] ? -1 : 1,
)) {
  const files = [...found.get(id)].map(([file, count]) => `${file} (${count})`)
  console.log(`${id.padEnd(4)} ${files.join(', ')}`)
}
