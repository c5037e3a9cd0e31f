// Memory as Forth words see it: guest memory by address, and the data space with its dictionary and its heap.

import { ForthError, hexAddress, THROW } from "./errors.ts"
import { Heap } from "./heap.ts"
import type { MemoryPort } from "./ports.ts"

/** Bytes of a cell. */
export const CELL = 4

/** Bytes from an execution token, the address of a code field, to the parameter field. */
export const BODY = CELL

/** Where code and data are laid down: from `here` up to `limit`. */
export interface Region {
  here: number
  limit: number
}

/** The smallest data space that holds the built-in words and leaves room to work. */
export const MIN_DATA_SPACE = 256 * 1024

/** Bytes of a string or of a property's value. */
const MOST_BYTES = 128 * 1024

/** Variables of the system, in order at the start of the data space. */
const SLOTS = ["state", "base", ">in", "#out", "#line", "span", "state-valid", "mask"] as const

/** Name of a variable of the system. */
export type Slot = (typeof SLOTS)[number]

/** Guest memory, and the part of it that belongs to the engine. The lower half is the dictionary, the upper half the heap. */
export class DataSpace {
  readonly base: number
  readonly end: number
  readonly heap: Heap
  readonly #port: MemoryPort
  /** The dictionary's region, or a temporary one while a structure outside of a definition is compiled. */
  region: Region

  constructor(port: MemoryPort, base: number, size: number) {
    if (size < MIN_DATA_SPACE || base % CELL !== 0) {
      throw new RangeError(`Forth needs ${MIN_DATA_SPACE} bytes of aligned data space.`)
    }
    this.#port = port
    this.base = base
    this.end = base + (size & ~7)
    const middle = base + ((size >>> 1) & ~7)
    this.region = { here: base + SLOTS.length * CELL, limit: middle }
    this.heap = new Heap(middle, this.end - middle)
  }

  byte(address: number): number {
    return this.#read(address >>> 0, 1)
  }

  /** Two bytes, unsigned; PowerPC needs no alignment. */
  word(address: number): number {
    const at = address >>> 0
    return at & 1 ? (this.byte(at) << 8) | this.byte(at + 1) : this.#read(at, 2)
  }

  /** Four bytes, signed. */
  cell(address: number): number {
    const at = address >>> 0
    return at & 3 ? (this.word(at) << 16) | this.word(at + 2) : this.#read(at, 4) | 0
  }

  setByte(address: number, value: number): void {
    this.#write(address >>> 0, 1, value & 0xff)
  }

  setWord(address: number, value: number): void {
    const at = address >>> 0
    if (!(at & 1)) {
      this.#write(at, 2, value & 0xffff)
      return
    }
    this.setByte(at, value >>> 8)
    this.setByte(at + 1, value)
  }

  setCell(address: number, value: number): void {
    const at = address >>> 0
    if (!(at & 3)) {
      this.#write(at, 4, value >>> 0)
      return
    }
    this.setWord(at, value >>> 16)
    this.setWord(at + 2, value)
  }

  bytes(address: number, length: number): Uint8Array {
    this.checkLength(length)
    return Uint8Array.from({ length }, (_, i) => this.byte(address + i))
  }

  setBytes(address: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.setByte(address + i, bytes[i]!)
  }

  /** A string, one character per byte. */
  text(address: number, length: number): string {
    this.checkLength(length)
    let text = ""
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.byte(address + i))
    return text
  }

  /** Stores the characters of a string, the low byte of each. */
  setText(address: number, text: string): void {
    for (let i = 0; i < text.length; i++) this.setByte(address + i, text.charCodeAt(i))
  }

  /** Address of a variable of the system. */
  slotAddress(slot: Slot): number {
    return this.base + SLOTS.indexOf(slot) * CELL
  }

  slot(slot: Slot): number {
    return this.cell(this.slotAddress(slot))
  }

  setSlot(slot: Slot, value: number): void {
    this.setCell(this.slotAddress(slot), value)
  }

  get here(): number {
    return this.region.here
  }

  /** Whether an address can hold a cell of code or data of the engine. */
  isOwnCell(address: number): boolean {
    return address >= this.base && address < this.end && (address & 3) === 0
  }

  /** Reserves (or gives back, if negative) bytes at `here`. */
  allot(bytes: number): void {
    const next = this.region.here + bytes
    if (next > this.region.limit || next < this.base) throw new ForthError(THROW.DICTIONARY_FULL)
    this.region.here = next
  }

  align(): void {
    this.allot(-this.region.here & (CELL - 1))
  }

  /** Lays down a cell. */
  comma(value: number): void {
    const at = this.region.here
    this.allot(CELL)
    this.setCell(at, value)
  }

  /** Lays down bytes and returns their address. */
  commaBytes(bytes: Uint8Array): number {
    const at = this.region.here
    this.allot(bytes.length)
    this.setBytes(at, bytes)
    return at
  }

  /** An error for text or data that is longer than the host handles at once. */
  checkLength(length: number): void {
    if (length < 0 || length > MOST_BYTES) throw new ForthError(THROW.STRING_TOO_LONG)
  }

  #read(address: number, bytes: 1 | 2 | 4): number {
    const value = this.#port.read(address, bytes)
    if (value === undefined) throw badAddress(address)
    return value
  }

  #write(address: number, bytes: 1 | 2 | 4, value: number): void {
    if (!this.#port.write(address, bytes, value)) throw badAddress(address)
  }
}

const badAddress = (address: number) =>
  new ForthError(THROW.BAD_ADDRESS, `Nothing answers at address ${hexAddress(address)}`)
