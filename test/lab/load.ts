import { Agent } from 'node:http'
import { ask } from '../support/ask'
import type { ServerPlace } from '../support/docker'

/** What clients were answered. */
export interface Answers {
  asked: number
  failed: string[]
  /** Sent again, as HTTP wants it of a client whose idle connection was closed just as it used it. */
  again: number
  /** How often each version answered. */
  by: Map<string, number>
}

interface Front {
  port: number
  /** Clients at each host, each with a connection that it keeps. */
  clients: number
}

/** Clients that keep asking every host, every third time with a POST, until they are told to stop. */
export function keepAsking(places: readonly ServerPlace[], { port, clients }: Front) {
  const told = new AbortController()
  let fresh: Answers = { asked: 0, failed: [], again: 0, by: new Map() }
  const client = async (place: ServerPlace) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let n = 0; !told.signal.aborted; n += 1) {
      const answers = fresh
      try {
        const post = n % 3 === 2
        const headers = { host: 'shop.test', ...(post ? { 'content-length': 5 } : {}) }
        const url = `http://${place.host}:${port}/cgi-bin/health`
        const answer = await ask(url, { agent, method: post ? 'POST' : 'GET', headers }, post ? 'hello' : '')
        if (!answer) {
          answers.again += 1
          continue
        }
        answers.asked += 1
        if (answer.status !== 200) answers.failed.push(`${place.name} answered ${answer.status} to a ${post ? 'POST' : 'GET'}`)
        const said = String(answer.headers['x-version'] ?? '')
        answers.by.set(said, (answers.by.get(said) ?? 0) + 1)
      } catch (error) {
        answers.asked += 1
        answers.failed.push(`${place.name}: ${String(error)}`)
      }
    }
    agent.destroy()
  }
  const over = Promise.all(places.flatMap((place) => Array.from({ length: clients }, () => client(place))))
  return {
    /** What was answered since the last time that somebody took it. */
    take(): Answers {
      const taken = fresh
      fresh = { asked: 0, failed: [], again: 0, by: new Map() }
      return taken
    },
    get asked() {
      return fresh.asked
    },
    async stop(): Promise<Answers> {
      told.abort()
      await over
      return fresh
    },
  }
}
