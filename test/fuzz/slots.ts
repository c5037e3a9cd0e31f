// A program under construction: a row of pieces of code, some of which need the addresses of others.

import { encodeFields, settleFields, type Word } from "../../cpu/isa/encode.ts"
import type { Instruction } from "../../cpu/isa/index.ts"

/** Addresses of a program's pieces, in bytes from its start. */
export type Places = {
  /** Address of the piece itself. */
  readonly here: number
  /** Address of a piece by number; beyond the last, the end of the program. */
  of(piece: number): number
  /** Address of the first piece, from that number on, to which a branch may go. */
  landing(piece: number): number
}

/** A piece of code: its size in bytes and its contents. */
export type Piece = { readonly bytes: 2 | 4; readonly code: (places: Places) => number }

/** A program as a row of pieces. A piece of 4 bytes holds a word; in Thumb code its high half comes first. */
export class Slots {
  readonly thumb: boolean
  readonly #pieces: Piece[] = []
  /** Pieces that depend on the one before. */
  readonly #dependent = new Set<number>()

  constructor(thumb: boolean) {
    this.thumb = thumb
  }

  /** Number of pieces so far, which is the number of the next one. */
  get count(): number {
    return this.#pieces.length
  }

  /** Bytes so far. */
  get length(): number {
    return this.#pieces.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  add(bytes: 2 | 4, code: Piece["code"]): void {
    this.#pieces.push({ bytes, code })
  }

  /** Keeps together the pieces that `add` adds: branches from elsewhere go to the first or past the last. */
  together<T>(add: () => T): T {
    const first = this.count
    const result = add()
    for (let n = first + 1; n < this.count; n++) this.#dependent.add(n)
    return result
  }

  /** Adds an encoded instruction. */
  word(instruction: Instruction, { word }: Word): void {
    this.add(instruction.vocabulary.bits === 16 ? 2 : 4, () => word)
  }

  /** Adds an instruction whose fields depend on addresses. */
  late(instruction: Instruction, fields: (places: Places) => Record<string, number>): void {
    this.add(
      instruction.vocabulary.bits === 16 ? 2 : 4,
      (places) => encodeFields(instruction, settleFields(instruction, fields(places))).word,
    )
  }

  /** The program's bytes. */
  build(): Uint8Array {
    const starts: number[] = []
    let length = 0
    for (const { bytes } of this.#pieces) {
      starts.push(length)
      length += bytes
    }
    const of = (piece: number): number => starts[piece] ?? length
    const landing = (piece: number): number => {
      let target = piece
      while (this.#dependent.has(target)) target++
      return of(target)
    }
    const view = new DataView(new ArrayBuffer(length))
    this.#pieces.forEach(({ bytes, code }, n) => {
      const here = starts[n]!
      const word = code({ here, of, landing })
      if (bytes === 2) view.setUint16(here, word, true)
      else if (this.thumb) {
        view.setUint16(here, word >>> 16, true)
        view.setUint16(here + 2, word, true)
      } else view.setUint32(here, word, true)
    })
    return new Uint8Array(view.buffer)
  }
}
