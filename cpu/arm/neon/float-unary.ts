// Advanced SIMD floating point on two registers: absolute values, comparisons with zero, estimates, conversions (ARM DDI
// 0406C, A7.4.4, A7.4.5).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import type { Manual } from "../vfp/encoding.ts"
import { neon } from "./encoding.ts"
import { settle, tryFromInteger, tryToInteger } from "./fast.ts"
import { absolute, compute, negated } from "./float.ts"
import { FIXED, type FloatOperation, neonHelper } from "./helpers.ts"
import { areQuads, areWhole } from "./text.ts"
import { getDouble, getQuad, getVector, high, joinHalves, low, setDouble, setQuad, setVector } from "./vector.ts"

const twoWhole = areWhole("Vd", "Vm")

/** How an instruction of two registers is encoded: `a` is bits 17 and 16, `opcode` bits 10 to 7. */
type Two = Manual & { readonly name: string; readonly a: string; readonly opcode: string; readonly args?: string }

/** Declares an instruction of two vectors. */
const twoRegisters = (
  { a, opcode, args = "vd, vm", ...place }: Two,
  meaning: (b: Builder, isQuad: Operand, m: Node, put: (result: Node) => void) => void,
): Instruction[] =>
  neon({
    ...place,
    u: "1",
    bits: `1 D 11 10 ${a} Vd 0 ${opcode} Q M 0 Vm`,
    args,
    defined: twoWhole,
    semantics: (b, f) => meaning(b, f.Q, getVector(b, f.Q, f.Dm), (result) => setVector(b, f.Q, f.Dd, result)),
  })

/** VABS: takes the absolute values of elements. */
export const vabs = twoRegisters(
  { name: "vabs{cond}.f32", section: "A8.8.280", encoding: "T1/A1", a: "01", opcode: "1110" },
  (b, _, m, put) => put(absolute(b, m)),
)
/** VNEG: negates elements. */
export const vneg = twoRegisters(
  { name: "vneg{cond}.f32", section: "A8.8.355", encoding: "T1/A1", a: "01", opcode: "1111" },
  (b, _, m, put) => put(negated(b, m)),
)

type Comparison = Manual & { readonly name: string; readonly opcode: string }

/** Declares a comparison with zero; VCLE and VCLT exchange the operands of VCGE and VCGT. */
const compareZero = (place: Comparison, operation: FloatOperation, zeroFirst = false) =>
  twoRegisters({ ...place, name: `${place.name}{cond}.f32`, a: "01", args: "vd, vm, #0" }, (b, isQuad, m, put) => {
    const zero = b.v128(0n)
    const operands = zeroFirst ? { d: m, n: zero, m } : { d: m, n: m, m: zero }
    compute(b, operation, isQuad, operands, put)
  })
/** VCGT (immediate #0): sets elements greater than zero to all ones, the others to zero. */
export const vcgtZero = compareZero({ name: "vcgt", section: "A8.8.296", encoding: "T1/A1", opcode: "1000" }, "vcgt")
/** VCGE (immediate #0): sets elements greater than or equal to zero to all ones, the others to zero. */
export const vcgeZero = compareZero({ name: "vcge", section: "A8.8.294", encoding: "T1/A1", opcode: "1001" }, "vcge")
/** VCEQ (immediate #0): sets elements equal to zero to all ones, the others to zero. */
export const vceqZero = compareZero({ name: "vceq", section: "A8.8.292", encoding: "T1/A1", opcode: "1010" }, "vceq")
/** VCLE (immediate #0): sets elements less than or equal to zero to all ones, the others to zero. */
export const vcleZero = compareZero(
  { name: "vcle", section: "A8.8.298", encoding: "T1/A1", opcode: "1011" },
  "vcge",
  true,
)
/** VCLT (immediate #0): sets elements less than zero to all ones, the others to zero. */
export const vcltZero = compareZero(
  { name: "vclt", section: "A8.8.301", encoding: "T1/A1", opcode: "1100" },
  "vcgt",
  true,
)

/** Declares an estimate. */
const estimate = (name: "vrecpe" | "vrsqrte", section: string, opcode: string) => {
  const place = { name: `${name}{cond}.f32`, section, encoding: "T1/A1", a: "11", opcode } as const
  return twoRegisters(place, (b, isQuad, m, put) => compute(b, name, isQuad, { d: m, n: m, m }, put))
}
/** VRECPE (floating-point): estimates reciprocals. */
export const vrecpe = estimate("vrecpe", "A8.8.384", "1010")
/** VRSQRTE (floating-point): estimates reciprocals of square roots. */
export const vrsqrte = estimate("vrsqrte", "A8.8.391", "1011")

// Conversions

/** Converts all elements to or from fixed point by the helper. */
function convertExactly(
  b: Builder,
  how: number,
  fraction: Node,
  isQuad: Operand,
  m: Node,
  put: (result: Node) => void,
): void {
  const half = (of: (b: Builder, vector: Node) => Node) => b.call(neonHelper.fixed, b.i32(how), fraction, of(b, m))
  const lower = half(low)
  b.if(
    b.imm(isQuad),
    () => put(joinHalves(b, lower, half(high))),
    () => put(b.op("i64x2.splat", lower)),
  )
}

const directions = (["s", "u"] as const).flatMap((letter, unsigned) => [
  { unsigned, toFloat: 0, name: `vcvt{cond}.${letter}32.f32` },
  { unsigned, toFloat: 1, name: `vcvt{cond}.f32.${letter}32` },
])
const howOf = ({ unsigned, toFloat }: { unsigned: number; toFloat: number }) =>
  (unsigned ? FIXED.unsigned : 0) | (toFloat ? FIXED.toFloat : 0)

/** VCVT (between floating-point and integer): converts elements to integers, or integers to elements. */
export const vcvtInteger = directions.flatMap((direction) => {
  const { unsigned, toFloat, name } = direction
  const opcode = `11${1 - toFloat}${unsigned}`
  const place = { name, section: "A8.8.305", encoding: "T1/A1", a: "11", opcode } as const
  return twoRegisters(place, (b, isQuad, m, put) => {
    const attempt = (toFloat ? tryFromInteger : tryToInteger)(b, !unsigned, m)
    settle(b, attempt, put, () => convertExactly(b, howOf(direction), b.i32(0), isQuad, m, put))
  })
})

/** VCVT (between floating-point and fixed-point): converts elements to fixed point, or fixed point to elements. */
export const vcvtFixed = directions.flatMap((direction) => {
  const { unsigned, toFloat, name } = direction
  return neon({
    name,
    section: "A8.8.307",
    encoding: "T1/A1",
    u: unsigned ? "1" : "0",
    bits: `1 D 1 imm5 Vd 111 ${1 - toFloat} 0 Q M 1 Vm`,
    args: "vd, vm, fractionBits",
    defined: twoWhole,
    semantics(b, f) {
      const m = getVector(b, f.Q, f.Dm)
      convertExactly(b, howOf(direction), b.imm(f.fractionBits), f.Q, m, (result) => setVector(b, f.Q, f.Dd, result))
    },
  })
})

/** VCVT (between half-precision and single-precision): converts four elements. */
export const vcvtHalf = [
  neon({
    name: "vcvt{cond}.f16.f32",
    section: "A8.8.310",
    encoding: "T1/A1",
    u: "1",
    bits: "1 D 11 01 10 Vd 0 11000 M 0 Vm",
    args: "Dd, Qm",
    defined: areQuads("Vm"),
    semantics(b, f) {
      const m = getQuad(b, f.Dm)
      setDouble(b, f.Dd, b.op("i64x2.splat", b.call(neonHelper.toHalf, low(b, m), high(b, m))))
    },
  }),
  neon({
    name: "vcvt{cond}.f32.f16",
    section: "A8.8.310",
    encoding: "T1/A1",
    u: "1",
    bits: "1 D 11 01 10 Vd 0 11100 M 0 Vm",
    args: "Qd, Dm",
    defined: areQuads("Vd"),
    semantics(b, f) {
      const m = getDouble(b, f.Dm)
      const pair = (n: 0 | 1) => b.call(neonHelper.fromHalf, b.op(`i32x4.extractLane${n}`, m))
      const lower = pair(0)
      setQuad(b, f.Dd, joinHalves(b, lower, pair(1)))
    },
  }),
].flat()
