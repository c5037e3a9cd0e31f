// The input source of the text interpreter and how it is cut into words (IEEE 1275-1994, section 7.3.4.6).

import { CELL } from "./data-space.ts"
import { ForthError, THROW } from "./errors.ts"
import type { Forth } from "./forth.ts"
import { LINE_BYTES } from "./terminal.ts"

/** Strings that are typed outside of definitions live until this many later ones. */
const STRING_BUFFERS = 8
const STRING_BYTES = LINE_BYTES

const PAD_BYTES = 256

const isSpace = (char: number) => char <= 32

/** A string in memory. */
export interface MemoryString {
  readonly address: number
  readonly length: number
}

/** The text under interpretation: a range of memory, and the offset of what comes next. */
export class Input {
  readonly #forth: Forth
  /** Where lines that are typed are kept. */
  readonly lineBuffer: number
  readonly #strings: number
  #nextString = 0
  /** A buffer that belongs to the user (`pad`). */
  readonly pad: number
  address = 0
  length = 0

  constructor(forth: Forth) {
    this.#forth = forth
    const { memory } = forth
    this.lineBuffer = memory.here
    memory.allot(LINE_BYTES)
    this.#strings = memory.here
    memory.allot(STRING_BUFFERS * STRING_BYTES)
    this.pad = memory.here
    memory.allot(PAD_BYTES)
  }

  get offset(): number {
    return this.#forth.memory.slot(">in")
  }

  set offset(offset: number) {
    this.#forth.memory.setSlot(">in", offset)
  }

  set(address: number, length: number, offset: number): void {
    this.address = address
    this.length = length
    this.offset = offset
  }

  /** Makes a line of text the input. */
  setLine(line: string): void {
    this.#forth.memory.setText(this.lineBuffer, line)
    this.set(this.lineBuffer, line.length, 0)
  }

  /** The next character without taking it; undefined at the end. */
  peek(): number | undefined {
    const { offset } = this
    return offset >>> 0 < this.length ? this.#forth.memory.byte(this.address + offset) : undefined
  }

  /** Takes the next character. */
  next(): number | undefined {
    const char = this.peek()
    if (char !== undefined) this.offset += 1
    return char
  }

  skipSpaces(): void {
    for (let char = this.peek(); char !== undefined && isSpace(char); char = this.peek()) this.offset += 1
  }

  /** Takes text up to a delimiter and the delimiter itself. The delimiter " " stands for all white space. */
  parse(delimiter: number): MemoryString {
    const address = this.address + this.offset
    let length = 0
    for (let char = this.next(); char !== undefined; char = this.next()) {
      if (delimiter === 32 ? isSpace(char) : char === delimiter) break
      length++
    }
    return { address, length }
  }

  /** Takes the next word; its length is 0 at the end. */
  parseWord(): MemoryString {
    this.skipSpaces()
    return this.parse(32)
  }

  /** Takes the next word as text; "" at the end. */
  word(): string {
    const { address, length } = this.parseWord()
    return this.#forth.memory.text(address, length)
  }

  /** Takes a word that must be there. */
  name(): string {
    const name = this.word()
    if (name === "") throw new ForthError(THROW.MISSING_NAME)
    return name
  }

  /** Takes the rest of the line. */
  skipLine(): void {
    for (let char = this.next(); char !== undefined && char !== 10 && char !== 13; ) char = this.next()
  }

  /** Copies text into the next of the buffers for strings. */
  keepString(bytes: ArrayLike<number>): MemoryString {
    if (bytes.length > STRING_BYTES - CELL) throw new ForthError(THROW.STRING_TOO_LONG)
    const address = this.#strings + this.#nextString * STRING_BYTES
    this.#nextString = (this.#nextString + 1) % STRING_BUFFERS
    for (let i = 0; i < bytes.length; i++) this.#forth.memory.setByte(address + i, bytes[i]!)
    this.#forth.memory.setByte(address + bytes.length, 0)
    return { address, length: bytes.length }
  }
}
