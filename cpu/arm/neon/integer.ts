// Advanced SIMD data processing on three registers of the same length: integers and bits (ARM DDI 0406C, A7.4.1).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import type { Manual } from "../vfp/encoding.ts"
import { neon } from "./encoding.ts"
import { areWhole } from "./text.ts"
import { Elements, getDouble, getVector, setDouble, setVector } from "./vector.ts"

/** What an element operation computes; `d` is the destination before. */
type Operation = (e: Elements, b: Builder, n: Node, m: Node, d: () => Node) => Node

type Place = Manual & {
  /** Mnemonic with the type of elements, `vadd{cond}.i`, without their size. */
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
function threeSame({ name, opcode, op, sizes, ...place }: Place, meaning: Operation): Instruction[] {
  return neon({
    ...place,
    name: `${name}{size}`,
    bits: `0 D size Vn Vd ${opcode} N Q M ${op} Vm`,
    args: "vd, vn, vm",
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

/** The same for signed and unsigned elements: the name is the mnemonic alone, and U tells the sign. */
function bySign(place: Omit<Place, "u">, meaning: Signed): Instruction[] {
  return (["0", "1"] as const).flatMap((u) =>
    threeSame({ ...place, name: `${place.name}{cond}.${u === "1" ? "u" : "s"}`, u }, meaning(u === "0")),
  )
}

const signs = (signed: boolean) => (signed ? "S" : "U")
const xor = (b: Builder, x: Node, y: Node) => b.op("v128.xor", x, y)

// Sums and differences, halved or saturated

/** VHADD: adds elements and halves the sums. */
export const vhadd = bySign(
  { name: "vhadd", section: "A8.8.319", encoding: "T1/A1", opcode: "0000", op: "0", sizes: NARROW },
  (signed) => (e, b, n, m) => {
    return e.add(b.op("v128.and", n, m), e.shr(signed, xor(b, n, m), 1))
  },
)
/** VRHADD: adds elements and halves the sums, rounded. */
export const vrhadd = bySign(
  { name: "vrhadd", section: "A8.8.387", encoding: "T1/A1", opcode: "0001", op: "0", sizes: NARROW },
  (signed) => (e, b, n, m) => {
    return e.sub(b.op("v128.or", n, m), e.shr(signed, xor(b, n, m), 1))
  },
)
/** VHSUB: subtracts elements and halves the differences. */
export const vhsub = bySign(
  { name: "vhsub", section: "A8.8.319", encoding: "T1/A1", opcode: "0010", op: "0", sizes: NARROW },
  (signed) => (e, b, n, m) => {
    return e.sub(e.shr(signed, xor(b, n, m), 1), b.op("v128.andnot", m, n))
  },
)
/** VQADD: adds elements and saturates the sums. */
export const vqadd = bySign(
  { name: "vqadd", section: "A8.8.370", encoding: "T1/A1", opcode: "0000", op: "1", sizes: EVERY },
  (signed) => (e, _, n, m) => e.addSaturating(signed, n, m),
)
/** VQSUB: subtracts elements and saturates the differences. */
export const vqsub = bySign(
  { name: "vqsub", section: "A8.8.382", encoding: "T1/A1", opcode: "0010", op: "1", sizes: EVERY },
  (signed) => (e, _, n, m) => e.subSaturating(signed, n, m),
)
/** VADD (integer): adds elements. */
export const vadd = threeSame(
  { name: "vadd{cond}.i", section: "A8.8.282", encoding: "T1/A1", u: "0", opcode: "1000", op: "0", sizes: EVERY },
  (e, _, n, m) => e.add(n, m),
)
/** VSUB (integer): subtracts elements. */
export const vsub = threeSame(
  { name: "vsub{cond}.i", section: "A8.8.414", encoding: "T1/A1", u: "1", opcode: "1000", op: "0", sizes: EVERY },
  (e, _, n, m) => e.sub(n, m),
)

// Comparisons, and what is chosen by them

/** VCGT (register): compares elements, and sets those that are greater to all ones, the others to zero. */
export const vcgt = bySign(
  { name: "vcgt", section: "A8.8.295", encoding: "T1/A1", opcode: "0011", op: "0", sizes: NARROW },
  (signed) => (e, _, n, m) => e.op(`gt${signs(signed)}`, n, m),
)
/** VCGE (register): sets elements that are greater than or equal to all ones, the others to zero. */
export const vcge = bySign(
  { name: "vcge", section: "A8.8.293", encoding: "T1/A1", opcode: "0011", op: "1", sizes: NARROW },
  (signed) => (e, _, n, m) => e.op(`ge${signs(signed)}`, n, m),
)
/** VMAX (integer): takes the larger of each two elements. */
export const vmax = bySign(
  { name: "vmax", section: "A8.8.334", encoding: "T1/A1", opcode: "0110", op: "0", sizes: NARROW },
  (signed) => (e, _, n, m) => e.op(`max${signs(signed)}`, n, m),
)
/** VMIN (integer): takes the smaller of each two elements. */
export const vmin = bySign(
  { name: "vmin", section: "A8.8.334", encoding: "T1/A1", opcode: "0110", op: "1", sizes: NARROW },
  (signed) => (e, _, n, m) => e.op(`min${signs(signed)}`, n, m),
)

const difference = (e: Elements, signed: boolean, n: Node, m: Node) =>
  e.sub(e.op(`max${signs(signed)}`, n, m), e.op(`min${signs(signed)}`, n, m))
/** VABD (integer): takes the absolute differences of elements. */
export const vabd = bySign(
  { name: "vabd", section: "A8.8.278", encoding: "T1/A1", opcode: "0111", op: "0", sizes: NARROW },
  (signed) => (e, _, n, m) => difference(e, signed, n, m),
)
/** VABA: adds the absolute differences of elements to the destination. */
export const vaba = bySign(
  { name: "vaba", section: "A8.8.277", encoding: "T1/A1", opcode: "0111", op: "1", sizes: NARROW },
  (signed) => (e, _, n, m, d) => {
    return e.add(d(), difference(e, signed, n, m))
  },
)
/** VTST: sets elements that have a bit in common to all ones, the others to zero. */
export const vtst = threeSame(
  { name: "vtst{cond}.", section: "A8.8.421", encoding: "T1/A1", u: "0", opcode: "1000", op: "1", sizes: NARROW },
  (e, b, n, m) => e.op("ne", b.op("v128.and", n, m), b.v128(0n)),
)
/** VCEQ (register): sets elements that are equal to all ones, the others to zero. */
export const vceq = threeSame(
  { name: "vceq{cond}.i", section: "A8.8.291", encoding: "T1/A1", u: "1", opcode: "1000", op: "1", sizes: NARROW },
  (e, _, n, m) => e.eq(n, m),
)

// Products

/** VMLA (integer): adds products of elements to the destination. */
export const vmla = threeSame(
  { name: "vmla{cond}.i", section: "A8.8.336", encoding: "T1/A1", u: "0", opcode: "1001", op: "0", sizes: NARROW },
  (e, _, n, m, d) => e.add(d(), e.mul(n, m)),
)
/** VMLS (integer): subtracts products of elements from the destination. */
export const vmls = threeSame(
  { name: "vmls{cond}.i", section: "A8.8.336", encoding: "T1/A1", u: "1", opcode: "1001", op: "0", sizes: NARROW },
  (e, _, n, m, d) => e.sub(d(), e.mul(n, m)),
)
/** VMUL (integer): multiplies elements. */
export const vmul = threeSame(
  { name: "vmul{cond}.i", section: "A8.8.350", encoding: "T1/A1", u: "0", opcode: "1001", op: "1", sizes: NARROW },
  (e, _, n, m) => e.mul(n, m),
)

/** A product of polynomials over {0, 1}: `n` shifted by each of the 8 bits that `m` has set, summed without carries. */
export function polynomialProduct(e: Elements, b: Builder, n: Node, m: Node): Node {
  const terms = Array.from({ length: 8 }, (_, bit) =>
    b.op("v128.and", e.shl(n, bit), e.sign(e.shl(m, e.bits - 1 - bit))),
  )
  return terms.reduce((sum, term) => xor(b, sum, term))
}
/** VMUL (polynomial): multiplies elements as polynomials over {0, 1}. */
export const vmulPolynomial = threeSame(
  { name: "vmul{cond}.p", section: "A8.8.350", encoding: "T1/A1", u: "1", opcode: "1001", op: "1", sizes: [0] },
  polynomialProduct,
)

/** The upper halves of doubled products, rounded or not; only the square of the least element saturates. */
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
/** VQDMULH: multiplies elements, and takes the upper halves of the doubled products, saturated. */
export const vqdmulh = threeSame(
  { name: "vqdmulh{cond}.s", section: "A8.8.372", encoding: "T1/A1", u: "0", opcode: "1011", op: "0", sizes: [1, 2] },
  doublingHigh(false),
)
/** VQRDMULH: the same with rounding. */
export const vqrdmulh = threeSame(
  { name: "vqrdmulh{cond}.s", section: "A8.8.376", encoding: "T1/A1", u: "1", opcode: "1011", op: "0", sizes: [1, 2] },
  doublingHigh(true),
)

// Bits

type Bitwise = (b: Builder, n: Node, m: Node, d: () => Node) => Node
type BitwisePlace = Manual & { readonly name: string; readonly u: "0" | "1"; readonly size: string }

/** Declares an instruction on the bits of three vectors. */
const bitwise = ({ name, size, ...place }: BitwisePlace, meaning: Bitwise) =>
  neon({
    ...place,
    name: `${name}{cond}`,
    bits: `0 D ${size} Vn Vd 0001 N Q M 1 Vm`,
    args: "vd, vn, vm",
    defined: whole,
    semantics(b, f) {
      const d = () => getVector(b, f.Q, f.Dd)
      setVector(b, f.Q, f.Dd, meaning(b, getVector(b, f.Q, f.Dn), getVector(b, f.Q, f.Dm), d))
    },
  })
/** VAND (register): combines bits by AND. */
export const vand = bitwise({ name: "vand", section: "A8.8.287", encoding: "T1/A1", u: "0", size: "00" }, (b, n, m) =>
  b.op("v128.and", n, m),
)
/** VBIC (register): clears the bits that the second operand has set. */
export const vbic = bitwise({ name: "vbic", section: "A8.8.289", encoding: "T1/A1", u: "0", size: "01" }, (b, n, m) =>
  b.op("v128.andnot", n, m),
)
/** VORR (register): combines bits by OR; with equal operands it is VMOV (register). */
export const vorr = bitwise({ name: "vorr", section: "A8.8.360", encoding: "T1/A1", u: "0", size: "10" }, (b, n, m) =>
  b.op("v128.or", n, m),
)
/** VORN (register): combines bits by OR with the complement of the second operand. */
export const vorn = bitwise({ name: "vorn", section: "A8.8.358", encoding: "T1/A1", u: "0", size: "11" }, (b, n, m) =>
  b.op("v128.or", n, b.op("v128.not", m)),
)
/** VEOR: combines bits by exclusive OR. */
export const veor = bitwise({ name: "veor", section: "A8.8.315", encoding: "T1/A1", u: "1", size: "00" }, (b, n, m) =>
  b.op("v128.xor", n, m),
)
/** VBSL: takes each bit from the first or second operand, as the destination has it set or clear. */
export const vbsl = bitwise(
  { name: "vbsl", section: "A8.8.290", encoding: "T1/A1", u: "1", size: "01" },
  (b, n, m, d) => b.op("v128.bitselect", n, m, d()),
)
/** VBIT: inserts the bits of the first operand where the second has ones. */
export const vbit = bitwise(
  { name: "vbit", section: "A8.8.290", encoding: "T1/A1", u: "1", size: "10" },
  (b, n, m, d) => b.op("v128.bitselect", n, d(), m),
)
/** VBIF: inserts the bits of the first operand where the second has zeros. */
export const vbif = bitwise(
  { name: "vbif", section: "A8.8.290", encoding: "T1/A1", u: "1", size: "11" },
  (b, n, m, d) => b.op("v128.bitselect", d(), n, m),
)

// Pairs of neighbours

/** Declares an instruction on pairs of neighbours, of two doublewords in a row. */
const pairwise = ({ name, opcode, op, ...place }: Omit<Place, "sizes">, how: string) =>
  neon({
    ...place,
    name: `${name}{size}`,
    bits: `0 D size Vn Vd ${opcode} N 0 M ${op} Vm`,
    args: "Dd, Dn, Dm",
    where: only(NARROW),
    semantics(b, f) {
      const e = new Elements(b, f.size)
      const row = e.rowOf(getDouble(b, f.Dn), getDouble(b, f.Dm))
      setDouble(b, f.Dd, e.op(how, e.even(row), e.odd(row)))
    },
  })

const VPMAX = { section: "A8.8.365", encoding: "T1/A1", opcode: "1010", op: "0" } as const
const VPMIN = { ...VPMAX, op: "1" } as const
/** VPMAX (integer): takes the larger of each two neighbours. */
export const vpmax = [
  ...pairwise({ ...VPMAX, name: "vpmax{cond}.s", u: "0" }, "maxS"),
  ...pairwise({ ...VPMAX, name: "vpmax{cond}.u", u: "1" }, "maxU"),
]
/** VPMIN (integer): takes the smaller of each two neighbours. */
export const vpmin = [
  ...pairwise({ ...VPMIN, name: "vpmin{cond}.s", u: "0" }, "minS"),
  ...pairwise({ ...VPMIN, name: "vpmin{cond}.u", u: "1" }, "minU"),
]
/** VPADD (integer): adds each two neighbours. */
export const vpadd = pairwise(
  { name: "vpadd{cond}.i", section: "A8.8.362", encoding: "T1/A1", u: "0", opcode: "1011", op: "1" },
  "add",
)
