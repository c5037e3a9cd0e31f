// fctiw and fctiwz bit by bit (Programming Environments Manual, D.4.2).

import { DOUBLE, isNan, isZero, unpack } from "../../float/format.ts"
import { ROUND, roundAt } from "../../float/rounding.ts"
import { FPSCR_BITS, withExceptions } from "./fpscr-bits.ts"
import { type Outcome, roundingMode } from "./soft-float.ts"

const { VXSNAN, VXCVI, VE, FR, FI, XX } = FPSCR_BITS

/** The upper half of the target, which the manual leaves undefined: what 750-family processors were observed to write. */
export const UPPER = 0xfff8_0000_0000_0000n
/** Set above an integer of 0 that comes from a negative number. */
export const NEGATIVE_ZERO = 0x1_0000_0000n

/** A number as an integer of 32 bits. FPRF keeps its value. */
export function toInteger(fpscr: number, bits: bigint, towardsZero: boolean): Outcome {
  const x = unpack(DOUBLE, bits)
  const cleared = fpscr & ~(FR | FI)
  const invalid = (exceptions: number, integer: bigint): Outcome => {
    return { fpscr: withExceptions(cleared, exceptions), result: fpscr & VE ? undefined : UPPER | integer }
  }
  if (isNan(x)) return invalid(VXCVI | (x.kind === "signalling" ? VXSNAN : 0), 0x8000_0000n)
  const limit = x.negative ? 0x8000_0000n : 0x7fff_ffffn
  // A number of this size is out of range however it is rounded.
  if (x.kind === "infinity" || (x.exponent > 32 && !isZero(x))) return invalid(VXCVI, limit)
  const { whole, inexact, roundedUp } = roundAt(x, 0, towardsZero ? ROUND.zero : roundingMode(fpscr))
  if (whole > limit) return invalid(VXCVI, limit)
  const fraction = (roundedUp ? FR : 0) | (inexact ? FI : 0)
  const integer = BigInt.asUintN(32, x.negative ? -whole : whole)
  const result = UPPER | integer | (integer === 0n && x.negative ? NEGATIVE_ZERO : 0n)
  return { fpscr: withExceptions(cleared, inexact ? XX : 0) | fraction, result }
}
