// The source assembler over the toy sets.

import { describe, expect, it } from "vitest"
import { assembleSource, type SourceDialect, SourceError, type SourceOptions } from "../../../cpu/isa/index.ts"
import { dialect } from "./toy.ts"

const assemble = (source: string, options: SourceOptions = {}) => assembleSource(source, dialect, options)
const hex = (bytes: Uint8Array) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join(" ")
const bytes = (source: string, options?: SourceOptions) => hex(assemble(source, options).bytes)

function problems(source: string): readonly string[] {
  try {
    assemble(source, { file: "boot.s" })
  } catch (error) {
    if (error instanceof SourceError) return error.problems
    throw error
  }
  return []
}

describe("data directives", () => {
  it("write values in the byte order of the dialect", () => {
    expect(bytes(".word 0x12345678, -2\n.half 0x102\n.byte 1, 'A', 0xff")).toBe(
      "78 56 34 12 fe ff ff ff 02 01 01 41 ff",
    )
    const big: SourceDialect = { ...dialect, bigEndian: true }
    expect(hex(assembleSource(".word 0x12345678\n.half 0x102", big).bytes)).toBe("12 34 56 78 01 02")
  })

  it("write strings with their escapes", () => {
    expect(bytes('.ascii "a;\\n\\x41", "b" // comment\n.asciz "@\\""')).toBe("61 3b 0a 41 62 40 22 00")
  })

  it("align, fill and move on", () => {
    expect(bytes(".byte 1\n.align 2\n.byte 2\n.balign 8, 0\n.space 2, 0xee\n.org 12\n.byte 3")).toBe(
      "01 00 00 00 02 00 00 00 ee ee 00 00 03",
    )
  })
})

describe("expressions", () => {
  it.each([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["1 << 4 | 3", 19],
    ["0xff & ~0xf", 0xf0],
    ["100 / 7 - 20 / 2 / 5", 12],
    ["-(4 - 6)", 2],
    ["SIZE * 2 + here", 0x2010],
    [":upper16:0x12345678", 0x1234],
    [":lower16:0x12345678", 0x5678],
    ["0b101", 5],
  ])("%s is %i", (text, value) => {
    const { bytes } = assemble(`here: .equ SIZE, 8\nlast = 3\n.word ${text}`, { origin: 0x2000 })
    expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(value)
  })
})

describe("code", () => {
  it("takes symbols and expressions as operands, and gives labels their addresses", () => {
    const { bytes, symbols } = assemble("start: add r1, r2, #SIZE + 1\n jump start + 4\nend:\n.equ SIZE, 4", {
      origin: 0x8000,
    })
    expect(hex(bytes)).toBe("05 00 09 82 ff ff 0f 86")
    expect([...symbols]).toEqual([
      ["start", 0x8000],
      ["end", 0x8008],
      ["SIZE", 4],
    ])
  })

  it("finds local labels back and forward", () => {
    expect(bytes("1: jump 1f\n1: jump 1b\n jump .")).toBe("00 00 00 86 ff ff 0f 86 ff ff 0f 86")
  })

  it("takes the short encoding where the target is near, whatever lies between", () => {
    expect(assemble(".narrow\n jump end\n .space 254\nend:").bytes.length).toBe(2 + 254)
    expect(assemble(".narrow\n jump end\n .space 256\nend:").bytes.length).toBe(4 + 256)
  })

  it("hands the decode context on to the instruction that follows", () => {
    expect(bytes(".narrow\n when ne\n addne r1, #5\n add r1, #5")).toBe("01 40 28 12 28 12")
    expect(problems(".narrow\nwhen ne\nadd r1, #5")).toHaveLength(1)
  })

  it("keeps values in the literal pool that no instruction holds, each once", () => {
    expect(bytes("set r1, =0x101\nset r2, =far\nset r1, =0x101\nset r1, =3\n.pool\nfar: .byte 9")).toBe(
      "03 00 00 86 03 00 00 86 01 00 00 86 00 03 10 83 01 01 00 00 18 00 00 00 09",
    )
  })

  it("ignores comments of every kind", () => {
    expect(bytes("/* one\n two */ .byte 1 @ three\n.byte 2 ; four\n.byte 3 // five")).toBe("01 02 03")
  })
})

describe("problems", () => {
  it("stand in lines with the file, the line and the reason", () => {
    expect(problems("nop:\n frob r1\n\n add r1, r2, #9999\n .word missing\n .byte 256\n .frob\nnop:")).toEqual([
      "boot.s:2: no instruction frob",
      "boot.s:4: add r1, r2, #9999: si holds -2048 to 2047, not 9999",
      "boot.s:5: no symbol missing",
      "boot.s:6: 256 does not fit 1 bytes",
      "boot.s:7: no directive .frob",
      "boot.s:8: nop is defined twice",
    ])
    expect(problems("jump 1b")).toEqual(["boot.s:1: no label 1 before 1b"])
    expect(problems(".word 1 +\n.word (2\n.word 1/0\n.word $!")).toHaveLength(4)
    expect(problems(".space 0x7fffffff")).toEqual(["boot.s:1: 2147483647 bytes"])
  })
})
