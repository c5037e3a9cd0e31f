// bzip2 files: blocks of Huffman codes over move-to-front indices of the Burrows-Wheeler transform of run lengths.

import { damaged, isPadding } from "./damaged.ts"
import { startsAt } from "./magic.ts"
import { Output } from "./output.ts"

const WHAT = "bzip2 file"
const BLOCK_MAGIC = [0x31_4159, 0x26_5359]
const END_MAGIC = [0x17_7245, 0x38_5090]
const LONGEST_CODE = 20
const GROUP = 50
const RUN_A = 0
const RUN_B = 1

/** CRC-32 as bzip2 has it: polynomial 0x04c11db7, the highest bit first. */
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c1_1db7 : value << 1
  return value
})

/** Unpacks every stream of a bzip2 file and checks its CRCs; ImageError if damaged or larger than `limit` bytes. */
export function bunzip2(bytes: Uint8Array, limit: number): Uint8Array {
  const out = new Output(limit, WHAT)
  const block = new Uint32Array(100_000 * 9)
  let at = 0
  do {
    at = new Stream(bytes, at, out, block).run()
  } while (isStream(bytes, at))
  if (!isPadding(bytes, at, out.length)) throw damaged(WHAT)
  return out.finish()
}

/** Whether a bzip2 stream begins at an offset. */
function isStream(bytes: Uint8Array, at: number): boolean {
  const level = bytes[at + 3] ?? 0
  return startsAt(bytes, at, [0x42, 0x5a, 0x68]) && level >= 0x31 && level <= 0x39
}

/** Codes of one table: by length, the first code beyond those of the length, and what to add for its place in `symbols`. */
type Table = {
  readonly shortest: number
  readonly ends: Int32Array
  readonly shifts: Int32Array
  readonly symbols: Uint16Array
}

class Stream {
  readonly #bytes: Uint8Array
  readonly #out: Output
  readonly #blockBytes: number
  /** The last column of the sorted rotations in the low 8 bits, and above them the row of the next byte. */
  readonly #column: Uint32Array
  #at: number
  #held = 0
  #count = 0

  constructor(bytes: Uint8Array, at: number, out: Output, column: Uint32Array) {
    this.#bytes = bytes
    this.#out = out
    if (!isStream(bytes, at)) throw damaged(WHAT)
    this.#blockBytes = 100_000 * (bytes[at + 3]! - 0x30)
    this.#column = column
    this.#at = at + 4
  }

  run(): number {
    for (let all = 0; ; ) {
      const magic = [this.#take(24), this.#take(24)]
      const crc = (this.#take(16) << 16) | this.#take(16)
      if (magic[0] === END_MAGIC[0] && magic[1] === END_MAGIC[1]) {
        if (crc !== all) throw damaged(WHAT, "its CRC does not fit its data")
        return this.#at
      }
      if (magic[0] !== BLOCK_MAGIC[0] || magic[1] !== BLOCK_MAGIC[1]) throw damaged(WHAT)
      if (this.#block() !== crc) throw damaged(WHAT, "the CRC of a block does not fit its data")
      all = ((all << 1) | (all >>> 31)) ^ crc
    }
  }

  /** Up to 24 bits, the highest first. */
  #take(bits: number): number {
    while (this.#count < bits) {
      if (this.#at >= this.#bytes.length) throw damaged(WHAT)
      this.#held = (this.#held << 8) | this.#bytes[this.#at++]!
      this.#count += 8
    }
    this.#count -= bits
    return (this.#held >>> this.#count) & ((1 << bits) - 1)
  }

  /** Writes the bytes of a block; gives their CRC. */
  #block(): number {
    // Blocks of shuffled bytes have not been written since 1997.
    if (this.#take(1) === 1) throw damaged(WHAT, "it has a randomised block")
    const first = this.#take(24)
    const values = this.#values()
    const { tables, selectors } = this.#tables(values.length + 2)
    const length = this.#transformed(values, tables, selectors)
    if (first >= length) throw damaged(WHAT)
    this.#link(length)
    return this.#write(first, length)
  }

  /** The byte values that occur, in order. */
  #values(): Uint8Array {
    const found: number[] = []
    const rows = this.#take(16)
    for (let row = 0; row < 16; row++) {
      if (((rows >> (15 - row)) & 1) === 0) continue
      const columns = this.#take(16)
      for (let column = 0; column < 16; column++) if ((columns >> (15 - column)) & 1) found.push(16 * row + column)
    }
    if (found.length === 0) throw damaged(WHAT)
    return Uint8Array.from(found)
  }

  #tables(symbols: number): { tables: Table[]; selectors: Uint8Array } {
    const count = this.#take(3)
    const selectors = new Uint8Array(this.#take(15))
    if (count < 2 || count > 6 || selectors.length === 0) throw damaged(WHAT)
    const order = Array.from({ length: count }, (_, n) => n)
    for (let n = 0; n < selectors.length; n++) {
      let at = 0
      while (this.#take(1) === 1) if (++at >= count) throw damaged(WHAT)
      const [table] = order.splice(at, 1)
      order.unshift(table!)
      selectors[n] = table!
    }
    const tables: Table[] = []
    for (let n = 0; n < count; n++) {
      const lengths = new Uint8Array(symbols)
      let length = this.#take(5)
      for (let symbol = 0; symbol < symbols; symbol++) {
        for (;;) {
          if (length < 1 || length > LONGEST_CODE) throw damaged(WHAT)
          if (this.#take(1) === 0) break
          length += this.#take(1) === 0 ? 1 : -1
        }
        lengths[symbol] = length
      }
      tables.push(makeTable(lengths))
    }
    return { tables, selectors }
  }

  /** Fills the column from the codes; gives its length. */
  #transformed(values: Uint8Array, tables: readonly Table[], selectors: Uint8Array): number {
    const column = this.#column
    const end = values.length + 1
    let length = 0
    let run = 0
    let weight = 1
    for (let n = 0, group = 0; ; n++) {
      if (n % GROUP === 0 && group >= selectors.length) throw damaged(WHAT)
      const table = tables[selectors[n % GROUP === 0 ? group++ : group - 1]!]!
      const symbol = this.#symbol(table)
      if (symbol === RUN_A || symbol === RUN_B) {
        run += weight << symbol
        weight <<= 1
        if (length + run > this.#blockBytes) throw damaged(WHAT)
        continue
      }
      if (run > 0) {
        column.fill(values[0]!, length, length + run)
        length += run
        run = 0
        weight = 1
      }
      if (symbol === end) return length
      if (length >= this.#blockBytes) throw damaged(WHAT)
      const value = values[symbol - 1]!
      values.copyWithin(1, 0, symbol - 1)
      values[0] = value
      column[length++] = value
    }
  }

  #symbol({ shortest, ends, shifts, symbols }: Table): number {
    let code = this.#take(shortest)
    for (let length = shortest; ; length++) {
      if (length > LONGEST_CODE) throw damaged(WHAT)
      if (code < ends[length]!) return symbols[code + shifts[length]!]!
      code = (code << 1) | this.#take(1)
    }
  }

  /** Adds to each row of the column the row of its successor. */
  #link(length: number): void {
    const column = this.#column
    const next = new Uint32Array(256)
    for (let n = 0; n < length; n++) next[column[n]! & 0xff]!++
    for (let value = 0, sum = 0; value < 256; value++) {
      const count = next[value]!
      next[value] = sum
      sum += count
    }
    for (let n = 0; n < length; n++) column[next[column[n]! & 0xff]!++]! |= n << 8
  }

  /** Follows the rows, and expands runs: after four equal bytes comes the number of further ones. */
  #write(first: number, length: number): number {
    const column = this.#column
    const out = this.#out
    let crc = -1
    let row = column[first]! >>> 8
    let last = -1
    let equal = 0
    for (let n = 0; n < length; n++) {
      const entry = column[row]!
      const byte = entry & 0xff
      row = entry >>> 8
      if (equal === 4) {
        out.fill(last, byte)
        for (let k = 0; k < byte; k++) crc = (crc << 8) ^ CRC[((crc >>> 24) ^ last) & 0xff]!
        equal = 0
        last = -1
        continue
      }
      equal = byte === last ? equal + 1 : 1
      last = byte
      out.byte(byte)
      crc = (crc << 8) ^ CRC[((crc >>> 24) ^ byte) & 0xff]!
    }
    return ~crc
  }
}

/** Canonical codes: within a length they follow the order of symbols. */
function makeTable(lengths: Uint8Array): Table {
  const counts = new Int32Array(LONGEST_CODE + 1)
  for (const length of lengths) counts[length]!++
  const ends = new Int32Array(LONGEST_CODE + 1)
  const shifts = new Int32Array(LONGEST_CODE + 1)
  const places = new Int32Array(LONGEST_CODE + 1)
  for (let length = 1, code = 0, place = 0; length <= LONGEST_CODE; length++) {
    shifts[length] = place - code
    places[length] = place
    place += counts[length]!
    code += counts[length]!
    ends[length] = code
    code <<= 1
  }
  const symbols = new Uint16Array(lengths.length)
  for (let symbol = 0; symbol < lengths.length; symbol++) symbols[places[lengths[symbol]!]!++] = symbol
  return { shortest: counts.findIndex((count) => count > 0), ends, shifts, symbols }
}
