// The disassembler and the assembler of single instructions, over the toy sets.

import { describe, expect, it } from "vitest"
import { Assembler, disassemble } from "../../../cpu/isa/index.ts"
import { narrowSet, wideSet } from "./toy.ts"

const assembler = new Assembler([wideSet])
const printed = (word: number, address = 0) => disassemble(wideSet.decode(word)!, address)
const symbols: Record<string, number> = { near: 0x40, far: 0x4000 }
const word = (text: string, address = 0) =>
  assembler.assemble(text, { address, symbol: (name) => symbols[name] }).word.toString(16)

describe("the disassembler", () => {
  it("prints modifiers in the mnemonic and operands by their text", () => {
    expect(printed(0x8109_1800)).toBe("add r1, r2, r3")
    expect(printed(0x8189_1800)).toBe("adds r1, r2, r3")
    expect(printed(0x0189_1800)).toBe("addseq r1, r2, r3")
  })

  it("prints signed, computed and joined operands and forms", () => {
    expect(printed(0x02e9_0ffb)).toBe("addseq sp, r2, #-5")
    expect(printed(0x833c_c000)).toBe("set r3, #-1073741824")
    expect(printed(0x8512_ffe0)).toBe("st r1, [r2, #-8]")
    expect(printed(0x8412_3800)).toBe("ld r1, [r2, r3, #2]")
  })

  it("prints branch targets from the place of the instruction", () => {
    expect(printed(0x8600_001f, 0x80)).toBe("jump 0x100")
    expect(printed(0x460f_ffdf, 0x80)).toBe("jumpne 0x0")
  })

  it("takes the condition from the decode context", () => {
    expect(disassemble(narrowSet.decode(0x1228, 0)!)).toBe("add r1, #5")
    expect(disassemble(narrowSet.decode(0x1228, 2)!)).toBe("addne r1, #5")
  })
})

describe("the assembler", () => {
  it("reads what the disassembler prints, whatever the spacing and the case", () => {
    expect(word("add r1, r2, r3")).toBe("81091800")
    expect(word("  ADDSEQ  sp ,R2,  #-5 ")).toBe("2e90ffb")
    expect(word("ld r1, [ r2 ,r3, #2 ]")).toBe("84123800")
    expect(word("set r3, #0xc0000000")).toBe("833cc000")
    expect(word("jump far", 0x3f84)).toBe("8600001e")
  })

  it.each([
    ["add r1, r2, #4096", "si holds -2048 to 2047, not 4096"],
    ["set r3, #257", "257 cannot be encoded as rotatedImmediate"],
    ["st r1, [r2, #6]", "joinedImmediate is a multiple of 4, not 6"],
    ["st r1, [r2, #8192]", "joinedImmediate/4 holds -2048 to 2047, not 2048"],
    ["jump nowhere", "no symbol nowhere"],
    ["jump 2", "offset holds -524288 to 524287, not -0.5"],
    ["ld r16, [r1, r2]", 'operands do not fit "rd, scaled"'],
    ["frob r1", "no instruction frob"],
  ])("refuses %s in one line", (text, reason) => {
    expect(() => word(text)).toThrow(reason)
    try {
      word(text)
    } catch (error) {
      expect((error as Error).message).not.toContain("\n")
    }
  })

  it("assembles what is unpredictable where nothing else fits", () => {
    expect(word("ld r1, [r1, r2]")).toBe("84112000")
  })

  it("takes the first encoding that fits", () => {
    const near = new Assembler([narrowSet], { widths: { ".n": 2, ".w": 4 } })
    const lengths = (text: string) => near.assemble(text, { address: 0 }).length
    expect(lengths("jump 0x40")).toBe(2)
    expect(lengths("jump 0x4000")).toBe(4)
    expect(lengths("jump.w 0x40")).toBe(4)
    expect(() => lengths("jump.n 0x4000")).toThrow("near holds -128 to 127")
  })

  it("puts an extension word before the word", () => {
    const found = new Assembler([narrowSet]).assemble("jump 0x4000", { address: 0 })
    expect(found).toMatchObject({ word: 0x3000, extension: 0x1ffe, length: 4 })
  })

  it("holds the condition against the decode context", () => {
    const narrow = new Assembler([narrowSet])
    expect(narrow.assemble("addne r1, #5", { context: 2 }).word).toBe(0x1228)
    expect(() => narrow.assemble("addne r1, #5", { context: 0 })).toThrow("cond does not agree")
    expect(() => narrow.assemble("add r1, #5", { context: 1 })).toThrow("cond does not agree")
  })

  it("tries the other spellings of an architecture after the line itself", () => {
    const a = new Assembler([wideSet], { respell: (m, o) => (m === "mov" ? [["set", o]] : [["add", `r0, ${o}`]]) })
    expect(a.assemble("mov r3, #0xc0000000").word).toBe(0x833c_c000)
    expect(a.assemble("add r2, r3").word).toBe(0x8101_1800)
    expect(() => a.assemble("mov r3, #257")).toThrow("257 cannot be encoded")
  })
})
