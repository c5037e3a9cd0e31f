// FPSCR[FPRF], FPSCR[FR] and FPSCR[FI] tell of the last instruction only, and are rarely read. So the fast paths record
// their result and what it was rounded from, and the fields are computed when something reads them.

import { isSafeProduct, productOf, sumOf } from "../../float/error-terms.ts"
import { compareNumbers, product, sum } from "../../float/exact.ts"
import { DOUBLE, type Unpacked, unpack } from "../../float/format.ts"
import { ROUND } from "../../float/rounding.ts"
import type { Builder, Node } from "../../ir/index.ts"
import { FPSCR, state } from "../state.ts"
import type { PowerPcRegisters } from "../system/ports.ts"
import type { HostOperation, Operands } from "./fast.ts"
import { FPRF, FPSCR_BITS, RESULT_CLASS } from "./fpscr-bits.ts"
import { fpMaterialise } from "./helpers.ts"
import { classify } from "./soft-float.ts"

const { FP_PENDING, FP_OPERAND } = state.files
const { FR, FI } = FPSCR_BITS

/** FP_PENDING: where the result comes from, and which of the fields FPSCR has by now. */
export const PENDING = {
  /** The result is x * y + z, rounded to nearest. */
  sum: 1,
  /** The result is x, which was rounded from -z / y. */
  quotient: 2,
  /** Either of them. */
  result: 3,
  /** A comparison has written FPCC. */
  hasConditions: 0x20,
  /** A conversion has written FR and FI. */
  hasFraction: 0x40,
} as const

/** Numbers of FP_OPERAND. */
const [X, Y, Z, RESULT] = [0, 1, 2, 3]

/** The operands of an operation as x, y and z. */
function normalised(b: Builder, operation: HostOperation, { a, b: frB, c }: Operands, result: Node) {
  const negated = (bits: Node) => b.xor(bits, b.i64(1n << 63n))
  const [one, none] = [b.i64(0x3ffn << 52n), b.i64(0)]
  switch (operation) {
    case "add":
      return [a, one, frB] as const
    case "sub":
      return [a, one, negated(frB)] as const
    case "mul":
      return [a, c, none] as const
    case "round":
      return [frB, one, none] as const
    case "div":
      return [result, frB, negated(a)] as const
    case "madd":
      return [a, c, frB] as const
    case "msub":
      return [a, c, negated(frB)] as const
    case "nmadd":
      return [negated(a), c, negated(frB)] as const
    case "nmsub":
      return [negated(a), c, frB] as const
  }
}

/** Records the result of an operation, which is a normal number or an exact zero. */
export function recordPending(b: Builder, operation: HostOperation, operands: Operands, result: Node): void {
  b.set(FP_PENDING, b.i32(operation === "div" ? PENDING.quotient : PENDING.sum))
  for (const [n, bits] of normalised(b, operation, operands, result).entries()) b.setReg(FP_OPERAND, n, bits)
  b.setReg(FP_OPERAND, RESULT, result)
}

/** Writes those fields that FPSCR has not; nothing is pending afterwards. */
function writeFields(b: Builder, pending: Node, fields: Node): void {
  const isSet = (bit: number, mask: number) => b.select(b.and(pending, b.i32(bit)), b.i32(mask), b.i32(0))
  const known = b.or(isSet(PENDING.hasConditions, FPRF.conditions), isSet(PENDING.hasFraction, FR | FI))
  const mask = b.and(b.i32(FPRF.mask | FR | FI), b.not(known))
  b.set(FPSCR, b.or(b.and(b.get(FPSCR), b.not(mask)), b.and(fields, mask)))
  b.set(FP_PENDING, b.i32(0))
}

/** Computes the fields that are pending, by the host's arithmetic as far as that is exact. */
export function materialise(b: Builder): void {
  const pending = b.get(FP_PENDING)
  b.if(b.and(pending, b.i32(PENDING.result)), () => {
    const [x, y, z, r] = [X, Y, Z, RESULT].map((n) => b.reg(FP_OPERAND, n!)) as [Node, Node, Node, Node]
    const [xy, productError] = productOf(b, x, y)
    const [nearly, sumError] = sumOf(b, xy, b.op("f64.reinterpret", z))
    const [left, lost] = sumOf(b, sumError, productError)
    const isQuotient = b.eq(b.and(pending, b.i32(PENDING.result)), b.i32(PENDING.quotient))
    // What the exact sum is above the result; of a quotient, what the result times y is above the dividend.
    const result = b.select(isQuotient, b.f64(0), b.op("f64.reinterpret", r))
    const above = b.op("f64.add", b.op("f64.sub", nearly, result), left)
    const isAbove = b.op("f64.ne", above, b.f64(0))
    const difference = b.select(isAbove, above, lost)
    const isInexact = b.op("f64.ne", difference, b.f64(0))
    const isNegative = (bits: Node) => b.wrap(b.shrU(bits, b.i64(63)))
    const bitsOf = (n: Node) => b.op("i64.reinterpret", n)
    const isApart = isNegative(b.xor(bitsOf(difference), b.select(isQuotient, bitsOf(xy), r)))
    const isLarger = b.and(isInexact, b.xor(isApart, isQuotient))
    const isZero = b.eqz(b.shl(r, b.i64(1)))
    const { positiveZero, negativeZero, positiveNormal, negativeNormal } = RESULT_CLASS
    const either = (negative: number, positive: number) => b.select(isNegative(r), b.i32(negative), b.i32(positive))
    const resultClass = b.select(isZero, either(negativeZero, positiveZero), either(negativeNormal, positiveNormal))
    const fraction = b.or(b.select(isInexact, b.i32(FI), b.i32(0)), b.select(isLarger, b.i32(FR), b.i32(0)))
    // Numbers close to the largest one may have overflowed on the way.
    const isModerate = b.op("f64.lt", b.op("f64.abs", above), b.f64(2 ** 1000))
    b.if(
      b.and(isSafeProduct(b, xy), isModerate),
      () => writeFields(b, pending, b.or(b.shl(resultClass, b.i32(FPRF.shift)), fraction)),
      () => b.perform(fpMaterialise),
    )
  })
}

/** Computes the fields that are pending, bit by bit. */
export function materialiseFpscr(registers: PowerPcRegisters): void {
  const pending = registers.get(FP_PENDING)
  if (pending === 0) return
  registers.set(FP_PENDING, 0, 0)
  if ((pending & PENDING.result) === 0) return
  const [x, y, z, r] = [X, Y, Z, RESULT].map((n) =>
    unpack(DOUBLE, BigInt.asUintN(64, registers.getLong(FP_OPERAND, n))),
  ) as [Unpacked, Unpacked, Unpacked, Unpacked]
  const isQuotient = (pending & PENDING.result) === PENDING.quotient
  const xy = product(x, y)
  // All operands are numbers, or an infinity that zero was divided by.
  const magnitude = (n: Unpacked) => ({ ...n, negative: false })
  const exact = xy.kind === "invalid" ? xy : isQuotient ? xy : sum(xy, z, ROUND.nearest)
  const growth =
    exact.kind === "invalid"
      ? 0
      : isQuotient
        ? compareNumbers(magnitude(exact), magnitude(z))
        : compareNumbers(magnitude(r), magnitude(exact))
  const fields = (growth > 0 ? FR | FI : growth < 0 ? FI : 0) | (classify(DOUBLE, r.bits) << FPRF.shift)
  const conditions = pending & PENDING.hasConditions ? FPRF.conditions : 0
  const fraction = pending & PENDING.hasFraction ? FR | FI : 0
  const mask = (FPRF.mask | FR | FI) & ~(conditions | fraction)
  registers.set(FPSCR, 0, (registers.get(FPSCR) & ~mask) | (fields & mask))
}

/** FPSCR as mffs reads it: unsigned. */
export function readFpscr(registers: PowerPcRegisters): number {
  materialiseFpscr(registers)
  return registers.get(FPSCR) >>> 0
}

/** Writes FPSCR as a whole. */
export function writeFpscr(registers: PowerPcRegisters, value: number): void {
  registers.set(FP_PENDING, 0, 0)
  registers.set(FPSCR, 0, value)
}
