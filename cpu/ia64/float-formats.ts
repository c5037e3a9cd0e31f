// Single and double precision images of floating-point registers (Software Developer's Manual, volume 1, 5.1.3 and
// tables 5-5 to 5-8: what stfs, stfd, getf.s and getf.d write, and what ldfs, ldfd, setf.s and setf.d read).

import type { Builder, Node } from "../ir/index.ts"
import type { Float } from "./registers.ts"
import { BIAS, MAX_EXPONENT } from "./rounding.ts"

type Format = { readonly exponentBits: number; readonly fractionBits: number }
const SINGLE: Format = { exponentBits: 8, fractionBits: 23 }
const DOUBLE: Format = { exponentBits: 11, fractionBits: 52 }

function fromImage(b: Builder, image: Node, { exponentBits, fractionBits }: Format): Float {
  const bias = 2 ** (exponentBits - 1) - 1
  const field = b.and(b.wrap(b.shrU(image, b.i64(fractionBits))), b.i32(2 ** exponentBits - 1))
  const fraction = b.shl(b.and(image, b.i64(2 ** fractionBits - 1)), b.i64(63 - fractionBits))
  const isTop = b.eq(field, b.i32(2 ** exponentBits - 1))
  const isDenormal = b.eqz(field)
  const normal = b.select(isTop, b.i32(MAX_EXPONENT), b.add(field, b.i32(BIAS - bias)))
  const small = b.select(b.eqz(fraction), b.i32(0), b.i32(BIAS - bias + 1))
  const sign = b.wrap(b.shrU(image, b.i64(exponentBits + fractionBits)))
  return {
    sig: b.or(fraction, b.select(isDenormal, b.i64(0), b.i64(-(1n << 63n)))),
    exp: b.or(b.shl(b.and(sign, b.i32(1)), b.i32(17)), b.select(isDenormal, small, normal)),
  }
}

// The register's low exponent bits with its top bit make the image's exponent; the integer bit, where it is 0, makes
// the exponent 0. Nothing is rounded: what does not fit is cut.
function imageOf(b: Builder, { sig, exp }: Float, { exponentBits, fractionBits }: Format): Node {
  const low = b.and(exp, b.i32(2 ** (exponentBits - 1) - 1))
  const top = b.shl(b.and(b.shrU(exp, b.i32(16)), b.i32(1)), b.i32(exponentBits - 1))
  const field = b.select(b.ltS(sig, b.i64(0)), b.or(top, low), b.i32(0))
  const sign = b.and(b.shrU(exp, b.i32(17)), b.i32(1))
  const head = b.or(b.shl(sign, b.i32(exponentBits)), field)
  const fraction = b.and(b.shrU(sig, b.i64(63 - fractionBits)), b.i64(2 ** fractionBits - 1))
  return b.or(b.shl(b.extendU(head), b.i64(fractionBits)), fraction)
}

/** The register of a single-precision image in the low half of an i64. */
export const fromSingle = (b: Builder, image: Node): Float => fromImage(b, b.and(image, b.i64(0xffff_ffff)), SINGLE)
/** The register of a double-precision image. */
export const fromDouble = (b: Builder, image: Node): Float => fromImage(b, image, DOUBLE)
/** The single-precision image of a register, zero-extended to an i64. */
export const singleOf = (b: Builder, x: Float): Node => imageOf(b, x, SINGLE)
/** The double-precision image of a register. */
export const doubleOf = (b: Builder, x: Float): Node => imageOf(b, x, DOUBLE)
