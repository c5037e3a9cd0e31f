// What a decompressor writes: bytes in one buffer, from which matches copy, under a bound.

import { ImageError, sizeText } from "../image-error.ts"
import { damaged } from "./damaged.ts"

const FIRST_BYTES = 64 * 1024

/** Unpacked bytes in order; ImageError beyond `limit` bytes, so that a small file cannot ask for endless memory. */
export class Output {
  length = 0
  /** Offset of the first byte that a match may copy: where the current frame begins. */
  start = 0
  readonly #limit: number
  readonly #what: string
  #bytes: Uint8Array

  /** `what` names the file in messages ("gzip file"). */
  constructor(limit: number, what: string) {
    this.#limit = limit
    this.#what = what
    this.#bytes = new Uint8Array(Math.min(limit, FIRST_BYTES))
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.length++] = value
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Appends `count` bytes of `from`, which holds them; for a few bytes this is faster than a view of them. */
  appendPart(from: Uint8Array, at: number, count: number): void {
    if (count > 64) {
      this.append(from.subarray(at, at + count))
      return
    }
    if (this.length + count > this.#bytes.length) this.#grow(count)
    for (let n = 0; n < count; n++) this.#bytes[this.length + n] = from[at + n]!
    this.length += count
  }

  fill(value: number, count: number): void {
    if (this.length + count > this.#bytes.length) this.#grow(count)
    this.#bytes.fill(value, this.length, this.length + count)
    this.length += count
  }

  /** Repeats `count` bytes from `distance` bytes back, which may overlap what they become. */
  copy(distance: number, count: number): void {
    const from = this.length - distance
    if (!(distance > 0 && from >= this.start)) throw damaged(this.#what)
    if (this.length + count > this.#bytes.length) this.#grow(count)
    const bytes = this.#bytes
    const at = this.length
    if (distance >= count && count > 16) bytes.copyWithin(at, from, from + count)
    else for (let n = 0; n < count; n++) bytes[at + n] = bytes[from + n]!
    this.length = at + count
  }

  /** The byte that many bytes back; 0 before the first one. */
  back(distance: number): number {
    return this.length - distance >= this.start ? this.#bytes[this.length - distance]! : 0
  }

  /** A view of what was written from an offset on; it is stale after the next write. */
  since(offset: number): Uint8Array {
    return this.#bytes.subarray(offset, this.length)
  }

  /** All bytes. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }

  #grow(count: number): void {
    const needed = this.length + count
    if (needed > this.#limit) {
      throw new ImageError(
        `The compressed image unpacks to more than ${sizeText(this.#limit)}; give the machine more memory, or unpack it yourself.`,
      )
    }
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, 2 * this.#bytes.length)))
    larger.set(this.#bytes.subarray(0, this.length))
    this.#bytes = larger
  }
}
