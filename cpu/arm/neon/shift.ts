// Advanced SIMD shifts by an immediate (ARM DDI 0406C, A7.4.4). The place of the highest bit that is set in L:imm6 tells
// the size of elements; to the right, the amount is what the rest lacks to that size.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
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

type Place = {
  /** Mnemonic with the type of elements, without their size. */
  readonly name: string
  readonly u: "0" | "1"
  readonly opcode: string
  readonly direction: "left" | "right"
}

function shift({ name, u, opcode, direction }: Place, meaning: Shift): Instruction[] {
  return SIZES.flatMap((s) =>
    neon({
      name: `${name}${8 << s.size}`,
      u,
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

const bySign = (name: string, opcode: string, direction: "left" | "right", meaning: (signed: boolean) => Shift) =>
  (["0", "1"] as const).flatMap((u) =>
    shift({ name: `${name}{cond}.${u === "1" ? "u" : "s"}`, u, opcode, direction }, meaning(u === "0")),
  )

export const vshr = bySign("vshr", "0000", "right", (signed) => (e, by, m) => e.shiftRight(signed, m, by, false))
export const vsra = bySign("vsra", "0001", "right", (signed) => (e, by, m, d) => {
  return e.add(d(), e.shiftRight(signed, m, by, false))
})
export const vrshr = bySign("vrshr", "0010", "right", (signed) => (e, by, m) => e.shiftRight(signed, m, by, true))
export const vrsra = bySign("vrsra", "0011", "right", (signed) => (e, by, m, d) => {
  return e.add(d(), e.shiftRight(signed, m, by, true))
})

/** The destination keeps the bits that nothing is shifted to. */
export const vsri = shift({ name: "vsri{cond}.", u: "1", opcode: "0100", direction: "right" }, (e, by, m, d, b) => {
  const mask = e.shiftRight(false, e.ones, by, false)
  return b.op("v128.bitselect", e.shiftRight(false, m, by, false), d(), mask)
})
export const vsli = shift({ name: "vsli{cond}.", u: "1", opcode: "0101", direction: "left" }, (e, by, m, d, b) => {
  return b.op("v128.bitselect", e.shl(m, by), d(), e.shl(e.ones, by))
})
export const vshl = shift({ name: "vshl{cond}.i", u: "0", opcode: "0101", direction: "left" }, (e, by, m) =>
  e.shl(m, by),
)

export const vqshl = bySign("vqshl", "0111", "left", (signed) => (e, by, m, _, b) => {
  const shifted = e.shl(m, by)
  const lost = e.ne(e.shr(signed, shifted, by), m)
  e.noteSaturation(lost)
  return signed ? b.op("v128.bitselect", e.limitOf(m), shifted, lost) : b.op("v128.or", shifted, lost)
})
/** To unsigned: what is negative becomes 0. */
export const vqshlu = shift({ name: "vqshlu{cond}.s", u: "1", opcode: "0110", direction: "left" }, (e, by, m, _, b) => {
  const shifted = e.shl(m, by)
  const lost = e.ne(e.shr(false, shifted, by), m)
  const negative = e.sign(m)
  e.noteSaturation(b.op("v128.or", lost, negative))
  return b.op("v128.andnot", b.op("v128.or", shifted, lost), negative)
})

// To elements of half the size, and of twice the size

type Narrowing = (e: Elements, wide: Elements, by: Node, m: Node) => Node

const narrowing = (name: string, u: "0" | "1", opcode: string, meaning: Narrowing): Instruction[] =>
  SIZES.slice(0, 3).flatMap((s) =>
    neon({
      name: `${name}${16 << s.size}`,
      u,
      bits: `1 D ${s.imm} Vd ${opcode} M 1 Vm`,
      args: `Dd, Qm, ${s.right}`,
      defined: areQuads("Vm"),
      semantics(b, f) {
        const wide = new Elements(b, s.size + 1)
        setDouble(b, f.Dd, meaning(new Elements(b, s.size), wide, b.imm(f[s.right]), getQuad(b, f.Dm)))
      },
    }),
  )

const shiftAndNarrow = (name: string, opcode: string, rounding: boolean) =>
  narrowing(name, "0", opcode, (e, wide, by, m) => e.narrow(wide.shiftRight(false, m, by, rounding)))
export const vshrn = shiftAndNarrow("vshrn{cond}.i", "1000 00", false)
export const vrshrn = shiftAndNarrow("vrshrn{cond}.i", "1000 01", true)

const saturatingNarrow = (name: string, u: "0" | "1", opcode: string, from: boolean, to: boolean, rounding: boolean) =>
  narrowing(name, u, opcode, (e, wide, by, m) => e.narrowSaturating(from, to, wide.shiftRight(from, m, by, rounding)))
export const vqshrn = [
  ...saturatingNarrow("vqshrn{cond}.s", "0", "1001 00", true, true, false),
  ...saturatingNarrow("vqshrn{cond}.u", "1", "1001 00", false, false, false),
]
export const vqrshrn = [
  ...saturatingNarrow("vqrshrn{cond}.s", "0", "1001 01", true, true, true),
  ...saturatingNarrow("vqrshrn{cond}.u", "1", "1001 01", false, false, true),
]
export const vqshrun = saturatingNarrow("vqshrun{cond}.s", "1", "1000 00", true, false, false)
export const vqrshrun = saturatingNarrow("vqrshrun{cond}.s", "1", "1000 01", true, false, true)

/** Wide elements of the narrow ones, shifted: a shift by 0 is written VMOVL. */
const lengthen = (
  name: string,
  s: (typeof SIZES)[0 | 1 | 2],
  u: "0" | "1",
  imm: string,
  amount?: "imm3" | "imm4" | "imm5",
) =>
  neon({
    name: `${name}{cond}.${u === "1" ? "u" : "s"}${8 << s.size}`,
    u,
    bits: `1 D ${imm} Vd 1010 00 M 1 Vm`,
    args: amount ? `Qd, Dm, ${amount}` : "Qd, Dm",
    defined: areQuads("Vd"),
    semantics(b, f) {
      const widened = new Elements(b, s.size).widen(u === "0", getDouble(b, f.Dm))
      const by: Operand | undefined = amount && f[amount]
      setQuad(b, f.Dd, by ? new Elements(b, s.size + 1).shl(widened, b.imm(by)) : widened)
    },
  })
export const vshll = SIZES.slice(0, 3).flatMap((s) =>
  (["0", "1"] as const).flatMap((u) => lengthen("vshll", s as (typeof SIZES)[0], u, s.imm, s.left as "imm3")),
)
export const vmovl = SIZES.slice(0, 3).flatMap((s) =>
  (["0", "1"] as const).flatMap((u) => {
    return lengthen("vmovl", s as (typeof SIZES)[0], u, `${"0".repeat(2 - s.size)}1 ${"0".repeat(3 + s.size)}`)
  }),
)
