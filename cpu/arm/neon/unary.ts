// Advanced SIMD data processing on two registers: integers (ARM DDI 0406C, A7.4.5).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
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

type Place = {
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
  const { name, a, opcode, sizes = NARROW, args = "vd, vm", sized = true } = place
  return neon({
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
const reverse = (name: string, opcode: string, region: number) =>
  twoRegisters({ name, a: "00", opcode, sizes: NARROW.filter((size) => size < region) }, (e, b, m) =>
    b.shuffle(m, m, reversed(e.size, region)),
  )
export const vrev64 = reverse("vrev64{cond}.", "0000", 3)
export const vrev32 = reverse("vrev32{cond}.", "0001", 2)
export const vrev16 = reverse("vrev16{cond}.", "0010", 1)

/** Sums of neighbours, twice as wide. */
function pairSums(e: Elements, b: Builder, signed: boolean, m: Node): Node {
  const wide = new Elements(b, e.size + 1)
  const even = wide.shr(signed, wide.shl(m, e.bits), e.bits)
  return wide.add(even, wide.shr(signed, m, e.bits))
}
const signs = ["s", "u"] as const
export const vpaddl = signs.flatMap((letter, n) =>
  twoRegisters({ name: `vpaddl{cond}.${letter}`, a: "00", opcode: `010${n}` }, (e, b, m) =>
    pairSums(e, b, letter === "s", m),
  ),
)
export const vpadal = signs.flatMap((letter, n) =>
  twoRegisters({ name: `vpadal{cond}.${letter}`, a: "00", opcode: `110${n}` }, (e, b, m, d) =>
    new Elements(b, e.size + 1).add(d(), pairSums(e, b, letter === "s", m)),
  ),
)

/** Bits from the highest one that is set: all below it are set as well, and counted. */
function significantBits(e: Elements, b: Builder, m: Node): Node {
  let smeared = m
  for (let by = 1; by < e.bits; by *= 2) smeared = b.op("v128.or", smeared, e.shr(false, smeared, by))
  let count = b.op("i8x16.popcnt", smeared)
  for (let size = 0; size < e.size; size++) count = pairSums(new Elements(b, size), b, false, count)
  return count
}
const leadingZeros = (e: Elements, b: Builder, m: Node) => e.sub(e.all(BigInt(e.bits)), significantBits(e, b, m))

export const vclz = twoRegisters({ name: "vclz{cond}.i", a: "00", opcode: "1001" }, leadingZeros)
export const vcls = twoRegisters({ name: "vcls{cond}.s", a: "00", opcode: "1000" }, (e, b, m) =>
  e.sub(leadingZeros(e, b, b.op("v128.xor", m, e.sign(m))), e.all(1n)),
)
export const vcnt = twoRegisters({ name: "vcnt{cond}.", a: "00", opcode: "1010", sizes: [0] }, (_, b, m) =>
  b.op("i8x16.popcnt", m),
)
export const vmvn = twoRegisters({ name: "vmvn{cond}", a: "00", opcode: "1011", sizes: [0], sized: false }, (_, b, m) =>
  b.op("v128.not", m),
)

export const vabs = twoRegisters({ name: "vabs{cond}.s", a: "01", opcode: "0110" }, (e, _, m) => e.op("abs", m))
export const vneg = twoRegisters({ name: "vneg{cond}.s", a: "01", opcode: "0111" }, (e, _, m) => e.op("neg", m))

/** The least element has no opposite. */
const saturating =
  (how: "abs" | "neg"): Operation =>
  (e, b, m) => {
    const least = e.eq(m, e.least)
    e.noteSaturation(least)
    return b.op("v128.xor", e.op(how, m), least)
  }
export const vqabs = twoRegisters({ name: "vqabs{cond}.s", a: "00", opcode: "1110" }, saturating("abs"))
export const vqneg = twoRegisters({ name: "vqneg{cond}.s", a: "00", opcode: "1111" }, saturating("neg"))

const compare = (name: string, opcode: string, meaning: (e: Elements, m: Node, zero: Node) => Node) =>
  twoRegisters({ name, a: "01", opcode, args: "vd, vm, #0" }, (e, b, m) => meaning(e, m, b.v128(0n)))
export const vcgtZero = compare("vcgt{cond}.s", "0000", (e, m, zero) => e.op("gtS", m, zero))
export const vcgeZero = compare("vcge{cond}.s", "0001", (e, m, zero) => e.op("geS", m, zero))
export const vceqZero = compare("vceq{cond}.i", "0010", (e, m, zero) => e.eq(m, zero))
export const vcleZero = compare("vcle{cond}.s", "0011", (e, m, zero) => e.op("geS", zero, m))
export const vcltZero = compare("vclt{cond}.s", "0100", (e, m, zero) => e.op("ltS", m, zero))

// To elements of half the size, and of twice the size

const narrowing = (name: string, opcode: string, meaning: (e: Elements, m: Node) => Node): Instruction[] =>
  neon({
    name: `${name}{wide}`,
    u: "1",
    bits: `1 D 11 size 10 Vd 0 ${opcode} M 0 Vm`,
    args: "Dd, Qm",
    where: only(NARROW),
    defined: areQuads("Vm"),
    semantics: (b, f) => setDouble(b, f.Dd, meaning(new Elements(b, f.size), getQuad(b, f.Dm))),
  })
export const vmovn = narrowing("vmovn{cond}.i", "01000", (e, m) => e.narrow(m))
export const vqmovun = narrowing("vqmovun{cond}.s", "01001", (e, m) => e.narrowSaturating(true, false, m))
export const vqmovn = [
  ...narrowing("vqmovn{cond}.s", "01010", (e, m) => e.narrowSaturating(true, true, m)),
  ...narrowing("vqmovn{cond}.u", "01011", (e, m) => e.narrowSaturating(false, false, m)),
]

/** By the width of elements: VSHLL with a lesser amount is an encoding of its own. */
export const vshllMaximum = [0, 1, 2].flatMap((size) =>
  neon({
    name: `vshll{cond}.i${8 << size}`,
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

/** Estimates of reciprocals of fixed-point numbers. */
const estimate = (name: string, opcode: string, root: 0 | 1): Instruction[] =>
  neon({
    name: `${name}{cond}.u32`,
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
export const vrecpe = estimate("vrecpe", "1000", 0)
export const vrsqrte = estimate("vrsqrte", "1001", 1)
