// The text of the PowerPC instructions, held against GNU binutils.

import { describe, expect, it } from "vitest"
import { type Decoded, disassemble, randomWord, seededRandom } from "../../../cpu/isa/index.ts"
import { powerPc } from "../../../cpu/powerpc/index.ts"
import { disassembleWithGnu, hasBinutils, powerPcBinutils } from "../../support/binutils.ts"

const BASE = 0x4000_0000
/** What binutils do not know: a call to the host's firmware, and dcba. */
const unknown = /^(?:attn|dcba)$/
const bytesOf = (word: number) => [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff]

describe.each([
  ["750", powerPcBinutils("ppc")],
  ["7400", powerPcBinutils("7400")],
] as const)("the table of the %s", (model, tools) => {
  it.runIf(hasBinutils(tools))("is written as GNU binutils write it (needs powerpc-linux-gnu binutils)", () => {
    const [set] = powerPc(model).formats[0]!.sets
    const random = seededRandom(7)
    const drawn: { decoded: Decoded; address: number }[] = []
    // AltiVec has a test of its own.
    for (const instruction of set!.instructions.filter((i) => i.feature !== "altivec")) {
      for (let n = 0; n < 8; n++) {
        const word = randomWord(instruction, random, { set: set! })
        if (word) drawn.push({ decoded: { instruction, context: 0, ...word }, address: BASE + 4 * drawn.length })
      }
    }
    const code = Uint8Array.from(drawn.flatMap(({ decoded }) => bytesOf(decoded.word)))
    const ours = drawn.map(({ decoded, address }) => disassemble(decoded, address))
    const printed = disassembleWithGnu(code, BASE, tools)
    const problems = drawn.flatMap(({ decoded, address }, n) => {
      // Of a branch in basic form, they print a hint that as does not read.
      const theirs = printed
        .get(address)
        ?.replaceAll(",", ", ")
        .replace(/^(bcl?a?)[-+] /, "$1 ")
      if (theirs === ours[n] || unknown.test(decoded.instruction.name)) return []
      return [`0x${decoded.word.toString(16)}: ours "${ours[n]}", GNU's "${theirs}"`]
    })
    expect(problems).toEqual([])
  })
})
