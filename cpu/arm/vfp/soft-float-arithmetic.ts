// Arithmetic on floating-point numbers, exact and slow (ARM DDI 0406C, A2.7; pseudocode FPAdd, FPSub, FPMul, FPDiv,
// FPSqrt, FPMulAdd, FPCompare). Operands and results are bits of the format.

import {
  bitLength,
  type Environment,
  FLAG,
  type Format,
  infinity,
  invalid,
  isNan,
  isZero,
  processNans,
  ROUND,
  round,
  type Unpacked,
  unpack,
  zero,
} from "./soft-float.ts"

/** `x + y` of finite numbers, as a signed multiple of a power of two. */
function sum(x: Unpacked, y: Unpacked): { value: bigint; exponent: number } {
  const exponent = Math.min(x.exponent, y.exponent)
  const scaled = (n: Unpacked) => (n.negative ? -1n : 1n) * (n.significand << BigInt(n.exponent - exponent))
  return { value: scaled(x) + scaled(y), exponent }
}

/** The sum of operands of which none is a NaN. */
function addNumbers(env: Environment, f: Format, x: Unpacked, y: Unpacked): bigint {
  if (x.kind === "infinity" || y.kind === "infinity") {
    if (x.kind === y.kind && x.negative !== y.negative) return invalid(env, f)
    return infinity(f, x.kind === "infinity" ? x.negative : y.negative)
  }
  if (isZero(x) && isZero(y) && x.negative === y.negative) return zero(f, x.negative)
  const { value, exponent } = sum(x, y)
  if (value === 0n) return zero(f, env.rounding === ROUND.down)
  return round(env, f, value < 0n, value < 0n ? -value : value, exponent)
}

const negated = (x: Unpacked): Unpacked => ({ ...x, negative: !x.negative })

/** FPAdd. */
export function add(env: Environment, f: Format, xBits: bigint, yBits: bigint): bigint {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  return processNans(env, f, x, y) ?? addNumbers(env, f, x, y)
}

/** FPSub. */
export function subtract(env: Environment, f: Format, xBits: bigint, yBits: bigint): bigint {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  return processNans(env, f, x, y) ?? addNumbers(env, f, x, negated(y))
}

const isInvalidProduct = (x: Unpacked, y: Unpacked) =>
  (x.kind === "infinity" && isZero(y)) || (isZero(x) && y.kind === "infinity")

/** The exact product of operands of which none is a NaN, and that are not zero and an infinity. */
function product(x: Unpacked, y: Unpacked): Unpacked {
  return {
    kind: x.kind === "infinity" || y.kind === "infinity" ? "infinity" : "finite",
    negative: x.negative !== y.negative,
    significand: x.significand * y.significand,
    exponent: x.exponent + y.exponent,
    bits: 0n,
  }
}

/** FPMul. */
export function multiply(env: Environment, f: Format, xBits: bigint, yBits: bigint): bigint {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  const nan = processNans(env, f, x, y)
  if (nan !== undefined) return nan
  if (isInvalidProduct(x, y)) return invalid(env, f)
  const { kind, negative, significand, exponent } = product(x, y)
  if (kind === "infinity") return infinity(f, negative)
  return significand === 0n ? zero(f, negative) : round(env, f, negative, significand, exponent)
}

/** FPMulAdd: `addend + x * y`, rounded once. */
export function fusedMultiplyAdd(env: Environment, f: Format, addend: bigint, xBits: bigint, yBits: bigint): bigint {
  const [a, x, y] = [unpack(env, f, addend), unpack(env, f, xBits), unpack(env, f, yBits)]
  const nan = processNans(env, f, a, x, y)
  // A quiet NaN as addend does not hide that the product is invalid.
  if (a.kind === "quiet" && isInvalidProduct(x, y)) return invalid(env, f)
  if (nan !== undefined) return nan
  if (isInvalidProduct(x, y)) return invalid(env, f)
  return addNumbers(env, f, a, product(x, y))
}

/** FPDiv. */
export function divide(env: Environment, f: Format, xBits: bigint, yBits: bigint): bigint {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  const nan = processNans(env, f, x, y)
  if (nan !== undefined) return nan
  const negative = x.negative !== y.negative
  if (x.kind === "infinity") return y.kind === "infinity" ? invalid(env, f) : infinity(f, negative)
  if (y.kind === "infinity") return zero(f, negative)
  if (isZero(y)) {
    if (isZero(x)) return invalid(env, f)
    env.flags |= FLAG.divideByZero
    return infinity(f, negative)
  }
  if (isZero(x)) return zero(f, negative)
  // Enough bits of the quotient for any rounding, and one that tells whether there are more.
  const wanted = f.fractionBits + 3 - (bitLength(x.significand) - bitLength(y.significand))
  const shift = Math.max(wanted, 0) + 1
  const dividend = x.significand << BigInt(shift)
  const quotient = dividend / y.significand
  const more = quotient * y.significand === dividend ? 0n : 1n
  return round(env, f, negative, (quotient << 1n) | more, x.exponent - y.exponent - shift - 1)
}

/** FPSqrt. */
export function squareRoot(env: Environment, f: Format, xBits: bigint): bigint {
  const x = unpack(env, f, xBits)
  const nan = processNans(env, f, x)
  if (nan !== undefined) return nan
  if (isZero(x)) return zero(f, x.negative)
  if (x.negative) return invalid(env, f)
  if (x.kind === "infinity") return infinity(f, false)
  const odd = x.exponent & 1
  // Half of these bits are the root's, enough for any rounding.
  const shift = 2 * (f.fractionBits + 3)
  const radicand = x.significand << BigInt(shift + odd)
  const root = integerRoot(radicand)
  const more = root * root === radicand ? 0n : 1n
  return round(env, f, false, (root << 1n) | more, (x.exponent - odd - shift) / 2 - 1)
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

/** What FPCompare answers: N, Z, C and V, N being bit 3. */
export const COMPARED = { less: 0b1000, equal: 0b0110, greater: 0b0010, unordered: 0b0011 } as const

/** FPCompare; `signalling` makes a quiet NaN invalid too. */
export function compare(env: Environment, f: Format, xBits: bigint, yBits: bigint, signalling: boolean): number {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  if (isNan(x) || isNan(y)) {
    if (signalling || x.kind === "signalling" || y.kind === "signalling") env.flags |= FLAG.invalid
    return COMPARED.unordered
  }
  const sign = (n: Unpacked) => (n.negative ? -1 : 1)
  if (x.kind === "infinity" || y.kind === "infinity") {
    const size = (n: Unpacked) => (n.kind === "infinity" ? sign(n) : 0)
    return ordered(size(x) - size(y))
  }
  const { value } = sum(x, negated(y))
  return ordered(value < 0n ? -1 : value > 0n ? 1 : 0)
}

const ordered = (difference: number) =>
  difference < 0 ? COMPARED.less : difference > 0 ? COMPARED.greater : COMPARED.equal
