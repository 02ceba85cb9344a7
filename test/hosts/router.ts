import { implement } from '@orpc/server'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallerContext } from '../../src/main/app'
import { contract } from '../../src/shared/api'
import { newId, ReleaseId, ServiceId, AppId } from '../../src/shared/domain/ids'
import { ProblemError } from '../../src/shared/domain/problem'

/** What the calls of a suite did, for asserting that nothing was done. */
export interface Seen {
  effects: string[]
  clients: Set<string>
  streamsOpen: number
  gone: number
}

/** A small app behind the contract, with one call for each thing that a channel must carry. */
export function smallRouter() {
  const seen: Seen = { effects: [], clients: new Set(), streamsOpen: 0, gone: 0 }
  const os = implement(contract).$context<CallerContext>()
  const router = {
    host: {
      info: os.host.info.handler(({ context }) => {
        seen.clients.add(context.clientId)
        return {
          kind: 'web',
          version: '1',
          platform: 'linux',
          dataDir: '/data',
          installationId: 'i',
          can: { chooseFolder: false, notify: false, openExternal: false },
        }
      }),
      quit: os.host.quit.handler(({ input }) => void seen.effects.push(`quit ${input.mode}`)),
      openExternal: os.host.openExternal.handler(({ input, errors }) => {
        throw errors.PROBLEM({
          data: { code: 'address-refused', data: { url: input.url }, message: 'That address is not opened from here.' },
        })
      }),
      chooseFolder: os.host.chooseFolder.handler(() => {
        throw new Error('canary: /root/.ssh/id_rsa')
      }),
      report: os.host.report.handler(() => ({ fileName: 'big', text: '€'.repeat(1_500_000) })),
    },
    environments: {
      create: os.environments.create.handler(({ input }) => {
        seen.effects.push(`create ${input.slug}`)
        throw new ProblemError({ code: 'x', data: {}, message: 'x' })
      }),
    },
    apps: {
      rename: os.apps.rename.handler(({ input, errors }) => {
        seen.effects.push(`rename ${input.name.length}`)
        throw errors.PROBLEM({ data: { code: 'renamed', data: { length: input.name.length }, message: 'renamed' } })
      }),
    },
    logs: {
      follow: os.logs.follow.handler(async function* ({ input, signal, context }) {
        seen.streamsOpen += 1
        context.gone.addEventListener('abort', () => (seen.gone += 1), { once: true })
        try {
          for (let batch = 1; input.viewId === 'endless' || batch <= 100; batch += 1) {
            if (input.viewId === 'quiet') await sleep(60_000, undefined, { signal })
            else if (input.viewId === 'breaks' && batch === 3) throw new Error('canary: inside a stream')
            else await sleep(batch % 20 === 0 ? 1 : 0, undefined, { signal })
            yield { batch, rows: [], statuses: [], kept: batch, matching: batch, skipped: 0, rate: 0 }
          }
        } finally {
          seen.streamsOpen -= 1
        }
      }),
    },
  }
  return { router, seen }
}

export const someIds = { release: newId(ReleaseId), service: newId(ServiceId), app: newId(AppId) }
