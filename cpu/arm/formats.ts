// How ARM code stands in memory (ARM DDI 0406C, A5.1, A6.1): words in A32 state; in Thumb state halfwords, of which
// some begin an instruction of two.

import type { CodeFormat, InstructionSet } from "../isa/index.ts"
import { AL } from "./control/conditions.ts"
import { itState } from "./control/it-block.ts"
import { itAdvance } from "./encoding-offsets.ts"

/** A32 code. */
export function a32Format(set: InstructionSet): CodeFormat {
  return {
    name: "A32",
    unit: 4,
    lengths: [4],
    reach: 4,
    sets: [set],
    decode(read) {
      const word = read(0) >>> 0
      return { decoded: set.decode(word), length: 4, context: 0, guard: conditionOf(word) }
    },
  }
}

// What is undefined is conditional, too, outside of the unconditional space (A5.1, A5.7).
const conditionOf = (word: number) => (word >>> 28 < AL ? word >>> 28 : undefined)

/** The first halfword of a 32-bit instruction begins with 11101, 11110 or 11111. */
const isLong = (halfword: number) => halfword >= 0xe800

/** Thumb code. The word of a 32-bit instruction has its first halfword in the high half. */
export function thumbFormat(short: InstructionSet, long: InstructionSet): CodeFormat {
  return {
    name: "Thumb",
    unit: 2,
    lengths: [2, 4],
    // An IT and the block of up to four instructions behind it.
    reach: 18,
    sets: [short, long],
    decode(read, context) {
      const first = read(0) & 0xffff
      if (isLong(first)) {
        const word = first * 0x1_0000 + (read(2) & 0xffff)
        return { decoded: long.decode(word, context), length: 4, context: itAdvance(context) }
      }
      const decoded = short.decode(first, context)
      // IT in a block, which is UNPREDICTABLE, begins no other: a block ends after four instructions.
      const begun = decoded && context === 0 ? itState(first) : 0
      return { decoded, length: 2, context: begun || itAdvance(context) }
    },
  }
}
