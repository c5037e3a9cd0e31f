// Advanced SIMD data processing on three registers of different lengths, and on two registers and a scalar (ARM DDI
// 0406C, A7.4.2, A7.4.3): integers.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { D } from "../state.ts"
import { neon } from "./encoding.ts"
import { doublingHigh, polynomialProduct } from "./integer.ts"
import { areQuads, areWhole } from "./text.ts"
import { Elements, getDouble, getQuad, getVector, SHAPES, setDouble, setQuad, setVector } from "./vector.ts"

const NARROW = (size: number) => size < 3
const MIDDLE = (size: number) => size === 1 || size === 2
const letters = (u: "0" | "1") => (u === "1" ? "u" : "s")

/** How an instruction of different lengths is declared: quadwords among Vd, Vn, Vm, and mnemonics before the size. */
type Place = {
  readonly name: string
  readonly u: "0" | "1"
  readonly opcode: string
  readonly sizes?: (size: number) => boolean
}

/** Wide elements from narrow ones. */
type Long = (e: Elements, b: Builder, n: Node, m: Node, d: () => Node) => Node

function long({ name, u, opcode, sizes = NARROW }: Place, meaning: Long): Instruction[] {
  return neon({
    name: `${name}{size}`,
    u,
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

const longBySign = (name: string, opcode: string, meaning: (signed: boolean) => Long): Instruction[] =>
  (["0", "1"] as const).flatMap((u) => long({ name: `${name}{cond}.${letters(u)}`, u, opcode }, meaning(u === "0")))

const twice = (e: Elements, b: Builder) => new Elements(b, e.size + 1)

export const vaddl = longBySign("vaddl", "0000", (signed) => (e, b, n, m) => {
  return twice(e, b).add(e.widen(signed, n), e.widen(signed, m))
})
export const vsubl = longBySign("vsubl", "0010", (signed) => (e, b, n, m) => {
  return twice(e, b).sub(e.widen(signed, n), e.widen(signed, m))
})

const distance = (e: Elements, signed: boolean, n: Node, m: Node): Node => {
  const s = signed ? "S" : "U"
  return e.widen(false, e.sub(e.op(`max${s}`, n, m), e.op(`min${s}`, n, m)))
}
export const vabdl = longBySign("vabdl", "0111", (signed) => (e, _, n, m) => distance(e, signed, n, m))
export const vabal = longBySign("vabal", "0101", (signed) => (e, b, n, m, d) => {
  return twice(e, b).add(d(), distance(e, signed, n, m))
})

// Products, which scalars take part in as well

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

/** Twice the product: only the square of the least element saturates. */
const doubled: Long = (e, b, n, m) => {
  const wide = twice(e, b)
  const product = e.product(true, n, m)
  const saturates = wide.eq(product, wide.all(1n << BigInt(2 * e.bits - 2)))
  e.noteSaturation(saturates)
  return b.op("v128.xor", wide.add(product, product), saturates)
}
const doubledAdd: Long = (e, b, n, m, d) => twice(e, b).addSaturating(true, d(), doubled(e, b, n, m, d))
const doubledSubtract: Long = (e, b, n, m, d) => twice(e, b).subSaturating(true, d(), doubled(e, b, n, m, d))

export const vmlal = longBySign("vmlal", "1000", multiplyAdd)
export const vmlsl = longBySign("vmlsl", "1010", multiplySubtract)
export const vmull = longBySign("vmull", "1100", multiply)
export const vqdmlal = long({ name: "vqdmlal{cond}.s", u: "0", opcode: "1001", sizes: MIDDLE }, doubledAdd)
export const vqdmlsl = long({ name: "vqdmlsl{cond}.s", u: "0", opcode: "1011", sizes: MIDDLE }, doubledSubtract)
export const vqdmull = long({ name: "vqdmull{cond}.s", u: "0", opcode: "1101", sizes: MIDDLE }, doubled)
export const vmullPolynomial = long(
  { name: "vmull{cond}.p", u: "0", opcode: "1110", sizes: (size) => size === 0 },
  (e, b, n, m) => polynomialProduct(twice(e, b), b, e.widen(false, n), e.widen(false, m)),
)

/** Wide elements and narrow ones. */
const wide = (name: string, opcode: string, how: "add" | "sub"): Instruction[] =>
  (["0", "1"] as const).flatMap((u) =>
    neon({
      name: `${name}{cond}.${letters(u)}{size}`,
      u,
      bits: `1 D size Vn Vd ${opcode} N 0 M 0 Vm`,
      args: "Qd, Qn, Dm",
      where: { size: NARROW },
      defined: areQuads("Vd", "Vn"),
      semantics(b, f) {
        const e = new Elements(b, f.size)
        setQuad(b, f.Dd, twice(e, b)[how](getQuad(b, f.Dn), e.widen(u === "0", getDouble(b, f.Dm))))
      },
    }),
  )
export const vaddw = wide("vaddw", "0001", "add")
export const vsubw = wide("vsubw", "0011", "sub")

/** Upper halves of sums and differences of wide elements. */
const highNarrow = (name: string, u: "0" | "1", opcode: string, how: "add" | "sub"): Instruction[] =>
  neon({
    name: `${name}{cond}.i{wide}`,
    u,
    bits: `1 D size Vn Vd ${opcode} N 0 M 0 Vm`,
    args: "Dd, Qn, Qm",
    where: { size: NARROW },
    defined: areQuads("Vn", "Vm"),
    semantics(b, f) {
      const e = new Elements(b, f.size)
      const full = twice(e, b)
      const exact = full[how](getQuad(b, f.Dn), getQuad(b, f.Dm))
      const rounded = u === "1" ? full.add(exact, full.all(1n << BigInt(e.bits - 1))) : exact
      setDouble(b, f.Dd, e.narrow(rounded, rounded, 1))
    },
  })
export const vaddhn = highNarrow("vaddhn", "0", "0100", "add")
export const vraddhn = highNarrow("vraddhn", "1", "0100", "add")
export const vsubhn = highNarrow("vsubhn", "0", "0110", "sub")
export const vrsubhn = highNarrow("vrsubhn", "1", "0110", "sub")

// Scalars: the encodings of each size, what Vm and M hold

/** An element of a doubleword in all elements of a vector. */
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

type Scalar = {
  readonly name: string
  readonly opcode: string
}

/** Products of vectors with a scalar: U is Q. */
const byScalar = ({ name, opcode }: Scalar, meaning: Long): Instruction[] =>
  SCALARS.flatMap(({ size, bits, text }) =>
    neon({
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

export const vmlaScalar = byScalar({ name: "vmla{cond}.i", opcode: "0000" }, (e, _, n, m, d) => e.add(d(), e.mul(n, m)))
export const vmlsScalar = byScalar({ name: "vmls{cond}.i", opcode: "0100" }, (e, _, n, m, d) => e.sub(d(), e.mul(n, m)))
export const vmulScalar = byScalar({ name: "vmul{cond}.i", opcode: "1000" }, (e, _, n, m) => e.mul(n, m))
export const vqdmulhScalar = byScalar({ name: "vqdmulh{cond}.s", opcode: "1100" }, doublingHigh(false))
export const vqrdmulhScalar = byScalar({ name: "vqrdmulh{cond}.s", opcode: "1101" }, doublingHigh(true))

const longByScalar = (name: string, u: "0" | "1", opcode: string, meaning: Long): Instruction[] =>
  SCALARS.flatMap(({ size, bits, text }) =>
    neon({
      name: `${name}{cond}.${letters(u)}${8 << size}`,
      u,
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
const longScalarBySign = (name: string, opcode: string, meaning: (signed: boolean) => Long) =>
  (["0", "1"] as const).flatMap((u) => longByScalar(name, u, opcode, meaning(u === "0")))

export const vmlalScalar = longScalarBySign("vmlal", "0010", multiplyAdd)
export const vmlslScalar = longScalarBySign("vmlsl", "0110", multiplySubtract)
export const vmullScalar = longScalarBySign("vmull", "1010", multiply)
export const vqdmlalScalar = longByScalar("vqdmlal", "0", "0011", doubledAdd)
export const vqdmlslScalar = longByScalar("vqdmlsl", "0", "0111", doubledSubtract)
export const vqdmullScalar = longByScalar("vqdmull", "0", "1011", doubled)
