// Advanced SIMD data processing on three registers of the same length: integers and bits (ARM DDI 0406C, A7.4.1).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { neon } from "./encoding.ts"
import { areWhole } from "./text.ts"
import { Elements, getDouble, getVector, setDouble, setVector } from "./vector.ts"

/** What an element operation computes; `d` is the destination before. */
type Operation = (e: Elements, b: Builder, n: Node, m: Node, d: () => Node) => Node

type Place = {
  /** Mnemonic with the type of elements: `vadd{cond}.i`. The size follows. */
  readonly name: string
  readonly u: "0" | "1"
  /** Bits 11 to 8, and bit 4. */
  readonly opcode: string
  readonly op: string
  readonly sizes: readonly number[]
}

const NARROW = [0, 1, 2]
const EVERY = [0, 1, 2, 3]
const whole = areWhole("Vd", "Vn", "Vm")
const only = (sizes: readonly number[]) => ({ size: (size: number) => sizes.includes(size) })

/** Declares an instruction of three vectors. */
function threeSame({ name, u, opcode, op, sizes }: Place, meaning: Operation, args = "vd, vn, vm"): Instruction[] {
  return neon({
    name: `${name}{size}`,
    u,
    bits: `0 D size Vn Vd ${opcode} N Q M ${op} Vm`,
    args,
    where: only(sizes),
    defined: whole,
    semantics(b, f) {
      const e = new Elements(b, f.size)
      const [n, m] = [getVector(b, f.Q, f.Dn), getVector(b, f.Q, f.Dm)]
      setVector(
        b,
        f.Q,
        f.Dd,
        meaning(e, b, n, m, () => getVector(b, f.Q, f.Dd)),
      )
    },
  })
}

type Signed = (signed: boolean) => Operation

/** The same for signed and unsigned elements. */
function bySign(name: string, opcode: string, op: string, sizes: readonly number[], meaning: Signed): Instruction[] {
  return (["0", "1"] as const).flatMap((u) =>
    threeSame({ name: `${name}{cond}.${u === "1" ? "u" : "s"}`, u, opcode, op, sizes }, meaning(u === "0")),
  )
}

const signs = (signed: boolean) => (signed ? "S" : "U")
const xor = (b: Builder, x: Node, y: Node) => b.op("v128.xor", x, y)

// Sums and differences, halved or saturated

export const vhadd = bySign("vhadd", "0000", "0", NARROW, (signed) => (e, b, n, m) => {
  return e.add(b.op("v128.and", n, m), e.shr(signed, xor(b, n, m), 1))
})
export const vrhadd = bySign("vrhadd", "0001", "0", NARROW, (signed) => (e, b, n, m) => {
  return e.sub(b.op("v128.or", n, m), e.shr(signed, xor(b, n, m), 1))
})
export const vhsub = bySign("vhsub", "0010", "0", NARROW, (signed) => (e, b, n, m) => {
  return e.sub(e.shr(signed, xor(b, n, m), 1), b.op("v128.andnot", m, n))
})
export const vqadd = bySign("vqadd", "0000", "1", EVERY, (signed) => (e, _, n, m) => e.addSaturating(signed, n, m))
export const vqsub = bySign("vqsub", "0010", "1", EVERY, (signed) => (e, _, n, m) => e.subSaturating(signed, n, m))
export const vadd = threeSame({ name: "vadd{cond}.i", u: "0", opcode: "1000", op: "0", sizes: EVERY }, (e, _, n, m) =>
  e.add(n, m),
)
export const vsub = threeSame({ name: "vsub{cond}.i", u: "1", opcode: "1000", op: "0", sizes: EVERY }, (e, _, n, m) =>
  e.sub(n, m),
)

// Comparisons, and what is chosen by them

export const vcgt = bySign("vcgt", "0011", "0", NARROW, (signed) => (e, _, n, m) => e.op(`gt${signs(signed)}`, n, m))
export const vcge = bySign("vcge", "0011", "1", NARROW, (signed) => (e, _, n, m) => e.op(`ge${signs(signed)}`, n, m))
export const vmax = bySign("vmax", "0110", "0", NARROW, (signed) => (e, _, n, m) => e.op(`max${signs(signed)}`, n, m))
export const vmin = bySign("vmin", "0110", "1", NARROW, (signed) => (e, _, n, m) => e.op(`min${signs(signed)}`, n, m))

const difference = (e: Elements, signed: boolean, n: Node, m: Node) =>
  e.sub(e.op(`max${signs(signed)}`, n, m), e.op(`min${signs(signed)}`, n, m))
export const vabd = bySign("vabd", "0111", "0", NARROW, (signed) => (e, _, n, m) => difference(e, signed, n, m))
export const vaba = bySign("vaba", "0111", "1", NARROW, (signed) => (e, _, n, m, d) => {
  return e.add(d(), difference(e, signed, n, m))
})
export const vtst = threeSame({ name: "vtst{cond}.", u: "0", opcode: "1000", op: "1", sizes: NARROW }, (e, b, n, m) =>
  e.op("ne", b.op("v128.and", n, m), b.v128(0n)),
)
export const vceq = threeSame({ name: "vceq{cond}.i", u: "1", opcode: "1000", op: "1", sizes: NARROW }, (e, _, n, m) =>
  e.eq(n, m),
)

// Products

export const vmla = threeSame(
  { name: "vmla{cond}.i", u: "0", opcode: "1001", op: "0", sizes: NARROW },
  (e, _, n, m, d) => e.add(d(), e.mul(n, m)),
)
export const vmls = threeSame(
  { name: "vmls{cond}.i", u: "1", opcode: "1001", op: "0", sizes: NARROW },
  (e, _, n, m, d) => e.sub(d(), e.mul(n, m)),
)
export const vmul = threeSame({ name: "vmul{cond}.i", u: "0", opcode: "1001", op: "1", sizes: NARROW }, (e, _, n, m) =>
  e.mul(n, m),
)

/** A product of polynomials over {0, 1}: the sum without carries of one shifted to each bit of the other, which has 8. */
export function polynomialProduct(e: Elements, b: Builder, n: Node, m: Node): Node {
  const terms = Array.from({ length: 8 }, (_, bit) =>
    b.op("v128.and", e.shl(n, bit), e.sign(e.shl(m, e.bits - 1 - bit))),
  )
  return terms.reduce((sum, term) => xor(b, sum, term))
}
export const vmulPolynomial = threeSame(
  { name: "vmul{cond}.p", u: "1", opcode: "1001", op: "1", sizes: [0] },
  polynomialProduct,
)

/** The upper half of twice the product, rounded or not; only the square of the least element saturates. */
export const doublingHigh =
  (rounding: boolean): Operation =>
  (e, b, n, m) => {
    const wide = new Elements(b, e.size + 1)
    const upper = (half: "Low" | "High") => {
      const product = e.product(true, n, m, half)
      const rounded = rounding ? wide.add(product, wide.all(1n << BigInt(e.bits - 2))) : product
      return wide.shr(true, rounded, e.bits - 1)
    }
    const saturates = b.op("v128.and", e.eq(n, e.least), e.eq(m, e.least))
    e.noteSaturation(saturates)
    return xor(b, e.narrow(upper("Low"), upper("High")), saturates)
  }
export const vqdmulh = threeSame(
  { name: "vqdmulh{cond}.s", u: "0", opcode: "1011", op: "0", sizes: [1, 2] },
  doublingHigh(false),
)
export const vqrdmulh = threeSame(
  { name: "vqrdmulh{cond}.s", u: "1", opcode: "1011", op: "0", sizes: [1, 2] },
  doublingHigh(true),
)

// Bits

type Bitwise = (b: Builder, n: Node, m: Node, d: () => Node) => Node
const bitwise = (name: string, u: "0" | "1", size: string, meaning: Bitwise) =>
  neon({
    name: `${name}{cond}`,
    u,
    bits: `0 D ${size} Vn Vd 0001 N Q M 1 Vm`,
    args: "vd, vn, vm",
    defined: whole,
    semantics(b, f) {
      const d = () => getVector(b, f.Q, f.Dd)
      setVector(b, f.Q, f.Dd, meaning(b, getVector(b, f.Q, f.Dn), getVector(b, f.Q, f.Dm), d))
    },
  })
export const vand = bitwise("vand", "0", "00", (b, n, m) => b.op("v128.and", n, m))
export const vbic = bitwise("vbic", "0", "01", (b, n, m) => b.op("v128.andnot", n, m))
export const vorr = bitwise("vorr", "0", "10", (b, n, m) => b.op("v128.or", n, m))
export const vorn = bitwise("vorn", "0", "11", (b, n, m) => b.op("v128.or", n, b.op("v128.not", m)))
export const veor = bitwise("veor", "1", "00", (b, n, m) => b.op("v128.xor", n, m))
export const vbsl = bitwise("vbsl", "1", "01", (b, n, m, d) => b.op("v128.bitselect", n, m, d()))
export const vbit = bitwise("vbit", "1", "10", (b, n, m, d) => b.op("v128.bitselect", n, d(), m))
export const vbif = bitwise("vbif", "1", "11", (b, n, m, d) => b.op("v128.bitselect", d(), n, m))

// Pairs of neighbours, of two doublewords in a row

const pairwise = (name: string, u: "0" | "1", opcode: string, op: string, how: string) =>
  neon({
    name: `${name}{size}`,
    u,
    bits: `0 D size Vn Vd ${opcode} N 0 M ${op} Vm`,
    args: "Dd, Dn, Dm",
    where: only(NARROW),
    semantics(b, f) {
      const e = new Elements(b, f.size)
      const row = e.rowOf(getDouble(b, f.Dn), getDouble(b, f.Dm))
      setDouble(b, f.Dd, e.op(how, e.even(row), e.odd(row)))
    },
  })
export const vpmax = [
  ...pairwise("vpmax{cond}.s", "0", "1010", "0", "maxS"),
  ...pairwise("vpmax{cond}.u", "1", "1010", "0", "maxU"),
]
export const vpmin = [
  ...pairwise("vpmin{cond}.s", "0", "1010", "1", "minS"),
  ...pairwise("vpmin{cond}.u", "1", "1010", "1", "minU"),
]
export const vpadd = pairwise("vpadd{cond}.i", "0", "1011", "1", "add")
