// Advanced SIMD data processing on three registers of different lengths, and on two registers and a scalar (ARM DDI
// 0406C, A7.4.2, A7.4.3): integers.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { D } from "../state.ts"
import type { Manual } from "../vfp/encoding.ts"
import { neon } from "./encoding.ts"
import { doublingHigh, polynomialProduct } from "./integer.ts"
import { areQuads, areWhole } from "./text.ts"
import { Elements, getDouble, getQuad, getVector, SHAPES, setDouble, setQuad, setVector } from "./vector.ts"

const NARROW = (size: number) => size < 3
const MIDDLE = (size: number) => size === 1 || size === 2
const letters = (u: "0" | "1") => (u === "1" ? "u" : "s")

/** How an instruction of three registers is encoded. */
type Place = Manual & {
  /** Mnemonic with the type of elements, without their size. */
  readonly name: string
  readonly u: "0" | "1"
  readonly opcode: string
  readonly sizes?: (size: number) => boolean
}

/** What makes wide elements from narrow ones; `d` is the destination before. */
type Long = (e: Elements, b: Builder, n: Node, m: Node, d: () => Node) => Node

/** Declares an instruction of wide elements from narrow ones. */
function long({ name, opcode, sizes = NARROW, ...place }: Place, meaning: Long): Instruction[] {
  return neon({
    ...place,
    name: `${name}{size}`,
    bits: `1 D size Vn Vd ${opcode} N 0 M 0 Vm`,
    args: "Qd, Dn, Dm",
    where: { size: sizes },
    defined: areQuads("Vd"),
    semantics(b, f) {
      const e = new Elements(b, f.size)
      setQuad(
        b,
        f.Dd,
        meaning(e, b, getDouble(b, f.Dn), getDouble(b, f.Dm), () => getQuad(b, f.Dd)),
      )
    },
  })
}

/** The same for signed and unsigned elements: the name is the mnemonic alone, and U tells the sign. */
const longBySign = (place: Omit<Place, "u">, meaning: (signed: boolean) => Long): Instruction[] =>
  (["0", "1"] as const).flatMap((u) =>
    long({ ...place, name: `${place.name}{cond}.${letters(u)}`, u }, meaning(u === "0")),
  )

const twice = (e: Elements, b: Builder) => new Elements(b, e.size + 1)

/** VADDL: adds narrow elements to wide sums. */
export const vaddl = longBySign(
  { name: "vaddl", section: "A8.8.285", encoding: "T1/A1", opcode: "0000" },
  (signed) => (e, b, n, m) => {
    return twice(e, b).add(e.widen(signed, n), e.widen(signed, m))
  },
)
/** VSUBL: subtracts narrow elements to wide differences. */
export const vsubl = longBySign(
  { name: "vsubl", section: "A8.8.417", encoding: "T1/A1", opcode: "0010" },
  (signed) => (e, b, n, m) => {
    return twice(e, b).sub(e.widen(signed, n), e.widen(signed, m))
  },
)

const distance = (e: Elements, signed: boolean, n: Node, m: Node): Node => {
  const s = signed ? "S" : "U"
  return e.widen(false, e.sub(e.op(`max${s}`, n, m), e.op(`min${s}`, n, m)))
}
/** VABDL: takes the absolute differences of narrow elements as wide ones. */
export const vabdl = longBySign(
  { name: "vabdl", section: "A8.8.278", encoding: "T2/A2", opcode: "0111" },
  (signed) => (e, _, n, m) => distance(e, signed, n, m),
)
/** VABAL: adds the absolute differences of narrow elements to wide ones. */
export const vabal = longBySign(
  { name: "vabal", section: "A8.8.277", encoding: "T2/A2", opcode: "0101" },
  (signed) => (e, b, n, m, d) => {
    return twice(e, b).add(d(), distance(e, signed, n, m))
  },
)

// Products: of vectors, and of a vector and a scalar

const multiplyAdd =
  (signed: boolean): Long =>
  (e, b, n, m, d) =>
    twice(e, b).add(d(), e.product(signed, n, m))
const multiplySubtract =
  (signed: boolean): Long =>
  (e, b, n, m, d) =>
    twice(e, b).sub(d(), e.product(signed, n, m))
const multiply =
  (signed: boolean): Long =>
  (e, _, n, m) =>
    e.product(signed, n, m)

/** Doubled products: only the square of the least element saturates. */
const doubled: Long = (e, b, n, m) => {
  const wide = twice(e, b)
  const product = e.product(true, n, m)
  const saturates = wide.eq(product, wide.all(1n << BigInt(2 * e.bits - 2)))
  e.noteSaturation(saturates)
  return b.op("v128.xor", wide.add(product, product), saturates)
}
const doubledAdd: Long = (e, b, n, m, d) => twice(e, b).addSaturating(true, d(), doubled(e, b, n, m, d))
const doubledSubtract: Long = (e, b, n, m, d) => twice(e, b).subSaturating(true, d(), doubled(e, b, n, m, d))

/** VMLAL: adds products of narrow elements to wide ones. */
export const vmlal = longBySign({ name: "vmlal", section: "A8.8.336", encoding: "T2/A2", opcode: "1000" }, multiplyAdd)
/** VMLSL: subtracts products of narrow elements from wide ones. */
export const vmlsl = longBySign(
  { name: "vmlsl", section: "A8.8.336", encoding: "T2/A2", opcode: "1010" },
  multiplySubtract,
)
/** VMULL (integer): multiplies narrow elements to wide products. */
export const vmull = longBySign({ name: "vmull", section: "A8.8.350", encoding: "T2/A2", opcode: "1100" }, multiply)
/** VQDMLAL: adds doubled products of narrow elements to wide ones, saturated. */
export const vqdmlal = long(
  { name: "vqdmlal{cond}.s", section: "A8.8.371", encoding: "T1/A1", u: "0", opcode: "1001", sizes: MIDDLE },
  doubledAdd,
)
/** VQDMLSL: subtracts doubled products of narrow elements from wide ones, saturated. */
export const vqdmlsl = long(
  { name: "vqdmlsl{cond}.s", section: "A8.8.371", encoding: "T1/A1", u: "0", opcode: "1011", sizes: MIDDLE },
  doubledSubtract,
)
/** VQDMULL: multiplies narrow elements to doubled wide products, saturated. */
export const vqdmull = long(
  { name: "vqdmull{cond}.s", section: "A8.8.373", encoding: "T1/A1", u: "0", opcode: "1101", sizes: MIDDLE },
  doubled,
)
/** VMULL (polynomial): multiplies narrow polynomials over {0, 1} to wide ones. */
export const vmullPolynomial = long(
  {
    name: "vmull{cond}.p",
    section: "A8.8.350",
    encoding: "T2/A2",
    u: "0",
    opcode: "1110",
    sizes: (size) => size === 0,
  },
  (e, b, n, m) => polynomialProduct(twice(e, b), b, e.widen(false, n), e.widen(false, m)),
)

/** Declares a sum or difference of wide elements and narrow ones. */
const wide = (place: Omit<Place, "u" | "sizes">, how: "add" | "sub"): Instruction[] =>
  (["0", "1"] as const).flatMap((u) =>
    neon({
      name: `${place.name}{cond}.${letters(u)}{size}`,
      section: place.section,
      encoding: place.encoding,
      u,
      bits: `1 D size Vn Vd ${place.opcode} N 0 M 0 Vm`,
      args: "Qd, Qn, Dm",
      where: { size: NARROW },
      defined: areQuads("Vd", "Vn"),
      semantics(b, f) {
        const e = new Elements(b, f.size)
        setQuad(b, f.Dd, twice(e, b)[how](getQuad(b, f.Dn), e.widen(u === "0", getDouble(b, f.Dm))))
      },
    }),
  )
/** VADDW: adds narrow elements to wide ones. */
export const vaddw = wide({ name: "vaddw", section: "A8.8.285", encoding: "T1/A1", opcode: "0001" }, "add")
/** VSUBW: subtracts narrow elements from wide ones. */
export const vsubw = wide({ name: "vsubw", section: "A8.8.417", encoding: "T1/A1", opcode: "0011" }, "sub")

/** Declares the upper halves of sums or differences of wide elements; U asks for rounding. */
const highNarrow = ({ name, opcode, ...place }: Place, how: "add" | "sub"): Instruction[] =>
  neon({
    ...place,
    name: `${name}{cond}.i{wide}`,
    bits: `1 D size Vn Vd ${opcode} N 0 M 0 Vm`,
    args: "Dd, Qn, Qm",
    where: { size: NARROW },
    defined: areQuads("Vn", "Vm"),
    semantics(b, f) {
      const e = new Elements(b, f.size)
      const full = twice(e, b)
      const exact = full[how](getQuad(b, f.Dn), getQuad(b, f.Dm))
      const rounded = place.u === "1" ? full.add(exact, full.all(1n << BigInt(e.bits - 1))) : exact
      setDouble(b, f.Dd, e.narrow(rounded, rounded, 1))
    },
  })
/** VADDHN: adds wide elements and takes the upper halves of the sums. */
export const vaddhn = highNarrow(
  { name: "vaddhn", section: "A8.8.284", encoding: "T1/A1", u: "0", opcode: "0100" },
  "add",
)
/** VRADDHN: the same with rounding. */
export const vraddhn = highNarrow(
  { name: "vraddhn", section: "A8.8.383", encoding: "T1/A1", u: "1", opcode: "0100" },
  "add",
)
/** VSUBHN: subtracts wide elements and takes the upper halves of the differences. */
export const vsubhn = highNarrow(
  { name: "vsubhn", section: "A8.8.416", encoding: "T1/A1", u: "0", opcode: "0110" },
  "sub",
)
/** VRSUBHN: the same with rounding. */
export const vrsubhn = highNarrow(
  { name: "vrsubhn", section: "A8.8.394", encoding: "T1/A1", u: "1", opcode: "0110" },
  "sub",
)

// Scalars: each size of element has its own encoding of Vm and M

/** A vector of copies of a scalar, which a number made of M and Vm names. */
export function getScalar(b: Builder, size: 1 | 2, number: Operand): Node {
  const whole = b.imm(number)
  const registerBits = size === 1 ? 3 : 4
  const register = b.reg(D, b.and(whole, b.i32((1 << registerBits) - 1)))
  const by = b.shl(b.shrU(whole, b.i32(registerBits)), b.i32(3 + size))
  return b.op(`${SHAPES[size]}.splat`, b.wrap(b.shrU(register, b.extendU(by))))
}

/** Both sizes of scalar operands. */
export const SCALARS = [
  { size: 1, bits: "01", text: "scalar16" },
  { size: 2, bits: "10", text: "scalar32" },
] as const

/** Declares products of vectors with a scalar, where Q stands in the place of U. */
const byScalar = ({ name, opcode, ...place }: Omit<Place, "u" | "sizes">, meaning: Long): Instruction[] =>
  SCALARS.flatMap(({ size, bits, text }) =>
    neon({
      ...place,
      name: `${name}${8 << size}`,
      u: "Q",
      bits: `1 D ${bits} Vn Vd ${opcode} N 1 M 0 Vm`,
      args: `vd, vn, ${text}`,
      defined: areWhole("Vd", "Vn"),
      semantics(b, f) {
        const e = new Elements(b, size)
        const n = getVector(b, f.Q, f.Dn)
        const m = getScalar(b, size, f.scalarNumber)
        setVector(
          b,
          f.Q,
          f.Dd,
          meaning(e, b, n, m, () => getVector(b, f.Q, f.Dd)),
        )
      },
    }),
  )

/** VMLA (by scalar): adds products with a scalar to the destination. */
export const vmlaScalar = byScalar(
  { name: "vmla{cond}.i", section: "A8.8.338", encoding: "T1/A1", opcode: "0000" },
  (e, _, n, m, d) => e.add(d(), e.mul(n, m)),
)
/** VMLS (by scalar): subtracts products with a scalar from the destination. */
export const vmlsScalar = byScalar(
  { name: "vmls{cond}.i", section: "A8.8.338", encoding: "T1/A1", opcode: "0100" },
  (e, _, n, m, d) => e.sub(d(), e.mul(n, m)),
)
/** VMUL (by scalar): multiplies elements by a scalar. */
export const vmulScalar = byScalar(
  { name: "vmul{cond}.i", section: "A8.8.352", encoding: "T1/A1", opcode: "1000" },
  (e, _, n, m) => e.mul(n, m),
)
/** VQDMULH (by scalar): takes the upper halves of doubled products with a scalar, saturated. */
export const vqdmulhScalar = byScalar(
  { name: "vqdmulh{cond}.s", section: "A8.8.372", encoding: "T2/A2", opcode: "1100" },
  doublingHigh(false),
)
/** VQRDMULH (by scalar): the same with rounding. */
export const vqrdmulhScalar = byScalar(
  { name: "vqrdmulh{cond}.s", section: "A8.8.376", encoding: "T2/A2", opcode: "1101" },
  doublingHigh(true),
)

/** Declares wide products of narrow vectors with a scalar. */
const longByScalar = ({ name, opcode, ...place }: Omit<Place, "sizes">, meaning: Long): Instruction[] =>
  SCALARS.flatMap(({ size, bits, text }) =>
    neon({
      ...place,
      name: `${name}{cond}.${letters(place.u)}${8 << size}`,
      bits: `1 D ${bits} Vn Vd ${opcode} N 1 M 0 Vm`,
      args: `Qd, Dn, ${text}`,
      defined: areQuads("Vd"),
      semantics(b, f) {
        const e = new Elements(b, size)
        const m = getScalar(b, size, f.scalarNumber)
        setQuad(
          b,
          f.Dd,
          meaning(e, b, getDouble(b, f.Dn), m, () => getQuad(b, f.Dd)),
        )
      },
    }),
  )
/** The same for signed and unsigned elements. */
const longScalarBySign = (place: Omit<Place, "u" | "sizes">, meaning: (signed: boolean) => Long) =>
  (["0", "1"] as const).flatMap((u) => longByScalar({ ...place, u }, meaning(u === "0")))

/** VMLAL (by scalar): adds wide products with a scalar to wide elements. */
export const vmlalScalar = longScalarBySign(
  { name: "vmlal", section: "A8.8.338", encoding: "T2/A2", opcode: "0010" },
  multiplyAdd,
)
/** VMLSL (by scalar): subtracts wide products with a scalar from wide elements. */
export const vmlslScalar = longScalarBySign(
  { name: "vmlsl", section: "A8.8.338", encoding: "T2/A2", opcode: "0110" },
  multiplySubtract,
)
/** VMULL (by scalar): multiplies narrow elements by a scalar to wide products. */
export const vmullScalar = longScalarBySign(
  { name: "vmull", section: "A8.8.352", encoding: "T2/A2", opcode: "1010" },
  multiply,
)
/** VQDMLAL (by scalar): adds doubled wide products with a scalar to wide elements, saturated. */
export const vqdmlalScalar = longByScalar(
  { name: "vqdmlal", section: "A8.8.371", encoding: "T2/A2", u: "0", opcode: "0011" },
  doubledAdd,
)
/** VQDMLSL (by scalar): subtracts doubled wide products with a scalar from wide elements, saturated. */
export const vqdmlslScalar = longByScalar(
  { name: "vqdmlsl", section: "A8.8.371", encoding: "T2/A2", u: "0", opcode: "0111" },
  doubledSubtract,
)
/** VQDMULL (by scalar): multiplies narrow elements by a scalar to doubled wide products, saturated. */
export const vqdmullScalar = longByScalar(
  { name: "vqdmull", section: "A8.8.373", encoding: "T2/A2", u: "0", opcode: "1011" },
  doubled,
)
