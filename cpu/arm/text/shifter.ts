// How shifted operands, modified immediates and bit ranges are written (ARM DDI 0406C, A5.2.4, A6.3.2, A8.4).

import type { FieldValues, Form } from "../../isa/index.ts"
import { coreRegister, registerName, registerNumber } from "./core-registers.ts"
import { armExpandImm, thumbExpandImm } from "./operands.ts"
import { number, numbersIn, parseShift, printShift, SHIFTS, shiftPattern, shiftType } from "./shifts.ts"

const register = coreRegister.pattern

/** Fields rotate and imm8 of an A32 modified immediate, by the smallest rotation; undefined if there are none. */
export function armImmediateFields(value: number): readonly [rotate: number, imm8: number] | undefined {
  for (let rotate = 0; rotate < 16; rotate++) {
    const imm8 = ((value << (2 * rotate)) | ((value >>> 1) >>> (31 - 2 * rotate))) >>> 0
    if (imm8 < 256) return [rotate, imm8]
  }
  return undefined
}

/** Fields i, imm3 and imm8 of a T32 modified immediate; undefined if there are none. */
export function thumbImmediateFields(value: number): readonly [i: number, imm3: number, imm8: number] | undefined {
  const low = value & 0xff
  const second = (value >>> 8) & 0xff
  for (const [imm3, imm8] of [
    [0, low],
    [1, low],
    [2, second],
    [3, low],
  ] as const) {
    if ((imm8 !== 0 || imm3 === 0) && thumbExpandImm(0, imm3, imm8) === (value | 0)) return [0, imm3, imm8]
  }
  for (let code = 8; code < 32; code++) {
    const imm8 = ((value << code) | (value >>> (32 - code))) >>> 0
    if (imm8 >= 0x80 && imm8 < 0x100) return [code >> 4, (code >> 1) & 7, ((code & 1) << 7) | (imm8 & 0x7f)]
  }
  return undefined
}

const armImmediate: Form = {
  fields: ["rotate", "imm8"],
  pattern: `#?${number}(?:, ?#?${number})?`,
  print({ rotate, imm8 }) {
    const value = armExpandImm(rotate!, imm8!)
    return armImmediateFields(value)?.[0] === rotate ? `#${value}` : `#${imm8}, ${2 * rotate!}`
  },
  parse(text) {
    const [value, by] = numbersIn(text)
    if (by !== undefined) return by % 2 === 0 ? { rotate: by / 2, imm8: value! } : undefined
    const found = armImmediateFields(value!)
    return found && { rotate: found[0], imm8: found[1] }
  },
}

const thumbImmediate: Form = {
  fields: ["i", "imm3", "imm8"],
  pattern: `#?${number}`,
  print: ({ i, imm3, imm8 }) => `#${thumbExpandImm(i!, imm3!, imm8!) >>> 0}`,
  parse(text) {
    const found = thumbImmediateFields(numbersIn(text)[0]!)
    return found && { i: found[0], imm3: found[1], imm8: found[2] }
  },
}

/** Where an encoding keeps a shift amount of five bits: whole (A32), or as imm3:imm2 (T32). */
type AmountFields = { fields: readonly string[]; get(v: FieldValues): number; put(amount: number): FieldValues }

const whole: AmountFields = { fields: ["imm5"], get: (v) => v["imm5"]!, put: (amount) => ({ imm5: amount }) }
const split: AmountFields = {
  fields: ["imm3", "imm2"],
  get: (v) => (v["imm3"]! << 2) | v["imm2"]!,
  put: (amount) => ({ imm3: amount >> 2, imm2: amount & 3 }),
}

/** A register shifted by an immediate. */
function shifted(where: AmountFields): Form {
  return {
    fields: ["rm", "type", ...where.fields],
    pattern: `${register}(?:${shiftPattern})?`,
    print: (v) => registerName(v["rm"]!) + printShift(v["type"]!, where.get(v)),
    parse(text) {
      const shift = parseShift(text.split(",")[1])
      return shift && { rm: registerNumber(text.split(",")[0]!)!, type: shift.type, ...where.put(shift.amount) }
    },
  }
}

const registerShifted: Form = {
  fields: ["rm", "type", "rs"],
  pattern: `${register}, ?(?:lsl|lsr|asr|asl|ror) ${register}`,
  print: ({ rm, type, rs }) => `${registerName(rm!)}, ${SHIFTS[type!]} ${registerName(rs!)}`,
  parse(text) {
    const [rm, shift] = text.split(",").map((part) => part.trim())
    const type = shiftType(shift!.slice(0, 3))
    return { rm: registerNumber(rm!)!, type, rs: registerNumber(shift!.slice(3))! }
  },
}

/** An operand register with the one kind of shift that an instruction allows; lsl by 0 is not written. */
function onlyShifted(name: "rm", type: 0 | 2, where: AmountFields): Form {
  return {
    fields: [name, ...where.fields],
    pattern: type === 0 ? `${register}(?:, ?lsl ?#?${number})?` : `${register}, ?asr ?#?${number}`,
    print: (v) => registerName(v[name]!) + printShift(type, where.get(v)),
    parse(text) {
      const shift = parseShift(text.split(",")[1])
      return shift && shift.type === (shift.amount === 0 && type === 0 ? 0 : type)
        ? { [name]: registerNumber(text.split(",")[0]!)!, ...where.put(shift.amount) }
        : undefined
    },
  }
}

/** The operand of SSAT and USAT: `sh` chooses asr. In T32, asr by 0 is SSAT16, so 32 is no amount there. */
function saturated(where: AmountFields): Form {
  return {
    fields: ["rn", "sh", ...where.fields],
    pattern: `${register}(?:, ?(?:lsl|asr) ?#?${number})?`,
    print: (v) => registerName(v["rn"]!) + printShift(v["sh"] === 1 ? 2 : 0, where.get(v)),
    parse(text) {
      const shift = parseShift(text.split(",")[1])
      if (!shift || (where === split && shift.type === 2 && shift.amount === 0)) return undefined
      return { rn: registerNumber(text.split(",")[0]!)!, sh: shift.type === 2 ? 1 : 0, ...where.put(shift.amount) }
    },
  }
}

/** A register rotated by whole bytes. */
const rotated: Form = {
  fields: ["rm", "rotation"],
  pattern: `${register}(?:, ?ror ?#?${number})?`,
  print: ({ rm, rotation }) => registerName(rm!) + (rotation ? `, ror #${8 * rotation}` : ""),
  parse(text) {
    const [rm, shift = "0"] = text.split(",")
    const by = numbersIn(shift)[0]!
    return [0, 8, 16, 24].includes(by) ? { rm: registerNumber(rm!)!, rotation: by / 8 } : undefined
  },
}

/** The amount of LSR and ASR, 1 to 32. */
const rightShift: Form = {
  fields: ["imm5"],
  pattern: `#?${number}`,
  print: ({ imm5 }) => `#${imm5 === 0 ? 32 : imm5}`,
  parse(text) {
    const amount = numbersIn(text)[0]!
    return amount >= 1 && amount <= 32 ? { imm5: amount & 31 } : undefined
  },
}

/** A number of bits that is encoded less one. */
function lessOne(field: string): Form {
  return {
    fields: [field],
    pattern: `#?${number}`,
    print: (v) => `#${v[field]! + 1}`,
    parse: (text) => ({ [field]: numbersIn(text)[0]! - 1 }),
  }
}

/** `#lsb, #width`, encoded with the position of the highest bit (BFC, BFI) or with the width less one. */
function bitRange(last: "msb" | "widthm1", lsbFields: AmountFields): Form {
  return {
    fields: [last, ...lsbFields.fields],
    pattern: `#?${number}, ?#?${number}`,
    print(v) {
      const lsb = lsbFields.get(v)
      return `#${lsb}, #${v[last]! + 1 - (last === "msb" ? lsb : 0)}`
    },
    parse(text) {
      const [lsb, width] = numbersIn(text) as [number, number]
      return { [last]: width - 1 + (last === "msb" ? lsb : 0), ...lsbFields.put(lsb) }
    },
  }
}

/** The number of a hint that has no name. */
function hintNumber(field: string): Form {
  return {
    fields: [field],
    pattern: `\\{${number}\\}`,
    print: (v) => `{${v[field]}}`,
    parse: (text) => ({ [field]: numbersIn(text)[0]! }),
  }
}

const wholeLsb: AmountFields = { fields: ["lsb"], get: (v) => v["lsb"]!, put: (lsb) => ({ lsb }) }

/** Forms of data-processing operands; those that T32 encodes in other fields begin with `thumb`. */
export const shifterForms: Record<string, Form> = {
  armImmediate,
  thumbImmediate,
  shifted: shifted(whole),
  thumbShifted: shifted(split),
  registerShifted,
  shiftedLeft: onlyShifted("rm", 0, whole),
  thumbShiftedLeft: onlyShifted("rm", 0, split),
  shiftedRight: onlyShifted("rm", 2, whole),
  thumbShiftedRight: onlyShifted("rm", 2, split),
  saturated: saturated(whole),
  thumbSaturated: saturated(split),
  rotated,
  rightShift,
  satBits: lessOne("sat"),
  sat4Bits: lessOne("sat4"),
  bitRange: bitRange("msb", wholeLsb),
  thumbBitRange: bitRange("msb", split),
  fieldRange: bitRange("widthm1", wholeLsb),
  thumbFieldRange: bitRange("widthm1", split),
  hint: hintNumber("imm8"),
  hint4: hintNumber("imm4"),
  /** One register that stands in two fields. */
  sameRegister: {
    fields: ["rm", "rn"],
    pattern: register,
    print: ({ rm }) => registerName(rm!),
    parse: (text) => ({ rm: registerNumber(text)!, rn: registerNumber(text)! }),
  },
  /** The program counter where the encoding has no field for it. */
  r15: { fields: [], pattern: "pc|r15", print: () => "pc", parse: () => ({}) },
}
