// How operands of VFP instructions are written (ARM DDI 0406C, A8.5 and A7.4.1; D2): registers, register lists,
// immediates, and the values that encodings compress.

import { computed, type FieldValues, type Form, joined, registerText, type Text } from "../../isa/index.ts"

const single = registerText(Array.from({ length: 32 }, (_, n) => `s${n}`))
const double = registerText(Array.from({ length: 32 }, (_, n) => `d${n}`))

/** VFPExpandImm for single precision: the bits of the number that an 8-bit immediate encodes. */
export function expandSingle(imm8: number): number {
  const exponent = (imm8 & 0x40) !== 0 ? 0x3e00_0000 : 0x4000_0000
  return ((imm8 & 0x80) << 24) | exponent | ((imm8 & 0x3f) << 19)
}

/** The upper word of the same for double precision; the lower one is 0. */
export function expandDoubleHigh(imm8: number): number {
  const exponent = (imm8 & 0x40) !== 0 ? 0x3fc0_0000 : 0x4000_0000
  return ((imm8 & 0x80) << 24) | exponent | ((imm8 & 0x3f) << 16)
}

/** The immediate that encodes a number; undefined if there is none. */
function compress(value: number): number | undefined {
  const scratch = new DataView(new ArrayBuffer(4))
  for (let imm8 = 0; imm8 < 256; imm8++) {
    scratch.setInt32(0, expandSingle(imm8))
    if (Object.is(scratch.getFloat32(0), value)) return imm8
  }
  return undefined
}

/** An immediate: its 8 bits as GNU tools print them, or, if it has a point, the number itself. */
const floatImmediate: Text = {
  pattern: "#?[-+]?[0-9][0-9a-fA-FxX.]*(?:e[-+]?[0-9]+)?",
  print: (value) => `#${value}`,
  parse(text) {
    const digits = text.replace("#", "")
    return /[.]|e[-+]/i.test(digits) ? compress(Number(digits)) : Number(digits)
  },
}

/** Fraction bits of a fixed-point number of that size, from `size - imm4:i`. */
const fraction = (size: 16 | 32) =>
  computed(["imm4", "i"], (imm4, i) => size - ((imm4! << 1) | i!), {
    text: { pattern: "#?-?[0-9]+", print: (value) => `#${value}`, parse: (text) => Number(text.replace("#", "")) },
    invert(value) {
      const raw = size - value
      return raw >= 0 && raw < 32 ? [raw >> 1, raw & 1] : undefined
    },
  })

/** A bit for each register of a list; none if the list is empty or reaches past the last register. */
function registers(first: number, count: number, most: number): number {
  if (count === 0 || count > most || first + count > 32) return 0
  return (count === 32 ? -1 : (1 << count) - 1) << first
}

/** Derived values of VFP encodings. */
export const vfpDerived = {
  Dd: joined(["D", "Vd"], { text: double }),
  Dn: joined(["N", "Vn"], { text: double }),
  Dm: joined(["M", "Vm"], { text: double }),
  Sd: joined(["Vd", "D"], { text: single }),
  Sn: joined(["Vn", "N"], { text: single }),
  Sm: joined(["Vm", "M"], { text: single }),
  /** Half of a D register, as a number of an S register (which may be past s31). */
  halfOfDd: joined(["D", "Vd", "x"]),
  halfOfDn: joined(["N", "Vn", "x"]),
  vfpImm8: joined(["imm4h", "imm4l"], { text: floatImmediate }),
  singleImmediate: computed(["imm4h", "imm4l"], (high, low) => expandSingle((high! << 4) | low!)),
  doubleImmediate: computed(["imm4h", "imm4l"], (high, low) => expandDoubleHigh((high! << 4) | low!)),
  fraction16: fraction(16),
  fraction32: fraction(32),
  singleList: computed(["Vd", "D", "imm8"], (vd, d, count) => registers((vd! << 1) | d!, count!, 32)),
  doubleList: computed(["D", "Vd", "imm7"], (d, vd, count) => registers((d! << 4) | vd!, count!, 16)),
  bytesOfSingles: joined(["imm8"], { shift: 2 }),
  bytesOfDoubles: joined(["imm7"], { shift: 3 }),
} as const

type ListFields = {
  readonly letter: "s" | "d"
  readonly count: string
  readonly fields: readonly [high: string, low: string]
}

/** `{d8-d15}`: a first register and a count. */
function registerRange({ letter, count, fields: [high, low] }: ListFields): Form {
  const lowBits = low === "D" ? 1 : 4
  const one = `${letter}[0-9]+`
  return {
    fields: [high, low, count],
    pattern: `\\{${one}(?:-${one}|(?:, ${one})*)\\}`,
    print(v) {
      const first = (v[high]! << lowBits) | v[low]!
      const last = first + v[count]! - 1
      return last === first ? `{${letter}${first}}` : `{${letter}${first}-${letter}${last}}`
    },
    parse(text) {
      const names = text.slice(1, -1).toLowerCase().split(/, |-/)
      const numbers = names.map((name) => Number(name.slice(1)))
      const first = numbers[0]!
      const last = numbers.at(-1)!
      const listed = text.includes(",") && numbers.some((n, at) => n !== first + at)
      if (listed || last < first || last > 31) return undefined
      return { [high]: first >> lowBits, [low]: first & ((1 << lowBits) - 1), [count]: last - first + 1 }
    },
  }
}

/** Two consecutive S registers, the first named by Vm:M. */
const singlePair: Form = {
  fields: ["Vm", "M"],
  pattern: "s[0-9]+, s[0-9]+",
  print(v: FieldValues) {
    const first = (v["Vm"]! << 1) | v["M"]!
    return `s${first}, s${first + 1}`
  },
  parse(text) {
    const [first, second] = text
      .toLowerCase()
      .split(", ")
      .map((name) => Number(name.slice(1)))
    return first! < 31 && second === first! + 1 ? { Vm: first! >> 1, M: first! & 1 } : undefined
  },
}

/** Operands that several fields of VFP encodings make up. */
export const vfpForms: Record<string, Form> = {
  singles: registerRange({ letter: "s", count: "imm8", fields: ["Vd", "D"] }),
  doubles: registerRange({ letter: "d", count: "imm7", fields: ["D", "Vd"] }),
  singlePair,
}
