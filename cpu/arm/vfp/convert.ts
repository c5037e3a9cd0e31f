// Conversions between number formats (ARM DDI 0406C, A8.8.306 and A8.8.308 to A8.8.311: VCVT, VCVTR, VCVTB, VCVTT).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import { D, S, state } from "../state.ts"
import {
  bitsOf,
  DOUBLE_PRECISION,
  isOrdinary,
  isZeroNumber,
  numberOf,
  PRECISIONS,
  type Precision,
  SINGLE_PRECISION,
  vfp,
} from "./encoding.ts"
import { CONVERSION, vfpHelper } from "./helpers.ts"

const { FP_FAST } = state.files

const all = (b: Builder, ...tests: readonly Node[]): Node => tests.reduce((x, y) => b.and(x, y))

/** Integers of 32 bits as double-precision numbers: the least and the greatest. */
const RANGE = { signed: [-(2 ** 31), 2 ** 31 - 1], unsigned: [0, 2 ** 32 - 1] } as const

/** Converts to an integer: rounds towards zero, or as FPSCR says. */
function toInteger(
  b: Builder,
  p: Precision,
  isSigned: boolean,
  towardsZero: boolean,
  x: Node,
  put: (n: Node) => void,
): void {
  const number = p === SINGLE_PRECISION ? b.op("f64.promote", numberOf(b, p, x)) : numberOf(b, p, x)
  // Where FPSCR asks for another rounding, only numbers that need none are taken.
  const rounded = b.op(towardsZero ? "f64.trunc" : "f64.nearest", number)
  const [least, greatest] = isSigned ? RANGE.signed : RANGE.unsigned
  const inRange = b.and(b.op("f64.ge", rounded, b.f64(least)), b.op("f64.le", rounded, b.f64(greatest)))
  const silent = b.or(b.get(FP_FAST), b.op("f64.eq", rounded, number))
  b.if(
    b.and(inRange, silent),
    () => put(b.op(isSigned ? "i32.truncSatF64S" : "i32.truncSatF64U", rounded)),
    () => {
      const how = (isSigned ? 0 : CONVERSION.unsigned) | (towardsZero ? CONVERSION.fixedRounding : 0)
      const result = b.call(vfpHelper.toFixed[p.name], b.i32(how), b.i32(0), x)
      put(p.bits === "i64" ? b.wrap(result) : result)
    },
  )
}

/** VCVT, VCVTR: converts a floating-point number to an integer. */
export const vcvtToInteger = PRECISIONS.flatMap((p) =>
  (["s", "u"] as const).flatMap((letter) =>
    (["vcvt", "vcvtr"] as const).flatMap((name) =>
      vfp({
        name: `${name}{cond}.${letter}32.${p.name}`,
        section: "A8.8.306",
        encoding: "T1/A1",
        bits: `1110 1 D 11110${letter === "s" ? 1 : 0} Vd 101${p.sz} ${name === "vcvt" ? 1 : 0} 1 M 0 Vm`,
        args: `Sd, ${p.m}`,
        semantics(b, f) {
          toInteger(b, p, letter === "s", name === "vcvt", b.reg(p.file, f[p.m]), (n) => b.setReg(S, f.Sd, n))
        },
      }),
    ),
  ),
)

/** Converts from an integer: rounds as FPSCR says. */
function fromInteger(b: Builder, p: Precision, isSigned: boolean, x: Node, put: (bits: Node) => void): void {
  const inline = () => put(bitsOf(b, p, b.op(`${p.name}.convertI32${isSigned ? "S" : "U"}`, x)))
  if (p === DOUBLE_PRECISION) {
    inline()
    return
  }
  // An integer of 24 bits needs no rounding.
  const limit = b.i32(1 << 24)
  const fits = isSigned ? b.leU(b.add(x, limit), b.i32(1 << 25)) : b.leU(x, limit)
  b.if(b.or(b.get(FP_FAST), fits), inline, () => {
    const how = isSigned ? 0 : CONVERSION.unsigned
    put(b.call(vfpHelper.fromFixed[p.name], b.i32(how), b.i32(0), x))
  })
}

/** VCVT: converts an integer to floating point. */
export const vcvtFromInteger = PRECISIONS.flatMap((p) =>
  (["s", "u"] as const).flatMap((letter) =>
    vfp({
      name: `vcvt{cond}.${p.name}.${letter}32`,
      section: "A8.8.306",
      encoding: "T1/A1",
      bits: `1110 1 D 111000 Vd 101${p.sz} ${letter === "s" ? 1 : 0} 1 M 0 Vm`,
      args: `${p.d}, Sm`,
      semantics(b, f) {
        fromInteger(b, p, letter === "s", b.reg(S, f.Sm), (bits) => b.setReg(p.file, f[p.d], bits))
      },
    }),
  ),
)

/** The CONVERSION bits of a fixed-point format. */
const howFixed = (unsigned: boolean, size: 16 | 32) =>
  CONVERSION.fixedRounding | (unsigned ? CONVERSION.unsigned : 0) | (size === 16 ? CONVERSION.halfword : 0)

/** 16-bit formats have at most 16 fraction bits. */
const tooManyBits = (v: Readonly<Record<string, number>>) => v["imm4"]! * 2 + v["i"]! > 16
const sizes = [
  { size: 16, sx: "0", fraction: "fraction16", unpredictable: tooManyBits },
  { size: 32, sx: "1", fraction: "fraction32", unpredictable: () => false },
] as const

/** Declares the conversions to (opcode 111) or from (101) every fixed-point format. */
function fixedPoint(
  to: boolean,
  meaning: (b: Builder, p: Precision, how: number, fraction: Operand, register: Operand) => void,
) {
  return PRECISIONS.flatMap((p) =>
    sizes.flatMap(({ size, sx, fraction, unpredictable }) =>
      (["s", "u"] as const).flatMap((letter) =>
        vfp({
          name: `vcvt{cond}.${to ? `${letter}${size}.${p.name}` : `${p.name}.${letter}${size}`}`,
          section: "A8.8.308",
          encoding: "T1/A1",
          bits: `1110 1 D 111 ${to ? 1 : 0} 1 ${letter === "u" ? 1 : 0} Vd 101${p.sz} ${sx} 1 i 0 imm4`,
          args: `${p.d}, ${p.d}, ${fraction}`,
          unpredictable,
          semantics: (b, f) => meaning(b, p, howFixed(letter === "u", size), f[fraction], f[p.d]),
        }),
      ),
    ),
  )
}

/** VCVT: converts a floating-point number to fixed point, in the same register. */
export const vcvtToFixed = fixedPoint(true, (b, p, how, fraction, register) => {
  const x = b.reg(p.file, register)
  b.setReg(p.file, register, b.call(vfpHelper.toFixed[p.name], b.i32(how), b.imm(fraction), x))
})

/** VCVT: converts a fixed-point number to floating point, in the same register. */
export const vcvtFromFixed = fixedPoint(false, (b, p, how, fraction, register) => {
  const x = b.reg(p.file, register)
  const integer = p.bits === "i64" ? b.wrap(x) : x
  b.setReg(p.file, register, b.call(vfpHelper.fromFixed[p.name], b.i32(how), b.imm(fraction), integer))
})

/** VCVT: converts a number of one precision to the other. */
export const vcvtBetweenPrecisions = [
  vfp({
    name: "vcvt{cond}.f32.f64",
    section: "A8.8.309",
    encoding: "T1/A1",
    bits: "1110 1 D 110111 Vd 1011 11 M 0 Vm",
    args: "Sd, Dm",
    semantics(b, f) {
      const x = b.reg(D, f.Dm)
      const number = numberOf(b, DOUBLE_PRECISION, x)
      const narrowed = b.op("f32.demote", number)
      const bits = bitsOf(b, SINGLE_PRECISION, narrowed)
      const silent = b.or(b.get(FP_FAST), b.op("f64.eq", b.op("f64.promote", narrowed), number))
      b.if(
        b.or(all(b, isOrdinary(b, SINGLE_PRECISION, bits), silent), isZeroNumber(b, DOUBLE_PRECISION, x)),
        () => b.setReg(S, f.Sd, bits),
        () => b.setReg(S, f.Sd, b.call(vfpHelper.narrow, x)),
      )
    },
  }),
  vfp({
    name: "vcvt{cond}.f64.f32",
    section: "A8.8.309",
    encoding: "T1/A1",
    bits: "1110 1 D 110111 Vd 1010 11 M 0 Vm",
    args: "Dd, Sm",
    semantics(b, f) {
      const x = b.reg(S, f.Sm)
      b.if(
        b.or(isOrdinary(b, SINGLE_PRECISION, x), isZeroNumber(b, SINGLE_PRECISION, x)),
        () => b.setReg(D, f.Dd, bitsOf(b, DOUBLE_PRECISION, b.op("f64.promote", numberOf(b, SINGLE_PRECISION, x)))),
        () => b.setReg(D, f.Dd, b.call(vfpHelper.widen, x)),
      )
    },
  }),
].flat()

/** VCVTB, VCVTT: converts between single precision and half precision, which takes the half of a register that T names. */
export const vcvtHalf = [
  vfp({
    name: "vcvt{T}{cond}.f32.f16",
    section: "A8.8.311",
    encoding: "T1/A1",
    bits: "1110 1 D 110010 Vd 1010 T 1 M 0 Vm",
    args: "Sd, Sm",
    semantics(b, f) {
      const half = b.shrU(b.reg(S, f.Sm), b.i32(f.T ? 16 : 0))
      b.setReg(S, f.Sd, b.call(vfpHelper.fromHalf, half))
    },
  }),
  vfp({
    name: "vcvt{T}{cond}.f16.f32",
    section: "A8.8.311",
    encoding: "T1/A1",
    bits: "1110 1 D 110011 Vd 1010 T 1 M 0 Vm",
    args: "Sd, Sm",
    semantics(b, f) {
      const shift = f.T ? 16 : 0
      const half = b.call(vfpHelper.toHalf, b.reg(S, f.Sm))
      const kept = b.and(b.reg(S, f.Sd), b.i32(f.T ? 0xffff : 0xffff_0000))
      b.setReg(S, f.Sd, b.or(kept, b.shl(half, b.i32(shift))))
    },
  }),
].flat()
