// How PowerPC code stands in memory: words at multiples of 4 (Programming Environments Manual, 4.1.1).

import type { CodeFormat, InstructionSet } from "../isa/index.ts"

/** PowerPC code. */
export function wordFormat(set: InstructionSet): CodeFormat {
  return {
    name: "PowerPC",
    unit: 4,
    lengths: [4],
    reach: 4,
    sets: [set],
    decode: (read) => ({ decoded: set.decode(read(0) >>> 0), length: 4, context: 0 }),
  }
}
