/**
 * What one request carries: with its header four packets of a channel, where OpenSSH takes up to 256 KiB. A server that takes
 * less gets it in pieces.
 */
export const part = 128 * 1024 - 100

/** The same bytes in parts of that size, but for the last. */
export async function* inParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    let from = 0
    for (; from + part <= bytes.length; from += part) yield bytes.subarray(from, from + part)
    rest = bytes.subarray(from)
  }
  if (rest.length > 0) yield rest
}
