/** A growing list of row numbers in the order of the timeline. */
export class Slots {
  #array = new Uint32Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  at(place: number): number {
    return this.#array[place] as number
  }

  slice(from: number, to: number): Uint32Array {
    return this.#array.subarray(Math.max(0, from), Math.min(to, this.#length))
  }

  push(slot: number): void {
    this.#room(1)
    this.#array[this.#length++] = slot
  }

  /** Puts rows that are in order among themselves into their places. What lies before the first of them is not touched. */
  merge(fresh: ArrayLike<number>, compare: (a: number, b: number) => number): void {
    if (fresh.length === 0) return
    this.#room(fresh.length)
    const array = this.#array
    let old = this.#length - 1
    let next = fresh.length - 1
    let place = this.#length + fresh.length - 1
    this.#length += fresh.length
    while (next >= 0) {
      if (old >= 0 && compare(array[old] as number, fresh[next] as number) > 0) array[place--] = array[old--] as number
      else array[place--] = fresh[next--] as number
    }
  }

  /** Leaves only the rows that pass. */
  keep(passes: (slot: number) => boolean): void {
    const array = this.#array
    let length = 0
    for (let place = 0; place < this.#length; place++) {
      const slot = array[place] as number
      if (passes(slot)) array[length++] = slot
    }
    this.#length = length
  }

  clear(): void {
    this.#length = 0
  }

  #room(more: number): void {
    if (this.#length + more <= this.#array.length) return
    const larger = new Uint32Array(Math.max(this.#length + more, this.#array.length * 2))
    larger.set(this.#array.subarray(0, this.#length))
    this.#array = larger
  }
}
