// RAM as clients pass it to the firmware: every pointer is checked before it is followed.

import { asciiText } from "../../byte-reader.ts"
import type { PhysicalMemory } from "../ports.ts"

/** A pointer that does not lead to RAM, or a string without an end. */
export class WildPointer extends Error {
  constructor(address: number) {
    super(`Address 0x${(address >>> 0).toString(16)} does not lead to RAM, or to text without an end.`)
  }
}

/** Characters of a string that a client passes, at most. */
const MAX_TEXT = 65_536
const FIRST_CHUNK = 24
const CHUNK = 256

/** Checked access to RAM; each method throws WildPointer outside it. */
export class ClientMemory {
  readonly #memory: PhysicalMemory

  constructor(memory: PhysicalMemory) {
    this.#memory = memory
  }

  /** Bytes of RAM. */
  get size(): number {
    return this.#memory.size
  }

  /** Whether a range lies in RAM. */
  contains(address: number, length: number): boolean {
    return address >= 0 && length >= 0 && address + length <= this.#memory.size
  }

  bytes(address: number, length: number): Uint8Array {
    this.#check(address, length)
    return length === 0 ? new Uint8Array(0) : this.#memory.read(address, length)
  }

  setBytes(address: number, bytes: Uint8Array): void {
    this.#check(address, bytes.length)
    if (bytes.length > 0) this.#memory.write(address, bytes)
  }

  u32(address: number): number {
    this.#check(address, 4)
    if ((address & 3) === 0) return this.#memory.load(address, 4)
    const bytes = this.#memory.read(address, 4)
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  }

  setU32(address: number, value: number): void {
    this.#check(address, 4)
    if ((address & 3) === 0) {
      this.#memory.store(address, 4, value)
      return
    }
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, value)
    this.#memory.write(address, bytes)
  }

  /** The NUL-terminated text at an address, one character for each byte. */
  text(address: number): string {
    let text = ""
    // Most texts are short: the first look takes few bytes.
    for (let chunk = FIRST_CHUNK; text.length < MAX_TEXT; chunk = CHUNK) {
      const at = address + text.length
      const bytes = this.bytes(at, Math.min(chunk, Math.max(1, this.#memory.size - at)))
      const end = bytes.indexOf(0)
      text += asciiText(end < 0 ? bytes : bytes.subarray(0, end))
      if (end >= 0) return text
    }
    throw new WildPointer(address)
  }

  /** As many cells from an address on as RAM has, up to `count`. */
  cells(address: number, count: number): number[] {
    const possible = Math.min(count, Math.floor(Math.max(0, this.#memory.size - address) / 4))
    const bytes = this.bytes(address, possible * 4)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Array.from({ length: possible }, (_, i) => view.getUint32(i * 4))
  }

  /** Fills a range with zeros. */
  clear(address: number, length: number): void {
    this.#check(address, length)
    this.#memory.clear(address, length)
  }

  #check(address: number, length: number): void {
    if (!this.contains(address, length)) throw new WildPointer(address)
  }
}
