// Repeatable pseudo-random numbers for tests: sfc32, seeded through splitmix32.

/** A stream of pseudo-random numbers that depends only on its seed. */
export class Random {
  #a = 0
  #b = 0
  #c = 0
  #counter = 1

  /** Starts the stream of `seed` (any 32-bit integer). */
  constructor(seed: number) {
    let mixed = seed | 0
    const next = (): number => {
      mixed = (mixed + 0x9e37_79b9) | 0
      let z = mixed
      z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
      return z ^ (z >>> 15)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    for (let i = 0; i < 12; i++) this.u32()
  }

  /** The next number, 0 to 2³² − 1. */
  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** An integer from 0 to `limit` − 1; `limit` is 1 to 2³². */
  below(limit: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * limit)
  }

  /** True in `percent` of 100 calls. */
  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  /** One element of a non-empty list. */
  pick<T>(list: readonly [T, ...T[]] | ArrayLike<T>): T {
    return list[this.below(list.length)] as T
  }

  /** Fills `bytes` with random bytes. */
  fill(bytes: Uint8Array): void {
    let i = 0
    for (; i + 4 <= bytes.length; i += 4) {
      const word = this.u32()
      bytes[i] = word
      bytes[i + 1] = word >>> 8
      bytes[i + 2] = word >>> 16
      bytes[i + 3] = word >>> 24
    }
    for (; i < bytes.length; i++) bytes[i] = this.u32()
  }

  /** A separate stream, so that draws from one do not shift the other. */
  fork(): Random {
    return new Random(this.u32())
  }
}
