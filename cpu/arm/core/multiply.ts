// Multiplication of words (ARM DDI 0406C, A4.4.3; MLA, MLS, MUL, SMLAL, SMULL, UMAAL, UMLAL, UMULL of A8.8).
// The flags take N and Z from the result; C and V stay as they are, which ARMv4 left open.

import type { Builder, Index, Node } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { getR, setNZ, setR } from "../registers.ts"
import { N, Z } from "../state.ts"
import { anyOf, is15, isBadReg } from "../unpredictable.ts"

/** Two registers as one 64-bit value. */
export function getLong(b: Builder, low: Index, high: Index): Node {
  return b.op("i64.or", b.extendU(getR(b, low)), b.shl(b.extendU(getR(b, high)), b.i64(32)))
}

/** Writes a 64-bit value to two registers. */
export function setLong(b: Builder, low: Index, high: Index, value: Node): void {
  setR(b, low, b.wrap(value))
  setR(b, high, b.wrap(b.shrU(value, b.i64(32))))
}

/** True if both halves of a long result go to one register. */
export const sameHalves = ({ rdlo, rdhi }: FieldValues) => rdlo === rdhi

function withFlags(b: Builder, s: number, result: Node): Node {
  if (s) setNZ(b, result)
  return result
}

function setLongWithFlags(b: Builder, s: number, low: Index, high: Index, value: Node): void {
  setLong(b, low, high, value)
  if (!s) return
  b.set(N, b.wrap(b.shrU(value, b.i64(63))))
  b.set(Z, b.eqz(value))
}

type Extend = (b: Builder, x: Node) => Node
const signed: Extend = (b, x) => b.extendS(x)
const unsigned: Extend = (b, x) => b.extendU(x)

const product = (b: Builder, extend: Extend, x: Node, y: Node) => b.mul(extend(b, x), extend(b, y))

export const mul = [
  a32({
    name: "mul{s?s}{cond}",
    bits: "cond 0000000 s rd (0000) rm 1001 rn",
    args: "rd, rn, rm",
    unpredictable: is15("rd", "rm", "rn"),
    semantics(b, { s, rd, rm, rn }) {
      setR(b, rd, withFlags(b, s, b.mul(getR(b, rn), getR(b, rm))))
    },
  }),
  t16({
    name: "mul{s?s}{cond}",
    bits: "0100001101 ln ldn",
    args: "ldn, ln",
    semantics(b, { s, ln, ldn }) {
      setR(b, ldn, withFlags(b, s, b.mul(getR(b, ln), getR(b, ldn))))
    },
  }),
  t32({
    name: "mul{cond}.w",
    bits: "111110110000 rn 1111 rd 0000 rm",
    args: "rd, rn, rm",
    feature: "v6t2",
    unpredictable: isBadReg("rd", "rn", "rm"),
    semantics(b, { rd, rn, rm }) {
      setR(b, rd, b.mul(getR(b, rn), getR(b, rm)))
    },
  }),
]

export const mla = [
  a32({
    name: "mla{s?s}{cond}",
    bits: "cond 0000001 s rd ra rm 1001 rn",
    args: "rd, rn, rm, ra",
    unpredictable: is15("rd", "ra", "rm", "rn"),
    semantics(b, { s, rd, ra, rm, rn }) {
      setR(b, rd, withFlags(b, s, b.add(b.mul(getR(b, rn), getR(b, rm)), getR(b, ra))))
    },
  }),
  t32({
    name: "mla{cond}",
    bits: "111110110000 rn ra rd 0000 rm",
    args: "rd, rn, rm, ra",
    feature: "v6t2",
    unpredictable: isBadReg("rd", "rn", "rm", "ra"),
    semantics(b, { rd, rn, rm, ra }) {
      setR(b, rd, b.add(b.mul(getR(b, rn), getR(b, rm)), getR(b, ra)))
    },
  }),
]

export const mls = [
  a32({
    name: "mls{cond}",
    bits: "cond 00000110 rd ra rm 1001 rn",
    args: "rd, rn, rm, ra",
    feature: "v6t2",
    unpredictable: is15("rd", "ra", "rm", "rn"),
    semantics(b, { rd, ra, rm, rn }) {
      setR(b, rd, b.sub(getR(b, ra), b.mul(getR(b, rn), getR(b, rm))))
    },
  }),
  t32({
    name: "mls{cond}",
    bits: "111110110000 rn ra rd 0001 rm",
    args: "rd, rn, rm, ra",
    feature: "v6t2",
    unpredictable: isBadReg("rd", "rn", "rm", "ra"),
    semantics(b, { rd, rn, rm, ra }) {
      setR(b, rd, b.sub(getR(b, ra), b.mul(getR(b, rn), getR(b, rm))))
    },
  }),
]

/** A long multiplication in A32 and T32; the opcodes are bits 23 to 21 and bits 22 to 20. */
function long(name: string, a32Opcode: string, t32Opcode: string, extend: Extend, accumulate: boolean) {
  const result = (b: Builder, x: Node, y: Node, low: Index, high: Index) => {
    const value = product(b, extend, x, y)
    return accumulate ? b.add(getLong(b, low, high), value) : value
  }
  return [
    a32({
      name: `${name}{s?s}{cond}`,
      bits: `cond 0000${a32Opcode} s rdhi rdlo rm 1001 rn`,
      args: "rdlo, rdhi, rn, rm",
      unpredictable: anyOf(is15("rdhi", "rdlo", "rm", "rn"), sameHalves),
      semantics(b, { s, rdhi, rdlo, rm, rn }) {
        setLongWithFlags(b, s, rdlo, rdhi, result(b, getR(b, rn), getR(b, rm), rdlo, rdhi))
      },
    }),
    t32({
      name: `${name}{cond}`,
      bits: `111110111${t32Opcode} rn rdlo rdhi 0000 rm`,
      args: "rdlo, rdhi, rn, rm",
      feature: "v6t2",
      unpredictable: anyOf(isBadReg("rdlo", "rdhi", "rn", "rm"), sameHalves),
      semantics(b, { rn, rdlo, rdhi, rm }) {
        setLong(b, rdlo, rdhi, result(b, getR(b, rn), getR(b, rm), rdlo, rdhi))
      },
    }),
  ]
}

export const umull = long("umull", "100", "010", unsigned, false)
export const umlal = long("umlal", "101", "110", unsigned, true)
export const smull = long("smull", "110", "000", signed, false)
export const smlal = long("smlal", "111", "100", signed, true)

/** UMAAL: the product and both halves of the destination, which cannot overflow 64 bits. */
function accumulateBoth(b: Builder, x: Node, y: Node, low: Index, high: Index): void {
  const halves = b.add(b.extendU(getR(b, low)), b.extendU(getR(b, high)))
  setLong(b, low, high, b.add(product(b, unsigned, x, y), halves))
}

export const umaal = [
  a32({
    name: "umaal{cond}",
    bits: "cond 00000100 rdhi rdlo rm 1001 rn",
    args: "rdlo, rdhi, rn, rm",
    feature: "v6",
    unpredictable: anyOf(is15("rdhi", "rdlo", "rm", "rn"), sameHalves),
    semantics(b, { rdhi, rdlo, rm, rn }) {
      accumulateBoth(b, getR(b, rn), getR(b, rm), rdlo, rdhi)
    },
  }),
  t32({
    name: "umaal{cond}",
    bits: "111110111110 rn rdlo rdhi 0110 rm",
    args: "rdlo, rdhi, rn, rm",
    feature: "v6t2",
    unpredictable: anyOf(isBadReg("rdlo", "rdhi", "rn", "rm"), sameHalves),
    semantics(b, { rn, rdlo, rdhi, rm }) {
      accumulateBoth(b, getR(b, rn), getR(b, rm), rdlo, rdhi)
    },
  }),
]
