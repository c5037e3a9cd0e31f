// Advanced SIMD data processing on two registers: integers (ARM DDI 0406C, A7.4.5).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import type { Manual } from "../vfp/encoding.ts"
import { neon } from "./encoding.ts"
import { neonHelper } from "./helpers.ts"
import { areQuads, areWhole } from "./text.ts"
import {
  Elements,
  getDouble,
  getQuad,
  getVector,
  high,
  joinHalves,
  low,
  setDouble,
  setQuad,
  setVector,
} from "./vector.ts"

const whole = areWhole("Vd", "Vm")
const only = (sizes: readonly number[]) => ({ size: (size: number) => sizes.includes(size) })
const NARROW = [0, 1, 2]

/** What an element operation computes; `d` is the destination before. */
type Operation = (e: Elements, b: Builder, m: Node, d: () => Node) => Node

type Place = Manual & {
  readonly name: string
  /** Bits 17 and 16, and bits 10 to 7. */
  readonly a: string
  readonly opcode: string
  readonly sizes?: readonly number[]
  readonly args?: string
  /** Whether the mnemonic ends in the size. */
  readonly sized?: boolean
}

/** Declares an instruction of two vectors. */
function twoRegisters(place: Place, meaning: Operation): Instruction[] {
  const { name, section, encoding, a, opcode, sizes = NARROW, args = "vd, vm", sized = true } = place
  return neon({
    section,
    encoding,
    name: sized ? `${name}{size}` : name,
    u: "1",
    bits: `1 D 11 size ${a} Vd 0 ${opcode} Q M 0 Vm`,
    args,
    where: only(sizes),
    defined: whole,
    semantics(b, f) {
      const e = new Elements(b, f.size)
      setVector(
        b,
        f.Q,
        f.Dd,
        meaning(e, b, getVector(b, f.Q, f.Dm), () => getVector(b, f.Q, f.Dd)),
      )
    },
  })
}

/** Bytes of elements of 8 << size bits, reversed in regions of 8 << region bits. */
const reversed = (size: number, region: number) => {
  const flip = (1 << region) - (1 << size)
  return Array.from({ length: 16 }, (_, n) => n ^ flip)
}
const reverse = (name: string, opcode: string, region: number) => {
  const sizes = NARROW.filter((size) => size < region)
  const place = { name, section: "A8.8.386", encoding: "T1/A1", a: "00", opcode, sizes } as const
  return twoRegisters(place, (e, b, m) => b.shuffle(m, m, reversed(e.size, region)))
}
/** VREV64: reverses the elements of each doubleword. */
export const vrev64 = reverse("vrev64{cond}.", "0000", 3)
/** VREV32: reverses the elements of each word. */
export const vrev32 = reverse("vrev32{cond}.", "0001", 2)
/** VREV16: reverses the bytes of each halfword. */
export const vrev16 = reverse("vrev16{cond}.", "0010", 1)

/** Sums of neighbours, twice as wide. */
function pairSums(e: Elements, b: Builder, signed: boolean, m: Node): Node {
  const wide = new Elements(b, e.size + 1)
  const even = wide.shr(signed, wide.shl(m, e.bits), e.bits)
  return wide.add(even, wide.shr(signed, m, e.bits))
}
const signs = ["s", "u"] as const
/** VPADDL: adds each two neighbours to sums twice as wide. */
export const vpaddl = signs.flatMap((letter, n) => {
  const name = `vpaddl{cond}.${letter}`
  const place = { name, section: "A8.8.364", encoding: "T1/A1", a: "00", opcode: `010${n}` } as const
  return twoRegisters(place, (e, b, m) => pairSums(e, b, letter === "s", m))
})
/** VPADAL: adds the sums of each two neighbours to elements of the destination, twice as wide. */
export const vpadal = signs.flatMap((letter, n) => {
  const name = `vpadal{cond}.${letter}`
  const place = { name, section: "A8.8.361", encoding: "T1/A1", a: "00", opcode: `110${n}` } as const
  return twoRegisters(place, (e, b, m, d) => {
    return new Elements(b, e.size + 1).add(d(), pairSums(e, b, letter === "s", m))
  })
})

/** Bits from the highest one that is set: all below it are set as well, and counted. */
function significantBits(e: Elements, b: Builder, m: Node): Node {
  let smeared = m
  for (let by = 1; by < e.bits; by *= 2) smeared = b.op("v128.or", smeared, e.shr(false, smeared, by))
  let count = b.op("i8x16.popcnt", smeared)
  for (let size = 0; size < e.size; size++) count = pairSums(new Elements(b, size), b, false, count)
  return count
}
const leadingZeros = (e: Elements, b: Builder, m: Node) => e.sub(e.all(BigInt(e.bits)), significantBits(e, b, m))

/** VCLZ: counts the leading zeros of elements. */
export const vclz = twoRegisters(
  { name: "vclz{cond}.i", section: "A8.8.302", encoding: "T1/A1", a: "00", opcode: "1001" },
  leadingZeros,
)
/** VCLS: counts the bits below the sign bit that equal it. */
export const vcls = twoRegisters(
  { name: "vcls{cond}.s", section: "A8.8.299", encoding: "T1/A1", a: "00", opcode: "1000" },
  (e, b, m) => e.sub(leadingZeros(e, b, b.op("v128.xor", m, e.sign(m))), e.all(1n)),
)
/** VCNT: counts the bits set in bytes. */
export const vcnt = twoRegisters(
  { name: "vcnt{cond}.", section: "A8.8.304", encoding: "T1/A1", a: "00", opcode: "1010", sizes: [0] },
  (_, b, m) => b.op("i8x16.popcnt", m),
)
/** VMVN (register): inverts all bits. */
export const vmvn = twoRegisters(
  { name: "vmvn{cond}", section: "A8.8.354", encoding: "T1/A1", a: "00", opcode: "1011", sizes: [0], sized: false },
  (_, b, m) => b.op("v128.not", m),
)

/** VABS: takes the absolute values of elements. */
export const vabs = twoRegisters(
  { name: "vabs{cond}.s", section: "A8.8.280", encoding: "T1/A1", a: "01", opcode: "0110" },
  (e, _, m) => e.op("abs", m),
)
/** VNEG: negates elements. */
export const vneg = twoRegisters(
  { name: "vneg{cond}.s", section: "A8.8.355", encoding: "T1/A1", a: "01", opcode: "0111" },
  (e, _, m) => e.op("neg", m),
)

/** The least element has no opposite. */
const saturating =
  (how: "abs" | "neg"): Operation =>
  (e, b, m) => {
    const least = e.eq(m, e.least)
    e.noteSaturation(least)
    return b.op("v128.xor", e.op(how, m), least)
  }
/** VQABS: takes the absolute values of elements, saturated. */
export const vqabs = twoRegisters(
  { name: "vqabs{cond}.s", section: "A8.8.369", encoding: "T1/A1", a: "00", opcode: "1110" },
  saturating("abs"),
)
/** VQNEG: negates elements, saturated. */
export const vqneg = twoRegisters(
  { name: "vqneg{cond}.s", section: "A8.8.375", encoding: "T1/A1", a: "00", opcode: "1111" },
  saturating("neg"),
)

type Comparison = Manual & { readonly name: string; readonly opcode: string }

/** Declares a comparison with zero. */
const compare = (place: Comparison, meaning: (e: Elements, m: Node, zero: Node) => Node) =>
  twoRegisters({ ...place, a: "01", args: "vd, vm, #0" }, (e, b, m) => meaning(e, m, b.v128(0n)))
/** VCGT (immediate #0): sets elements greater than zero to all ones, the others to zero. */
export const vcgtZero = compare(
  { name: "vcgt{cond}.s", section: "A8.8.296", encoding: "T1/A1", opcode: "0000" },
  (e, m, zero) => e.op("gtS", m, zero),
)
/** VCGE (immediate #0): sets elements greater than or equal to zero to all ones, the others to zero. */
export const vcgeZero = compare(
  { name: "vcge{cond}.s", section: "A8.8.294", encoding: "T1/A1", opcode: "0001" },
  (e, m, zero) => e.op("geS", m, zero),
)
/** VCEQ (immediate #0): sets elements equal to zero to all ones, the others to zero. */
export const vceqZero = compare(
  { name: "vceq{cond}.i", section: "A8.8.292", encoding: "T1/A1", opcode: "0010" },
  (e, m, zero) => e.eq(m, zero),
)
/** VCLE (immediate #0): sets elements less than or equal to zero to all ones, the others to zero. */
export const vcleZero = compare(
  { name: "vcle{cond}.s", section: "A8.8.298", encoding: "T1/A1", opcode: "0011" },
  (e, m, zero) => e.op("geS", zero, m),
)
/** VCLT (immediate #0): sets elements less than zero to all ones, the others to zero. */
export const vcltZero = compare(
  { name: "vclt{cond}.s", section: "A8.8.301", encoding: "T1/A1", opcode: "0100" },
  (e, m, zero) => e.op("ltS", m, zero),
)

// To elements of half the size, and of twice the size

type Narrowing = Manual & { readonly name: string; readonly opcode: string }

/** Declares an instruction that makes narrow elements from wide ones. */
const narrowing = ({ name, opcode, ...manual }: Narrowing, meaning: (e: Elements, m: Node) => Node): Instruction[] =>
  neon({
    ...manual,
    name: `${name}{wide}`,
    u: "1",
    bits: `1 D 11 size 10 Vd 0 ${opcode} M 0 Vm`,
    args: "Dd, Qm",
    where: only(NARROW),
    defined: areQuads("Vm"),
    semantics: (b, f) => setDouble(b, f.Dd, meaning(new Elements(b, f.size), getQuad(b, f.Dm))),
  })
/** VMOVN: takes the lower halves of wide elements. */
export const vmovn = narrowing(
  { name: "vmovn{cond}.i", section: "A8.8.347", encoding: "T1/A1", opcode: "01000" },
  (e, m) => e.narrow(m),
)
/** VQMOVUN: makes unsigned narrow elements from signed wide ones, saturated. */
export const vqmovun = narrowing(
  { name: "vqmovun{cond}.s", section: "A8.8.374", encoding: "T1/A1", opcode: "01001" },
  (e, m) => e.narrowSaturating(true, false, m),
)
/** VQMOVN: makes narrow elements from wide ones of the same sign, saturated. */
export const vqmovn = [
  ...narrowing({ name: "vqmovn{cond}.s", section: "A8.8.374", encoding: "T1/A1", opcode: "01010" }, (e, m) =>
    e.narrowSaturating(true, true, m),
  ),
  ...narrowing({ name: "vqmovn{cond}.u", section: "A8.8.374", encoding: "T1/A1", opcode: "01011" }, (e, m) =>
    e.narrowSaturating(false, false, m),
  ),
]

/** VSHLL: shifts narrow elements left by their width to wide ones; shift.ts has the encoding of smaller amounts. */
export const vshllMaximum = [0, 1, 2].flatMap((size) =>
  neon({
    name: `vshll{cond}.i${8 << size}`,
    section: "A8.8.397",
    encoding: "T2/A2",
    u: "1",
    bits: `1 D 11 ${["00", "01", "10"][size]} 10 Vd 0 01100 M 0 Vm`,
    args: `Qd, Dm, #${8 << size}`,
    defined: areQuads("Vd"),
    semantics(b, f) {
      const e = new Elements(b, size)
      setQuad(b, f.Dd, new Elements(b, size + 1).shl(e.widen(false, getDouble(b, f.Dm)), 8 << size))
    },
  }),
)

/** Declares an estimate for fixed-point numbers. */
const estimate = (name: string, section: string, opcode: string, root: 0 | 1): Instruction[] =>
  neon({
    name: `${name}{cond}.u32`,
    section,
    encoding: "T1/A1",
    u: "1",
    bits: `1 D 11 10 11 Vd 0 ${opcode} Q M 0 Vm`,
    args: "vd, vm",
    defined: whole,
    semantics(b, f) {
      const m = getVector(b, f.Q, f.Dm)
      const [lower, upper] = [low(b, m), high(b, m)].map((n) => b.call(neonHelper.estimate, b.i32(root), n)) as [
        Node,
        Node,
      ]
      setVector(b, f.Q, f.Dd, joinHalves(b, lower, upper))
    },
  })
/** VRECPE (fixed-point): estimates reciprocals. */
export const vrecpe = estimate("vrecpe", "A8.8.384", "1000", 0)
/** VRSQRTE (fixed-point): estimates reciprocals of square roots. */
export const vrsqrte = estimate("vrsqrte", "A8.8.391", "1001", 1)
