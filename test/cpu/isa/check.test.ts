// The table's self-test: it passes sound tables and names what is wrong with others.

import { describe, expect, it } from "vitest"
import { assembleAs } from "../../../cpu/isa/assemble.ts"
import {
  checkInstructionSet,
  decimal,
  type EncodingText,
  type Instruction,
  InstructionSet,
  isa,
  operand,
  randomWord,
  seededRandom,
} from "../../../cpu/isa/index.ts"
import { narrow, narrowInstructions, narrowSet, R, wide, wideInstructions, wideSet, Z } from "./toy.ts"

const check = (...instructions: Instruction[]) =>
  checkInstructionSet(new InstructionSet(wide.vocabulary, [{ instructions }]), { addressType: "i32" })

describe("the self-test", () => {
  it("finds nothing wrong with sound tables", () => {
    expect(checkInstructionSet(wideSet, { addressType: "i32", words: 100 })).toEqual([])
    expect(checkInstructionSet(narrowSet, { addressType: "i32", contexts: [0, 1, 2] })).toEqual([])
  })

  it("names encodings that overlap", () => {
    const one = wide({ name: "one{cond}", bits: "cond 010000 rd (00000000)0000 1 0000000", args: "rd", semantics() {} })
    const other = wide({
      name: "other{cond}",
      bits: "cond 010000 rd (00000000)000 1 00000000",
      args: "rd",
      semantics() {},
    })
    const both = wide({
      name: "both",
      bits: "cond 010000 rd 0000 ra rb (0)0000000",
      args: "rd, ra, rb",
      semantics() {},
    })
    const half = wide({
      name: "half",
      bits: "cond 010000 0000 rd ra rb (0)0000000",
      args: "rd, ra, rb",
      semantics() {},
    })
    expect(check(one, other)).toEqual([])
    expect(check(both, half)[0]).toContain("share words")
  })

  it("takes what `defined` tells apart for different words, which the decoder and the assembler do as well", () => {
    const bits = "cond 010000 rd ra (0000)0000 (00000000)"
    const same = wide({
      name: "same{cond}",
      bits,
      args: "rd, ra",
      defined: (v) => v["rd"] === v["ra"],
      semantics() {},
    })
    const set = new InstructionSet(wide.vocabulary, [{ same }])
    expect(checkInstructionSet(set, { addressType: "i32" })).toEqual([])
    const word = assembleAs(set, same, "same r3, r3", { address: 0 }).word
    expect(set.decode(word)?.instruction).toBe(same)
    const other = wide({ name: "any{cond}", bits, args: "rd, ra", semantics() {} })
    const different = assembleAs(new InstructionSet(wide.vocabulary, [{ other }]), other, "any r3, r4", { address: 0 })
    expect(set.decode(different.word)).toBeUndefined()
    expect(() => assembleAs(set, same, "same r3, r4", { address: 0 })).toThrow("in another encoding, or in none")
    // With both, the more special one is found.
    const both = new InstructionSet(wide.vocabulary, [{ other, same }])
    expect(both.decode(word)?.instruction).toBe(same)
    expect(both.decode(different.word)?.instruction).toBe(other)
  })

  it("names a field that nothing uses", () => {
    const i = wide({ name: "x", bits: "cond 010000 rd ra (0000)0000 (00000000)", args: "rd", semantics() {} })
    expect(check(i)).toEqual(["wide x rd: neither its text nor its semantics use ra"])
  })

  it("names an operand of the text that the encoding lacks", () => {
    const i = wide({ name: "x", bits: "cond 010000 rd (00000000)0000 (00000000)", args: "rd, rb", semantics() {} })
    expect(check(i)).toEqual(["wide x rd, rb: x: its text needs rb, which its encoding lacks"])
  })

  it("names a field of the semantics that the encoding lacks", () => {
    const i = wide({
      name: "x",
      bits: "cond 010000 rd (00000000)0000 (00000000)",
      args: "rd",
      semantics(b, f) {
        b.setReg(R, f.rd, b.imm(f.joinedImmediate))
      },
    })
    expect(check(i)).toEqual(["wide x rd: x: its semantics use joinedImmediate, which its encoding lacks"])
  })

  it("names the variant whose meaning breaks a rule", () => {
    const i = wide({
      name: "x{s?s}",
      bits: "cond 010000 s rd ra (00000000)(0000000)",
      args: "rd, ra",
      semantics(b, { s, rd, ra }) {
        if (s) b.set(Z, b.i32(0))
        b.setReg(R, rd, b.load(4, b.reg(R, ra)))
      },
    })
    const [problem] = check(i)
    expect(problem).toContain("with s=1: state is written before a load that can fault")
  })

  it("names text that does not lead back to the word", () => {
    const lost = wide({
      name: "x",
      bits: "cond 010000 rd ra (00000000)(00000000)",
      args: "rd",
      semantics(b, { rd, ra }) {
        b.setReg(R, rd, b.reg(R, ra))
      },
    })
    expect(check(lost)[0]).toMatch(/prints "x r\w+", which assembles to/)
    const strange = wide({
      name: "x",
      bits: "cond 010000 rd ra (00000000)(00000000)",
      args: "rd, ra",
      where: { ra: (v) => v === 16 },
      semantics() {},
    })
    expect(check(strange)[0]).toContain("no word could be drawn")
  })
})

describe("names of encodings", () => {
  const bits = ["00", "01", "10", "11"] as const
  const manual = isa({
    name: "manual",
    bits: 8,
    fields: { r: operand(6, { text: decimal }) },
    encodings: {
      isName: (text: string): text is "E1" | "E2" => /^E[12]$/.test(text),
      isSection: (text) => /^[1-9]\.[1-9]$/.test(text),
    },
  })
  /** Problems of declarations that are as given in the manual, all of one instruction. */
  const checked = (...printed: { encoding: EncodingText<"E1" | "E2">; section: string }[]) => {
    const instructions = printed.map((p, n) =>
      manual({ ...p, name: "x", bits: `${bits[n]!} r`, args: `${n}, r`, semantics() {} }),
    )
    return checkInstructionSet(new InstructionSet(manual.vocabulary, [{ instructions }]), { addressType: "i32" })
  }

  it("have the manual's form, as its sections have", () => {
    expect(checked({ encoding: "E1", section: "1.1" }, { encoding: "E2", section: "1.1" })).toEqual([])
    expect(checked({ encoding: "E1/E3", section: "1.1" })).toEqual(['manual x 0, r: "E3" is no name of an encoding'])
    expect(checked({ encoding: "E1", section: "1" })).toEqual(['manual x 0, r: "1" is no section'])
  })

  it("belong to one section each, or to one of as many", () => {
    expect(checked({ encoding: "E1", section: "1.1, 1.2" })).toEqual([])
    expect(checked({ encoding: "E1/E2", section: "1.1, 1.2" }, { encoding: "E2", section: "1.1" })).toEqual([])
    expect(checked({ encoding: "E1/E2", section: "1.1, 1.2, 1.3" })).toEqual([
      "manual x 0, r: 2 encodings and 3 sections",
    ])
  })

  it("stand once, unless notes tell parts of an encoding apart", () => {
    const problem = "manual x (1.1) is encoding E1 2 times, and no notes tell which part each is"
    const [one, other] = [
      { encoding: "E1, even", section: "1.1" },
      { encoding: "E1, odd", section: "1.1" },
    ] as const
    expect(checked(one, other)).toEqual([])
    expect(checked(one, one)).toEqual([problem])
    expect(checked(one, { encoding: "E1", section: "1.1" })).toEqual([problem])
    expect(checked(one, { encoding: "E1/E2", section: "1.1" })).toEqual([problem])
  })
})

describe("random words", () => {
  it("are the same for the same seed", () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 20 }, () => randomWord(wideInstructions.add, random)!.word)
    }
    expect(draw(5)).toEqual(draw(5))
    expect(draw(5)).not.toEqual(draw(6))
  })

  it("keep to constraints, guards, choices, and what is predictable", () => {
    const random = seededRandom(3)
    for (let n = 0; n < 300; n++) {
      const { word } = randomWord(wideInstructions.ld, random, { choose: (f) => (f === "rb" ? 7 : undefined) })!
      expect(word >>> 30).not.toBe(3)
      expect((word >>> 20) & 15).not.toBe((word >>> 16) & 15)
      expect((word >>> 12) & 15).toBe(7)
    }
  })

  it("reach the ends of immediates often", () => {
    const random = seededRandom(4)
    const drawn = Array.from({ length: 400 }, () => randomWord(wideInstructions.addi, random)!.word & 0xfff)
    for (const end of [0, 0x7fe, 0x7ff, 0x800, 0x801, 0xfff]) {
      expect(drawn.filter((x) => x === end).length).toBeGreaterThan(4)
    }
  })

  it("draw extension words too", () => {
    const word = randomWord(narrowInstructions.jumpFar, seededRandom(1))!
    expect(word.word).toBe(0x3000)
    expect(narrow.vocabulary.bits).toBe(16)
    expect(word.extension).toBeGreaterThan(0)
  })
})
