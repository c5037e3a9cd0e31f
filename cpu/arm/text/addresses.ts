// How addressing modes and register lists are written (ARM DDI 0406C, A8.5.1 and D2): forms over the fields of loads
// and stores.

import type { FieldValues, Form, Place } from "../../isa/index.ts"
import { A32, pcOffset, T32 } from "../registers.ts"
import { coreNames } from "../state.ts"
import { coreRegister, registerNumber } from "./core-registers.ts"
import { number, parseShift, printShift } from "./shifts.ts"

const registerPattern = coreRegister.pattern

/** An offset inside the brackets: how its fields are written, as in `#4` or `r1, lsl #2`. */
type Offset = {
  readonly fields: readonly string[]
  readonly pattern: string
  /** Undefined where nothing need be written. */
  print(values: FieldValues): string | undefined
  parse(text: string): FieldValues | undefined
}

type Split = {
  readonly join: (v: FieldValues) => number
  readonly split: (magnitude: number) => FieldValues | undefined
}

/** A magnitude in one field, in units of a power of two. */
function scaled(field: string, bits: number, shift = 0): Split {
  return {
    join: (v) => v[field]! << shift,
    split(magnitude) {
      const value = magnitude >> shift
      return value << shift === magnitude && value < 2 ** bits ? { [field]: value } : undefined
    },
  }
}

const halves: Split = {
  join: (v) => (v["imm4h"]! << 4) | v["imm4l"]!,
  split: (magnitude) => (magnitude < 256 ? { imm4h: magnitude >> 4, imm4l: magnitude & 15 } : undefined),
}

/** An immediate offset; `sign` says how its sign is known. A subtracted zero is written `#-0`. */
function immediateOffset(fields: readonly string[], { join, split }: Split, sign: "u" | "plus" | "minus"): Offset {
  return {
    fields: sign === "u" ? ["u", ...fields] : fields,
    pattern: `#?${number}`,
    print(v) {
      const magnitude = join(v)
      const up = sign === "plus" || (sign === "u" && v["u"] === 1)
      return magnitude === 0 && up ? undefined : `#${up ? "" : "-"}${magnitude}`
    },
    parse(text) {
      const digits = text.replace("#", "")
      const down = digits.startsWith("-")
      const parts = split(Math.abs(Number(digits)))
      if (!parts || sign === (down ? "plus" : "minus")) return undefined
      return sign === "u" ? { u: down ? 0 : 1, ...parts } : parts
    },
  }
}

/** A register offset: `shift` names the fields that hold its shift; `sign` as for immediates. */
function registerOffset(field: string, shift: "none" | "any" | "imm2", sign: "u" | "plus"): Offset {
  const extra = shift === "any" ? ["type", "imm5"] : shift === "imm2" ? ["imm2"] : []
  return {
    fields: [field, ...extra, ...(sign === "u" ? ["u"] : [])],
    pattern: `[-+]?${registerPattern}(?:, (?:rrx|(?:lsl|lsr|asr|ror) #?${number}))?`,
    print(v) {
      const up = sign === "plus" || v["u"] === 1
      const shifted =
        shift === "any" ? printShift(v["type"]!, v["imm5"]!) : shift === "imm2" ? printShift(0, v["imm2"]!) : ""
      return `${up ? "" : "-"}${coreNames[v[field]!]}${shifted}`
    },
    parse(text) {
      const match = /^([-+]?)(\w+)(?:, (.*))?$/.exec(text)
      const register = registerNumber(match?.[2] ?? "")
      const by = parseShift(match?.[3])
      if (!match || register === undefined || !by) return undefined
      const down = match[1] === "-"
      if (down && sign === "plus") return undefined
      const values: Record<string, number> = { [field]: register }
      if (sign === "u") values["u"] = down ? 0 : 1
      if (shift === "any") return { ...values, type: by.type, imm5: by.amount }
      if (by.type !== 0 || by.amount > (shift === "imm2" ? 3 : 0)) return undefined
      return shift === "imm2" ? { ...values, imm2: by.amount } : values
    },
  }
}

/** What the position of the offset stands for: fields P and W, P alone where every form writes back, or nothing. */
type Indexing = "offset" | "post" | "any" | "indexed"

/** `[base, offset]`, `[base, offset]!` and `[base], offset`. */
function address(base: string, offset: Offset, indexing: Indexing): Form {
  const named = registerNumber(base) !== undefined
  const inside = `\\[${registerPattern}(?:, ${offset.pattern})?\\]`
  const after = `\\[${registerPattern}\\](?:, ${offset.pattern})?`
  const pattern = { offset: inside, post: after, any: `(?:${inside}!?|${after})`, indexed: `(?:${inside}!|${after})` }[
    indexing
  ]
  const position = { offset: [], post: [], any: ["p", "w"], indexed: ["p"] }[indexing]
  return {
    fields: [...(named ? [] : [base]), ...offset.fields, ...position],
    pattern,
    print(v) {
      const name = named ? base : coreNames[v[base]!]
      const text = offset.print(v)
      const pre = indexing === "offset" || (indexing !== "post" && v["p"] === 1)
      if (!pre) return `[${name}], ${text ?? "#0"}`
      const w = indexing === "indexed" || (indexing === "any" && v["w"] === 1)
      return text === undefined && !w ? `[${name}]` : `[${name}, ${text ?? "#0"}]${w ? "!" : ""}`
    },
    parse(source) {
      const match = /^\[(\w+)(?:, (.*?))?\](!?)(?:, (.*))?$/.exec(source)
      const register = registerNumber(match?.[1] ?? "")
      if (!match || register === undefined || (named && register !== registerNumber(base))) return undefined
      const [, , before, bang, behind] = match
      if (before !== undefined && behind !== undefined) return undefined
      const values = offset.parse(before ?? behind ?? "#0")
      if (!values) return undefined
      const whole = named ? values : { ...values, [base]: register }
      // `[r0]` alone is an offset of zero; where that form does not exist, a post-indexed one.
      if (indexing === "any") return { ...whole, p: behind === undefined ? 1 : 0, w: bang === "!" ? 1 : 0 }
      return indexing === "indexed" ? { ...whole, p: bang === "!" ? 1 : 0 } : whole
    },
  }
}

/** A literal: `[pc, #4]`, or a label. */
function literal(offset: Offset, ahead: number): Form {
  const bracketed = address("pc", offset, "offset")
  const base = (place: Place) => (place.address & -4) + ahead
  return {
    fields: bracketed.fields,
    pattern: `(?:${bracketed.pattern}|[A-Za-z_.$][\\w.$]*)`,
    print: (v, place) => bracketed.print(v, place).replace("[pc]", "[pc, #0]"),
    parse(text, place, symbol) {
      if (text.startsWith("[")) return bracketed.parse(text, place, symbol)
      const target = symbol(text)
      return target === undefined ? undefined : offset.parse(`#${target - base(place)}`)
    },
  }
}

/** `{r0, r4-r7, pc}`: `field` holds the low registers, `top` maps a flag to one more; `fixed` is always in the list. */
function registerList(
  field: string,
  bits: number,
  top: { flag: string; register: number } | undefined,
  fixed = 0,
): Form {
  const one = `${registerPattern}(?:-${registerPattern})?`
  return {
    fields: [field, ...(top ? [top.flag] : [])],
    pattern: `\\{(?:${one}(?:, ${one})*)?\\}`,
    print(v) {
      const list = v[field]! | (top && v[top.flag] ? 1 << top.register : 0) | fixed
      return `{${coreNames.filter((_, n) => (list >> n) & 1).join(", ")}}`
    },
    parse(text) {
      let list = 0
      for (const range of text
        .slice(1, -1)
        .split(", ")
        .filter((r) => r !== "")) {
        const [first, last] = range.split("-").map(registerNumber)
        if (first === undefined || (range.includes("-") && last === undefined)) return undefined
        for (let n = first; n <= (last ?? first); n++) list |= 1 << n
      }
      if ((list & fixed) !== fixed) return undefined
      list &= ~fixed
      const values: Record<string, number> = {}
      if (top) {
        values[top.flag] = (list >> top.register) & 1
        list &= ~(1 << top.register)
      }
      if (list >= 2 ** bits) return undefined
      return { ...values, [field]: list }
    },
  }
}

/** `r0, r1`: a pair of A32 registers, of which the encoding has the even one. */
function evenPair(field: string): Form {
  return {
    fields: [field],
    pattern: `${registerPattern}(?:, ${registerPattern})?(?=, \\[)`,
    print: (v) => `${coreNames[v[field]!]}, ${coreNames[v[field]! | 1]}`,
    parse(text) {
      const [first, second] = text.split(", ").map(registerNumber)
      if (first === undefined || (second !== undefined && second !== first + 1)) return undefined
      return { [field]: first }
    },
  }
}

const low8 = registerList("list8", 8, undefined)

/** `r0!, {r1, r2}`: a 16-bit LDM writes its base back unless it loads it. */
const lowLoadMultiple: Form = {
  fields: ["ln", "list8"],
  pattern: `${registerPattern}!?, ${low8.pattern}`,
  print(v, place) {
    return `r${v["ln"]}${(v["list8"]! >> v["ln"]!) & 1 ? "" : "!"}, ${low8.print(v, place)}`
  },
  parse(text, place, symbol) {
    const match = /^(\w+)(!?), (.*)$/.exec(text)
    const base = registerNumber(match?.[1] ?? "")
    const list = match && low8.parse(match[3]!, place, symbol)
    if (base === undefined || !list || ((list["list8"]! >> base) & 1) !== (match[2] === "!" ? 0 : 1)) return undefined
    return { ...list, ln: base }
  },
}

const imm12u = immediateOffset(["imm12"], scaled("imm12", 12), "u")
const imm8u = immediateOffset(["imm8"], scaled("imm8", 8), "u")
const down8 = immediateOffset(["imm8"], scaled("imm8", 8), "minus")
const imm8x4u = immediateOffset(["imm8"], scaled("imm8", 8, 2), "u")
const imm4h4lu = immediateOffset(["imm4h", "imm4l"], halves, "u")
const shiftedRegister = registerOffset("rm", "any", "u")
const plainRegister = registerOffset("rm", "none", "u")
const plus = (field: string, bits: number, shift: number) =>
  immediateOffset([field], scaled(field, bits, shift), "plus")

/** Forms of loads and stores by name. */
export const addressForms: Record<string, Form> = {
  // A32: `any` shows P and W, `post` is the user-mode form, `at` the offset form alone
  any12: address("rn", imm12u, "any"),
  post12: address("rn", imm12u, "post"),
  at12: address("rn", imm12u, "offset"),
  any4h4l: address("rn", imm4h4lu, "any"),
  post4h4l: address("rn", imm4h4lu, "post"),
  anyShifted: address("rn", shiftedRegister, "any"),
  postShifted: address("rn", shiftedRegister, "post"),
  atShifted: address("rn", shiftedRegister, "offset"),
  anyRegister: address("rn", plainRegister, "any"),
  postRegister: address("rn", plainRegister, "post"),
  pc12: literal(imm12u, pcOffset[A32]),
  pc4h4l: literal(imm4h4lu, pcOffset[A32]),
  armPc8x4: literal(imm8x4u, pcOffset[A32]),
  // T16
  low5: address("ln", plus("imm5", 5, 0), "offset"),
  low5x2: address("ln", plus("imm5", 5, 1), "offset"),
  low5x4: address("ln", plus("imm5", 5, 2), "offset"),
  lowRegister: address("ln", registerOffset("lm", "none", "plus"), "offset"),
  sp8x4: address("sp", plus("imm8", 8, 2), "offset"),
  pc8x4: literal(plus("imm8", 8, 2), pcOffset[T32]),
  // T32
  up12: address("rn", plus("imm12", 12, 0), "offset"),
  up8: address("rn", plus("imm8", 8, 0), "offset"),
  up8x4: address("rn", plus("imm8", 8, 2), "offset"),
  indexed8: address("rn", imm8u, "indexed"),
  down8: address("rn", down8, "offset"),
  indexed8x4: address("rn", imm8x4u, "indexed"),
  at8x4: address("rn", imm8x4u, "offset"),
  scaledRegister: address("rn", registerOffset("rm", "imm2", "plus"), "offset"),
  thumbPc12: literal(imm12u, pcOffset[T32]),
  thumbPc8x4: literal(imm8x4u, pcOffset[T32]),
  // Register lists
  registers16: registerList("list", 16, undefined),
  registers15: registerList("list15", 15, undefined),
  registers15pc: registerList("list15", 15, undefined, 0x8000),
  registers8: low8,
  lowLoadMultiple,
  evenPair: evenPair("rt"),
  evenSource: evenPair("rm"),
  pushRegisters: registerList("list8", 8, { flag: "m", register: 14 }),
  popRegisters: low8,
  popRegistersPc: registerList("list8", 8, undefined, 0x8000),
}
