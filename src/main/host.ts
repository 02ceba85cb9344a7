/** What a host gives to the app. What it cannot do is absent, and the UI hides it. */
export interface Host {
  kind: 'electron' | 'web'
  version: string
  dataDir: string
  /** A short folder for sockets, private to the user. */
  runtimeDir: string
  /** Path of the built file that runs as the detached supervisor, and the program with its first arguments that runs it. */
  supervisor: { command: readonly string[] }
  /** The built file that searches kept logs on a thread of its own. */
  logSearcher?: string
  /** The files shipped beside the app: the demo. */
  resourcesDir: string
  openExternal?(url: string): Promise<void>
  chooseFolder?(): Promise<string | null>
  notify?(title: string, words: string, link: string): void
  /** Ends the program after `close`. */
  exit?(code: number): void
}
