// The formats of floating-point numbers in memory and in registers (Programming Environments Manual, D.6 and D.7: the
// conversions of loads and stores). They work on bits: no signalling NaN is quieted, and nothing is rounded.

import type { Builder, Node } from "../../ir/index.ts"

/** A single-precision number as a register holds it. */
export function singleToDouble(b: Builder, single: Node): Node {
  // NaNs and infinities keep their bits; the host's conversion is exact for the rest.
  const bits = b.extendU(single)
  const sign = b.shl(b.and(bits, b.i64(0x8000_0000)), b.i64(32))
  const special = b.or(b.or(sign, b.i64(0x7ff0_0000_0000_0000n)), b.shl(b.and(bits, b.i64(0x7f_ffff)), b.i64(29)))
  const number = b.op("i64.reinterpret", b.op("f64.promote", b.op("f32.reinterpret", single)))
  const exponent = b.and(single, b.i32(0x7f80_0000))
  return b.select(b.eq(exponent, b.i32(0x7f80_0000)), special, number)
}

/**
 * A register as single precision: its bits if the exponent fits, or shifted to a denormalized number. A number that is
 * too small for that is undefined; here it is a zero of its sign, as in QEMU.
 */
export function doubleToSingle(b: Builder, double: Node): Node {
  const high = b.wrap(b.shrU(double, b.i64(32)))
  const exponent = b.and(b.shrU(high, b.i32(20)), b.i32(0x7ff))
  const sign = b.and(high, b.i32(0x8000_0000))
  const low30 = b.and(b.wrap(b.shrU(double, b.i64(29))), b.i32(0x3fff_ffff))
  const normal = b.or(b.and(high, b.i32(0xc000_0000)), low30)
  const significand = b.or(b.and(double, b.i64(0xf_ffff_ffff_ffffn)), b.i64(0x10_0000_0000_0000n))
  const shifted = b.wrap(b.shrU(significand, b.extendU(b.sub(b.i32(926), exponent))))
  const denormal = b.or(sign, b.select(b.geU(exponent, b.i32(874)), shifted, b.i32(0)))
  return b.select(b.gtU(exponent, b.i32(896)), normal, denormal)
}
