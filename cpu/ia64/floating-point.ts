// Floating-point multiply-add and transfers, formats F1, F2, M18, M19 (Software Developer's Manual, volume 1, chapter 5;
// volume 3, fma, fms, fnma, xma, getf, setf). Masked exceptions set flags; of the others, invalid operation and
// denormal operand fault, and those that are traps (overflow, underflow, inexact) are not taken.

import type { Builder, Node } from "../ir/index.ts"
import { fUnit, mUnit } from "./encoding.ts"
import { doubleOf, fromDouble, fromSingle, singleOf } from "./float-formats.ts"
import { type Float, fr, gr, illegal, setFr, setGr } from "./registers.ts"
import { BIAS, FLAG, MAX_EXPONENT, NATVAL, type Rounding, recordFlags, round, roundingOf, zero } from "./rounding.ts"
import { add, choose, multiply, normalise, shiftRightSticky, subtract, type Wide } from "./wide.ts"

const topBit = -(1n << 63n)

/** A register taken apart. */
type Operand = {
  readonly sign: Node
  readonly isZero: Node
  readonly isNatVal: Node
  readonly isInfinity: Node
  readonly isNan: Node
  readonly isSignalling: Node
  /** Exponent of infinities and NaNs without the integer bit. */
  readonly isUnsupported: Node
  /** A finite number without its integer bit. */
  readonly isUnnormal: Node
  /** Significand shifted up to bit 63, and the exponent that goes with it; far below all others for zero. */
  readonly sig: Node
  readonly exponent: Node
  readonly raw: Float
}

const FAR_BELOW = -(2 ** 20)
/** Exponent that a register with exponent 0 stands for: a double-extended denormal. */
const DENORMAL = 0xc001

function operandOf(b: Builder, x: Float): Operand {
  const biased = b.and(x.exp, b.i32(MAX_EXPONENT))
  const isTop = b.eq(biased, b.i32(MAX_EXPONENT))
  const hasInteger = b.ltS(x.sig, b.i64(0))
  const fraction = b.shl(x.sig, b.i64(1))
  const isZero = b.eqz(x.sig)
  const zeros = b.clz(x.sig)
  const exponent = b.sub(b.select(biased, biased, b.i32(DENORMAL)), b.wrap(zeros))
  const isNan = b.and(isTop, b.and(hasInteger, b.ne(fraction, b.i64(0))))
  return {
    sign: b.and(b.shrU(x.exp, b.i32(17)), b.i32(1)),
    isZero: b.and(isZero, b.eqz(isTop)),
    isNatVal: b.and(b.eq(x.exp, b.i32(NATVAL)), isZero),
    isInfinity: b.and(isTop, b.eq(x.sig, b.i64(topBit))),
    isNan,
    isSignalling: b.and(isNan, b.geS(fraction, b.i64(0))),
    isUnsupported: b.and(isTop, b.eqz(hasInteger)),
    isUnnormal: b.and(b.eqz(isTop), b.and(b.eqz(hasInteger), b.eqz(isZero))),
    sig: b.shl(x.sig, zeros),
    exponent: b.select(isZero, b.i32(FAR_BELOW), exponent),
    raw: x,
  }
}

const anyOf = (b: Builder, ...tests: Node[]): Node => tests.reduce((x, y) => b.or(x, y))
const chooseFloat = (b: Builder, test: Node, x: Float, y: Float): Float => ({
  sig: b.select(test, x.sig, y.sig),
  exp: b.select(test, x.exp, y.exp),
})

const denormalFlag = (b: Builder, operands: readonly Operand[]): Node =>
  b.select(anyOf(b, ...operands.map((o) => o.isUnnormal)), b.i32(FLAG.denormal), b.i32(0))

type Terms = {
  readonly x: Operand
  readonly y: Operand
  readonly addend: Operand
  readonly productSign: Node
  readonly addendSign: Node
}
type Result = { readonly value: Float; readonly flags: Node }

/** x * y + addend where one of them is no finite number. */
function special(b: Builder, { x, y, addend, productSign, addendSign }: Terms): Result {
  const all = [x, y, addend]
  const isNatVal = anyOf(b, ...all.map((o) => o.isNatVal))
  const isNan = anyOf(b, ...all.map((o) => o.isNan))
  const productInfinite = b.or(x.isInfinity, y.isInfinity)
  const noProduct = b.or(b.and(x.isInfinity, y.isZero), b.and(y.isInfinity, x.isZero))
  const noSum = b.and(b.and(productInfinite, addend.isInfinity), b.ne(productSign, addendSign))
  const isUnsupported = anyOf(b, ...all.map((o) => o.isUnsupported))
  const isImpossible = b.and(b.or(noProduct, noSum), b.eqz(isNan))
  const invalid = anyOf(b, isUnsupported, isImpossible, ...all.map((o) => o.isSignalling))
  // The first NaN of f4, f2, f3 goes through, made quiet.
  const nan = chooseFloat(b, y.isNan, y.raw, chooseFloat(b, addend.isNan, addend.raw, x.raw))
  const quiet: Float = { sig: b.or(nan.sig, b.i64(1n << 62n)), exp: nan.exp }
  const infinitySign = b.select(productInfinite, productSign, addendSign)
  const infinity: Float = { sig: b.i64(topBit), exp: b.or(b.shl(infinitySign, b.i32(17)), b.i32(MAX_EXPONENT)) }
  const defaultNan: Float = { sig: b.i64(3n << 62n), exp: b.i32(0x3ffff) }
  const natVal: Float = { sig: b.i64(0), exp: b.i32(NATVAL) }
  const number = chooseFloat(b, b.or(isUnsupported, isImpossible), defaultNan, chooseFloat(b, isNan, quiet, infinity))
  const clean = b.select(isNan, b.i32(0), denormalFlag(b, all))
  const flags = b.select(isNatVal, b.i32(0), b.select(invalid, b.i32(FLAG.invalid), clean))
  return { value: chooseFloat(b, isNatVal, natVal, number), flags }
}

/** x * y + addend of finite numbers, rounded once. */
function finite(b: Builder, { x, y, addend, productSign, addendSign }: Terms, rounding: Rounding): Result {
  const [high, low] = multiply(b, x.sig, y.sig)
  // The product of two numbers from 1 to 2 is one from 1 to 4.
  const isLarge = b.ltS(high, b.i64(0))
  const up = b.extendU(b.eqz(isLarge))
  const product: Wide = [
    b.or(b.shl(high, up), b.select(isLarge, b.i64(0), b.shrU(low, b.i64(63)))),
    b.shl(low, up),
    b.i64(0),
  ]
  const noProduct = b.or(x.isZero, y.isZero)
  const unbiased = b.sub(b.add(b.add(x.exponent, y.exponent), isLarge), b.i32(BIAS))
  const productExponent = b.select(noProduct, b.i32(2 * FAR_BELOW), unbiased)

  const term: Wide = [addend.sig, b.i64(0), b.i64(0)]
  const distance = b.sub(productExponent, addend.exponent)
  const productLeads = b.geS(distance, b.i32(0))
  const larger = choose(b, productLeads, product, term)
  const distant = b.select(productLeads, distance, b.neg(distance))
  const smaller = shiftRightSticky(b, choose(b, productLeads, term, product), distant)
  const exponent = b.select(productLeads, productExponent, addend.exponent)
  const largerSign = b.select(productLeads, productSign, addendSign)

  const isSum = b.eq(productSign, addendSign)
  const { sum, carry } = add(b, larger, smaller)
  const halved = shiftRightSticky(b, sum, carry)
  const carried: Wide = [b.or(halved[0], b.shl(b.extendU(carry), b.i64(63))), halved[1], halved[2]]
  const { difference, borrow } = subtract(b, larger, smaller)
  const nothing: Wide = [b.i64(0), b.i64(0), b.i64(0)]
  const magnitude = choose(b, borrow, subtract(b, nothing, difference).difference, difference)
  const exact = normalise(b, choose(b, isSum, carried, magnitude))
  const sign = b.xor(largerSign, b.select(isSum, b.i32(0), borrow))
  const shift = b.sub(b.select(isSum, carry, b.i32(0)), exact.count)
  const rounded = round(b, exact.value, sign, b.add(exponent, shift), rounding)

  // An exact zero takes the terms' sign, or where they differ that of the rounding direction.
  const isNothing = b.eqz(exact.value[0])
  const zeroSign = b.select(isSum, productSign, b.eq(rounding.mode, b.i32(1)))
  const flags = b.or(denormalFlag(b, [x, y, addend]), b.select(isNothing, b.i32(0), rounded.flags))
  return { value: chooseFloat(b, isNothing, zero(b, zeroSign), rounded.value), flags }
}

/** fma, fms, fnma: multiply two registers and add or subtract a third, rounded once. */
export const fma = fUnit({
  name: "{fmaop}{pc}.s{sf}",
  section: "4.6.1",
  encoding: "F1",
  bits: "1 fmaop pc sf f4 f3 f2 f1 qp",
  args: "f1=f3,f4,f2",
  where: { fmaop: (op) => op < 3, pc: (pc) => pc < 3 },
  semantics(b, f) {
    if (f.illegalF1) return illegal(b)
    const rounding = roundingOf(b, f.status, f.pc)
    b.if(rounding.reserved, () => b.raise("reservedRegisterField"))
    const x = operandOf(b, fr(b, f.f3))
    const y = operandOf(b, fr(b, f.f4))
    const addend = operandOf(b, fr(b, f.f2))
    // fms (1) changes the addend's sign, fnma (2) the product's.
    const op = b.imm(f.sign)
    const productSign = b.xor(b.xor(x.sign, y.sign), b.shrU(op, b.i32(1)))
    const addendSign = b.xor(addend.sign, b.and(op, b.i32(1)))
    const terms = { x, y, addend, productSign, addendSign }
    const isTop = (o: Operand) => anyOf(b, o.isInfinity, o.isNan, o.isUnsupported, o.isNatVal)
    const sig = b.variable(b.i64(0))
    const exp = b.variable(b.i32(0))
    const flags = b.variable(b.i32(0))
    const settle = (result: Result) => {
      b.assign(sig, result.value.sig)
      b.assign(exp, result.value.exp)
      b.assign(flags, result.flags)
    }
    b.if(
      anyOf(b, isTop(x), isTop(y), isTop(addend)),
      () => settle(special(b, terms)),
      () => settle(finite(b, terms, rounding)),
    )
    const raised = b.read(flags)
    const faults = b.and(b.and(raised, rounding.enabled), b.i32(FLAG.invalid | FLAG.denormal))
    b.if(faults, () => b.raise("floatingPointFault", b.extendU(faults)))
    setFr(b, f.f1, { sig: b.read(sig), exp: b.read(exp) })
    recordFlags(b, rounding, raised)
  },
})

/** xma: multiplies and adds significands as integers, and takes the low word, or the high one of a signed or unsigned product. */
export const xma = fUnit({
  name: "xma.{xma}",
  section: "4.6.1",
  encoding: "F2",
  bits: "1110 1 xma f4 f3 f2 f1 qp",
  args: "f1=f3,f4,f2",
  where: { xma: (kind) => kind !== 1 },
  semantics(b, f) {
    if (f.illegalF1) return illegal(b)
    const x = fr(b, f.f3)
    const y = fr(b, f.f4)
    const addend = fr(b, f.f2)
    const isNat = (r: Float) => b.and(b.eq(r.exp, b.i32(NATVAL)), b.eqz(r.sig))
    const nat = anyOf(b, isNat(x), isNat(y), isNat(addend))
    const result =
      f.xma === 0 ? b.add(b.mul(x.sig, y.sig), addend.sig) : highOf(b, f.xma === 3, x.sig, y.sig, addend.sig)
    setFr(b, f.f1, {
      sig: b.select(nat, b.i64(0), result),
      exp: b.select(nat, b.i32(NATVAL), b.i32(BIAS + 63)),
    })
  },
})

function highOf(b: Builder, signed: boolean, x: Node, y: Node, addend: Node): Node {
  const [high, low] = multiply(b, x, y)
  const carried = b.add(high, b.extendU(b.ltU(b.add(low, addend), addend)))
  if (!signed) return carried
  const ifNegative = (test: Node, value: Node) => b.select(b.ltS(test, b.i64(0)), value, b.i64(0))
  return b.sub(b.sub(carried, ifNegative(x, y)), ifNegative(y, x))
}

/** setf: copies a general register to a floating-point register, as significand, exponent, single or double. */
export const setf = mUnit({
  name: "setf.{format}",
  section: "4.4.4",
  encoding: "M18",
  bits: "0110 0 0111 format (00) 1 (0000000) r2 f1 qp",
  args: "f1=r2",
  semantics(b, f) {
    if (f.illegalF1) return illegal(b)
    const { value, nat } = gr(b, f.r2)
    const number = FROM_GENERAL[f.format]!(b, value)
    setFr(b, f.f1, {
      sig: b.select(nat, b.i64(0), number.sig),
      exp: b.select(nat, b.i32(NATVAL), number.exp),
    })
  },
})

const FROM_GENERAL = [
  (b: Builder, x: Node): Float => ({ sig: x, exp: b.i32(BIAS + 63) }),
  (b: Builder, x: Node): Float => ({ sig: b.i64(topBit), exp: b.and(b.wrap(x), b.i32(0x3ffff)) }),
  fromSingle,
  fromDouble,
] as const

/** getf: copies a floating-point register to a general register, as significand, exponent, single or double. */
export const getf = mUnit({
  name: "getf.{format}",
  section: "4.4.4",
  encoding: "M19",
  bits: "0100 0 0111 format (00) 1 (0000000) f2 r1 qp",
  args: "r1=f2",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    const x = fr(b, f.f2)
    const nat = b.and(b.eq(x.exp, b.i32(NATVAL)), b.eqz(x.sig))
    setGr(b, f.r1, TO_GENERAL[f.format]!(b, x), nat)
  },
})

const TO_GENERAL = [
  (_: Builder, x: Float) => x.sig,
  (b: Builder, x: Float) => b.extendU(x.exp),
  singleOf,
  doubleOf,
] as const
