// A model of PowerPC floating-point arithmetic, written from the manual for tests alone (Programming Environments Manual,
// 3.3 and appendix D): every number is a fraction of integers, and rounding searches the numbers on both sides.

import type { Case } from "./floating-point-cases.ts"

/** A number that is not a NaN: a fraction, or an infinity with a denominator of 0. Zero has a sign of its own. */
type Fraction = { readonly n: bigint; readonly d: bigint; readonly isNegative: boolean }

/** What an instruction leaves; the target keeps its value if `f1` is undefined. */
export type Modelled = { readonly f1: bigint | undefined; readonly fpscr: number }

const FX = 0x8000_0000
const [OX, UX, ZX, XX] = [0x1000_0000, 0x0800_0000, 0x0400_0000, 0x0200_0000]
const [VXSNAN, VXISI, VXIDI, VXZDZ, VXIMZ] = [0x0100_0000, 0x0080_0000, 0x0040_0000, 0x0020_0000, 0x0010_0000]
const [FR, FI] = [0x0004_0000, 0x0002_0000]
const [VE, OE, UE, ZE, XE, NI] = [0x80, 0x40, 0x20, 0x10, 8, 4]
const INVALID = 0x01f8_0700
const FRACTION = (1n << 52n) - 1n
const QUIET = 1n << 51n

const isNan = (x: bigint) => ((x >> 52n) & 0x7ffn) === 0x7ffn && (x & FRACTION) !== 0n
const isSignalling = (x: bigint) => isNan(x) && (x & QUIET) === 0n

/** The value of a double, in units of 2 ** -1074. */
function numberOf(bits: bigint): Fraction {
  const isNegative = bits >> 63n === 1n
  const exponent = (bits >> 52n) & 0x7ffn
  if (exponent === 0x7ffn) return { n: isNegative ? -1n : 1n, d: 0n, isNegative }
  const magnitude = exponent === 0n ? bits & FRACTION : ((bits & FRACTION) | (1n << 52n)) << (exponent - 1n)
  return { n: isNegative ? -magnitude : magnitude, d: 1n << 1074n, isNegative }
}

const isInfinite = ({ d }: Fraction) => d === 0n
const isZero = ({ n, d }: Fraction) => n === 0n && d !== 0n
const opposite = (x: Fraction): Fraction => ({ ...x, n: -x.n, isNegative: !x.isNegative })
const infinity = (isNegative: boolean): Fraction => ({ n: isNegative ? -1n : 1n, d: 0n, isNegative })

/** Precisions: bits of the significand, the exponents of normal numbers, and the adjustment of enabled exceptions. */
const PRECISIONS = {
  double: { p: 53, least: -1022, most: 1023, adjustment: 1536 },
  single: { p: 24, least: -126, most: 127, adjustment: 192 },
} as const
type Precision = (typeof PRECISIONS)[keyof typeof PRECISIONS]

/** `2 ** e` as a fraction of integers. */
const power = (e: number): readonly [bigint, bigint] => (e >= 0 ? [1n << BigInt(e), 1n] : [1n, 1n << BigInt(-e)])

/** Whether n/d, both positive, is at least `2 ** e`. */
const isAtLeast = (n: bigint, d: bigint, e: number): boolean => {
  const [up, down] = power(e)
  return n * down >= d * up
}

/** The exponent of the leading bit of n/d. */
function exponentOf(n: bigint, d: bigint): number {
  let e = n.toString(2).length - d.toString(2).length
  while (!isAtLeast(n, d, e)) e--
  while (isAtLeast(n, d, e + 1)) e++
  return e
}

/** A magnitude rounded to a multiple of `2 ** unit`, in such units. */
function roundTo(n: bigint, d: bigint, unit: number, rn: number, isNegative: boolean) {
  const [up, down] = power(unit)
  const [top, bottom] = [n * down, d * up]
  const below = top / bottom
  const rest = top - below * bottom
  const isNearer = 2n * rest > bottom || (2n * rest === bottom && below % 2n === 1n)
  const goesUp = rest !== 0n && (rn === 0 ? isNearer : rn === 2 ? !isNegative : rn === 3 ? isNegative : false)
  return { units: goesUp ? below + 1n : below, isInexact: rest !== 0n, isIncremented: goesUp }
}

/** Bits of a double whose magnitude is `units * 2 ** unit`, which it has room for. */
function toBits(units: bigint, unit: number, isNegative: boolean): bigint {
  const sign = isNegative ? 1n << 63n : 0n
  if (units === 0n) return sign
  let [u, e] = [units, unit]
  while (u >= 1n << 53n) [u, e] = [u >> 1n, e + 1]
  while (u < 1n << 52n && e > -1074) [u, e] = [u << 1n, e - 1]
  return u < 1n << 52n ? sign | u : sign | (BigInt(e + 1075) << 52n) | (u & FRACTION)
}

function classOf(bits: bigint, { least }: Precision): number {
  const isNegative = bits >> 63n === 1n
  const magnitude = bits & ((1n << 63n) - 1n)
  if (isNan(bits)) return 0x11
  if (magnitude === 0x7ffn << 52n) return isNegative ? 0x09 : 0x05
  if (magnitude === 0n) return isNegative ? 0x12 : 0x02
  if (magnitude < BigInt(least + 1023) << 52n || magnitude >> 52n === 0n) return isNegative ? 0x18 : 0x14
  return isNegative ? 0x08 : 0x04
}

/** Adds exceptions, and makes FX, VX and FEX. */
function settle(before: number, after: number): number {
  const exceptions = INVALID | OX | UX | ZX | XX
  let fpscr = after & ~0x6000_0000
  if (fpscr & exceptions & ~before) fpscr |= FX
  if (fpscr & INVALID) fpscr |= 0x2000_0000
  const pairs = [
    [0x2000_0000, VE],
    [OX, OE],
    [UX, UE],
    [ZX, ZE],
    [XX, XE],
  ] as const
  if (pairs.some(([x, e]) => fpscr & x && fpscr & e)) fpscr |= 0x4000_0000
  return fpscr >>> 0
}

/** Rounds a value, not zero, and says which exceptions it raises. */
function deliver(fpscr: number, p: Precision, { n, d, isNegative }: Fraction) {
  const magnitude = n < 0n ? -n : n
  const rn = fpscr & 3
  const e = exponentOf(magnitude, d)
  const scaled = (by: number) => {
    const [up, down] = power(by)
    const [top, bottom] = [magnitude * up, d * down]
    const unit = exponentOf(top, bottom) - p.p + 1
    return { ...roundTo(top, bottom, unit, rn, isNegative), unit }
  }
  const free = scaled(0)
  const end = exponentOf(free.units, 1n) + free.unit
  if (end > p.most) {
    if (fpscr & OE) return { ...scaled(-p.adjustment), exceptions: OX }
    const isInfinity = rn === 0 || (rn === 2 && !isNegative) || (rn === 3 && isNegative)
    const units = isInfinity ? undefined : (1n << BigInt(p.p)) - 1n
    return { units, unit: p.most - p.p + 1, isInexact: true, isIncremented: isInfinity, exceptions: OX }
  }
  if (e >= p.least) return { ...free, exceptions: 0 }
  if (fpscr & UE) return { ...scaled(p.adjustment), exceptions: UX }
  const unit = p.least - p.p + 1
  if (fpscr & NI) return { units: 0n, unit, isInexact: true, isIncremented: false, exceptions: UX }
  const rounded = roundTo(magnitude, d, unit, rn, isNegative)
  return { ...rounded, unit, exceptions: rounded.isInexact ? UX : 0 }
}

/** The exact result of an operation of numbers, or the exception that it raises instead. */
function operate(name: string, fpscr: number, a: Fraction, b: Fraction, c: Fraction): Fraction | number {
  const add = (x: Fraction, y: Fraction): Fraction | number => {
    if (isInfinite(x) && isInfinite(y)) return x.isNegative === y.isNegative ? x : VXISI
    if (isInfinite(x)) return x
    if (isInfinite(y)) return y
    const n = x.n * y.d + y.n * x.d
    const isNegative = n !== 0n ? n < 0n : x.isNegative === y.isNegative ? x.isNegative : (fpscr & 3) === 3
    return { n, d: x.d * y.d, isNegative }
  }
  const multiply = (x: Fraction, y: Fraction): Fraction | number => {
    const isNegative = x.isNegative !== y.isNegative
    if ((isInfinite(x) && isZero(y)) || (isZero(x) && isInfinite(y))) return VXIMZ
    if (isInfinite(x) || isInfinite(y)) return infinity(isNegative)
    return { n: x.n * y.n, d: x.d * y.d, isNegative }
  }
  switch (name) {
    case "fadd":
      return add(a, b)
    case "fsub":
      return add(a, opposite(b))
    case "fmul":
      return multiply(a, c)
    case "frsp":
      return b
    case "fdiv": {
      const isNegative = a.isNegative !== b.isNegative
      if (isInfinite(a)) return isInfinite(b) ? VXIDI : infinity(isNegative)
      if (isInfinite(b)) return { n: 0n, d: 1n, isNegative }
      if (isZero(b)) return isZero(a) ? VXZDZ : ZX
      const d = a.d * (b.n < 0n ? -b.n : b.n)
      return { n: (b.n < 0n ? -a.n : a.n) * b.d, d, isNegative }
    }
    default: {
      const product = multiply(a, c)
      if (typeof product === "number") return product
      return add(product, name.endsWith("sub") ? opposite(b) : b)
    }
  }
}

/** The registers that an instruction reads. */
const reads = (name: string): string =>
  name === "fmul" ? "ac" : name === "frsp" ? "b" : /m(?:add|sub)/.test(name) ? "abc" : "ab"

/**
 * What an instruction of arithmetic must leave. Undefined for an exponent that is out of range even when adjusted: only
 * operands of single-precision instructions that are no singles have such results.
 */
export function model({ instruction, fpscr, f }: Case): Modelled | undefined {
  const mnemonic = instruction.replace(/[. ].*$/, "")
  const isSingle = mnemonic === "frsp" || mnemonic.endsWith("s")
  const name = mnemonic === "frsp" ? mnemonic : mnemonic.replace(/s$/, "")
  const p = isSingle ? PRECISIONS.single : PRECISIONS.double
  const bits = { a: f[1], b: f[2], c: f[3] }
  const operands = [...reads(name)].map((r) => bits[r as "a" | "b" | "c"])
  const cleared = fpscr & ~(FR | FI)
  const end = (exceptions: number, result: bigint | undefined, fraction = 0): Modelled => {
    const resultClass = result === undefined ? fpscr & 0x1f000 : classOf(result, p) << 12
    return { f1: result, fpscr: settle(fpscr, (cleared & ~0x1f000) | exceptions | resultClass | fraction) }
  }
  const nan = operands.find(isNan)
  const snan = operands.some(isSignalling) ? VXSNAN : 0
  // Of a multiply-add, the product may be invalid beside a NaN that is added.
  const isProduct = reads(name) === "abc" && !isNan(bits.a) && !isNan(bits.c)
  const factor = isProduct ? operate("fmul", fpscr, numberOf(bits.a), numberOf(bits.b), numberOf(bits.c)) : 0
  const invalid = snan | (typeof factor === "number" ? factor : 0)
  if (nan !== undefined) {
    const quiet = (nan | QUIET) & (isSingle ? ~0x1fff_ffffn : -1n)
    return end(invalid, invalid !== 0 && fpscr & VE ? undefined : quiet)
  }
  const exact = operate(name, fpscr, numberOf(bits.a), numberOf(bits.b), numberOf(bits.c))
  if (exact === ZX) {
    const sign = (bits.a ^ bits.b) & (1n << 63n)
    return end(ZX, fpscr & ZE ? undefined : sign | (0x7ffn << 52n))
  }
  if (typeof exact === "number") return end(exact, fpscr & VE ? undefined : 0x7ff8n << 48n)
  const isNegative = exact.isNegative !== name.startsWith("fn")
  const infinite = (isNegative ? 0xfffn : 0x7ffn) << 52n
  if (isInfinite(exact)) return end(0, infinite)
  if (isZero(exact)) return end(0, isNegative ? 1n << 63n : 0n)
  const { units, unit, isInexact, isIncremented, exceptions } = deliver(fpscr, p, exact)
  const isAdjusted = (exceptions & OX && fpscr & OE) || (exceptions & UX && fpscr & UE)
  const leading = units === undefined || units === 0n ? 0 : exponentOf(units, 1n) + unit
  if (isAdjusted && (leading < p.least || leading > p.most)) return undefined
  const result = units === undefined ? infinite : toBits(units, unit, isNegative)
  const fraction = (isIncremented ? FR : 0) | (isInexact ? FI : 0)
  return end(exceptions | (isInexact ? XX : 0), result, fraction)
}
