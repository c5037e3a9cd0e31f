// Advanced SIMD shifts by an immediate (ARM DDI 0406C, A7.4.4). The highest bit set in L:imm6 gives the size of elements.
// The bits below it are the amount of a left shift, or the size minus the amount of a right shift.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import type { Manual } from "../vfp/encoding.ts"
import { neon } from "./encoding.ts"
import { areQuads, areWhole } from "./text.ts"
import { Elements, getDouble, getQuad, getVector, setDouble, setQuad, setVector } from "./vector.ts"

/** Encodings of immediates by the size of elements: to the right and to the left. */
const SIZES = [
  { size: 0, l: 0, imm: "001 imm3", right: "right8", left: "imm3" },
  { size: 1, l: 0, imm: "01 imm4", right: "right16", left: "imm4" },
  { size: 2, l: 0, imm: "1 imm5", right: "right32", left: "imm5" },
  { size: 3, l: 1, imm: "imm6", right: "right64", left: "imm6" },
] as const

const whole = areWhole("Vd", "Vm")

/** What a shift computes; `d` is the destination before. */
type Shift = (e: Elements, by: Node, m: Node, d: () => Node, b: Builder) => Node

type Place = Manual & {
  /** Mnemonic with the type of elements, without their size. */
  readonly name: string
  readonly u: "0" | "1"
  readonly opcode: string
  readonly direction: "left" | "right"
}

/** Declares a shift of vectors of every size of element. */
function shift({ name, opcode, direction, ...place }: Place, meaning: Shift): Instruction[] {
  return SIZES.flatMap((s) =>
    neon({
      ...place,
      name: `${name}${8 << s.size}`,
      bits: `1 D ${s.imm} Vd ${opcode} ${s.l} Q M 1 Vm`,
      args: `vd, vm, ${s[direction]}`,
      defined: whole,
      semantics(b, f) {
        const e = new Elements(b, s.size)
        const d = () => getVector(b, f.Q, f.Dd)
        setVector(b, f.Q, f.Dd, meaning(e, b.imm(f[s[direction]]), getVector(b, f.Q, f.Dm), d, b))
      },
    }),
  )
}

/** The same for signed and unsigned elements: the name is the mnemonic alone, and U tells the sign. */
const bySign = (place: Omit<Place, "u">, meaning: (signed: boolean) => Shift) =>
  (["0", "1"] as const).flatMap((u) =>
    shift({ ...place, name: `${place.name}{cond}.${u === "1" ? "u" : "s"}`, u }, meaning(u === "0")),
  )

/** VSHR: shifts elements right. */
export const vshr = bySign(
  { name: "vshr", section: "A8.8.398", encoding: "T1/A1", opcode: "0000", direction: "right" },
  (signed) => (e, by, m) => e.shiftRight(signed, m, by, false),
)
/** VSRA: shifts elements right and adds them to the destination. */
export const vsra = bySign(
  { name: "vsra", section: "A8.8.402", encoding: "T1/A1", opcode: "0001", direction: "right" },
  (signed) => (e, by, m, d) => {
    return e.add(d(), e.shiftRight(signed, m, by, false))
  },
)
/** VRSHR: shifts elements right, rounded. */
export const vrshr = bySign(
  { name: "vrshr", section: "A8.8.389", encoding: "T1/A1", opcode: "0010", direction: "right" },
  (signed) => (e, by, m) => e.shiftRight(signed, m, by, true),
)
/** VRSRA: shifts elements right, rounded, and adds them to the destination. */
export const vrsra = bySign(
  { name: "vrsra", section: "A8.8.393", encoding: "T1/A1", opcode: "0011", direction: "right" },
  (signed) => (e, by, m, d) => {
    return e.add(d(), e.shiftRight(signed, m, by, true))
  },
)

/** VSRI: shifts elements right into the destination, which keeps the bits above. */
export const vsri = shift(
  { name: "vsri{cond}.", section: "A8.8.403", encoding: "T1/A1", u: "1", opcode: "0100", direction: "right" },
  (e, by, m, d, b) => {
    const mask = e.shiftRight(false, e.ones, by, false)
    return b.op("v128.bitselect", e.shiftRight(false, m, by, false), d(), mask)
  },
)
/** VSLI: shifts elements left into the destination, which keeps the bits below. */
export const vsli = shift(
  { name: "vsli{cond}.", section: "A8.8.400", encoding: "T1/A1", u: "1", opcode: "0101", direction: "left" },
  (e, by, m, d, b) => {
    return b.op("v128.bitselect", e.shl(m, by), d(), e.shl(e.ones, by))
  },
)
/** VSHL (immediate): shifts elements left. */
export const vshl = shift(
  { name: "vshl{cond}.i", section: "A8.8.395", encoding: "T1/A1", u: "0", opcode: "0101", direction: "left" },
  (e, by, m) => e.shl(m, by),
)

/** VQSHL (immediate): shifts elements left, saturated. */
export const vqshl = bySign(
  { name: "vqshl", section: "A8.8.380", encoding: "T1/A1", opcode: "0111", direction: "left" },
  (signed) => (e, by, m, _, b) => {
    const shifted = e.shl(m, by)
    const lost = e.ne(e.shr(signed, shifted, by), m)
    e.noteSaturation(lost)
    return signed ? b.op("v128.bitselect", e.limitOf(m), shifted, lost) : b.op("v128.or", shifted, lost)
  },
)
/** VQSHLU: shifts signed elements left to unsigned ones, saturated: negative elements become 0. */
export const vqshlu = shift(
  { name: "vqshlu{cond}.s", section: "A8.8.380", encoding: "T1/A1", u: "1", opcode: "0110", direction: "left" },
  (e, by, m, _, b) => {
    const shifted = e.shl(m, by)
    const lost = e.ne(e.shr(false, shifted, by), m)
    const negative = e.sign(m)
    e.noteSaturation(b.op("v128.or", lost, negative))
    return b.op("v128.andnot", b.op("v128.or", shifted, lost), negative)
  },
)

// To elements of half the size, and of twice the size

type Narrowing = (e: Elements, wide: Elements, by: Node, m: Node) => Node

type NarrowingPlace = Manual & { readonly name: string; readonly u: "0" | "1"; readonly opcode: string }

/** Declares a shift of wide elements right to narrow ones. */
const narrowing = ({ name, opcode, ...place }: NarrowingPlace, meaning: Narrowing): Instruction[] =>
  SIZES.slice(0, 3).flatMap((s) =>
    neon({
      ...place,
      name: `${name}${16 << s.size}`,
      bits: `1 D ${s.imm} Vd ${opcode} M 1 Vm`,
      args: `Dd, Qm, ${s.right}`,
      defined: areQuads("Vm"),
      semantics(b, f) {
        const wide = new Elements(b, s.size + 1)
        setDouble(b, f.Dd, meaning(new Elements(b, s.size), wide, b.imm(f[s.right]), getQuad(b, f.Dm)))
      },
    }),
  )

const shiftAndNarrow =
  (rounding: boolean): Narrowing =>
  (e, wide, by, m) =>
    e.narrow(wide.shiftRight(false, m, by, rounding))
/** VSHRN: shifts wide elements right and takes the lower halves. */
export const vshrn = narrowing(
  { name: "vshrn{cond}.i", section: "A8.8.399", encoding: "T1/A1", u: "0", opcode: "1000 00" },
  shiftAndNarrow(false),
)
/** VRSHRN: the same with rounding. */
export const vrshrn = narrowing(
  { name: "vrshrn{cond}.i", section: "A8.8.390", encoding: "T1/A1", u: "0", opcode: "1000 01" },
  shiftAndNarrow(true),
)

/** Shifts wide elements and makes them narrow ones that saturate; `from` and `to` tell which are signed. */
const saturatingNarrow =
  (from: boolean, to: boolean, rounding: boolean): Narrowing =>
  (e, wide, by, m) =>
    e.narrowSaturating(from, to, wide.shiftRight(from, m, by, rounding))
const VQSHRN = { section: "A8.8.381", encoding: "T1/A1", opcode: "1001 00" } as const
const VQRSHRN = { section: "A8.8.378", encoding: "T1/A1", opcode: "1001 01" } as const
/** VQSHRN: shifts wide elements right to narrow ones of the same sign, saturated. */
export const vqshrn = [
  ...narrowing({ ...VQSHRN, name: "vqshrn{cond}.s", u: "0" }, saturatingNarrow(true, true, false)),
  ...narrowing({ ...VQSHRN, name: "vqshrn{cond}.u", u: "1" }, saturatingNarrow(false, false, false)),
]
/** VQRSHRN: the same with rounding. */
export const vqrshrn = [
  ...narrowing({ ...VQRSHRN, name: "vqrshrn{cond}.s", u: "0" }, saturatingNarrow(true, true, true)),
  ...narrowing({ ...VQRSHRN, name: "vqrshrn{cond}.u", u: "1" }, saturatingNarrow(false, false, true)),
]
/** VQSHRUN: shifts signed wide elements right to unsigned narrow ones, saturated. */
export const vqshrun = narrowing(
  { ...VQSHRN, name: "vqshrun{cond}.s", u: "1", opcode: "1000 00" },
  saturatingNarrow(true, false, false),
)
/** VQRSHRUN: the same with rounding. */
export const vqrshrun = narrowing(
  { ...VQRSHRN, name: "vqrshrun{cond}.s", u: "1", opcode: "1000 01" },
  saturatingNarrow(true, false, true),
)

type Lengthening = Manual & {
  readonly name: string
  readonly size: number
  /** Bits 21 to 16, and the field in them that is the amount. */
  readonly imm: string
  readonly amount?: "imm3" | "imm4" | "imm5"
}

/** Declares wide elements of narrow ones, shifted left by an amount if there is one, for both signs. */
const lengthen = ({ name, size, imm, amount, ...manual }: Lengthening): Instruction[] =>
  (["0", "1"] as const).flatMap((u) =>
    neon({
      ...manual,
      name: `${name}{cond}.${u === "1" ? "u" : "s"}${8 << size}`,
      u,
      bits: `1 D ${imm} Vd 1010 00 M 1 Vm`,
      args: amount ? `Qd, Dm, ${amount}` : "Qd, Dm",
      defined: areQuads("Vd"),
      semantics(b, f) {
        const widened = new Elements(b, size).widen(u === "0", getDouble(b, f.Dm))
        setQuad(b, f.Dd, amount ? new Elements(b, size + 1).shl(widened, b.imm(f[amount])) : widened)
      },
    }),
  )
/** VSHLL: shifts narrow elements left to wide ones, by less than their width. */
export const vshll = ([SIZES[0], SIZES[1], SIZES[2]] as const).flatMap(({ size, imm, left }) =>
  lengthen({ name: "vshll", section: "A8.8.397", encoding: "T1/A1", size, imm, amount: left }),
)
/** VMOVL: makes wide elements from narrow ones: the encoding of a shift by 0. */
export const vmovl = [0, 1, 2].flatMap((size) => {
  const imm = `${"0".repeat(2 - size)}1 ${"0".repeat(3 + size)}`
  return lengthen({ name: "vmovl", section: "A8.8.346", encoding: "T1/A1", size, imm })
})
