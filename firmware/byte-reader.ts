// Bounds-checked reading of an image file in either byte order.

import { hex, ImageError } from "./image-error.ts"

/** Byte order of multi-byte fields. */
export type Endian = "little" | "big"

/** Reads fields of a file; an access beyond its end throws an ImageError that names the file and the field. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly length: number
  readonly #view: DataView
  readonly #what: string
  readonly #little: boolean

  /** `what` names the file in messages ("ELF file"). */
  constructor(bytes: Uint8Array, what: string, endian: Endian) {
    // A subclass may override slice: the one of Node's Buffer does not copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.length = bytes.length
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#what = what
    this.#little = endian === "little"
  }

  /** Throws ImageError unless `size` bytes at `offset` lie inside the file. */
  require(offset: number, size: number, field: string): void {
    if (Number.isSafeInteger(offset) && Number.isSafeInteger(size) && offset >= 0 && size >= 0) {
      if (offset + size <= this.length) return
    }
    throw new ImageError(
      `${this.#what} is truncated or damaged: its ${field} needs ${hex(size)} bytes at offset ${hex(offset)}, ` +
        `but the file has ${hex(this.length)}; get the file again.`,
    )
  }

  u8(offset: number, field: string): number {
    this.require(offset, 1, field)
    return this.#view.getUint8(offset)
  }

  u16(offset: number, field: string): number {
    this.require(offset, 2, field)
    return this.#view.getUint16(offset, this.#little)
  }

  u32(offset: number, field: string): number {
    this.require(offset, 4, field)
    return this.#view.getUint32(offset, this.#little)
  }

  u64(offset: number, field: string): bigint {
    this.require(offset, 8, field)
    return this.#view.getBigUint64(offset, this.#little)
  }

  /** A 64-bit field that counts bytes of this file; ImageError if no file can be so large. */
  offset64(offset: number, field: string): number {
    const value = this.u64(offset, field)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new ImageError(
        `${this.#what} is damaged: its ${field} is ${hex(value)}, beyond any file; get the file again.`,
      )
    }
    return Number(value)
  }

  /** A view (not a copy) of `size` bytes. */
  slice(offset: number, size: number, field: string): Uint8Array {
    this.require(offset, size, field)
    return this.bytes.subarray(offset, offset + size)
  }

  /** The bytes before the first NUL of a fixed-size field, one character per byte. */
  text(offset: number, size: number, field: string): string {
    const bytes = this.slice(offset, size, field)
    const end = bytes.indexOf(0)
    return asciiText(end < 0 ? bytes : bytes.subarray(0, end))
  }

  /** The NUL-terminated text at `offset`; ImageError without a NUL within `limit` bytes. */
  cString(offset: number, limit: number, field: string): string {
    this.require(offset, 1, field)
    const window = this.bytes.subarray(offset, Math.min(this.length, offset + limit))
    const end = window.indexOf(0)
    if (end < 0) {
      throw new ImageError(
        `${this.#what} is damaged: its ${field} at offset ${hex(offset)} has no end; get the file again.`,
      )
    }
    return asciiText(window.subarray(0, end))
  }
}

/** Decodes any bytes as text of one character per byte. */
export function asciiText(bytes: Uint8Array): string {
  // Text grown by single characters would take 32 bytes for each of them.
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += PIECE) {
    pieces.push(Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + PIECE)))
  }
  return pieces.length === 1 ? pieces[0]! : pieces.join("")
}

/** Characters that are made at once: fewer than a call may have arguments. */
const PIECE = 4096
