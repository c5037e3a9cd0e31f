// Arithmetic on floating-point numbers, exact and slow (ARM DDI 0406C, A2.7; pseudocode FPAdd, FPSub, FPMul, FPDiv,
// FPSqrt, FPMulAdd, FPCompare). Operands and results are bits of the format.

import * as exact from "../../float/exact.ts"
import { type Format, isNan, isZero } from "../../float/format.ts"
import { type Environment, FLAG, finish, invalid, processNans, unpack } from "./soft-float.ts"

/** FPAdd. */
export function add(env: Environment, f: Format, xBits: bigint, yBits: bigint): bigint {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  return processNans(env, f, x, y) ?? finish(env, f, exact.sum(x, y, env.rounding))
}

/** FPSub. */
export function subtract(env: Environment, f: Format, xBits: bigint, yBits: bigint): bigint {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  return processNans(env, f, x, y) ?? finish(env, f, exact.sum(x, exact.negated(y), env.rounding))
}

/** FPMul. */
export function multiply(env: Environment, f: Format, xBits: bigint, yBits: bigint): bigint {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  return processNans(env, f, x, y) ?? finish(env, f, exact.product(x, y))
}

/** FPMulAdd: `addend + x * y`, rounded once. */
export function fusedMultiplyAdd(env: Environment, f: Format, addend: bigint, xBits: bigint, yBits: bigint): bigint {
  const [a, x, y] = [unpack(env, f, addend), unpack(env, f, xBits), unpack(env, f, yBits)]
  const nan = processNans(env, f, a, x, y)
  const product = isNan(x) || isNan(y) ? undefined : exact.product(x, y)
  // A quiet NaN as addend does not hide that the product is invalid.
  if (product?.kind === "invalid" && a.kind !== "signalling") return invalid(env, f)
  if (nan !== undefined || product === undefined || product.kind === "invalid") return nan ?? invalid(env, f)
  return finish(env, f, exact.sum(a, product, env.rounding))
}

/** FPDiv. */
export function divide(env: Environment, f: Format, xBits: bigint, yBits: bigint): bigint {
  const [x, y] = [unpack(env, f, xBits), unpack(env, f, yBits)]
  const nan = processNans(env, f, x, y)
  if (nan !== undefined) return nan
  if (x.kind === "finite" && isZero(y) && !isZero(x)) env.flags |= FLAG.divideByZero
  return finish(env, f, exact.quotient(f, x, y))
}

/** FPSqrt. */
export function squareRoot(env: Environment, f: Format, xBits: bigint): bigint {
  const x = unpack(env, f, xBits)
  return processNans(env, f, x) ?? finish(env, f, exact.squareRoot(f, x))
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
  const difference = exact.compareNumbers(x, y)
  return difference < 0 ? COMPARED.less : difference > 0 ? COMPARED.greater : COMPARED.equal
}
