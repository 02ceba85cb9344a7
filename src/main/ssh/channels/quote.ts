import { problem } from './text'

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/

/**
 * One argument as shell text: the only function that makes it. POSIX single quotes, so that nothing in it means anything.
 * Throws `argument-refused` for a NUL, which no argument can hold, and for a newline, which would end the line that carries it.
 */
export function quote(argument: string): string {
  if (argument.includes('\0')) throw problem('argument-refused', { why: 'a NUL' })
  if (/[\n\r]/.test(argument)) throw problem('argument-refused', { why: 'a newline' })
  if (plain.test(argument)) return argument
  return `'${argument.replaceAll("'", `'\\''`)}'`
}

/** A program and its arguments as one line for a POSIX shell. */
export const commandLine = (command: readonly string[]): string => command.map(quote).join(' ')
