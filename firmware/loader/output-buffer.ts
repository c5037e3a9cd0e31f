// Collects unpacked data under a bound, so that a small file cannot ask for endless memory.

import { ImageError, sizeText } from "../image-error.ts"

/** Chunks in order; ImageError beyond `limit` bytes. */
export class OutputBuffer {
  length = 0
  readonly #chunks: Uint8Array[] = []
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Keeps `chunk` itself, not a copy. */
  append(chunk: Uint8Array): void {
    this.length += chunk.length
    if (this.length > this.#limit) {
      throw new ImageError(
        `The compressed image unpacks to more than ${sizeText(this.#limit)}; unpack it yourself if that is right.`,
      )
    }
    if (chunk.length > 0) this.#chunks.push(chunk)
  }

  /** All chunks in one array. */
  finish(): Uint8Array {
    const all = new Uint8Array(this.length)
    let at = 0
    for (const chunk of this.#chunks) {
      all.set(chunk, at)
      at += chunk.length
    }
    return all
  }
}
