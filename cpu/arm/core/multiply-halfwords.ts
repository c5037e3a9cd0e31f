// Signed multiplication of halfwords and of most significant words (ARM DDI 0406C, A4.4.3; SMLABB to SMUSD of A8.8).

import type { Builder, Node } from "../../ir/index.ts"
import { a32, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { anyOf, is15, isBadReg } from "../unpredictable.ts"
import { getLong, sameHalves, setLong } from "./multiply.ts"
import { addSaturationFlag } from "./saturating.ts"

/** The signed bottom (0) or top (1) halfword. */
function half(b: Builder, x: Node, top: number): Node {
  return top ? b.shrS(x, b.i32(16)) : b.extend16S(x)
}

const halfProduct = (b: Builder, x: Node, n: number, y: Node, m: number) => b.mul(half(b, x, n), half(b, y, m))

/** The low word of an i64, with Q set if it is not the whole value. */
function overflowing(b: Builder, wide: Node): Node {
  const result = b.wrap(wide)
  addSaturationFlag(b, b.ne(b.extendS(result), wide))
  return result
}

/** Adds an accumulator, with Q set on signed overflow. */
function accumulate(b: Builder, x: Node, ra: Node): Node {
  const sum = b.add(x, ra)
  addSaturationFlag(b, b.shrU(b.and(b.xor(x, sum), b.xor(ra, sum)), b.i32(31)))
  return sum
}

/** Bits 47 to 16 of a word times a halfword. */
function wordByHalf(b: Builder, x: Node, y: Node, m: number): Node {
  return b.wrap(b.shrS(b.mul(b.extendS(x), b.extendS(half(b, y, m))), b.i64(16)))
}

const badA32 = is15("rd", "rn", "rm")
const badA32WithRa = is15("rd", "rn", "rm", "ra")
const badT32 = isBadReg("rd", "rn", "rm")
const badT32WithRa = isBadReg("rd", "rn", "rm", "ra")
const badA32Long = anyOf(is15("rdlo", "rdhi", "rn", "rm"), sameHalves)
const badT32Long = anyOf(isBadReg("rdlo", "rdhi", "rn", "rm"), sameHalves)

export const smulxy = [
  a32({
    name: "smul{n}{m}{cond}",
    bits: "cond 00010110 rd (0000) rm 1 m n 0 rn",
    args: "rd, rn, rm",
    unpredictable: badA32,
    semantics(b, { n, m, rd, rn, rm }) {
      setR(b, rd, halfProduct(b, getR(b, rn), n, getR(b, rm), m))
    },
  }),
  t32({
    name: "smul{n}{m}{cond}",
    bits: "111110110001 rn 1111 rd 00 n m rm",
    args: "rd, rn, rm",
    feature: "v6t2",
    unpredictable: badT32,
    semantics(b, { n, m, rd, rn, rm }) {
      setR(b, rd, halfProduct(b, getR(b, rn), n, getR(b, rm), m))
    },
  }),
]

export const smlaxy = [
  a32({
    name: "smla{n}{m}{cond}",
    bits: "cond 00010000 rd ra rm 1 m n 0 rn",
    args: "rd, rn, rm, ra",
    unpredictable: badA32WithRa,
    semantics(b, { n, m, rd, rn, rm, ra }) {
      setR(b, rd, accumulate(b, halfProduct(b, getR(b, rn), n, getR(b, rm), m), getR(b, ra)))
    },
  }),
  t32({
    name: "smla{n}{m}{cond}",
    bits: "111110110001 rn ra rd 00 n m rm",
    args: "rd, rn, rm, ra",
    feature: "v6t2",
    unpredictable: badT32WithRa,
    semantics(b, { n, m, rd, rn, rm, ra }) {
      setR(b, rd, accumulate(b, halfProduct(b, getR(b, rn), n, getR(b, rm), m), getR(b, ra)))
    },
  }),
]

export const smulwy = [
  a32({
    name: "smulw{m}{cond}",
    bits: "cond 00010010 rd (0000) rm 1 m 10 rn",
    args: "rd, rn, rm",
    unpredictable: badA32,
    semantics(b, { m, rd, rn, rm }) {
      setR(b, rd, wordByHalf(b, getR(b, rn), getR(b, rm), m))
    },
  }),
  t32({
    name: "smulw{m}{cond}",
    bits: "111110110011 rn 1111 rd 000 m rm",
    args: "rd, rn, rm",
    feature: "v6t2",
    unpredictable: badT32,
    semantics(b, { m, rd, rn, rm }) {
      setR(b, rd, wordByHalf(b, getR(b, rn), getR(b, rm), m))
    },
  }),
]

export const smlawy = [
  a32({
    name: "smlaw{m}{cond}",
    bits: "cond 00010010 rd ra rm 1 m 00 rn",
    args: "rd, rn, rm, ra",
    unpredictable: badA32WithRa,
    semantics(b, { m, rd, rn, rm, ra }) {
      setR(b, rd, accumulate(b, wordByHalf(b, getR(b, rn), getR(b, rm), m), getR(b, ra)))
    },
  }),
  t32({
    name: "smlaw{m}{cond}",
    bits: "111110110011 rn ra rd 000 m rm",
    args: "rd, rn, rm, ra",
    feature: "v6t2",
    unpredictable: badT32WithRa,
    semantics(b, { m, rd, rn, rm, ra }) {
      setR(b, rd, accumulate(b, wordByHalf(b, getR(b, rn), getR(b, rm), m), getR(b, ra)))
    },
  }),
]

export const smlalxy = [
  a32({
    name: "smlal{n}{m}{cond}",
    bits: "cond 00010100 rdhi rdlo rm 1 m n 0 rn",
    args: "rdlo, rdhi, rn, rm",
    unpredictable: badA32Long,
    semantics(b, { n, m, rdhi, rdlo, rn, rm }) {
      const product = b.extendS(halfProduct(b, getR(b, rn), n, getR(b, rm), m))
      setLong(b, rdlo, rdhi, b.add(getLong(b, rdlo, rdhi), product))
    },
  }),
  t32({
    name: "smlal{n}{m}{cond}",
    bits: "111110111100 rn rdlo rdhi 10 n m rm",
    args: "rdlo, rdhi, rn, rm",
    feature: "v6t2",
    unpredictable: badT32Long,
    semantics(b, { n, m, rdhi, rdlo, rn, rm }) {
      const product = b.extendS(halfProduct(b, getR(b, rn), n, getR(b, rm), m))
      setLong(b, rdlo, rdhi, b.add(getLong(b, rdlo, rdhi), product))
    },
  }),
]

/** Products of the bottom and of the top halfwords, added or subtracted, as i64; `m` exchanges the halves of `y`. */
type Dual = (b: Builder, x: Node, y: Node, m: number) => Node

function products(b: Builder, x: Node, y: Node, m: number): readonly [bottom: Node, top: Node] {
  return [b.extendS(halfProduct(b, x, 0, y, m)), b.extendS(halfProduct(b, x, 1, y, 1 - m))]
}

const dualAdd: Dual = (b, x, y, m) => b.add(...products(b, x, y, m))
const dualSubtract: Dual = (b, x, y, m) => b.sub(...products(b, x, y, m))

/** SMUAD or SMUSD; the opcodes are A32's bit 6 and T32's bits 22 to 20. */
function dual(name: string, a32Opcode: string, t32Opcode: string, combine: Dual) {
  return [
    a32({
      name: `${name}{m?x}{cond}`,
      bits: `cond 01110000 rd 1111 rm 0${a32Opcode} m 1 rn`,
      args: "rd, rn, rm",
      feature: "v6",
      unpredictable: badA32,
      semantics(b, { m, rd, rn, rm }) {
        setR(b, rd, overflowing(b, combine(b, getR(b, rn), getR(b, rm), m)))
      },
    }),
    t32({
      name: `${name}{m?x}{cond}`,
      bits: `111110110${t32Opcode} rn 1111 rd 000 m rm`,
      args: "rd, rn, rm",
      feature: "v6t2",
      unpredictable: badT32,
      semantics(b, { m, rd, rn, rm }) {
        setR(b, rd, overflowing(b, combine(b, getR(b, rn), getR(b, rm), m)))
      },
    }),
  ]
}

/** SMLAD or SMLSD: the same with an accumulator. */
function dualAccumulate(name: string, a32Opcode: string, t32Opcode: string, combine: Dual) {
  const result = (b: Builder, x: Node, y: Node, ra: Node, m: number) =>
    overflowing(b, b.add(combine(b, x, y, m), b.extendS(ra)))
  return [
    a32({
      name: `${name}{m?x}{cond}`,
      bits: `cond 01110000 rd ra rm 0${a32Opcode} m 1 rn`,
      args: "rd, rn, rm, ra",
      feature: "v6",
      unpredictable: badA32WithRa,
      semantics(b, { m, rd, rn, rm, ra }) {
        setR(b, rd, result(b, getR(b, rn), getR(b, rm), getR(b, ra), m))
      },
    }),
    t32({
      name: `${name}{m?x}{cond}`,
      bits: `111110110${t32Opcode} rn ra rd 000 m rm`,
      args: "rd, rn, rm, ra",
      feature: "v6t2",
      unpredictable: badT32WithRa,
      semantics(b, { m, rd, rn, rm, ra }) {
        setR(b, rd, result(b, getR(b, rn), getR(b, rm), getR(b, ra), m))
      },
    }),
  ]
}

/** SMLALD or SMLSLD: with an accumulator of 64 bits; the opcodes are A32's bit 6 and T32's bit 20. */
function dualLong(name: string, a32Opcode: string, t32Opcode: string, combine: Dual) {
  return [
    a32({
      name: `${name}{m?x}{cond}`,
      bits: `cond 01110100 rdhi rdlo rm 0${a32Opcode} m 1 rn`,
      args: "rdlo, rdhi, rn, rm",
      feature: "v6",
      unpredictable: badA32Long,
      semantics(b, { m, rdhi, rdlo, rn, rm }) {
        setLong(b, rdlo, rdhi, b.add(getLong(b, rdlo, rdhi), combine(b, getR(b, rn), getR(b, rm), m)))
      },
    }),
    t32({
      name: `${name}{m?x}{cond}`,
      bits: `11111011110${t32Opcode} rn rdlo rdhi 110 m rm`,
      args: "rdlo, rdhi, rn, rm",
      feature: "v6t2",
      unpredictable: badT32Long,
      semantics(b, { m, rdhi, rdlo, rn, rm }) {
        setLong(b, rdlo, rdhi, b.add(getLong(b, rdlo, rdhi), combine(b, getR(b, rn), getR(b, rm), m)))
      },
    }),
  ]
}

export const smuad = dual("smuad", "0", "010", dualAdd)
export const smusd = dual("smusd", "1", "100", dualSubtract)
export const smlad = dualAccumulate("smlad", "0", "010", dualAdd)
export const smlsd = dualAccumulate("smlsd", "1", "100", dualSubtract)
export const smlald = dualLong("smlald", "0", "0", dualAdd)
export const smlsld = dualLong("smlsld", "1", "1", dualSubtract)

/** The high word of an i64, rounded if `r`. */
function highWord(b: Builder, value: Node, r: number): Node {
  return b.wrap(b.shrU(r ? b.add(value, b.i64(0x8000_0000)) : value, b.i64(32)))
}

const wordProduct = (b: Builder, x: Node, y: Node) => b.mul(b.extendS(x), b.extendS(y))
const asHighWord = (b: Builder, x: Node) => b.shl(b.extendU(x), b.i64(32))

export const smmul = [
  a32({
    name: "smmul{r?r}{cond}",
    bits: "cond 01110101 rd 1111 rm 00 r 1 rn",
    args: "rd, rn, rm",
    feature: "v6",
    unpredictable: badA32,
    semantics(b, { r, rd, rn, rm }) {
      setR(b, rd, highWord(b, wordProduct(b, getR(b, rn), getR(b, rm)), r))
    },
  }),
  t32({
    name: "smmul{r?r}{cond}",
    bits: "111110110101 rn 1111 rd 000 r rm",
    args: "rd, rn, rm",
    feature: "v6t2",
    unpredictable: badT32,
    semantics(b, { r, rd, rn, rm }) {
      setR(b, rd, highWord(b, wordProduct(b, getR(b, rn), getR(b, rm)), r))
    },
  }),
]

export const smmla = [
  a32({
    name: "smmla{r?r}{cond}",
    bits: "cond 01110101 rd ra rm 00 r 1 rn",
    args: "rd, rn, rm, ra",
    feature: "v6",
    unpredictable: badA32WithRa,
    semantics(b, { r, rd, rn, rm, ra }) {
      setR(b, rd, highWord(b, b.add(asHighWord(b, getR(b, ra)), wordProduct(b, getR(b, rn), getR(b, rm))), r))
    },
  }),
  t32({
    name: "smmla{r?r}{cond}",
    bits: "111110110101 rn ra rd 000 r rm",
    args: "rd, rn, rm, ra",
    feature: "v6t2",
    unpredictable: badT32WithRa,
    semantics(b, { r, rd, rn, rm, ra }) {
      setR(b, rd, highWord(b, b.add(asHighWord(b, getR(b, ra)), wordProduct(b, getR(b, rn), getR(b, rm))), r))
    },
  }),
]

export const smmls = [
  a32({
    name: "smmls{r?r}{cond}",
    bits: "cond 01110101 rd ra rm 11 r 1 rn",
    args: "rd, rn, rm, ra",
    feature: "v6",
    unpredictable: badA32WithRa,
    semantics(b, { r, rd, rn, rm, ra }) {
      setR(b, rd, highWord(b, b.sub(asHighWord(b, getR(b, ra)), wordProduct(b, getR(b, rn), getR(b, rm))), r))
    },
  }),
  t32({
    name: "smmls{r?r}{cond}",
    bits: "111110110110 rn ra rd 000 r rm",
    args: "rd, rn, rm, ra",
    feature: "v6t2",
    unpredictable: badT32WithRa,
    semantics(b, { r, rd, rn, rm, ra }) {
      setR(b, rd, highWord(b, b.sub(asHighWord(b, getR(b, ra)), wordProduct(b, getR(b, rn), getR(b, rm))), r))
    },
  }),
]
