// .lzma files (LZMA specification, 2015): a header of 13 bytes and one stream of LZMA, without any checksum.

import { ByteReader } from "../byte-reader.ts"
import { damaged, isPadding } from "./damaged.ts"
import { Output } from "./output.ts"

const WHAT = "lzma file"
const HEADER_BYTES = 13
const UNKNOWN_SIZE = 0xffff_ffff_ffff_ffffn

const HALF = 1024
const STATES = 12
const FIRST_MATCH_STATE = 7
const LENGTH_STATES = 4
const ALIGN_BITS = 4
const END_POSITION_MODEL = 14

/** Unpacks an lzma file; ImageError if damaged or larger than `limit` bytes. */
export function unlzma(bytes: Uint8Array, limit: number): Uint8Array {
  const out = new Output(limit, WHAT)
  const file = new ByteReader(bytes, WHAT, "little")
  const properties = file.u8(0, "header")
  const dictionary = file.u32(1, "header")
  const size = file.u64(5, "header")
  if (properties >= 225) throw damaged(WHAT)
  const end = new Decoder(bytes, properties, dictionary, out).run(size === UNKNOWN_SIZE ? undefined : Number(size))
  if (!isPadding(bytes, end, out.length)) throw damaged(WHAT)
  return out.finish()
}

/** Probabilities of bits being 0, in parts of 2048. */
const evenly = (count: number) => new Uint16Array(count).fill(HALF)

/** The lengths of matches or of repeated ones. */
class LengthModel {
  readonly choices = evenly(2)
  readonly low: Uint16Array[]
  readonly middle: Uint16Array[]
  readonly high = evenly(256)

  constructor(positions: number) {
    this.low = Array.from({ length: positions }, () => evenly(8))
    this.middle = Array.from({ length: positions }, () => evenly(8))
  }
}

class Decoder {
  readonly #bytes: Uint8Array
  readonly #out: Output
  readonly #dictionary: number
  readonly #contextBits: number
  readonly #literalPositionMask: number
  readonly #positionMask: number
  #at: number
  #range = 0xffff_ffff
  #code = 0

  readonly #literals: Uint16Array
  readonly #isMatch: Uint16Array
  readonly #isRepeat = evenly(STATES)
  readonly #isRepeat0 = evenly(STATES)
  readonly #isRepeat1 = evenly(STATES)
  readonly #isRepeat2 = evenly(STATES)
  readonly #isLongRepeat0: Uint16Array
  readonly #slots = Array.from({ length: LENGTH_STATES }, () => evenly(64))
  readonly #reversed = evenly(1 + 128 - END_POSITION_MODEL)
  readonly #align = evenly(1 << ALIGN_BITS)
  readonly #lengths: LengthModel
  readonly #repeatLengths: LengthModel

  constructor(bytes: Uint8Array, properties: number, dictionary: number, out: Output) {
    this.#bytes = bytes
    this.#out = out
    this.#dictionary = Math.max(4096, dictionary)
    this.#contextBits = properties % 9
    const rest = Math.floor(properties / 9)
    const literalPositionBits = rest % 5
    const positionBits = Math.floor(rest / 5)
    this.#literalPositionMask = (1 << literalPositionBits) - 1
    this.#positionMask = (1 << positionBits) - 1
    this.#literals = evenly(0x300 << (this.#contextBits + literalPositionBits))
    this.#isMatch = evenly(STATES << 4)
    this.#isLongRepeat0 = evenly(STATES << 4)
    this.#lengths = new LengthModel(1 << positionBits)
    this.#repeatLengths = new LengthModel(1 << positionBits)
    // The first byte of the range coder is always 0.
    if (bytes.length < HEADER_BYTES + 5 || bytes[HEADER_BYTES] !== 0) throw damaged(WHAT)
    for (let n = 1; n <= 4; n++) this.#code = ((this.#code << 8) | bytes[HEADER_BYTES + n]!) >>> 0
    this.#at = HEADER_BYTES + 5
    if (this.#code === this.#range) throw damaged(WHAT)
  }

  /** Unpacks to a size, or to the mark of the end; gives the offset behind the stream. */
  run(size: number | undefined): number {
    const out = this.#out
    let state = 0
    let [rep0, rep1, rep2, rep3] = [0, 0, 0, 0]
    for (;;) {
      // With a size, the mark of the end may follow or not.
      if (size === out.length && this.#code === 0) {
        this.#normalise()
        if (this.#code === 0) return this.#at
      }
      const position = out.length & this.#positionMask
      if (this.#bit(this.#isMatch, (state << 4) + position) === 0) {
        if (size === out.length) throw damaged(WHAT)
        out.byte(this.#literal(state, rep0))
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
        continue
      }
      let length: number
      if (this.#bit(this.#isRepeat, state) === 0) {
        ;[rep3, rep2, rep1] = [rep2, rep1, rep0]
        length = this.#length(this.#lengths, position)
        rep0 = this.#distance(length)
        state = state < FIRST_MATCH_STATE ? 7 : 10
        if (rep0 === 0xffff_ffff) {
          this.#normalise()
          if (this.#code !== 0 || (size !== undefined && size !== out.length)) throw damaged(WHAT)
          return this.#at
        }
      } else {
        if (out.length === 0) throw damaged(WHAT)
        if (this.#bit(this.#isRepeat0, state) === 0) {
          if (this.#bit(this.#isLongRepeat0, (state << 4) + position) === 0) {
            if (size === out.length) throw damaged(WHAT)
            state = state < FIRST_MATCH_STATE ? 9 : 11
            this.#copy(rep0, 1)
            continue
          }
        } else if (this.#bit(this.#isRepeat1, state) === 0) {
          ;[rep0, rep1] = [rep1, rep0]
        } else if (this.#bit(this.#isRepeat2, state) === 0) {
          ;[rep0, rep1, rep2] = [rep2, rep0, rep1]
        } else {
          ;[rep0, rep1, rep2, rep3] = [rep3, rep0, rep1, rep2]
        }
        length = this.#length(this.#repeatLengths, position)
        state = state < FIRST_MATCH_STATE ? 8 : 11
      }
      if (size !== undefined && out.length + length + 2 > size) throw damaged(WHAT)
      this.#copy(rep0, length + 2)
    }
  }

  #copy(distance: number, count: number): void {
    if (distance >= this.#dictionary) throw damaged(WHAT)
    this.#out.copy(distance + 1, count)
  }

  #normalise(): void {
    if (this.#range >= 0x100_0000) return
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw damaged(WHAT)
    this.#range = (this.#range << 8) >>> 0
    this.#code = ((this.#code << 8) | byte) >>> 0
  }

  #bit(probabilities: Uint16Array, index: number): number {
    this.#normalise()
    const probability = probabilities[index]!
    const bound = (this.#range >>> 11) * probability
    if (this.#code < bound) {
      this.#range = bound
      probabilities[index] = probability + ((2048 - probability) >> 5)
      return 0
    }
    this.#range -= bound
    this.#code -= bound
    probabilities[index] = probability - (probability >> 5)
    return 1
  }

  /** Bits that are 0 or 1 with equal probability. */
  #direct(count: number): number {
    let value = 0
    for (let n = 0; n < count; n++) {
      this.#normalise()
      this.#range >>>= 1
      const bit = this.#code >= this.#range ? 1 : 0
      if (bit) this.#code -= this.#range
      value = value * 2 + bit
    }
    return value
  }

  #tree(probabilities: Uint16Array, bits: number): number {
    let node = 1
    for (let n = 0; n < bits; n++) node = (node << 1) | this.#bit(probabilities, node)
    return node - (1 << bits)
  }

  /** A tree whose lowest bit comes first; its node 1 is at `base` + 1. */
  #reverseTree(probabilities: Uint16Array, base: number, bits: number): number {
    let node = 1
    let value = 0
    for (let n = 0; n < bits; n++) {
      const bit = this.#bit(probabilities, base + node)
      node = (node << 1) | bit
      value |= bit << n
    }
    return value
  }

  #literal(state: number, rep0: number): number {
    const out = this.#out
    const before = out.back(1)
    const context =
      ((out.length & this.#literalPositionMask) << this.#contextBits) + (before >> (8 - this.#contextBits))
    const base = 0x300 * context
    let symbol = 1
    if (state >= FIRST_MATCH_STATE) {
      let matched = out.back(rep0 + 1)
      do {
        const expected = (matched >> 7) & 1
        matched <<= 1
        const bit = this.#bit(this.#literals, base + ((1 + expected) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (bit !== expected) break
      } while (symbol < 0x100)
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(this.#literals, base + symbol)
    return symbol & 0xff
  }

  /** A length, less 2. */
  #length(model: LengthModel, position: number): number {
    if (this.#bit(model.choices, 0) === 0) return this.#tree(model.low[position]!, 3)
    if (this.#bit(model.choices, 1) === 0) return 8 + this.#tree(model.middle[position]!, 3)
    return 16 + this.#tree(model.high, 8)
  }

  /** A distance, less 1. */
  #distance(length: number): number {
    const slot = this.#tree(this.#slots[Math.min(length, LENGTH_STATES - 1)]!, 6)
    if (slot < 4) return slot
    const bits = (slot >> 1) - 1
    const high = (2 | (slot & 1)) * 2 ** bits
    if (slot < END_POSITION_MODEL) return high + this.#reverseTree(this.#reversed, high - slot, bits)
    return high + this.#direct(bits - ALIGN_BITS) * 2 ** ALIGN_BITS + this.#reverseTree(this.#align, 0, ALIGN_BITS)
  }
}
