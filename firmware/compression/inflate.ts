// The DEFLATE format (RFC 1951), with zlib's checks of what an encoder may not write.

import { damaged } from "./damaged.ts"
import type { Output } from "./output.ts"

/** Canonical codes. Most of them are short, and found at once; a table of all would cost more than small blocks. */
type Table = {
  /** By the next bits, the first one lowest: `symbol << 4 | length` of a short code, or 0. */
  readonly entries: Uint16Array
  /** Number of codes by their length. */
  readonly counts: Uint16Array
  /** Symbols that have codes, in the order of their codes. */
  readonly sorted: Uint16Array
}

const LONGEST_CODE = 15
const SHORT_BITS = 10
const END_OF_BLOCK = 256
const MOST_LITERALS = 286
const MOST_DISTANCES = 30

/** Section 3.2.5: the shortest length of each length code from 257 on, and its extra bits. */
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const LENGTH_BASE = [...running(3, LENGTH_EXTRA.slice(0, -1)), 258]
const DISTANCE_EXTRA = Array.from({ length: MOST_DISTANCES }, (_, code) => Math.max(0, (code >> 1) - 1))
const DISTANCE_BASE = running(1, DISTANCE_EXTRA)
/** Section 3.2.7: the order in which the lengths of the code length codes are written. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

function running(first: number, extra: readonly number[]): number[] {
  let next = first
  return extra.map((bits) => {
    const base = next
    next += 1 << bits
    return base
  })
}

/** Unpacks the data at an offset of `bytes`; gives the offset behind it. `what` names the file in messages. */
export function inflate(bytes: Uint8Array, at: number, out: Output, what: string): number {
  return new Inflater(bytes, at, out, what).run()
}

class Inflater {
  readonly #bytes: Uint8Array
  readonly #out: Output
  readonly #what: string
  #at: number
  #held = 0
  #count = 0

  constructor(bytes: Uint8Array, at: number, out: Output, what: string) {
    this.#bytes = bytes
    this.#at = at
    this.#out = out
    this.#what = what
  }

  run(): number {
    for (let isLast = false; !isLast; ) {
      isLast = this.#take(1) === 1
      const type = this.#take(2)
      if (type === 0) this.#stored()
      else if (type === 1) this.#compressed(fixedLiterals, fixedDistances)
      else if (type === 2) this.#dynamic()
      else throw damaged(this.#what)
    }
    return this.#at - (this.#count >> 3)
  }

  #take(bits: number): number {
    while (this.#count < bits) {
      if (this.#at >= this.#bytes.length) throw damaged(this.#what)
      this.#held |= this.#bytes[this.#at++]! << this.#count
      this.#count += 8
    }
    const value = this.#held & ((1 << bits) - 1)
    this.#held >>>= bits
    this.#count -= bits
    return value
  }

  #symbol(table: Table): number {
    while (this.#count < LONGEST_CODE && this.#at < this.#bytes.length) {
      this.#held |= this.#bytes[this.#at++]! << this.#count
      this.#count += 8
    }
    const entry = table.entries[this.#held & ((1 << SHORT_BITS) - 1)]!
    const found = entry === 0 ? longCode(table, this.#held) : entry
    const length = found & 15
    if (length === 0 || length > this.#count) throw damaged(this.#what)
    this.#held >>>= length
    this.#count -= length
    return found >> 4
  }

  #stored(): void {
    this.#take(this.#count & 7)
    const length = this.#take(16)
    if (this.#take(16) !== (length ^ 0xffff)) throw damaged(this.#what)
    const from = this.#at - (this.#count >> 3)
    if (from + length > this.#bytes.length) throw damaged(this.#what)
    this.#out.append(this.#bytes.subarray(from, from + length))
    this.#at = from + length
    this.#held = 0
    this.#count = 0
  }

  #dynamic(): void {
    const literals = this.#take(5) + 257
    const distances = this.#take(5) + 1
    const order = ORDER.slice(0, this.#take(4) + 4)
    if (literals > MOST_LITERALS || distances > MOST_DISTANCES) throw damaged(this.#what)
    const codeLengths = new Uint8Array(19)
    for (const code of order) codeLengths[code] = this.#take(3)
    const lengths = this.#lengths(this.#table(codeLengths, false), literals + distances)
    if (lengths[END_OF_BLOCK] === 0) throw damaged(this.#what)
    this.#compressed(this.#table(lengths.subarray(0, literals), true), this.#table(lengths.subarray(literals), true))
  }

  #lengths(codes: Table, count: number): Uint8Array {
    const lengths = new Uint8Array(count)
    for (let n = 0; n < count; ) {
      const code = this.#symbol(codes)
      if (code < 16) {
        lengths[n++] = code
        continue
      }
      if (code === 16 && n === 0) throw damaged(this.#what)
      const value = code === 16 ? lengths[n - 1]! : 0
      const repeat = code === 16 ? 3 + this.#take(2) : code === 17 ? 3 + this.#take(3) : 11 + this.#take(7)
      if (n + repeat > count) throw damaged(this.#what)
      lengths.fill(value, n, n + repeat)
      n += repeat
    }
    return lengths
  }

  /** A table of codes of given lengths. Only a single code of one bit, or none, may leave bits without a meaning. */
  #table(lengths: Uint8Array, mayBeIncomplete: boolean): Table {
    const { table, longest, unused } = makeTable(lengths)
    if (unused === 0 || (mayBeIncomplete && longest <= 1 && unused > 0)) return table
    throw damaged(this.#what)
  }

  #compressed(literals: Table, distances: Table): void {
    const out = this.#out
    for (;;) {
      const symbol = this.#symbol(literals)
      if (symbol < END_OF_BLOCK) {
        out.byte(symbol)
        continue
      }
      if (symbol === END_OF_BLOCK) return
      if (symbol >= MOST_LITERALS) throw damaged(this.#what)
      const length = LENGTH_BASE[symbol - 257]! + this.#take(LENGTH_EXTRA[symbol - 257]!)
      const code = this.#symbol(distances)
      if (code >= MOST_DISTANCES) throw damaged(this.#what)
      out.copy(DISTANCE_BASE[code]! + this.#take(DISTANCE_EXTRA[code]!), length)
    }
  }
}

/** Section 3.2.2. `unused` counts the codes of 15 bits that remain; it is negative if there are too many codes. */
function makeTable(lengths: Uint8Array): { readonly table: Table; readonly longest: number; readonly unused: number } {
  const counts = new Uint16Array(LONGEST_CODE + 1)
  for (const length of lengths) if (length > 0) counts[length]!++
  const places = new Uint16Array(LONGEST_CODE + 2)
  const codes = new Uint16Array(LONGEST_CODE + 2)
  let unused = 1 << LONGEST_CODE
  let longest = 0
  for (let length = 1; length <= LONGEST_CODE; length++) {
    places[length + 1] = places[length]! + counts[length]!
    codes[length + 1] = (codes[length]! + counts[length]!) << 1
    unused -= counts[length]! << (LONGEST_CODE - length)
    if (counts[length]! > 0) longest = length
  }
  const table = {
    entries: new Uint16Array(1 << SHORT_BITS),
    counts,
    sorted: new Uint16Array(places[LONGEST_CODE + 1]!),
  }
  if (unused < 0) return { table, longest, unused }
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!
    if (length === 0) continue
    table.sorted[places[length]!++] = symbol
    if (length > SHORT_BITS) continue
    for (let at = reversed(codes[length]!++, length); at < table.entries.length; at += 1 << length)
      table.entries[at] = (symbol << 4) | length
  }
  return { table, longest, unused }
}

/** Finds a code bit by bit; 0 if there is none. */
function longCode({ counts, sorted }: Table, bits: number): number {
  let code = 0
  let first = 0
  let place = 0
  for (let length = 1; length <= LONGEST_CODE; length++) {
    code = (code << 1) | ((bits >> (length - 1)) & 1)
    const count = counts[length]!
    if (code < first + count) return (sorted[place + code - first]! << 4) | length
    place += count
    first = (first + count) << 1
  }
  return 0
}

function reversed(code: number, bits: number): number {
  let value = 0
  for (let n = 0; n < bits; n++) value |= ((code >> n) & 1) << (bits - 1 - n)
  return value
}

/** Section 3.2.6. */
const { table: fixedLiterals } = makeTable(
  Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
)
const { table: fixedDistances } = makeTable(new Uint8Array(32).fill(5))
