// How the lines of a stack trace look that come after its first: indented frames, causes, and what Go and Python put between.
const framed =
  /^(?:\s+(?:at |File "|\.{3} \d+ more|\^+\s*$|\S)|\tat |Caused by: |Suppressed: |Traceback \(most recent call last\):|During handling of|The above exception|goroutine \d+ \[|created by |\[signal |exit status \d|main\.main\(|\S+\.go:\d+ \+0x)/
const goCall = /^[\w./*()[\]·-]+\([^)]*\)$/
// The sentence at the end of a Python trace: `ValueError: no`.
const pythonEnd = /^(?:[A-Za-z_][\w]*\.)*[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit)(?::|$)/

/** What the lines before say of the next one of the same instance. */
export type Fold = 'none' | 'python' | 'go'

/**
 * Whether a line goes on with the one before it, and what then holds for the next. A line with a stamp or an object never does:
 * callers ask for those without. An empty line does inside a trace only.
 */
export function goesOn(text: string, before: Fold): { part: boolean; fold: Fold } {
  const first = text.charCodeAt(0)
  if (text === '') return { part: before !== 'none', fold: before }
  if (first === 71 || first === 103 || first === 112) {
    if (text.startsWith('panic: ')) return { part: false, fold: 'go' }
    if (/^goroutine \d+ \[/.test(text)) return { part: before === 'go', fold: 'go' }
  }
  if (text.startsWith('Traceback (most recent call last):')) return { part: before === 'python', fold: 'python' }
  if (before === 'python' && pythonEnd.test(text)) return { part: true, fold: 'python' }
  if (before === 'go' && goCall.test(text)) return { part: true, fold: 'go' }
  return framed.test(text) ? { part: true, fold: before } : { part: false, fold: 'none' }
}
