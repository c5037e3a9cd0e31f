// How operands of Advanced SIMD instructions are written (ARM DDI 0406C, A8.5 and A7.3), and the values that their
// encodings compress.

import { computed, computedModifier, type FieldValues, type Form, joined, type Text } from "../../isa/index.ts"
import { immediate } from "../text/operands.ts"
import { elementForms } from "./element-text.ts"

/** A quadword register by the number of its lower half. */
const quad: Text = {
  pattern: "q[0-9]+",
  print: (value) => `q${value >> 1}`,
  parse: (text) => 2 * Number(text.slice(1)),
}

/** A doubleword register, or a quadword one, as Q tells. */
function vector(high: string, low: string): Form {
  return {
    fields: [high, low, "Q"],
    pattern: "[dq][0-9]+",
    print(v) {
      const number = (v[high]! << 4) | v[low]!
      return v["Q"] ? `q${number >> 1}` : `d${number}`
    },
    parse(text) {
      const isQuad = text[0]!.toLowerCase() === "q"
      const number = Number(text.slice(1)) << (isQuad ? 1 : 0)
      return number < 32 ? { [high]: number >> 4, [low]: number & 15, Q: isQuad ? 1 : 0 } : undefined
    },
  }
}

/** An element of a doubleword register that Vm and M share between them. */
function scalar(registerBits: number): Form {
  const registers = 1 << registerBits
  return {
    fields: ["M", "Vm"],
    pattern: "d[0-9]+\\[[0-9]+\\]",
    print(v) {
      const whole = (v["M"]! << 4) | v["Vm"]!
      return `d${whole & (registers - 1)}[${whole >> registerBits}]`
    },
    parse(text) {
      const [register, index] = text.slice(1, -1).split("[").map(Number) as [number, number]
      const whole = (index << registerBits) | register
      return register < registers && whole < 32 ? { M: whole >> 4, Vm: whole & 15 } : undefined
    },
  }
}

/** The table of VTBL: one to four doubleword registers in a row. */
function table(count: number): Form {
  return {
    fields: ["N", "Vn"],
    pattern: "\\{d[0-9]+(?:-d[0-9]+|(?:, d[0-9]+)*)\\}",
    print(v) {
      const first = (v["N"]! << 4) | v["Vn"]!
      return count === 1 ? `{d${first}}` : `{d${first}-d${first + count - 1}}`
    },
    parse(text) {
      const numbers = text
        .slice(1, -1)
        .split(/, |-/)
        .map((name) => Number(name.slice(1)))
      const first = numbers[0]!
      const counted = text.includes("-") ? numbers[1]! - first + 1 : numbers.length
      return counted === count && first < 32 ? { N: first >> 4, Vn: first & 15 } : undefined
    },
  }
}

/** A shift amount that is encoded as what it lacks to a width. */
const shiftRight = (field: string, width: number) =>
  computed([field], (value) => width - value!, {
    text: immediate,
    invert: (value) => (value > 0 && value <= width ? [width - value] : undefined),
  })

/** Elements of 32 bits and less of AdvSIMDExpandImm: 32 bits of the result. */
function expand(cmode: number, i: number, imm3: number, imm4l: number): number {
  const imm8 = (i << 7) | (imm3 << 4) | imm4l
  if (cmode < 8) return imm8 << (8 * (cmode >> 1))
  if (cmode < 12) return (imm8 << (8 * ((cmode >> 1) & 1))) * 0x1_0001
  if (cmode < 14) return (imm8 << (cmode === 12 ? 8 : 16)) | (cmode === 12 ? 0xff : 0xffff)
  if (cmode === 14) return imm8 * 0x101_0101
  const exponent = (imm8 & 0x40) !== 0 ? 0x3e00_0000 : 0x4000_0000
  return ((imm8 & 0x80) << 24) | exponent | ((imm8 & 0x3f) << 19)
}

/** Widths of the elements that an immediate is written for, by cmode. */
const immediateBits = (cmode: number) => (cmode === 14 ? 8 : cmode >= 8 && cmode < 12 ? 16 : 32)

/** The immediate as one element, for cmodes of that width; those of VORR and VBIC are odd. */
const modified = (bits: 8 | 16 | 32, isMerged: boolean, isFloat = false) =>
  computed(["cmode", "i", "imm3", "imm4l"], (c, i, imm3, imm4l) => expand(c!, i!, imm3!, imm4l!), {
    text: {
      pattern: "#?-?(?:0x[0-9a-fA-F]+|[0-9][0-9.]*(?:e[-+]?[0-9]+)?)",
      print: (value) => `#${isFloat ? floatOf(value) : bits === 32 ? value : value & (2 ** bits - 1)}`,
      parse: (text) => (isFloat ? bitsOf(Number(text.replace("#", ""))) : spread(Number(text.replace("#", "")), bits)),
    },
    invert(value) {
      for (let cmode = 0; cmode < 16; cmode++) {
        if (immediateBits(cmode) !== bits || (cmode === 15) !== isFloat) continue
        if ((cmode < 12 && (cmode & 1) === 1) !== isMerged) continue
        for (let imm8 = 0; imm8 < 256; imm8++) {
          const fields = [cmode, imm8 >> 7, (imm8 >> 4) & 7, imm8 & 15] as const
          if ((expand(...fields) | 0) === (value | 0)) return fields
        }
      }
      return undefined
    },
  })

const scratch = new DataView(new ArrayBuffer(4))
function floatOf(bits: number): string {
  scratch.setInt32(0, bits)
  const value = scratch.getFloat32(0)
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
function bitsOf(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}
const spread = (value: number, bits: 8 | 16 | 32) =>
  bits === 32 ? value | 0 : bits === 16 ? Math.imul(value & 0xffff, 0x1_0001) : Math.imul(value & 0xff, 0x101_0101)

/** A byte for each bit of an immediate of 64 bits. */
const byteMask: Form = {
  fields: ["i", "imm3", "imm4l"],
  pattern: "#?0x[0-9a-fA-F]+",
  print(v) {
    const imm8 = (v["i"]! << 7) | (v["imm3"]! << 4) | v["imm4l"]!
    const bytes = Array.from({ length: 8 }, (_, n) => ((imm8 >> (7 - n)) & 1 ? "ff" : "00"))
    return `#0x${bytes.join("")}`
  },
  parse(text) {
    const digits = text.replace(/#?0x/i, "").padStart(16, "0").toLowerCase()
    if (!/^(?:00|ff){8}$/.test(digits)) return undefined
    const imm8 = [...digits.matchAll(/../g)].reduce((sum, [byte]) => 2 * sum + (byte === "ff" ? 1 : 0), 0)
    return { i: imm8 >> 7, imm3: (imm8 >> 4) & 7, imm4l: imm8 & 15 }
  },
}

/** Derived values of Advanced SIMD encodings. */
export const neonDerived = {
  Qd: joined(["D", "Vd"], { text: quad }),
  Qn: joined(["N", "Vn"], { text: quad }),
  Qm: joined(["M", "Vm"], { text: quad }),
  right8: shiftRight("imm3", 8),
  right16: shiftRight("imm4", 16),
  right32: shiftRight("imm5", 32),
  right64: shiftRight("imm6", 64),
  fractionBits: shiftRight("imm5", 32),
  modified8: modified(8, false),
  modified16: modified(16, false),
  modified32: modified(32, false),
  modifiedFloat: modified(32, false, true),
  merged16: modified(16, true),
  merged32: modified(32, true),
  byteMask: joined(["i", "imm3", "imm4l"]),
  /** Elements of twice the size, and of half of it. */
  wide: computedModifier(["size"], 3, (size) => size!, { names: ["16", "32", "64"], invert: (value) => [value] }),
  /** The size of elements where it is left to run time. */
  elementSize: joined(["size"]),
  laneOfBytes: joined(["lane1", "lane2"]),
  laneOfHalfwords: joined(["lane1", "laneLow"]),
  scalarNumber: joined(["M", "Vm"]),
} as const

/** Operands that several fields of Advanced SIMD encodings make up. */
export const neonForms: Record<string, Form> = {
  vd: vector("D", "Vd"),
  vn: vector("N", "Vn"),
  vm: vector("M", "Vm"),
  scalar16: scalar(3),
  scalar32: scalar(4),
  table1: table(1),
  table2: table(2),
  table3: table(3),
  table4: table(4),
  byteMaskText: byteMask,
  ...elementForms,
}

/** Whether register numbers of quadwords, where Q is set, are even. */
export const areWhole =
  (...names: readonly string[]) =>
  (v: FieldValues): boolean =>
    v["Q"] === 0 || names.every((name) => (v[name]! & 1) === 0)

/** Whether registers are quadwords. */
export const areQuads =
  (...names: readonly string[]) =>
  (v: FieldValues): boolean =>
    names.every((name) => (v[name]! & 1) === 0)
