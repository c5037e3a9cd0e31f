// Floating-point comparisons and conversions to integers (Programming Environments Manual, 4.2.2.3 and 4.2.2.4).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import { CR, FPR, FPSCR, state } from "../state.ts"
import { fp } from "./access.ts"
import { isSilent, numberOf } from "./fast.ts"
import { COMPARED, FPRF, FPSCR_BITS } from "./fpscr-bits.ts"
import { fpCompare, fpToInteger, HOW } from "./helpers.ts"
import { PENDING } from "./pending.ts"
import { NEGATIVE_ZERO, UPPER } from "./to-integer.ts"

const { FP_PENDING } = state.files

/** Notes that FPSCR has some of the fields that were pending. */
const settle = (b: Builder, fields: number): void => b.set(FP_PENDING, b.or(b.get(FP_PENDING), b.i32(fields)))

const comparison = (name: string, xo: "0000000000" | "0000100000", ordered: number) =>
  fp({
    name,
    bits: `111111 crfD (00) frA frB ${xo} (0)`,
    args: "crfD, frA, frB",
    semantics(b, f) {
      const [frA, frB] = [b.reg(FPR, f.frA), b.reg(FPR, f.frB)]
      const [x, y] = [numberOf(b, frA), numberOf(b, frB)]
      const tests = [b.op("f64.lt", x, y), b.op("f64.gt", x, y), b.op("f64.eq", x, y)] as const
      b.if(
        tests.reduce((m, n) => b.or(m, n)),
        () => setConditions(b, f.crfD, tests),
        () => b.perform(fpCompare, b.or(b.imm(f.crfD), b.i32(ordered)), frA, frB),
      )
    },
  })

/** Sets a field of CR, and FPCC, to the result of a comparison without NaNs. */
function setConditions(b: Builder, crfD: Operand, [less, greater, equal]: readonly [Node, Node, Node]): void {
  const first = b.shl(b.imm(crfD), b.i32(2))
  for (const [n, flag] of [less, greater, equal, b.i32(0)].entries()) b.setReg(CR, b.or(first, b.i32(n)), flag)
  const placed = (flag: Node, bit: number) => b.shl(flag, b.i32(FPRF.shift + Math.log2(bit)))
  const conditions = b.or(
    b.or(placed(less, COMPARED.less), placed(greater, COMPARED.greater)),
    placed(equal, COMPARED.equal),
  )
  b.set(FPSCR, b.or(b.and(b.get(FPSCR), b.i32(~FPRF.conditions)), conditions))
  settle(b, PENDING.hasConditions)
}

/** fcmpu: compares; only signalling NaNs are invalid. */
export const fcmpu = comparison("fcmpu", "0000000000", 0)
/** fcmpo: compares; all NaNs are invalid. */
export const fcmpo = comparison("fcmpo", "0000100000", HOW.ordered)

const conversion = (name: string, xo: "0000001110" | "0000001111", towardsZero: number) =>
  fp({
    name: `${name}{Rc?.}`,
    bits: `111111 frD (00000) frB ${xo} Rc`,
    args: "frD, frB",
    semantics(b, f) {
      const bits = b.reg(FPR, f.frB)
      const exactly = () => {
        b.perform(fpToInteger, b.i32(towardsZero | (f.Rc ? HOW.record : 0)), b.imm(f.frD), bits)
      }
      if (f.Rc) exactly()
      else convert(b, f.frD, bits, towardsZero, exactly)
    },
  })

/** Converts by the host's arithmetic where FPSCR asks for its rounding and the result is in range. */
function convert(b: Builder, frD: Operand, bits: Node, towardsZero: number, exactly: () => void): void {
  const x = numberOf(b, bits)
  const rounded = b.op(towardsZero ? "f64.trunc" : "f64.nearest", x)
  const isInRange = b.and(b.op("f64.ge", rounded, b.f64(-(2 ** 31))), b.op("f64.le", rounded, b.f64(2 ** 31 - 1)))
  const isInexact = b.op("f64.ne", rounded, x)
  const isRounding = towardsZero ? isSilentTowardsZero(b) : isSilent(b)
  b.if(
    b.and(isInRange, b.or(isRounding, b.eqz(isInexact))),
    () => {
      const integer = b.op("i32.truncSatF64S", rounded)
      const isNegativeZero = b.and(b.eqz(integer), b.ltS(bits, b.i64(0)))
      const upper = b.select(isNegativeZero, b.i64(UPPER | NEGATIVE_ZERO), b.i64(UPPER))
      b.setReg(FPR, frD, b.or(b.extendU(integer), upper))
      const { FR, FI } = FPSCR_BITS
      const isLarger = b.op("f64.gt", b.op("f64.abs", rounded), b.op("f64.abs", x))
      const fr = towardsZero ? b.i32(0) : b.select(isLarger, b.i32(FR), b.i32(0))
      const fraction = b.or(fr, b.select(isInexact, b.i32(FI), b.i32(0)))
      b.set(FPSCR, b.or(b.and(b.get(FPSCR), b.i32(~(FR | FI))), fraction))
      settle(b, PENDING.hasFraction)
    },
    exactly,
  )
}

/** 1 if an inexact conversion adds nothing to FPSCR, whatever its rounding mode: XX is set, XE is not. */
function isSilentTowardsZero(b: Builder): Node {
  const { XX, XE } = FPSCR_BITS
  return b.eq(b.and(b.get(FPSCR), b.i32(XE | XX)), b.i32(XX))
}

/** fctiw: converts to an integer, rounded as FPSCR says. */
export const fctiw = conversion("fctiw", "0000001110", 0)
/** fctiwz: converts to an integer, rounded towards zero. */
export const fctiwz = conversion("fctiwz", "0000001111", HOW.towardsZero)
