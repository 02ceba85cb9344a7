import { useEffect, type DependencyList } from 'react'

/** Runs a store's watcher while the component is shown; its signal aborts when it goes. */
export function useWatch(watch: (signal: AbortSignal) => Promise<void> | void, deps: DependencyList) {
  useEffect(() => {
    const gone = new AbortController()
    void watch(gone.signal)
    return () => gone.abort()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the caller names what the watcher depends on
  }, deps)
}
