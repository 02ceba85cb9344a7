/*
 * What a file may hold, so that one that cannot hold a word is not unpacked: the runs of four and of six bytes of its text in lower case,
 * each as one bit of a set. A bit may be there for another run, and is never missing for one that is there.
 */

/** Bits of the set while it is filled, as a power of two. */
const mostBits = 20
const leastBits = 10
/** Share of bits up to which a set is made smaller, and from which it says too little to be kept. */
const dense = 0.25
const full = 0.8

const folded = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte))

// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const beyondAscii = /[^\u0000-\u007f]/

const ofSix = (last: number, before: number) => {
  const mixed = Math.imul(last, 0x9e3779b1) ^ Math.imul(before, 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> (32 - mostBits)
}
const ofFour = (last: number) => {
  const mixed = Math.imul(last, 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39) >>> (32 - mostBits)
}

/** Calls with the number of each run. */
function eachRun(bytes: Uint8Array, heard: (run: number) => void): void {
  let [last, before] = [0, 0]
  for (let at = 0; at < bytes.length; at++) {
    before = ((before << 8) | (last >>> 24)) & 0xffff
    last = (last << 8) | (folded[bytes[at] as number] as number)
    if (at >= 3) heard(ofFour(last))
    if (at >= 5) heard(ofSix(last, before))
  }
}

/** The set of a text; empty where it would say too little. */
export function gramsOf(text: Buffer): { grams: Buffer; ascii: boolean } {
  let words = new Uint32Array(1 << (mostBits - 5))
  const add = (run: number) => {
    const word = run >>> 5
    words[word] = (words[word] as number) | (1 << (run & 31))
  }
  eachRun(text, add)
  const ascii = !beyondAscii.test(text.toString('latin1'))
  // Beyond ASCII a sign in lower case has other bytes, and sometimes another length.
  if (!ascii) eachRun(Buffer.from(text.toString('utf8').toLowerCase()), add)
  if (shareOf(words) > full) return { grams: Buffer.alloc(0), ascii }
  while (words.length > 1 << (leastBits - 5) && shareOf(words) < dense) words = halved(words)
  return { grams: Buffer.from(words.buffer, words.byteOffset, words.byteLength), ascii }
}

function shareOf(words: Uint32Array): number {
  let bits = 0
  for (let word of words) {
    word -= (word >>> 1) & 0x55555555
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
    bits += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
  return bits / (words.length * 32)
}

/** Half the size: the two bits whose numbers differ in the highest place become one. */
function halved(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const half = words.length / 2
  return Uint32Array.from({ length: half }, (_, at) => (words[at] as number) | (words[at + half] as number))
}

/** Whether a text with these runs may hold a literal in lower case. False is certain. */
export function mayHold({ grams, ascii }: { grams: Buffer; ascii: boolean }, literal: string): boolean {
  const isAscii = !beyondAscii.test(literal)
  // No sign of ASCII becomes one beyond it in lower case.
  if (ascii && !isAscii) return false
  // Half a sign has no bytes of its own.
  if (grams.length === 0 || !literal.isWellFormed()) return true
  const mask = grams.length * 8 - 1
  let may = true
  const ask = (run: number) => {
    const bit = run & mask
    may &&= ((grams[bit >>> 3] as number) & (1 << (bit & 7))) !== 0
  }
  eachRun(Buffer.from(literal), ask)
  return may
}
