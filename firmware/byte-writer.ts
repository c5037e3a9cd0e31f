// A growing byte buffer, to write file formats.

import type { Endian } from "./byte-reader.ts"

/** Appends fields in one byte order. */
export class ByteWriter {
  length = 0
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  readonly #little: boolean

  constructor(endian: Endian) {
    this.#little = endian === "little"
  }

  u32(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, this.#little)
  }

  u64(value: bigint): void {
    const at = this.#grow(8)
    this.#view.setBigUint64(at, value, this.#little)
  }

  append(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** Appends zeros up to a multiple of `alignment`. */
  align(alignment: number): void {
    this.#grow((alignment - (this.length % alignment)) % alignment)
  }

  /** A copy of the bytes written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }

  #grow(size: number): number {
    const at = this.length
    this.length += size
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}
