// Floating-point operations of Advanced SIMD on one element, exact and slow (ARM DDI 0406C, A2.7; pseudocode FPMax,
// FPMin, FPRecipEstimate, FPRecipStep, FPRSqrtEstimate, FPRSqrtStep, UnsignedRecipEstimate). Operands and results are
// bits in single precision.

import { defaultNan, infinity, isNan, isZero, SINGLE, type Unpacked, zero } from "../../float/format.ts"
import { type Environment, FLAG, invalid, processNans, unpack } from "../vfp/soft-float.ts"
import { add, COMPARED, compare, divide, fusedMultiplyAdd, multiply, subtract } from "../vfp/soft-float-arithmetic.ts"

/** An operation on an element: of the destination, and two operands. */
type Operation = (env: Environment, d: bigint, x: bigint, y: bigint) => bigint

const SIGN = 0x8000_0000n
const ONES = 0xffff_ffffn
const TWO = 0x4000_0000n
const THREE = 0x4040_0000n
const THREE_HALVES = 0x3fc0_0000n
const negate = (x: bigint) => x ^ SIGN
const absolute = (x: bigint) => x & ~SIGN

export const vadd: Operation = (env, _, x, y) => add(env, SINGLE, x, y)
export const vsub: Operation = (env, _, x, y) => subtract(env, SINGLE, x, y)
export const vmul: Operation = (env, _, x, y) => multiply(env, SINGLE, x, y)
export const vmla: Operation = (env, d, x, y) => add(env, SINGLE, d, multiply(env, SINGLE, x, y))
export const vmls: Operation = (env, d, x, y) => add(env, SINGLE, d, negate(multiply(env, SINGLE, x, y)))
export const vfma: Operation = (env, d, x, y) => fusedMultiplyAdd(env, SINGLE, d, x, y)
export const vfms: Operation = (env, d, x, y) => fusedMultiplyAdd(env, SINGLE, d, negate(x), y)
export const vabd: Operation = (env, _, x, y) => absolute(subtract(env, SINGLE, x, y))

/** The larger or the smaller operand; of zeros, the one with sign 0 is the larger. */
const extreme =
  (greatest: boolean): Operation =>
  (env, _, xBits, yBits) => {
    const [x, y] = [unpack(env, SINGLE, xBits), unpack(env, SINGLE, yBits)]
    const nan = processNans(env, SINGLE, x, y)
    if (nan !== undefined) return nan
    const flushed = (n: Unpacked) => (isZero(n) ? zero(SINGLE, n.negative) : n.bits)
    const order = (n: Unpacked) => (n.negative ? -1n : 1n) * absolute(flushed(n)) - (n.negative ? 1n : 0n)
    return order(x) > order(y) === greatest ? flushed(x) : flushed(y)
  }
export const vmax = extreme(true)
export const vmin = extreme(false)

const test =
  (signalling: boolean, holds: (nzcv: number) => boolean): Operation =>
  (env, _, x, y) =>
    holds(compare(env, SINGLE, x, y, signalling)) ? ONES : 0n
export const vceq = test(false, (nzcv) => nzcv === COMPARED.equal)
export const vcge = test(true, (nzcv) => nzcv === COMPARED.equal || nzcv === COMPARED.greater)
export const vcgt = test(true, (nzcv) => nzcv === COMPARED.greater)
export const vacge: Operation = (env, d, x, y) => vcge(env, d, absolute(x), absolute(y))
export const vacgt: Operation = (env, d, x, y) => vcgt(env, d, absolute(x), absolute(y))

const isInfiniteTimesZero = (x: Unpacked, y: Unpacked) =>
  (x.kind === "infinity" && isZero(y)) || (isZero(x) && y.kind === "infinity")

/** 2 - x * y, and (3 - x * y) / 2: steps of Newton's iteration. */
export const vrecps: Operation = (env, _, x, y) =>
  isInfiniteTimesZero(unpack(env, SINGLE, x), unpack(env, SINGLE, y))
    ? TWO
    : subtract(env, SINGLE, TWO, multiply(env, SINGLE, x, y))
export const vrsqrts: Operation = (env, _, x, y) =>
  isInfiniteTimesZero(unpack(env, SINGLE, x), unpack(env, SINGLE, y))
    ? THREE_HALVES
    : divide(env, SINGLE, subtract(env, SINGLE, THREE, multiply(env, SINGLE, x, y)), TWO)

/** An estimate of 1/x, both in units of 1/512, x from a half up to 1. */
function reciprocal(x: number): number {
  return (Math.floor(2 ** 19 / (2 * x + 1)) + 1) >> 1
}

/** An estimate of the reciprocal of the square root, both in units of 1/512, x from a quarter up to 1. */
function reciprocalRoot(x: number): number {
  // In units of 1/512 below a half, where the intervals are half as long, else of 1/256.
  const middle = x < 256 ? 2 * x + 1 : 2 * ((x & ~1) + 1)
  let root = 512
  while (middle * (root + 1) ** 2 < 2 ** 28) root++
  return (root + 1) >> 1
}

const exponentOf = (bits: bigint): number => Number((bits >> 23n) & 0xffn)
const fractionOf = (bits: bigint): number => Number(bits & 0x7f_ffffn)
/** A number of an exponent and the 8 upper bits of its fraction, behind a leading one. */
const numberOf = (negative: boolean, exponent: number, estimate: number): bigint =>
  zero(SINGLE, negative) | (BigInt(exponent) << 23n) | (BigInt(estimate & 0xff) << 15n)

export const vrecpe: Operation = (env, _, xBits) => {
  const x = unpack(env, SINGLE, xBits)
  const nan = processNans(env, SINGLE, x)
  if (nan !== undefined) return nan
  if (x.kind === "infinity") return zero(SINGLE, x.negative)
  if (isZero(x)) {
    env.flags |= FLAG.divideByZero
    return infinity(SINGLE, x.negative)
  }
  const exponent = 253 - exponentOf(xBits)
  if (exponent <= 0) {
    env.flags |= FLAG.underflow
    return zero(SINGLE, x.negative)
  }
  return numberOf(x.negative, exponent, reciprocal(256 | (fractionOf(xBits) >> 15)))
}

export const vrsqrte: Operation = (env, _, xBits) => {
  const x = unpack(env, SINGLE, xBits)
  if (isNan(x)) {
    processNans(env, SINGLE, x)
    return defaultNan(SINGLE)
  }
  if (isZero(x)) {
    env.flags |= FLAG.divideByZero
    return infinity(SINGLE, x.negative)
  }
  if (x.negative) return invalid(env, SINGLE)
  if (x.kind === "infinity") return zero(SINGLE, false)
  const exponent = exponentOf(xBits)
  const fraction = fractionOf(xBits)
  const scaled = exponent & 1 ? 128 | (fraction >> 16) : 256 | (fraction >> 15)
  return numberOf(false, (380 - exponent) >> 1, reciprocalRoot(scaled))
}

/** The estimates for unsigned fixed-point numbers, in units of 2 ** -32. */
export function estimateFixed(root: boolean, x: bigint): bigint {
  if (x < (root ? 0x4000_0000n : SIGN)) return ONES
  const scaled = Number(x >> 23n)
  return BigInt(root ? reciprocalRoot(scaled) : reciprocal(scaled)) << 23n
}
