// Rounding of exact results to a precision and range, and the status fields that ask for it (Software Developer's
// Manual, volume 1, 5.2 Floating-point Status Register, 5.3.4 and 5.4).

import type { Builder, Node, Operand } from "../ir/index.ts"
import type { Float } from "./registers.ts"
import { AR, AR_NUMBER } from "./state.ts"
import { shiftRightSticky, type Wide } from "./wide.ts"

/** Exponent of 1.0, and the exponent of infinities and NaNs. */
export const BIAS = 0xffff
export const MAX_EXPONENT = 0x1ffff
/** Exponent of NaTVal, the deferred exception, with a significand of 0. */
export const NATVAL = 0x1fffe

/** Bits of a status field's flags, in the order of ar.fpsr's trap disables. */
export const FLAG = { invalid: 1, denormal: 2, zeroDivide: 4, overflow: 8, underflow: 16, inexact: 32 } as const

/** How a result is to be rounded. */
export type Rounding = {
  /** Bits of the significand (i32): 24, 53 or 64. */
  readonly precision: Node
  readonly smallest: Node
  readonly largest: Node
  /** 0 to nearest, 1 down, 2 up, 3 toward zero. */
  readonly mode: Node
  readonly flushesToZero: Node
  /** Exceptions that are not masked. */
  readonly enabled: Node
  /** Where the status field stands in ar.fpsr (i64). */
  readonly position: Node
  /** 1 for the reserved precision. */
  readonly reserved: Node
}

const exponents = (b: Builder, bits: number) =>
  [b.i32(BIAS + 2 - 2 ** (bits - 1)), b.i32(BIAS - 1 + 2 ** (bits - 1))] as const

/** What a status field and a precision completer (0 none, 1 .s, 2 .d) ask for. */
export function roundingOf(b: Builder, status: Operand, pc: number): Rounding {
  const fpsr = b.reg(AR, AR_NUMBER.fpsr)
  const position = b.extendU(b.add(b.mul(b.imm(status), b.i32(13)), b.i32(6)))
  const control = b.wrap(b.shrU(fpsr, position))
  const bits = (low: number, width: number) => b.and(b.shrU(control, b.i32(low)), b.i32(2 ** width - 1))
  const code = bits(2, 2)
  const dynamic = b.select(b.eq(code, b.i32(3)), b.i32(64), b.select(code, b.i32(53), b.i32(24)))
  const [smallest, largest] = exponents(b, pc === 1 ? 8 : pc === 2 ? 11 : 15)
  const wide = bits(1, 1)
  return {
    precision: pc === 1 ? b.i32(24) : pc === 2 ? b.i32(53) : dynamic,
    smallest: b.select(wide, b.i32(1), smallest),
    largest: b.select(wide, b.i32(0x1fffe), largest),
    mode: bits(4, 2),
    flushesToZero: bits(0, 1),
    enabled: b.select(bits(6, 1), b.i32(0), b.and(b.not(b.wrap(fpsr)), b.i32(0x3f))),
    position,
    reserved: b.eq(code, b.i32(1)),
  }
}

/** Sets flags (i32) in the status field. */
export function recordFlags(b: Builder, { position }: Rounding, flags: Node): void {
  const fpsr = b.reg(AR, AR_NUMBER.fpsr)
  b.setReg(AR, AR_NUMBER.fpsr, b.or(fpsr, b.shl(b.extendU(flags), b.add(position, b.i64(7)))))
}

/** A zero of that sign (0 or 1). */
export const zero = (b: Builder, sign: Node): Float => ({ sig: b.i64(0), exp: b.shl(sign, b.i32(17)) })

type Rounded = { readonly sig: Node; readonly carry: Node; readonly inexact: Node }

// Rounds a number with bit 191 as its unit to so many bits; the result stands in the upper word.
function roundWord(b: Builder, w: Wide, sign: Node, r: Rounding): Rounded {
  const whole = b.eq(r.precision, b.i32(64))
  const below = b.extendU(b.sub(b.i32(64), r.precision))
  const unit = b.shl(b.i64(1), below)
  const kept = b.and(w[0], b.neg(unit))
  const shifted = b.select(whole, b.i64(0), b.shl(w[0], b.extendU(r.precision)))
  const isLost = (x: Node) => b.extendU(b.ne(x, b.i64(0)))
  const rest = b.select(whole, b.or(w[1], isLost(w[2])), b.or(shifted, isLost(b.or(w[1], w[2]))))
  const inexact = b.ne(rest, b.i64(0))
  const half = b.i64(-(1n << 63n))
  const odd = b.ne(b.and(kept, unit), b.i64(0))
  const nearest = b.or(b.gtU(rest, half), b.and(b.eq(rest, half), odd))
  const away = b.and(inexact, b.eq(r.mode, b.select(sign, b.i32(1), b.i32(2))))
  const up = b.select(r.mode, away, nearest)
  const sig = b.add(kept, b.select(up, unit, b.i64(0)))
  return { sig, carry: b.and(up, b.eqz(sig)), inexact }
}

const leading = (b: Builder) => b.i64(-(1n << 63n))

/** Rounds a normalised number (bit 191 set) of that sign and exponent: the register, and the flags that it raises. */
export function round(
  b: Builder,
  w: Wide,
  sign: Node,
  exponent: Node,
  r: Rounding,
): { readonly value: Float; readonly flags: Node } {
  const normal = roundWord(b, w, sign, r)
  const normalExponent = b.add(exponent, normal.carry)
  const tiny = b.ltS(normalExponent, r.smallest)
  // Below the range, the number is rounded again with its unit where the smallest exponent has it.
  const lacking = b.sub(r.smallest, exponent)
  const moved = shiftRightSticky(b, w, b.select(tiny, lacking, b.i32(0)))
  const denormal = roundWord(b, moved, sign, r)
  const flushed = b.and(tiny, r.flushesToZero)
  const grown = b.select(normal.carry, leading(b), normal.sig)
  const sig = b.select(flushed, b.i64(0), b.select(tiny, denormal.sig, grown))
  const denormalExponent = b.select(b.or(flushed, b.eqz(denormal.sig)), b.i32(0), r.smallest)
  const inexact = b.or(flushed, b.select(tiny, denormal.inexact, normal.inexact))

  const over = b.gtS(normalExponent, r.largest)
  const toInfinity = b.or(b.eqz(r.mode), b.eq(r.mode, b.select(sign, b.i32(1), b.i32(2))))
  const greatest = b.shl(b.i64(-1), b.extendU(b.sub(b.i32(64), r.precision)))
  const overSig = b.select(toInfinity, leading(b), greatest)
  const overExponent = b.select(toInfinity, b.i32(MAX_EXPONENT), r.largest)

  const finalExponent = b.select(over, overExponent, b.select(tiny, denormalExponent, normalExponent))
  const flagOf = (test: Node, flag: number) => b.select(test, b.i32(flag), b.i32(0))
  const flags = b.or(
    flagOf(over, FLAG.overflow | FLAG.inexact),
    b.or(flagOf(b.and(tiny, inexact), FLAG.underflow), flagOf(inexact, FLAG.inexact)),
  )
  return {
    value: { sig: b.select(over, overSig, sig), exp: b.or(b.shl(sign, b.i32(17)), finalExponent) },
    flags,
  }
}
