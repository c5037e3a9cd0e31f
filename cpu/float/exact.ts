// Arithmetic without rounding (IEEE 754-2008, 5.4 and 7.2). Operands are not NaNs. Results are exact, or longer than any
// format's significand with a lowest bit that stands for all bits below it.

import { type Format, isZero, type Unpacked } from "./format.ts"
import { bitLength, ROUND, type Rounding } from "./rounding.ts"

/** Why an operation has no result. */
export type InvalidCause =
  | "infinityMinusInfinity"
  | "infinityTimesZero"
  | "infinityByInfinity"
  | "zeroByZero"
  | "negativeRoot"

/** An exact result, or why there is none. */
export type Exact = Unpacked | { readonly kind: "invalid"; readonly cause: InvalidCause }

const invalid = (cause: InvalidCause): Exact => ({ kind: "invalid", cause })
const infinite = (negative: boolean): Unpacked => ({
  kind: "infinity",
  negative,
  significand: 0n,
  exponent: 0,
  bits: 0n,
})
const finite = (negative: boolean, significand: bigint, exponent: number): Unpacked => {
  return { kind: "finite", negative, significand, exponent, bits: 0n }
}

/** The number with the other sign. */
export const negated = (x: Unpacked): Unpacked => ({ ...x, negative: !x.negative })

/** More bits than any significand, product or half of an interval between numbers has. */
const WIDE = 128

/** Replaces a number that is far smaller than another one by one that rounds alike: a bit below all that matter. */
function nearer(x: Unpacked, y: Unpacked): Unpacked {
  const floor = x.exponent - WIDE
  if (y.significand === 0n || x.significand === 0n || y.exponent + bitLength(y.significand) > floor) return y
  return finite(y.negative, 1n, floor)
}

/** The sum of finite numbers as a signed multiple of a power of two. */
function alignedSum(x: Unpacked, y: Unpacked): { value: bigint; exponent: number } {
  const [near, far] = [nearer(y, x), nearer(x, y)]
  const exponent = Math.min(near.exponent, far.exponent)
  const scaled = (n: Unpacked) => (n.negative ? -1n : 1n) * (n.significand << BigInt(n.exponent - exponent))
  return { value: scaled(near) + scaled(far), exponent }
}

/** `x + y`. The rounding mode gives the sign of a zero. */
export function sum(x: Unpacked, y: Unpacked, mode: Rounding): Exact {
  if (x.kind === "infinity" || y.kind === "infinity") {
    if (x.kind === y.kind && x.negative !== y.negative) return invalid("infinityMinusInfinity")
    return infinite(x.kind === "infinity" ? x.negative : y.negative)
  }
  if (isZero(x) && isZero(y) && x.negative === y.negative) return x
  const { value, exponent } = alignedSum(x, y)
  if (value === 0n) return finite(mode === ROUND.down, 0n, 0)
  return finite(value < 0n, value < 0n ? -value : value, exponent)
}

/** `x * y`. */
export function product(x: Unpacked, y: Unpacked): Exact {
  const negative = x.negative !== y.negative
  if (x.kind !== "infinity" && y.kind !== "infinity") {
    return finite(negative, x.significand * y.significand, x.exponent + y.exponent)
  }
  return isZero(x) || isZero(y) ? invalid("infinityTimesZero") : infinite(negative)
}

/** `x / y` for rounding to a format. A finite number divided by zero gives infinity: the caller tells it by `isZero`. */
export function quotient(f: Format, x: Unpacked, y: Unpacked): Exact {
  const negative = x.negative !== y.negative
  if (x.kind === "infinity") return y.kind === "infinity" ? invalid("infinityByInfinity") : infinite(negative)
  if (y.kind === "infinity") return finite(negative, 0n, 0)
  if (isZero(y)) return isZero(x) ? invalid("zeroByZero") : infinite(negative)
  if (isZero(x)) return finite(negative, 0n, 0)
  // Enough bits of the quotient for any rounding, and one that tells whether there are more.
  const wanted = f.fractionBits + 3 - (bitLength(x.significand) - bitLength(y.significand))
  const shift = Math.max(wanted, 0) + 1
  const dividend = x.significand << BigInt(shift)
  const whole = dividend / y.significand
  const more = whole * y.significand === dividend ? 0n : 1n
  return finite(negative, (whole << 1n) | more, x.exponent - y.exponent - shift - 1)
}

/** The square root for rounding to a format. */
export function squareRoot(f: Format, x: Unpacked): Exact {
  if (isZero(x)) return x
  if (x.negative) return invalid("negativeRoot")
  if (x.kind === "infinity") return x
  const odd = x.exponent & 1
  // Half of these bits are the root's, enough for any rounding.
  const shift = 2 * (f.fractionBits + 3)
  const radicand = x.significand << BigInt(shift + odd)
  const root = integerRoot(radicand)
  const more = root * root === radicand ? 0n : 1n
  return finite(false, (root << 1n) | more, (x.exponent - odd - shift) / 2 - 1)
}

/** The largest integer whose square is not larger than n (Newton's iteration from above). */
function integerRoot(n: bigint): bigint {
  let root = 1n << BigInt((bitLength(n) + 1) >> 1)
  for (;;) {
    const next = (root + n / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** Compares numbers: negative, zero or positive as x is less than, equal to or greater than y. */
export function compareNumbers(x: Unpacked, y: Unpacked): number {
  const size = (n: Unpacked) => (n.kind === "infinity" ? (n.negative ? -1 : 1) : 0)
  if (size(x) !== 0 || size(y) !== 0) return size(x) - size(y)
  const { value } = alignedSum(x, negated(y))
  return value < 0n ? -1 : value > 0n ? 1 : 0
}
