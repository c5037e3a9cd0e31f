// FCode programs under evaluation, and the table of FCode numbers (IEEE 1275-1994, section 5.3.3).

import type { DataSpace } from "../data-space.ts"
import { ForthError, THROW } from "../errors.ts"

/** Programs that load each other, at most. */
const MOST_STREAMS = 16
/** Numbers that a program may define: those from here to 0xfff. */
export const FIRST_PROGRAM_NUMBER = 0x800
const LAST_NUMBER = 0xfff

/** The name and number that the next definition of a program gets. */
export interface FcodeToken {
  readonly name: string
  readonly fcode: number
}

/** A program under evaluation: where it is read, and what it has defined. */
export interface FcodeStream {
  address: number
  /** Distance from one byte to the next. */
  stride: number
  hasWideOffsets: boolean
  readonly defined: Map<number, number>
  token: FcodeToken | undefined
}

/** The table of assigned FCode numbers, and a stack of programs: one may load another. */
export class FcodeStreams {
  readonly #memory: DataSpace
  readonly #assigned = new Map<number, number>()
  readonly #streams: FcodeStream[] = []

  constructor(memory: DataSpace) {
    this.#memory = memory
  }

  /** Programs under evaluation; cutting the number leaves the inner ones. */
  get depth(): number {
    return this.#streams.length
  }

  set depth(depth: number) {
    this.#streams.length = Math.max(0, Math.min(depth, this.#streams.length))
  }

  /** The program under evaluation. */
  get current(): FcodeStream {
    const stream = this.#streams.at(-1)
    if (!stream) throw new ForthError(THROW.BAD_FCODE, "No FCode program is under evaluation")
    return stream
  }

  /** Begins to read a program. */
  begin(address: number): void {
    if (this.#streams.length === MOST_STREAMS)
      throw new ForthError(THROW.BAD_FCODE, "FCode programs are nested too deep")
    const defined = new Map<number, number>()
    this.#streams.push({ address, stride: 1, hasWideOffsets: false, defined, token: undefined })
  }

  end(): void {
    this.#streams.pop()
  }

  /** Assigns an FCode number to a built-in word. */
  assign(fcode: number, xt: number): void {
    this.#assigned.set(fcode, xt)
  }

  /** Defines a number of the program under evaluation. */
  define(fcode: number, xt: number): void {
    if (fcode < 0 || fcode > LAST_NUMBER) throw new ForthError(THROW.BAD_FCODE)
    this.current.defined.set(fcode, xt)
  }

  /** The execution token of a number; an error if nothing has it. */
  xtOf(fcode: number): number {
    const xt = this.#streams.at(-1)?.defined.get(fcode) ?? this.#assigned.get(fcode)
    if (xt === undefined) throw new ForthError(THROW.BAD_FCODE, `FCode number ${fcode.toString(16)} is not assigned`)
    return xt
  }

  byte(): number {
    const stream = this.current
    const value = this.#memory.byte(stream.address)
    stream.address += stream.stride
    return value
  }

  word(): number {
    return (this.byte() << 8) | this.byte()
  }

  cell(): number {
    return (this.word() << 16) | this.word()
  }

  /** A number of one byte, or of two if the first is 1 to 0x0f. */
  number(): number {
    const first = this.byte()
    return first > 0 && first < 0x10 ? (first << 8) | this.byte() : first
  }

  /** A counted string. */
  string(): Uint8Array {
    return Uint8Array.from({ length: this.byte() }, () => this.byte())
  }

  /** A branch offset; `jump` counts it from its own first byte. */
  offset(): { readonly value: number; jump(): void } {
    const stream = this.current
    const start = stream.address
    const value = stream.hasWideOffsets ? (this.word() << 16) >> 16 : (this.byte() << 24) >> 24
    return { value, jump: () => void (stream.address = start + value * stream.stride) }
  }
}
