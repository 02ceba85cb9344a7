import type { RemoteProcess } from '../../ssh/link'

/** The last line that a program says of errors. */
export function lastWordsOf(program: RemoteProcess): () => string {
  let said = ''
  program.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-2000)))
  return () => said.trim().split('\n').at(-1)?.slice(0, 200) || 'it did not say why'
}
