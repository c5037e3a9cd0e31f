// Vector estimates (ALTIVECPEM, 4.2.2.5 and chapter 6: vrefp, vrsqrtefp, vlogefp, vexptefp).
//
// The MPC7400's tables are not published. The results here are within the manual's bounds, and nearer to the exact ones
// than those must be: reciprocals are rounded once or twice, logarithms and powers have an error below 2 ** -14.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { oneVector } from "./encoding.ts"
import { type Computed, float, perform, splatFloat, squashed } from "./float-vector.ts"
import { all, and, choose, on, or, shift } from "./vector.ts"

const estimate = (name: string, xo: number, operation: (b: Builder, x: Node) => Computed): Instruction =>
  oneVector(name, xo, (b, x) => perform(b, [x], (n) => operation(b, n!)))

/** vrefp: estimates reciprocals; the error is at most 1 part in 4096. */
export const vrefp = estimate("vrefp", 266, (b, x) => squashed(b, float(b, "div", splatFloat(b, 1), x)))

/** vrsqrtefp: estimates reciprocals of square roots; the error is at most 1 part in 4096. */
export const vrsqrtefp = estimate("vrsqrtefp", 330, (b, x) => ({
  result: float(b, "div", splatFloat(b, 1), float(b, "sqrt", x)),
  denormal: b.v128(0n),
}))

/** t * (c0 + t * (c1 + ...)). */
function polynomial(b: Builder, t: Node, coefficients: readonly number[]): Node {
  const inner = coefficients.reduceRight<Node | undefined>((sum, c) => {
    const constant = splatFloat(b, c)
    return sum ? float(b, "add", constant, float(b, "mul", t, sum)) : constant
  }, undefined)
  return float(b, "mul", t, inner!)
}

/** The logarithm to base 2 of 1 + t, for t from 0 to 1: exact at both ends. */
const LOGARITHM = [1.4419170355, -0.7090964109, 0.4156059555, -0.1935755802, 0.045149]
/** 2 to the power of t less 1, for t from 0 to 1: exact at both ends. */
const POWER = [0.6931529801, 0.2401471231, 0.0558552963, 0.0089477505, 0.00189685]

const INFINITY = 0x7f80_0000

/** vlogefp: estimates logarithms to base 2; the error is at most 1/32. */
export const vlogefp = estimate("vlogefp", 458, (b, x) => {
  const exponent = on(b, 2, "sub", shift(b, 2, "shrU", x, 23), all(b, 2, 127))
  const significand = or(b, and(b, x, all(b, 2, 0x007f_ffff)), splatFloat(b, 1))
  const fraction = polynomial(b, float(b, "sub", significand, splatFloat(b, 1)), LOGARITHM)
  const ordinary = float(b, "add", float(b, "convertS", exponent), fraction)
  // Infinity is its own logarithm; that of a negative number or a NaN is a NaN.
  const isOrdinary = on(b, 2, "ltU", x, all(b, 2, INFINITY))
  const isZero = float(b, "eq", x, b.v128(0n))
  const special = choose(b, isZero, splatFloat(b, -Infinity), float(b, "sqrt", x))
  return { result: choose(b, b.op("v128.andnot", isOrdinary, isZero), ordinary, special), denormal: b.v128(0n) }
})

/** vexptefp: estimates powers of 2; the error is at most 1 part in 16, and there is none for integers. */
export const vexptefp = estimate("vexptefp", 394, (b, x) => {
  const whole = float(b, "floor", x)
  const power = float(b, "add", splatFloat(b, 1), polynomial(b, float(b, "sub", x, whole), POWER))
  const scaled = on(b, 2, "add", power, shift(b, 2, "shl", on(b, 2, "truncSatS", whole), 23))
  const isTiny = float(b, "lt", x, splatFloat(b, -126))
  const isHuge = float(b, "ge", x, splatFloat(b, 128))
  const finite = choose(b, isHuge, all(b, 2, INFINITY), b.op("v128.andnot", scaled, isTiny))
  // A NaN stays one. Of the tiny results, only that of -infinity is exact.
  const result = choose(b, float(b, "eq", x, x), finite, x)
  return { result, denormal: b.op("v128.andnot", isTiny, float(b, "eq", x, splatFloat(b, -Infinity))) }
})
