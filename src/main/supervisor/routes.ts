import { ProblemError, type Problem } from '../../shared/domain/problem'
import { isFree, lastingPort } from '../process'
import type { RouteView } from './contract'
import { Proxy, type Upstream } from './proxy'
import type { KeptRoute } from './state'

interface Route extends KeptRoute {
  proxy: Proxy | null
  trouble: Problem | null
}

/** One stable address per routed target, and where its traffic goes. */
export class Routes {
  private readonly routes = new Map<string, Route>()
  private waiting: (() => void)[] = []

  constructor(private readonly upstream: (id: string) => Upstream | null) {}

  keep = (): Record<string, KeptRoute> =>
    Object.fromEntries(
      [...this.routes].map(([id, { routed, port, serving, standby }]) => [id, { routed, port, serving, standby }]),
    )

  /** Opens again what was open. A port that is taken by now is said in the route's view. */
  async restore(kept: Record<string, KeptRoute>) {
    for (const [targetId, route] of Object.entries(kept)) {
      this.routes.set(targetId, { ...route, proxy: null, trouble: null })
      await this.open(targetId, route.port).catch(() => undefined)
    }
    this.refresh()
  }

  async set(targetId: string, { routed, port, serving, standby }: KeptRoute): Promise<number | null> {
    const route = this.routes.get(targetId) ?? { routed, port: null, serving: [], standby: [], proxy: null, trouble: null }
    this.routes.set(targetId, Object.assign(route, { routed }))
    if (routed && (!route.proxy || (port !== null && port !== route.port))) await this.open(targetId, port ?? route.port)
    Object.assign(route, { serving, standby })
    this.refresh()
    return route.port
  }

  private async open(targetId: string, port: number | null) {
    const route = this.routes.get(targetId)
    if (!route?.routed) return
    const proxy = new Proxy(() => this.wake())
    try {
      route.port = await proxy.listen(port ?? (await lastingPort()))
      // The new address first, then the old one goes.
      const before = route.proxy
      Object.assign(route, { proxy, trouble: null })
      await before?.close()
    } catch (error) {
      if (!route.proxy && error instanceof ProblemError) route.trouble = error.problem
      throw error
    }
  }

  /** Points every proxy at what runs now: ports change when an instance starts again. */
  refresh() {
    const known = (ids: readonly string[]) => ids.map(this.upstream).filter((one) => one !== null)
    for (const { proxy, serving, standby } of this.routes.values())
      proxy?.move({ serving: known(serving), standby: known(standby) })
  }

  inFlight = (id: string) => [...this.routes.values()].reduce((sum, { proxy }) => sum + (proxy?.inFlight(id) ?? 0), 0)

  closeTunnels(id: string) {
    for (const { proxy } of this.routes.values()) proxy?.closeTunnels(id)
  }

  /** An instance that is gone takes no traffic. */
  forget(id: string) {
    for (const route of this.routes.values()) {
      route.serving = route.serving.filter((one) => one !== id)
      route.standby = route.standby.filter((one) => one !== id)
    }
    this.refresh()
  }

  private wake() {
    for (const wake of this.waiting.splice(0)) wake()
  }

  async drain(ids: readonly string[], capMs: number): Promise<number> {
    const left = () => ids.reduce((sum, id) => sum + this.inFlight(id), 0)
    const end = performance.now() + capMs
    while (left() > 0 && performance.now() < end) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve)
        setTimeout(resolve, Math.max(1, Math.min(200, end - performance.now())))
      })
    }
    return left()
  }

  async portFree(targetId: string, port: number): Promise<boolean> {
    const own = this.routes.get(targetId)
    return (own?.proxy && own.port === port) || (await isFree(port))
  }

  view(targetId: string): RouteView | null {
    const route = this.routes.get(targetId)
    if (!route) return null
    const { routed, port, serving, standby, trouble, proxy } = route
    return { routed, port, serving, standby, problem: trouble, spans: proxy?.spans.view() ?? [] }
  }

  async close() {
    await Promise.all([...this.routes.values()].map(async ({ proxy }) => proxy?.close()))
  }
}
