// Floating-point instructions bit by bit under the control of FPSCR (Programming Environments Manual, 3.3 and appendix
// D). Exact and slow: what the inline fast paths leave over.

import { type Exact, negated, product, quotient, sum } from "../../float/exact.ts"
import {
  DOUBLE,
  defaultNan,
  type Format,
  fractionMask,
  infinity,
  isNan,
  isZero,
  maxExponent,
  quietBit,
  SINGLE,
  signBit,
  type Unpacked,
  unpack,
  zero,
} from "../../float/format.ts"
import { ROUND, type Rounding, round } from "../../float/rounding.ts"
import { estimateReciprocal, estimateReciprocalRoot } from "./estimates.ts"
import { FPRF, FPSCR_BITS, RESULT_CLASS, withExceptions } from "./fpscr-bits.ts"

const { OX, UX, ZX, XX, VXSNAN, VXISI, VXIDI, VXZDZ, VXIMZ, VXSQRT, FR, FI, VE, OE, UE, ZE, NI } = FPSCR_BITS

/** What an instruction leaves: FPSCR, and the value of its target, which is undefined if the target keeps its own. */
export type Outcome = { readonly fpscr: number; readonly result: bigint | undefined }

const MODES: readonly Rounding[] = [ROUND.nearest, ROUND.zero, ROUND.up, ROUND.down]
/** The rounding mode that FPSCR[RN] selects. */
export const roundingMode = (fpscr: number): Rounding => MODES[fpscr & 3]!

/** Single precision with more exponents: what enabled exceptions deliver. */
const ADJUSTED_SINGLE: Format = { ...SINGLE, exponentBits: 13 }

/** Rounds with the exponent adjusted, as enabled overflow and underflow do (3.3.6.1.4, 3.3.6.1.5); `by` is 1 or -1. */
function roundAdjusted(f: Format, value: Unpacked, by: number, mode: Rounding) {
  const isSingle = f === SINGLE
  const exponent = value.exponent + by * (isSingle ? 192 : 1536)
  return {
    format: isSingle ? ADJUSTED_SINGLE : f,
    ...round(isSingle ? ADJUSTED_SINGLE : f, { ...value, exponent }, mode),
  }
}

/** A number of a format as registers hold it. */
export function widen(f: Format, bits: bigint): bigint {
  if (f === DOUBLE) return bits
  const x = unpack(f, bits)
  if (x.kind === "infinity") return infinity(DOUBLE, x.negative)
  return isZero(x) ? zero(DOUBLE, x.negative) : round(DOUBLE, x, ROUND.zero).bits
}

/** FPRF for bits of a format. */
export function classify(f: Format, bits: bigint): number {
  const negative = (bits & signBit(f)) !== 0n
  const exponent = Number((bits >> BigInt(f.fractionBits)) & BigInt(maxExponent(f)))
  const isWhole = (bits & fractionMask(f)) === 0n
  const c = RESULT_CLASS
  if (exponent === maxExponent(f)) {
    return isWhole ? (negative ? c.negativeInfinity : c.positiveInfinity) : c.quietNan
  }
  if (exponent > 0) return negative ? c.negativeNormal : c.positiveNormal
  if (isWhole) return negative ? c.negativeZero : c.positiveZero
  return negative ? c.negativeDenormal : c.positiveDenormal
}

/** The fraction bits of double precision that single precision has not. */
const BEYOND_SINGLE = 0x1fff_ffffn

/** A NaN as a result. */
const quieted = (f: Format, { bits }: Unpacked): bigint => {
  return (f === SINGLE ? bits & ~BEYOND_SINGLE : bits) | quietBit(DOUBLE)
}

const withClass = (fpscr: number, resultClass: number): number => (fpscr & ~FPRF.mask) | (resultClass << FPRF.shift)

/** Ends an instruction that has a value for its target which no rounding has made: a NaN, an infinity, a zero. */
function deliver(fpscr: number, exceptions: number, f: Format, bits: bigint): Outcome {
  const status = withExceptions(fpscr & ~(FR | FI), exceptions)
  return { fpscr: withClass(status, classify(f, bits)), result: widen(f, bits) }
}

/** Ends an instruction whose exceptions leave the target as it is if `enable` is set (3.3.6.1.1, 3.3.6.1.2). */
function except(fpscr: number, exceptions: number, enable: number, bits: bigint): Outcome {
  if ((fpscr & enable) === 0) return deliver(fpscr, exceptions, DOUBLE, bits)
  return { fpscr: withExceptions(fpscr & ~(FR | FI), exceptions), result: undefined }
}

const CAUSES = {
  infinityMinusInfinity: VXISI,
  infinityTimesZero: VXIMZ,
  infinityByInfinity: VXIDI,
  zeroByZero: VXZDZ,
  negativeRoot: VXSQRT,
} as const

/**
 * Ends an instruction with a NaN if it has a NaN operand or is invalid. Operands come in the order of precedence: frA,
 * frB, frC.
 */
function processNans(fpscr: number, f: Format, operands: readonly Unpacked[], cause = 0): Outcome | undefined {
  const snan = operands.some((x) => x.kind === "signalling") ? VXSNAN : 0
  const nan = operands.find(isNan)
  if (!nan && cause === 0) return undefined
  const result = nan ? quieted(f, nan) : defaultNan(DOUBLE)
  const exceptions = snan | cause
  return exceptions === 0 ? deliver(fpscr, 0, DOUBLE, result) : except(fpscr, exceptions, VE, result)
}

/** Rounds a number, not zero, as FPSCR says (3.3.6.1.3 to 3.3.6.1.5); `negate` inverts the sign of what is rounded. */
function roundNumber(fpscr: number, f: Format, value: Unpacked, negate: boolean): Outcome {
  const mode = roundingMode(fpscr)
  let rounded = { format: f, ...round(f, value, mode) }
  let exceptions = 0
  if (rounded.overflow) {
    exceptions |= OX
    if (fpscr & OE) rounded = roundAdjusted(f, value, -1, mode)
  } else if (rounded.tiny && fpscr & UE) {
    exceptions |= UX
    rounded = roundAdjusted(f, value, 1, mode)
  } else if (rounded.tiny && fpscr & NI) {
    // Non-IEEE mode: a tiny result is zero.
    rounded = { ...rounded, bits: zero(f, value.negative), inexact: true, roundedUp: false }
    exceptions |= UX
  } else if (rounded.tiny && rounded.inexact) exceptions |= UX
  if (rounded.inexact) exceptions |= XX
  const bits = negate ? rounded.bits ^ signBit(rounded.format) : rounded.bits
  const fraction = (rounded.roundedUp ? FR : 0) | (rounded.inexact ? FI : 0)
  const { fpscr: status, result } = deliver(fpscr, exceptions, rounded.format, bits)
  return { fpscr: status | fraction, result }
}

/** Ends an instruction with a value that is exact, but for a NaN. */
function finish(fpscr: number, f: Format, value: Exact, negate = false): Outcome {
  if (value.kind === "invalid") return except(fpscr, CAUSES[value.cause], VE, defaultNan(DOUBLE))
  const negative = value.negative !== negate
  if (value.kind === "infinity") return deliver(fpscr, 0, f, infinity(f, negative))
  return isZero(value) ? deliver(fpscr, 0, f, zero(f, negative)) : roundNumber(fpscr, f, value, negate)
}

/**
 * A factor of single-precision products as the 750 takes it: its multiplier has room for 25 bits of frC, to which longer
 * fractions are rounded, ties away from zero. (Observed; the manual leaves operands that are no singles undefined.)
 */
function shortened(x: Unpacked): Unpacked {
  const length = x.significand.toString(2).length
  if (x.kind !== "finite" || length <= 25) return x
  const drop = BigInt(length - 25)
  const significand = ((x.significand >> (drop - 1n)) + 1n) >> 1n
  return { ...x, significand, exponent: x.exponent + Number(drop) }
}

/** The instructions, by the work that they have in common. */
export const OPERATION = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  madd: 4,
  msub: 5,
  nmadd: 6,
  nmsub: 7,
  round: 8,
  reciprocal: 9,
  reciprocalRoot: 10,
} as const

/** Name of an operation. */
export type Operation = keyof typeof OPERATION

/** How an instruction computes. */
export type Manner = {
  readonly operation: number
  readonly format: Format
  /** Whether products of single precision shorten frC. */
  readonly shortensC: boolean
}

/** Performs an instruction on frA, frB and frC; those that it lacks are ignored. */
export function compute(fpscr: number, manner: Manner, aBits: bigint, bBits: bigint, cBits: bigint): Outcome {
  const { operation, format: f } = manner
  const [a, b] = [unpack(DOUBLE, aBits), unpack(DOUBLE, bBits)]
  const full = unpack(DOUBLE, cBits)
  const c = f === SINGLE && manner.shortensC ? shortened(full) : full
  const mode = roundingMode(fpscr)
  switch (operation) {
    case OPERATION.add:
      return processNans(fpscr, f, [a, b]) ?? finish(fpscr, f, sum(a, b, mode))
    case OPERATION.sub:
      return processNans(fpscr, f, [a, b]) ?? finish(fpscr, f, sum(a, negated(b), mode))
    case OPERATION.mul:
      return processNans(fpscr, f, [a, c]) ?? finish(fpscr, f, product(a, c))
    case OPERATION.div:
      if (a.kind === "finite" && !isZero(a) && isZero(b)) {
        return except(fpscr, ZX, ZE, infinity(DOUBLE, a.negative !== b.negative))
      }
      return processNans(fpscr, f, [a, b]) ?? finish(fpscr, f, quotient(f, a, b))
    case OPERATION.round:
      return processNans(fpscr, f, [b]) ?? finish(fpscr, f, b)
    case OPERATION.reciprocal:
      return reciprocal(fpscr, b)
    case OPERATION.reciprocalRoot:
      return reciprocalRoot(fpscr, b)
    default:
      return multiplyAdd(fpscr, f, operation, a, b, c)
  }
}

/** frA * frC plus or minus frB, rounded once. */
function multiplyAdd(fpscr: number, f: Format, operation: number, a: Unpacked, b: Unpacked, c: Unpacked): Outcome {
  const exact = isNan(a) || isNan(c) ? undefined : product(a, c)
  const cause = exact?.kind === "invalid" ? CAUSES[exact.cause] : 0
  const nan = processNans(fpscr, f, [a, b, c], cause)
  if (nan) return nan
  const addend = operation === OPERATION.msub || operation === OPERATION.nmsub ? negated(b) : b
  const value = sum(exact as Unpacked, addend, roundingMode(fpscr))
  return finish(fpscr, f, value, operation === OPERATION.nmadd || operation === OPERATION.nmsub)
}

/** fres. FR and FI, which the manual leaves undefined, keep their values unless there is nothing to estimate. */
function reciprocal(fpscr: number, b: Unpacked): Outcome {
  if (isZero(b)) return except(fpscr, ZX, ZE, infinity(DOUBLE, b.negative))
  const nan = processNans(fpscr, SINGLE, [b])
  if (nan) return nan
  if (b.kind === "infinity") return deliver(fpscr, 0, DOUBLE, zero(DOUBLE, b.negative))
  const { single, overflow, underflow } = estimateReciprocal(b.bits, (fpscr & NI) !== 0)
  const status = withExceptions(fpscr, (overflow ? OX : 0) | (underflow ? UX : 0))
  return { fpscr: withClass(status, classify(SINGLE, single)), result: widen(SINGLE, single) }
}

/** frsqrte; the same holds for its FR and FI. */
function reciprocalRoot(fpscr: number, b: Unpacked): Outcome {
  if (isZero(b)) return except(fpscr, ZX, ZE, infinity(DOUBLE, b.negative))
  const nan = processNans(fpscr, DOUBLE, [b], !isNan(b) && b.negative ? VXSQRT : 0)
  if (nan) return nan
  if (b.kind === "infinity") return deliver(fpscr, 0, DOUBLE, zero(DOUBLE, false))
  const result = estimateReciprocalRoot(b.bits)
  return { fpscr: withClass(fpscr, classify(DOUBLE, result)), result }
}
