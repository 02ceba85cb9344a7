import http from 'node:http'
import type { HealthAnswer } from './contract'

const limitMs = 2000
const bodyCap = 64 * 1024

/**
 * Asks an instance's own port whether it is well. A redirect is not followed and counts as unwell.
 * An answer that names its release in `x-slipway-release` must name the expected one.
 */
export function askHealth(port: number, path: string, release: string): Promise<HealthAnswer> {
  const begun = performance.now()
  return new Promise((resolve) => {
    const answer = (healthy: boolean, words: string) =>
      resolve({ at: Date.now(), healthy, words, latencyMs: Math.round((performance.now() - begun) * 10) / 10 })
    const request = http.get(
      { host: '127.0.0.1', port, path, agent: false, headers: { 'user-agent': 'slipway-health' } },
      (response) => {
        let size = 0
        const status = response.statusCode ?? 0
        const named = response.headers['x-slipway-release']
        const verdict = () => {
          if (status >= 300 && status < 400)
            return answer(false, `GET ${path} answered ${status}, a redirect, which is not followed`)
          if (status < 200 || status >= 300) return answer(false, `GET ${path} answered ${status}`)
          if (typeof named === 'string' && named !== release)
            return answer(false, `GET ${path} answered for release ${named.slice(0, 60)}, not ${release}`)
          answer(true, `GET ${path} answered ${status}`)
        }
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > bodyCap) {
            verdict()
            request.destroy()
          }
        })
        response.once('end', verdict)
        response.once('error', () => answer(false, `GET ${path} was cut off`))
      },
    )
    const timer = setTimeout(() => {
      answer(false, `GET ${path} gave no answer within ${limitMs / 1000} s`)
      request.destroy()
    }, limitMs)
    request.once('close', () => clearTimeout(timer))
    request.once('error', (error: NodeJS.ErrnoException) =>
      answer(
        false,
        error.code === 'ECONNREFUSED' ? 'It does not listen on its port yet' : `GET ${path} failed (${error.code ?? 'unknown'})`,
      ),
    )
  })
}
