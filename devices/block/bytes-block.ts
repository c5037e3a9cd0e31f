// An image that stands in the host's memory, as a browser or the library has it.
import type { BlockPort } from "../kit/index.ts"

/** A block device of bytes; writes are refused, unless `isReadOnly` is false: then they change the bytes. */
export class BytesBlock implements BlockPort {
  readonly isReadOnly: boolean
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, { isReadOnly = true } = {}) {
    this.#bytes = bytes
    this.isReadOnly = isReadOnly
  }

  get size(): number {
    return this.#bytes.length
  }

  read(offset: number, into: Uint8Array): boolean {
    if (offset + into.length > this.size) return false
    into.set(this.#bytes.subarray(offset, offset + into.length))
    return true
  }

  write(offset: number, from: Uint8Array): boolean {
    if (this.isReadOnly || offset + from.length > this.size) return false
    this.#bytes.set(from, offset)
    return true
  }

  flush(): boolean {
    return true
  }
}
