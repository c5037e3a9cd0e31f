// The fields of PowerPC instructions, once: width, sign and spelling (Programming Environments Manual, MPCFPE32B,
// appendix A.5 and table 8-1; AltiVec: ALTIVECPEM, appendix A).

import { computed, computedModifier, decimal, type Field, isa, joined, modifier, operand } from "../isa/index.ts"
import { BRANCH_KINDS, branchKind } from "./branch/options.ts"
import { maskOf } from "./fixed-point/mask.ts"
import { SPR_KINDS, sprKind, sprs750, sprs7400 } from "./system/spr.ts"
import {
  absoluteTarget,
  byteCount,
  conditionBit,
  conditionField,
  displacement,
  registerOrZero,
  registers,
  signedImmediate,
  sprText,
  target,
  unsignedImmediate,
} from "./text/operands.ts"

const gpr = operand(5, { text: registers("r", 32) })
const fpr = operand(5, { text: registers("f", 32) })
const vr = operand(5, { text: registers("v", 32) })
const crf = operand(3, { text: conditionField })
const crb = operand(5, { text: conditionBit })
const flag = modifier(1)
const bits = (n: number) => operand(n)

const fields = {
  // Registers, as the manual names them
  rD: gpr,
  rS: gpr,
  rA: gpr,
  rB: gpr,
  frD: fpr,
  frS: fpr,
  frA: fpr,
  frB: fpr,
  frC: fpr,
  vD: vr,
  vS: vr,
  vA: vr,
  vB: vr,
  vC: vr,
  crfD: crf,
  crfS: crf,
  crbD: crb,
  crbA: crb,
  crbB: crb,
  SR: bits(4),
  sprLow: bits(5),
  sprHigh: bits(5),
  // Immediates
  SIMM: operand(16, { signed: true, text: signedImmediate }),
  UIMM: operand(16, { text: unsignedImmediate }),
  d: operand(16, { signed: true, text: displacement }),
  SH: bits(5),
  MB: bits(5),
  ME: bits(5),
  NB: bits(5),
  TO: bits(5),
  CRM: bits(8),
  FM: bits(8),
  IMM: bits(4),
  SIMM5: operand(5, { signed: true }),
  UIMM5: bits(5),
  UIMM4: bits(4),
  UIMM3: bits(3),
  UIMM2: bits(2),
  STRM: bits(2),
  // Branches
  BO: bits(5),
  BI: crb,
  BD: operand(14, { signed: true }),
  LI: operand(24, { signed: true }),
  AA: flag,
  LK: flag,
  // Variants
  OE: flag,
  Rc: flag,
  L: flag,
  T: flag,
} as const satisfies Record<string, Field>

const derived = {
  /** The manual's `rA|0`: the value 0 where the number is 0, else the register. */
  rA0: joined(["rA"], { text: registerOrZero }),
  /** A field and a bit of FPSCR, which are written as numbers. */
  fpscrField: joined(["crfD"], { text: decimal }),
  fpscrBit: joined(["crbD"], { text: decimal }),
  spr: joined(["sprHigh", "sprLow"], { text: sprText }),
  relative14: joined(["BD"], { signed: true, shift: 2, text: target }),
  absolute14: joined(["BD"], { signed: true, shift: 2, text: absoluteTarget }),
  relative24: joined(["LI"], { signed: true, shift: 2, text: target }),
  absolute24: joined(["LI"], { signed: true, shift: 2, text: absoluteTarget }),
  /** The mask of a rotate instruction. */
  mask: computed(["MB", "ME"], maskOf),
  /** The number of bytes of a string. */
  byteCount: joined(["NB"], { text: byteCount }),
  /** The field of CR that a branch's bit is in. */
  conditionOfBI: computed(["BI"], (BI) => BI >> 2, { text: conditionField, invert: (crf) => [4 * crf] }),
  /** The immediates of extended mnemonics: one that is subtracted, and the bits that a mask clears at the right. */
  negated: computed(["SIMM"], (SIMM) => -SIMM, { text: signedImmediate, invert: (value) => [-value] }),
  clearedRight: computed(["ME"], (ME) => 31 - ME, { invert: (count) => [31 - count] }),
  /** The numbers of SPRGs and of BAT registers among the special-purpose registers. */
  sprg: computed(["sprLow"], (low) => low & 3, { invert: (n) => (n < 4 ? [16 + n] : undefined) }),
  bat: computed(["sprLow"], (low) => (low >> 1) & 3, { invert: (n) => (n < 4 ? [16 + 2 * n] : undefined) }),
  /** What BO tests. */
  branchKind: computedModifier(["BO"], BRANCH_KINDS, branchKind),
  /** How mfspr and mtspr treat the register, on each model (spr.ts). */
  kind750: computedModifier(["sprHigh", "sprLow"], SPR_KINDS, (high, low) => sprKind((high! << 5) | low!, sprs750)),
  kind7400: computedModifier(["sprHigh", "sprLow"], SPR_KINDS, (high, low) => sprKind((high! << 5) | low!, sprs7400)),
} as const

/** Declares PowerPC instructions. */
export const ppc = isa({ name: "PowerPC", bits: 32, fields, derived })

/** A diagram whose primary opcode (OPCD) or extended opcode (XO) is filled in, for instructions of one form. */
export const withOpcode = <const B extends string>(diagram: B, opcode: string): B =>
  diagram.replace(/OPCD|XO/, opcode) as B
