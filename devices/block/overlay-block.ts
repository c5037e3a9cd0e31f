// Copy on write: an image that stays as it is, under the writes of one run.
import type { BlockPort } from "../kit/index.ts"

/** Bytes that are copied when one of them is first written. */
const CHUNK = 64 * 1024

/** A writable block device over one that is only read; what is written stays in memory and goes with it. */
export class OverlayBlock implements BlockPort {
  readonly isReadOnly = false
  readonly #base: BlockPort
  /** What was written, by the number of its chunk. */
  readonly #chunks = new Map<number, Uint8Array>()

  constructor(base: BlockPort) {
    this.#base = base
  }

  get size(): number {
    return this.#base.size
  }

  read(offset: number, into: Uint8Array): boolean {
    return this.#pieces(offset, into.length, (chunk, within, done, length) => {
      const piece = into.subarray(done, done + length)
      const written = this.#chunks.get(chunk)
      if (!written) return this.#base.read(chunk * CHUNK + within, piece)
      piece.set(written.subarray(within, within + length))
      return true
    })
  }

  write(offset: number, from: Uint8Array): boolean {
    return this.#pieces(offset, from.length, (chunk, within, done, length) => {
      const copy = this.#chunks.get(chunk) ?? this.#copy(chunk)
      copy?.set(from.subarray(done, done + length), within)
      return copy !== undefined
    })
  }

  flush(): boolean {
    return true
  }

  #copy(chunk: number): Uint8Array | undefined {
    const at = chunk * CHUNK
    const copy = new Uint8Array(Math.min(CHUNK, this.size - at))
    if (!this.#base.read(at, copy)) return undefined
    this.#chunks.set(chunk, copy)
    return copy
  }

  /** Calls `each` for every piece of a range that lies in one chunk, until one fails. */
  #pieces(
    offset: number,
    bytes: number,
    each: (chunk: number, within: number, done: number, length: number) => boolean,
  ): boolean {
    if (offset + bytes > this.size) return false
    for (let done = 0; done < bytes; ) {
      const chunk = Math.floor((offset + done) / CHUNK)
      const within = offset + done - chunk * CHUNK
      const length = Math.min(bytes - done, CHUNK - within)
      if (!each(chunk, within, done, length)) return false
      done += length
    }
    return true
  }
}
