// Vector conversions to and from fixed point, and rounding to integers (ALTIVECPEM, 4.2.2.3 and chapter 6).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { VR } from "../state.ts"
import { formVxNumber, oneVector } from "./encoding.ts"
import { float, perform, splatFloat } from "./float-vector.ts"
import { noteSaturation, or } from "./vector.ts"

/** 2 to the power of the operand, or of its negative. */
function power(b: Builder, exponent: Operand, sign: 1 | -1): Node {
  const biased = b[sign === 1 ? "add" : "sub"](b.i32(127), b.imm(exponent))
  return b.op("i32x4.splat", b.shl(biased, b.i32(23)))
}

const fromFixed = (name: string, xo: number, sign: "S" | "U"): Instruction =>
  formVxNumber(name, xo, (b, f) =>
    b.setReg(VR, f.vD, float(b, "mul", float(b, `convert${sign}`, b.reg(VR, f.vB)), power(b, f.UIMM5, -1))),
  )

/** vcfux: converts unsigned words, and divides by a power of 2. */
export const vcfux = fromFixed("vcfux", 778, "U")
/** vcfsx: converts signed words, and divides by a power of 2. */
export const vcfsx = fromFixed("vcfsx", 842, "S")

/** A NaN becomes 0 and does not count as saturated; nor does what is rounded into the range. */
const toFixed = (name: string, xo: number, sign: "S" | "U", low: (b: Builder, x: Node) => Node, limit: number) =>
  formVxNumber(name, xo, (b, f) => {
    const scaled = float(b, "mul", b.reg(VR, f.vB), power(b, f.UIMM5, 1))
    noteSaturation(b, or(b, float(b, "ge", scaled, splatFloat(b, limit)), low(b, scaled)))
    b.setReg(VR, f.vD, b.op(`i32x4.truncSat${sign}`, scaled))
  })

/** vctuxs: multiplies by a power of 2, and converts to unsigned words, saturating. */
export const vctuxs = toFixed("vctuxs", 906, "U", (b, x) => float(b, "le", x, splatFloat(b, -1)), 2 ** 32)
/** vctsxs: multiplies by a power of 2, and converts to signed words, saturating. */
export const vctsxs = toFixed("vctsxs", 970, "S", (b, x) => float(b, "lt", x, splatFloat(b, -(2 ** 31))), 2 ** 31)

const round = (name: string, xo: number, how: "nearest" | "trunc" | "ceil" | "floor"): Instruction =>
  oneVector(name, xo, (b, x) => perform(b, [x], (n) => ({ result: float(b, how, n), denormal: b.v128(0n) })))

/** vrfin: rounds to the nearest integers. */
export const vrfin = round("vrfin", 522, "nearest")
/** vrfiz: rounds to integers towards zero. */
export const vrfiz = round("vrfiz", 586, "trunc")
/** vrfip: rounds to integers upwards. */
export const vrfip = round("vrfip", 650, "ceil")
/** vrfim: rounds to integers downwards. */
export const vrfim = round("vrfim", 714, "floor")
