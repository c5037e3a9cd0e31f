// Random words: what the tables decode, binutils know, and what they do not, binutils find undefined.

import { describe, expect, it } from "vitest"
import { hasArmBinutils } from "../support/binutils.ts"
import { Random } from "../support/random.ts"
import { compareWithObjdump } from "./objdump.ts"
import type { RandomWord } from "./words.ts"

const SEED = 20240101
const COUNT = Number(process.env["WORDS"] ?? 60_000)

const words = (draw: (random: Random) => number): RandomWord[] => {
  const random = new Random(SEED)
  return Array.from({ length: COUNT }, () => ({ bytes: 4, word: draw(random) }))
}

describe.runIf(hasArmBinutils())(
  "the tables of the Cortex-A15 beside objdump (needs arm-linux-gnueabihf binutils)",
  () => {
    it("agree on random words of A32", () => {
      expect(
        compareWithObjdump(
          words((random) => random.u32()),
          "A32",
          "cortex-a15",
        ),
      ).toEqual([])
    })

    it("agree on the words of A32 without a condition", () => {
      const unconditional = words((random) => (random.u32() | 0xf000_0000) >>> 0)
      expect(compareWithObjdump(unconditional, "A32", "cortex-a15")).toEqual([])
    })

    it("agree on random words of T32", () => {
      const long = words((random) => (0xe800_0000 + random.below(0x1800_0000)) >>> 0)
      expect(compareWithObjdump(long, "T32", "cortex-a15")).toEqual([])
    })

    it("agree on all words of T16", () => {
      const short = Array.from({ length: 0xe800 }, (_, word): RandomWord => ({ bytes: 2, word }))
      // IT gives conditions to the words behind it.
      const others = short.filter(({ word }) => word >>> 8 !== 0xbf || (word & 15) === 0)
      expect(compareWithObjdump(others, "T16", "cortex-a15")).toEqual([])
    })
  },
)
