// The text and the encodings of AltiVec instructions, held against GNU binutils.

import { describe, expect, it } from "vitest"
import { disassemble, randomWord, seededRandom } from "../../../cpu/isa/index.ts"
import { powerPc } from "../../../cpu/powerpc/index.ts"
import { assembleWithGnu, disassembleWithGnu, hasPowerPcBinutils } from "../../support/powerpc-binutils.ts"

const set = powerPc("7400").formats[0]!.sets[0]!
const instructions = set.instructions.filter((i) => i.feature === "altivec")

/** Binutils refuse a reserved bit of vsldoi, which the CPU ignores. */
const isReservedVsldoi = (word: number) => (word & 0x43f) === 0x42c

describe.skipIf(!hasPowerPcBinutils())("AltiVec instructions (needs powerpc-linux-gnu binutils)", () => {
  const random = seededRandom(3)
  const words = instructions.flatMap((i) => Array.from({ length: 12 }, () => randomWord(i, random, { set })!.word))
  const text = words.map((word) => disassemble(set.decode(word)!, 0))

  it("are written as GNU binutils write them", () => {
    expect(text).toEqual(disassembleWithGnu(words, "7400"))
  })

  it("are encoded as GNU binutils encode them", () => {
    expect(words.map((word) => word >>> 0)).toEqual(assembleWithGnu(text, "7400"))
  })

  it("are all that binutils know of the MPC7400", () => {
    // Opcode 4, and the vector accesses of opcode 31.
    const candidates = [
      ...Array.from({ length: 1 << 11 }, (_, xo) => 0x1000_0000 | xo).filter((word) => !isReservedVsldoi(word)),
      ...Array.from({ length: 1 << 10 }, (_, xo) => 0x7c00_0000 | (xo << 1)),
    ].map((word) => word >>> 0)
    const names = disassembleWithGnu(candidates, "7400").map((line) => line.split(" ")[0]!)
    const missing = candidates.filter((word, n) => {
      const isVector = names[n]!.startsWith("v") || /^(l|st)v|^d(st|ss)|^m[ft]vscr/.test(names[n]!)
      return isVector !== (set.decode(word)?.instruction.feature === "altivec")
    })
    expect(missing.map((word) => `${word.toString(16)} ${names[candidates.indexOf(word)]}`)).toEqual([])
    expect(instructions.length).toBeGreaterThan(150)
  })
})
