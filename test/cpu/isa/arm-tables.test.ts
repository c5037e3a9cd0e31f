// The tables of the ARM instruction sets: their self-test, and their text held against GNU binutils.

import { describe, expect, it } from "vitest"
import { arm, GPR } from "../../../cpu/arm/index.ts"
import {
  checkInstructionSet,
  type Decoded,
  disassemble,
  type InstructionSet,
  randomWord,
  seededRandom,
} from "../../../cpu/isa/index.ts"
import { armBinutils, assembleWithGnu, disassembleWithGnu, hasArmBinutils } from "../../support/binutils.ts"

const setsOf = (model: "cortex-a15" | "arm926") => arm(model).formats.flatMap((format) => format.sets)
/** Four times NOP. */
const NOPS = [0x00, 0xbf, 0x00, 0xbf, 0x00, 0xbf, 0x00, 0xbf]

/** No IT block, and the last place of one under "ne". */
const contextsOf = (set: InstructionSet) => (set.vocabulary.name === "A32" ? [0] : [0, 0x18])

describe.each(setsOf("cortex-a15").map((set) => [set.vocabulary.name, set] as const))("the %s table", (name, set) => {
  it("is sound", () => {
    const problems = checkInstructionSet(set, {
      addressType: "i32",
      scratch: [{ file: GPR, index: 15 }],
      contexts: contextsOf(set),
      words: 12,
    })
    expect(problems).toEqual([])
  })

  const oracle = hasArmBinutils()
  it.runIf(oracle)("is written as GNU binutils write it (needs arm-linux-gnueabihf binutils)", () => {
    const thumb = name !== "A32"
    const random = seededRandom(7)
    const base = 0x4000_0000
    const drawn: { decoded: Decoded; address: number }[] = []
    const bytes: number[] = []
    for (const instruction of set.instructions) {
      for (let n = 0; n < 8; n++) {
        const word = randomWord(instruction, random, { set })
        if (!word) continue
        drawn.push({ decoded: { instruction, context: 0, ...word }, address: base + bytes.length })
        bytes.push(...littleEndian(word.word, name))
        // Four instructions that may be in an IT's block, so that none of the next ones is.
        if (name === "T16" && instruction.name.startsWith("it{")) bytes.push(...NOPS)
      }
    }
    const ours = drawn.map(({ decoded, address }) => disassemble(decoded, address))
    const printed = disassembleWithGnu(Uint8Array.from(bytes), base, armBinutils(thumb))
    const assembled = assembleWithGnu(
      ours.map((text) => (/^it/.test(text) ? "" : text)),
      armBinutils(thumb),
    )
    const problems = drawn.flatMap(({ decoded, address }, n) => {
      const theirs = printed.get(address)?.replace(/^(b\w*)\.n /, "$1 ")
      const wanted = littleEndian(decoded.word, name)
      const made = assembled[n]?.subarray(0, wanted.length)
      // GNU's disassembler marks short branches, and does not tell a subtracted zero from an added one.
      if (
        theirs === ours[n] ||
        theirs === ours[n]!.replace(", #-0]", "]").replace("#-0", "#0") ||
        (made && wanted.every((byte, k) => byte === made[k]))
      )
        return []
      return [`0x${decoded.word.toString(16)}: ours "${ours[n]}", GNU's "${theirs}"`]
    })
    expect(problems).toEqual([])
  })
})

it("is sound on a CPU of ARMv5 too", () => {
  const options = { addressType: "i32", scratch: [{ file: GPR, index: 15 }], words: 6 } as const
  expect(setsOf("arm926").flatMap((set) => checkInstructionSet(set, options))).toEqual([])
})

function littleEndian(word: number, set: string): number[] {
  const half = (h: number) => [h & 0xff, (h >>> 8) & 0xff]
  if (set === "T16") return half(word)
  const [high, low] = [word >>> 16, word & 0xffff]
  return set === "T32" ? [...half(high), ...half(low)] : [...half(low), ...half(high)]
}
