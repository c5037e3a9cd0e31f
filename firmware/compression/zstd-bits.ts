// Bit streams of zstd, which are read from their end, and the two codes that they hold (RFC 8878, sections 4.1 and 4.2).

import { damaged } from "./damaged.ts"

export const WHAT = "zstd file"

/** A stream of bits from its last byte to its first; the highest set bit of the last byte marks its end. */
export class BackwardBits {
  /** Bits that are left; negative once more were taken than there are. */
  left: number
  readonly #bytes: Uint8Array
  readonly #start: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? bytes[end - 1]! : 0
    if (last === 0) throw damaged(WHAT)
    this.#bytes = bytes
    this.#start = start
    this.left = 8 * (end - 1 - start) + (31 - Math.clz32(last))
  }

  /** Up to 31 bits; those before the start of the stream are 0. */
  take(count: number): number {
    this.left -= count
    return this.#at(this.left, count)
  }

  /** The next bits, which stay. */
  peek(count: number): number {
    return this.#at(this.left - count, count)
  }

  #at(bit: number, count: number): number {
    if (bit < 0) return bit + count <= 0 ? 0 : this.#at(0, bit + count) * 2 ** -bit
    const at = this.#start + (bit >> 3)
    const shift = bit & 7
    const bytes = this.#bytes
    let value = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> shift
    if (shift + count > 32) value |= bytes[at + 4]! << (32 - shift)
    return value & ((1 << count) - 1)
  }
}

/** A table of finite state entropy: by state, its symbol, and the next state as a base and the bits to add. */
export type FseTable = {
  readonly accuracy: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
  readonly bases: Uint16Array
}

/** The table that knows one symbol. */
export function singleSymbol(symbol: number): FseTable {
  return { accuracy: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) }
}

/** Section 4.1.1: from shares of symbols; -1 stands for less than one. */
export function makeFseTable(shares: readonly number[], accuracy: number): FseTable {
  const size = 1 << accuracy
  const symbols = new Uint8Array(size)
  const next = shares.map((share) => Math.abs(share))
  let high = size
  for (const [symbol, share] of shares.entries()) if (share < 0) symbols[--high] = symbol
  let at = 0
  for (const [symbol, share] of shares.entries()) {
    for (let n = 0; n < share; n++) {
      symbols[at] = symbol
      do at = (at + (size >> 1) + (size >> 3) + 3) & (size - 1)
      while (at >= high)
    }
  }
  const bits = new Uint8Array(size)
  const bases = new Uint16Array(size)
  for (let state = 0; state < size; state++) {
    const number = next[symbols[state]!]!++
    bits[state] = accuracy - (31 - Math.clz32(number))
    bases[state] = (number << bits[state]!) - size
  }
  return { accuracy, symbols, bits, bases }
}

/** Reads the description of a table before `end`; gives the offset behind it as well. */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  most: { readonly accuracy: number; readonly symbol: number },
): { readonly table: FseTable; readonly end: number } {
  let bit = 8 * start
  const peek = (count: number) => {
    const at = bit >> 3
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    return (word >>> (bit & 7)) & ((1 << count) - 1)
  }
  const take = (count: number) => {
    const value = peek(count)
    bit += count
    return value
  }
  const accuracy = 5 + take(4)
  if (accuracy > most.accuracy) throw damaged(WHAT)
  const shares: number[] = []
  for (let left = 1 << accuracy; left > 0; ) {
    // Values from 0 to left + 1. The lower ones take a bit less.
    const count = 32 - Math.clz32(left + 1)
    const spared = (1 << count) - 1 - (left + 1)
    const low = peek(count - 1)
    let value = low
    if (low < spared) bit += count - 1
    else {
      value = take(count)
      if (value >= 1 << (count - 1)) value -= spared
    }
    const share = value - 1
    left -= Math.abs(share)
    shares.push(share)
    if (share === 0) {
      let zeros: number
      do {
        zeros = take(2)
        for (let n = 0; n < zeros; n++) shares.push(0)
      } while (zeros === 3 && bit <= 8 * end)
    }
    if (bit > 8 * end || left < 0 || shares.length > most.symbol + 1) throw damaged(WHAT)
  }
  return { table: makeFseTable(shares, accuracy), end: Math.ceil(bit / 8) }
}

/** A table of Huffman codes: by the next `bits` bits, the symbol and the length of its code. */
export type HuffmanTable = { readonly bits: number; readonly symbols: Uint8Array; readonly lengths: Uint8Array }

const LONGEST_CODE = 11
const WEIGHTS = { accuracy: 6, symbol: 12 }

/** Section 4.2.1: reads the description of a table before `end`. */
export function readHuffmanTable(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly table: HuffmanTable; readonly end: number } {
  const head = bytes[start]!
  const size = head < 128 ? head : (head - 126) >> 1
  const last = start + 1 + size
  if (start >= end || last > end) throw damaged(WHAT)
  const weights = head < 128 ? compressedWeights(bytes, start + 1, last) : directWeights(bytes, start + 1, head - 127)
  return { table: makeHuffmanTable(weights), end: last }
}

function directWeights(bytes: Uint8Array, start: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => (bytes[start + (n >> 1)]! >> (n & 1 ? 0 : 4)) & 15)
}

/** Two states take turns until the bits are used up. */
function compressedWeights(bytes: Uint8Array, start: number, end: number): number[] {
  const read = readFseTable(bytes, start, end, WEIGHTS)
  const { accuracy, symbols, bits, bases } = read.table
  const stream = new BackwardBits(bytes, read.end, end)
  const states = [stream.take(accuracy), stream.take(accuracy)] as [number, number]
  if (stream.left < 0) throw damaged(WHAT)
  const weights: number[] = []
  for (let turn = 0; ; turn ^= 1) {
    const state = states[turn]!
    weights.push(symbols[state]!)
    const count = bits[state]!
    if (count > stream.left) {
      weights.push(symbols[states[turn ^ 1]!]!)
      return weights
    }
    states[turn] = bases[state]! + stream.take(count)
    if (weights.length > 254) throw damaged(WHAT)
  }
}

/** The weight of the last symbol is what the others leave. */
function makeHuffmanTable(given: readonly number[]): HuffmanTable {
  const sum = given.reduce((all, weight) => all + (weight > 0 ? 1 << (weight - 1) : 0), 0)
  const bits = 32 - Math.clz32(sum)
  const rest = (1 << bits) - sum
  if (sum === 0 || bits > LONGEST_CODE || (rest & (rest - 1)) !== 0) throw damaged(WHAT)
  const weights = [...given, 32 - Math.clz32(rest)]
  const ones = weights.filter((weight) => weight === 1).length
  if (ones < 2 || ones % 2 !== 0 || weights.length > 256) throw damaged(WHAT)
  const symbols = new Uint8Array(1 << bits)
  const lengths = new Uint8Array(1 << bits)
  let at = 0
  for (let weight = 1; weight <= bits; weight++) {
    for (const [symbol, its] of weights.entries()) {
      if (its !== weight) continue
      const count = 1 << (weight - 1)
      symbols.fill(symbol, at, at + count)
      lengths.fill(bits + 1 - weight, at, at + count)
      at += count
    }
  }
  return { bits, symbols, lengths }
}

/** Unpacks a stream of Huffman codes, which must end with the last of `count` symbols. */
export function readHuffman(
  { bits, symbols, lengths }: HuffmanTable,
  stream: BackwardBits,
  into: Uint8Array,
  at: number,
  count: number,
): void {
  for (let n = 0; n < count; n++) {
    const code = stream.peek(bits)
    into[at + n] = symbols[code]!
    stream.left -= lengths[code]!
    if (stream.left < 0) throw damaged(WHAT)
  }
  if (stream.left !== 0) throw damaged(WHAT)
}
