// Floating-point comparisons and conversions to integers (Programming Environments Manual, 4.2.2.3 and 4.2.2.4).

import { FPR } from "../state.ts"
import { fp } from "./access.ts"
import { fpCompare, fpToInteger, HOW } from "./helpers.ts"

const comparison = (name: string, xo: "0000000000" | "0000100000", ordered: number) =>
  fp({
    name,
    bits: `111111 crfD (00) frA frB ${xo} (0)`,
    args: "crfD, frA, frB",
    semantics(b, f) {
      b.perform(fpCompare, b.or(b.imm(f.crfD), b.i32(ordered)), b.reg(FPR, f.frA), b.reg(FPR, f.frB))
    },
  })

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
      const how = towardsZero | (f.Rc ? HOW.record : 0)
      b.perform(fpToInteger, b.i32(how), b.imm(f.frD), b.reg(FPR, f.frB))
    },
  })

/** fctiw: converts to an integer, rounded as FPSCR says. */
export const fctiw = conversion("fctiw", "0000001110", 0)
/** fctiwz: converts to an integer, rounded towards zero. */
export const fctiwz = conversion("fctiwz", "0000001111", HOW.towardsZero)
