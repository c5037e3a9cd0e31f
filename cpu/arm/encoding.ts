// The fields of ARM encodings, once: width, sign and spelling (ARM DDI 0406C, A5 ARM instruction set encoding,
// A6 Thumb instruction set encoding), for A32, for 16-bit Thumb (T16) and for 32-bit Thumb (T32, first halfword high).

import { computed, computedModifier, type Field, isa, joined, modifier, operand } from "../isa/index.ts"
import { AL, CONDITIONS, testCondition } from "./control/conditions.ts"
import { offsets } from "./encoding-offsets.ts"
import { neonDerived, neonForms } from "./neon/text.ts"
import { coreRegister, lowRegister } from "./text/core-registers.ts"
import { armExpandImm, forms, immediate, thumbExpandImm } from "./text/operands.ts"
import { shifterForms } from "./text/shifter.ts"
import {
  barrierOption,
  conditionPair,
  coprocessor,
  interruptMasks,
  itSuffixes,
  systemRegisterText,
} from "./text/system.ts"
import { vfpDerived, vfpForms } from "./vfp/text.ts"

const gpr = operand(4, { text: coreRegister })
const lowGpr = operand(3, { text: lowRegister })
const flag = modifier(1)
const half = modifier(1, ["b", "t"]) // bottom or top halfword
const bits = (n: number) => operand(n, { text: immediate })

const fields = {
  // 15 has no name: it opens the unconditional space
  cond: modifier(4, [...CONDITIONS.slice(0, AL), ""]),
  // Core registers; rdn is both destination and first operand, the l names are three bits wide
  rd: gpr,
  rn: gpr,
  rm: gpr,
  rs: gpr,
  rt: gpr,
  rt2: gpr,
  ra: gpr,
  rdlo: gpr,
  rdhi: gpr,
  ld: lowGpr,
  ln: lowGpr,
  lm: lowGpr,
  lt: lowGpr,
  ldn: lowGpr,
  dn: operand(1), // high bit of T16's split rdn
  // Immediates and shift amounts
  imm2: bits(2),
  imm3: bits(3),
  imm4: bits(4),
  imm4h: bits(4),
  imm4l: bits(4),
  imm5: bits(5),
  imm6: bits(6),
  imm7: bits(7),
  imm8: bits(8),
  imm10: bits(10),
  imm10l: bits(10),
  imm11: bits(11),
  imm12: bits(12),
  imm16: bits(16),
  imm24: bits(24),
  i: bits(1),
  rotate: bits(4),
  rotation: operand(2),
  sat: bits(5),
  sat4: bits(4),
  msb: bits(5),
  lsb: bits(5),
  widthm1: bits(5),
  // Offsets of branches, as scattered by the encodings
  sbit: bits(1),
  j1: bits(1),
  j2: bits(1),
  h: bits(1),
  // Variants
  s: flag,
  p: flag,
  u: flag,
  w: flag,
  l: flag,
  b: flag,
  type: operand(2),
  sh: flag,
  m: half,
  n: half,
  x: flag,
  r: flag,
  op: flag,
  opc: modifier(2),
  list: operand(16),
  list15: operand(15),
  list8: operand(8),
  // IT: the first condition less its low bit, and the rest of the block for either value of that bit
  ifEven: operand(3, { text: conditionPair(0) }),
  ifOdd: operand(3, { text: conditionPair(1) }),
  itEven: modifier(4, itSuffixes(0)),
  itOdd: modifier(4, itSuffixes(1)),
  // System instructions
  coproc: operand(4, { text: coprocessor }),
  opc1: operand(3),
  opc1x: operand(4),
  opc2: operand(3),
  crn: operand(4, { text: systemRegisterText }),
  crm: operand(4, { text: systemRegisterText }),
  mode: bits(5),
  option: operand(4, { text: barrierOption }),
  psrMask: operand(4),
  imod: modifier(2, ["", "", "ie", "id"]),
  aif: operand(3, { text: interruptMasks }),
  eflag: modifier(1, ["le", "be"]),
  // VFP: register numbers of five bits, split; E and T as printed, to tell them from the flags above
  D: operand(1),
  N: operand(1),
  M: operand(1),
  Vd: operand(4),
  Vn: operand(4),
  Vm: operand(4),
  E: flag,
  T: half,
  // Advanced SIMD: whether operands are quadwords, the size of elements, their indices, VLD and VST
  Q: operand(1),
  size: modifier(2, ["8", "16", "32", "64"]),
  lane1: operand(1),
  laneLow: operand(1),
  lane2: operand(2),
  lane3: operand(3),
  imm1: bits(1),
  cmode: operand(4),
  F: flag,
  align: operand(2),
  align1: operand(1),
  spacing: operand(1),
  element: operand(4),
} as const satisfies Record<string, Field>

function shiftKind(type: number, amount: number): number {
  return type === 0 && amount === 0 ? 0 : type === 3 && amount === 0 ? 5 : type + 1
}

function bitMask(msb: number, lsb: number): number {
  return msb < lsb ? 0 : ((2 << (msb - lsb)) - 1) << lsb
}

const derived = {
  /** Modified immediates, expanded. */
  armImmediate: computed(["rotate", "imm8"], armExpandImm),
  thumbImmediate: computed(["i", "imm3", "imm8"], thumbExpandImm),
  /** Whether expanding rotated, so that bit 31 is the carry out. */
  armRotated: computedModifier(["rotate"], 2, (rotate) => (rotate !== 0 ? 1 : 0)),
  thumbRotated: computedModifier(["i", "imm3"], 2, (i, imm3) => (((i! << 3) | imm3!) >= 4 ? 1 : 0)),
  /** 1 if a register operand is r15: those rare variants read and write the program counter. */
  pc: computedModifier(["rd", "rn", "rm", "rs", "rt", "highRdn"], 2, (...r) => (r.includes(15) ? 1 : 0), {
    optional: true,
  }),
  /** Shift of a register operand with an immediate amount: 0 none, 1 lsl, 2 lsr, 3 asr, 4 ror, 5 rrx. */
  shift: computedModifier(["type", "imm5"], 6, shiftKind),
  thumbShiftKind: computedModifier(["type", "imm3", "imm2"], 6, (t, i3, i2) => shiftKind(t!, (i3! << 2) | i2!)),
  /** Kind of a shift by a register: 0 lsl, 1 lsr, 2 asr, 3 ror. */
  shiftType: computedModifier(["type"], 4, (type) => type!),
  /** Whether a register operand is rotated at all. */
  rotated: computedModifier(["rotation"], 2, (rotation) => (rotation !== 0 ? 1 : 0)),
  /** Ones where BFC and BFI write. */
  bitFieldMask: computed(["msb", "lsb"], (msb, lsb) => bitMask(msb!, lsb!)),
  thumbBitFieldMask: computed(["msb", "imm3", "imm2"], (msb, imm3, imm2) => bitMask(msb!, (imm3! << 2) | imm2!)),
  immediate16: joined(["imm4", "imm12"], { text: immediate }),
  thumbImmediate16: joined(["imm4", "i", "imm3", "imm8"], { text: immediate }),
  thumbImmediate12: joined(["i", "imm3", "imm8"], { text: immediate }),
  words7: joined(["imm7"], { shift: 2, text: immediate }),
  words8: joined(["imm8"], { shift: 2, text: immediate }),
  thumbShift: joined(["imm3", "imm2"], { text: immediate }),
  highRdn: joined(["dn", "ldn"], { text: gpr.text }),
  splitImmediate8: joined(["imm4h", "imm4l"]),
  ...offsets,
  ...vfpDerived,
  ...neonDerived,
} as const

const context = {
  /** 1 inside an IT block: 16-bit data processing leaves the flags alone. */
  inIt: { values: 2, value: (it: number) => (it !== 0 ? 1 : 0) },
  /** ITSTATE itself: only ever part of a computed operand. */
  it: { values: 256, value: (it: number) => it },
} as const

/** Names of encodings, by the letter of the instruction set: `A1`, `T3` (A8.1). */
function numbered<const L extends string>(letter: L) {
  type Name = `${L}${1 | 2 | 3 | 4}`
  const name = new RegExp(`^${letter}[1-4]$`)
  return {
    isName: (text: string): text is Name => name.test(text),
    // Unallocated memory hints have no section of their own, only rows of tables.
    isSection: (text: string) => /^(?:A5\.7\.1|A6\.3\.9|(?:A8\.8|B9\.3)\.[1-9][0-9]*)$/.test(text),
  }
}

const allForms = { ...forms, ...shifterForms, ...vfpForms, ...neonForms }

/** Declares instructions of the A32 instruction set. */
export const a32 = isa({
  name: "A32",
  bits: 32,
  fields,
  derived,
  forms: allForms,
  guard: { field: "cond", always: AL, test: testCondition },
  encodings: numbered("A"),
})

const thumbContext = {
  ...context,
  cond: { values: 15, value: (it: number) => (it !== 0 ? Math.min(it >> 4, AL) : AL) },
} as const

const t16Context = {
  ...thumbContext,
  /** 16-bit data processing sets the flags outside IT blocks. */
  s: { values: 2, value: (it: number) => (it !== 0 ? 0 : 1) },
} as const

/** Declares 16-bit Thumb instructions. */
export const t16 = isa({
  name: "T16",
  bits: 16,
  fields,
  derived,
  forms: allForms,
  context: t16Context,
  guard: { field: "cond", always: AL, test: testCondition },
  encodings: numbered("T"),
})

/** Declares 32-bit Thumb instructions, first halfword in the high half. */
export const t32 = isa({
  name: "T32",
  bits: 32,
  fields,
  derived,
  forms: allForms,
  context: thumbContext,
  guard: { field: "cond", always: AL, test: testCondition },
  encodings: numbered("T"),
})
