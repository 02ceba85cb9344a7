import type { ServerLink } from '../../../src/main/ssh/link'
import { never } from '../../support/local'
import { median } from '../measure'
import { against, row, type Aim, type Row } from '../report'
import { has, run, timed, type Site } from './site'

const sizes = [10, 50, 200]
const ratio = (most: number): Aim => ({ words: `≤ ${most} ×`, holds: (_, there) => there !== null && there <= most })

const noop = (links: readonly ServerLink[]) => Promise.all(links.map((link) => link.run(['true'], {}, never)))

/** Opens, runs and closes: what a first use costs. */
async function cold(site: Site, count: number): Promise<number> {
  const links: ServerLink[] = []
  const ms = await timed(async () => {
    await Promise.all(
      site.hosts.slice(0, count).map(async (name) => {
        const link = await site.open(name)
        links.push(link)
        await link.run(['true'], {}, never)
      }),
    )
  })
  for (const link of links) await link.close()
  return ms
}

const clush = (site: Site, count: number) =>
  timed(() => run('clush', ['-q', '-f', '64', '-o', `-F ${site.config}`, '-w', `h[1-${count}]`, 'true']))

const ansible = (site: Site, count: number, config: string) =>
  timed(() =>
    run('ansible', ['all', '-i', site.inventory(count), '-m', 'raw', '-a', 'true', '-f', '50'], {
      ANSIBLE_SSH_ARGS: `-F ${config}`,
      ANSIBLE_LOCAL_TEMP: site.folder,
      ANSIBLE_HOME: site.folder,
      LC_ALL: 'C.UTF-8',
    }),
  )

/** A command that does nothing, on many servers. */
export async function fanOut(site: Site, say: (words: string) => void): Promise<Row[]> {
  const [withClush, withAnsible] = await Promise.all([has('clush'), has('ansible')])
  const rows: Row[] = []
  for (const count of sizes) {
    say(`  ${count} servers…`)
    const [ours, theirs, others]: [number[], number[], number[]] = [[], [], []]
    for (let n = 0; n < (count > 100 ? 1 : 3); n++) {
      ours.push(await cold(site, count))
      if (withClush) theirs.push(await clush(site, count))
      if (withAnsible && count < 100) others.push(await ansible(site, count, site.config))
    }
    const name = `no-op on ${count} servers, cold`
    if (theirs.length > 0) rows.push(against(name, median(ours), 'clush', median(theirs), 'ms', ratio(0.35)))
    else rows.push(row(name, median(ours), 'ms'))
    if (others.length > 0) rows.push(against(name, median(ours), 'ansible', median(others), 'ms'))
    rows.push(...(await warm(site, count, withAnsible && count < 100)))
  }
  return rows
}

async function warm(site: Site, count: number, withAnsible: boolean): Promise<Row[]> {
  const links = await Promise.all(site.hosts.slice(0, count).map((name) => site.open(name)))
  await noop(links)
  if (withAnsible) await ansible(site, count, site.sharing)
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let n = 0; n < 3; n++) {
    ours.push(await timed(() => noop(links)))
    if (withAnsible) theirs.push(await ansible(site, count, site.sharing))
  }
  for (const link of links) await link.close()
  const name = `no-op on ${count} servers, connections open`
  return [
    withAnsible
      ? against(name, median(ours), 'ansible, ControlPersist', median(theirs), 'ms', ratio(0.06))
      : row(name, median(ours), 'ms'),
  ]
}
