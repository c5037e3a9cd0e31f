// Vectors of floating-point numbers: NaNs, denormal numbers, and non-Java mode (ALTIVECPEM, 3.2; MPC7400UM, 7.1.3.2).
//
// VSCR[NJ] chooses the mode. In non-Java mode a denormal operand or result counts as a zero of its sign. In Java mode the
// MPC7400 leaves most instructions with denormal numbers to software: they take the AltiVec assist exception (4.6.16).

import type { Builder, Node } from "../../ir/index.ts"
import { VSCR } from "../state.ts"
import { all, and, choose, or, VSCR_BITS, xor } from "./vector.ts"

/** An operation on numbers. */
export const float = (b: Builder, name: string, ...args: Node[]): Node => b.op(`f32x4.${name}`, ...args)

/** A vector of the same number. */
export const splatFloat = (b: Builder, value: number): Node =>
  b.op("i32x4.splat", b.op("i32.reinterpret", b.f32(value)))

const SMALLEST_NORMAL = 2 ** -126
const QUIET = 0x0040_0000
/** The NaN of an invalid operation. */
const DEFAULT_NAN = 0x7fc0_0000

/** The bits, but for the sign, of elements that are denormal; 0 for other numbers. */
export function denormalBits(b: Builder, x: Node): Node {
  const magnitude = and(b, x, all(b, 2, 0x7fff_ffff))
  return and(b, magnitude, float(b, "lt", magnitude, splatFloat(b, SMALLEST_NORMAL)))
}

const isJava = (b: Builder): Node => b.eqz(b.and(b.get(VSCR), b.i32(VSCR_BITS.NJ)))

/** In Java mode, takes the AltiVec assist exception if one of the vectors is not zero. */
export function assistJava(b: Builder, denormals: readonly Node[]): void {
  b.if(isJava(b), () => {
    const some = denormals.reduce((x, y) => or(b, x, y))
    b.if(b.op("v128.anyTrue", some), () => b.raise("altivecAssist"))
  })
}

/** Operands in which denormal numbers are zeros in non-Java mode. */
export function flushedUnlessJava(b: Builder, ...operands: Node[]): Node[] {
  // VSCR[NJ] in all bits.
  const nonJava = b.op("i32x4.splat", b.shrS(b.shl(b.get(VSCR), b.i32(15)), b.i32(31)))
  return operands.map((x) => xor(b, x, and(b, denormalBits(b, x), nonJava)))
}

/** A NaN result of operands: the first one that is a NaN, made quiet, else the default NaN. */
function nanOf(b: Builder, operands: readonly Node[]): Node {
  return operands.reduceRight(
    (nan, x) => choose(b, float(b, "ne", x, x), or(b, x, all(b, 2, QUIET)), nan),
    all(b, 2, DEFAULT_NAN),
  )
}

/** The result with its NaNs replaced by those that the operands give. */
export function withNans(b: Builder, result: Node, operands: readonly Node[]): Node {
  const nans = float(b, "ne", result, result)
  const settled = b.variable(result)
  b.if(b.op("v128.anyTrue", nans), () => b.assign(settled, choose(b, nans, nanOf(b, operands), result)))
  return b.read(settled)
}

/** What an operation makes of operands without denormal numbers, and bits that are not zero where it is denormal. */
export type Computed = { readonly result: Node; readonly denormal: Node }

/** A result in which denormal numbers are to become zeros. */
export function squashed(b: Builder, result: Node): Computed {
  const denormal = denormalBits(b, result)
  return { result: xor(b, result, denormal), denormal }
}

/** Performs an operation: with denormal operands as zeros in non-Java mode, without any in Java mode. */
export function perform(b: Builder, operands: readonly Node[], operation: (...operands: Node[]) => Computed): Node {
  const denormals = operands.map((x) => denormalBits(b, x))
  const { result, denormal } = operation(...operands.map((x, n) => xor(b, x, denormals[n]!)))
  assistJava(b, [...denormals, denormal])
  return withNans(b, result, operands)
}
