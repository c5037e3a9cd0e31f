// What DSISR says of an instruction that takes an alignment exception (Programming Environments Manual, 6.4.6.1).

const bit = (word: number, n: number) => (word >>> (31 - n)) & 1
const bits = (word: number, first: number, last: number) => (word >>> (31 - last)) & ((2 << (last - first)) - 1)

/** DSISR for an instruction word: which instruction it is, and its registers. */
export function dsisrOfAlignment(word: number): number {
  const isIndexed = bits(word, 0, 5) === 31
  // Of an indexed instruction, bits 29 and 30, 25, and 21 to 24; of one with a displacement, its opcode.
  const kind = isIndexed
    ? (bits(word, 29, 30) << 15) | (bit(word, 25) << 14) | (bits(word, 21, 24) << 10)
    : (bit(word, 5) << 14) | (bits(word, 1, 4) << 10)
  return kind | (bits(word, 6, 10) << 5) | bits(word, 11, 15)
}
