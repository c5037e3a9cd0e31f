// Compressed blocks of zstd: literals, and sequences that copy them and what came before (RFC 8878, section 3.1.1.3).

import { damaged } from "./damaged.ts"
import type { Output } from "./output.ts"
import {
  BackwardBits,
  type FseTable,
  type HuffmanTable,
  makeFseTable,
  readFseTable,
  readHuffman,
  readHuffmanTable,
  singleSymbol,
  WHAT,
} from "./zstd-bits.ts"

/** Bytes that a block holds at most. */
export const LARGEST_BLOCK = 128 * 1024

/** One of the three codes of sequences: its extra bits by symbol, its base values, its predefined table and its limits. */
type Code = {
  readonly extra: readonly number[]
  readonly bases: readonly number[]
  readonly predefined: FseTable
  readonly most: { readonly accuracy: number; readonly symbol: number }
}

function code(
  extra: readonly number[],
  first: number,
  shares: readonly number[],
  accuracy: number,
  most: number,
): Code {
  let next = first
  const bases = extra.map((bits) => {
    const base = next
    next += 2 ** bits
    return base
  })
  const predefined = makeFseTable(shares, accuracy)
  return { extra, bases, predefined, most: { accuracy: most, symbol: extra.length - 1 } }
}

const zeros = (count: number) => new Array<number>(count).fill(0)

const LITERAL_LENGTHS = code(
  [...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  0,
  [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
  6,
  9,
)
const MATCH_LENGTHS = code(
  [...zeros(32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  3,
  [
    ...[1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ...[1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1],
  ],
  6,
  9,
)
const OFFSETS = code(
  Array.from({ length: 32 }, (_, bits) => bits),
  1,
  [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
  5,
  8,
)

/** What the blocks of a frame hand on. */
export class FrameState {
  huffman: HuffmanTable | undefined
  literalLengths: FseTable | undefined
  offsets: FseTable | undefined
  matchLengths: FseTable | undefined
  readonly recent: [number, number, number] = [1, 4, 8]
  readonly literals: Uint8Array

  /** `literals` has room for those of one block; frames may share it. */
  constructor(literals: Uint8Array) {
    this.literals = literals
  }
}

/** Unpacks the compressed block between two offsets. */
export function readCompressedBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  state: FrameState,
  out: Output,
): void {
  const first = out.length
  const { count, end: at } = readLiterals(bytes, start, end, state)
  readSequences(bytes, at, end, state, count, out)
  if (out.length - first > LARGEST_BLOCK) throw damaged(WHAT)
}

const RAW = 0
const SINGLE = 1
const TREELESS = 3

/** Fills `state.literals`; gives their number and the offset behind them. */
function readLiterals(bytes: Uint8Array, start: number, end: number, state: FrameState) {
  const head = bytes[start]!
  const type = head & 3
  const format = (head >> 2) & 3
  const field = (at: number, length: number) => {
    let value = 0
    for (let n = 0; n < length; n++) value += (bytes[start + n] ?? 0) * 2 ** (8 * n)
    return Math.floor(value / 2 ** at)
  }
  if (start >= end) throw damaged(WHAT)
  if (type === RAW || type === SINGLE) {
    const headBytes = format === 1 ? 2 : format === 3 ? 3 : 1
    const count = field(headBytes === 1 ? 3 : 4, headBytes)
    const at = start + headBytes
    const last = at + (type === RAW ? count : 1)
    if (count > LARGEST_BLOCK || last > end) throw damaged(WHAT)
    if (type === RAW) state.literals.set(bytes.subarray(at, last))
    else state.literals.fill(bytes[at]!, 0, count)
    return { count, end: last }
  }
  const headBytes = [3, 3, 4, 5][format]!
  const bits = [10, 10, 14, 18][format]!
  const sizes = field(4, headBytes)
  const count = sizes % 2 ** bits
  const packed = Math.floor(sizes / 2 ** bits)
  let at = start + headBytes
  const last = at + packed
  if (count > LARGEST_BLOCK || last > end) throw damaged(WHAT)
  if (type !== TREELESS) {
    const read = readHuffmanTable(bytes, at, last)
    state.huffman = read.table
    at = read.end
  }
  if (!state.huffman) throw damaged(WHAT)
  if (format === 0) readHuffman(state.huffman, new BackwardBits(bytes, at, last), state.literals, 0, count)
  else readFourStreams(state.huffman, bytes, at, last, state.literals, count)
  return { count, end: last }
}

/** Section 3.1.1.3.1.6: a table of the sizes of the first three streams; the fourth takes the rest. */
function readFourStreams(
  table: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  literals: Uint8Array,
  count: number,
): void {
  const each = (count + 3) >> 2
  if (start + 6 > end || 3 * each > count) throw damaged(WHAT)
  let at = start + 6
  for (let n = 0; n < 4; n++) {
    const size = n < 3 ? bytes[start + 2 * n]! | (bytes[start + 2 * n + 1]! << 8) : end - at
    if (at + size > end) throw damaged(WHAT)
    readHuffman(table, new BackwardBits(bytes, at, at + size), literals, n * each, n < 3 ? each : count - 3 * each)
    at += size
  }
}

function readSequences(
  bytes: Uint8Array,
  start: number,
  end: number,
  state: FrameState,
  literalCount: number,
  out: Output,
): void {
  let at = start
  const next = (): number => {
    if (at >= end) throw damaged(WHAT)
    return bytes[at++]!
  }
  const head = next()
  const count = head < 128 ? head : head < 255 ? ((head - 128) << 8) + next() : next() + (next() << 8) + 0x7f00
  if (count === 0) {
    if (at !== end) throw damaged(WHAT)
    out.appendPart(state.literals, 0, literalCount)
    return
  }
  const modes = next()
  if (modes & 3) throw damaged(WHAT)
  const table = (mode: number, { predefined, most }: Code, before: FseTable | undefined): FseTable => {
    if (mode === 0) return predefined
    if (mode === 1) {
      const symbol = next()
      if (symbol > most.symbol) throw damaged(WHAT)
      return singleSymbol(symbol)
    }
    if (mode === 2) {
      const read = readFseTable(bytes, at, end, most)
      at = read.end
      return read.table
    }
    if (!before) throw damaged(WHAT)
    return before
  }
  state.literalLengths = table(modes >> 6, LITERAL_LENGTHS, state.literalLengths)
  state.offsets = table((modes >> 4) & 3, OFFSETS, state.offsets)
  state.matchLengths = table((modes >> 2) & 3, MATCH_LENGTHS, state.matchLengths)
  runSequences(new BackwardBits(bytes, at, end), count, state, literalCount, out)
}

function runSequences(stream: BackwardBits, count: number, state: FrameState, literalCount: number, out: Output): void {
  const { literals, recent } = state
  const [lengths, offsets, matches] = [state.literalLengths!, state.offsets!, state.matchLengths!]
  const end = out.length + LARGEST_BLOCK
  let lengthState = stream.take(lengths.accuracy)
  let offsetState = stream.take(offsets.accuracy)
  let matchState = stream.take(matches.accuracy)
  let used = 0
  for (let n = 1; n <= count; n++) {
    const offsetBits = offsets.symbols[offsetState]!
    const matchCode = matches.symbols[matchState]!
    const lengthCode = lengths.symbols[lengthState]!
    const offset = OFFSETS.bases[offsetBits]! + stream.take(offsetBits)
    const match = MATCH_LENGTHS.bases[matchCode]! + stream.take(MATCH_LENGTHS.extra[matchCode]!)
    const length = LITERAL_LENGTHS.bases[lengthCode]! + stream.take(LITERAL_LENGTHS.extra[lengthCode]!)
    if (n < count) {
      lengthState = lengths.bases[lengthState]! + stream.take(lengths.bits[lengthState]!)
      matchState = matches.bases[matchState]! + stream.take(matches.bits[matchState]!)
      offsetState = offsets.bases[offsetState]! + stream.take(offsets.bits[offsetState]!)
    }
    if (stream.left < 0 || used + length > literalCount || out.length + length + match > end) throw damaged(WHAT)
    out.appendPart(literals, used, length)
    used += length
    out.copy(distanceOf(offset, length, recent), match)
  }
  if (stream.left !== 0) throw damaged(WHAT)
  out.appendPart(literals, used, literalCount - used)
}

/** Section 3.1.1.5: values up to 3 name recent distances, which move to the front. */
function distanceOf(offset: number, literals: number, recent: [number, number, number]): number {
  if (offset > 3) {
    recent[2] = recent[1]
    recent[1] = recent[0]
    recent[0] = offset - 3
    return recent[0]
  }
  const index = offset - 1 + (literals === 0 ? 1 : 0)
  const distance = index === 3 ? recent[0] - 1 : recent[index]!
  if (index > 1) recent[2] = recent[1]
  if (index > 0) recent[1] = recent[0]
  recent[0] = distance
  return distance
}
