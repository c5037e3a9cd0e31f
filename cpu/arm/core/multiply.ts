// Multiplication of words (ARM DDI 0406C, A4.4.3; MLA, MLS, MUL, SMLAL, SMULL, UMAAL, UMLAL, UMULL of A8.8).
// The flags take N and Z from the result; C and V stay as they are, which ARMv4 left open.

import type { Builder, Index, Node } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { inBothSets } from "../both-sets.ts"
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

/** MUL: the low word of a product. A8.8.114 */
export const mul = [
  a32({
    encoding: "A1",
    section: "A8.8.114",
    name: "mul{s?s}{cond}",
    bits: "cond 0000000 s rd (0000) rm 1001 rn",
    args: "rd, rn, rm",
    unpredictable: is15("rd", "rm", "rn"),
    semantics(b, { s, rd, rm, rn }) {
      setR(b, rd, withFlags(b, s, b.mul(getR(b, rn), getR(b, rm))))
    },
  }),
  t16({
    encoding: "T1",
    section: "A8.8.114",
    name: "mul{s?s}{cond}",
    bits: "0100001101 ln ldn",
    args: "ldn, ln",
    semantics(b, { s, ln, ldn }) {
      setR(b, ldn, withFlags(b, s, b.mul(getR(b, ln), getR(b, ldn))))
    },
  }),
  t32({
    encoding: "T2",
    section: "A8.8.114",
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

/** MLA: adds the low word of a product to a register. A8.8.100 */
export const mla = [
  a32({
    encoding: "A1",
    section: "A8.8.100",
    name: "mla{s?s}{cond}",
    bits: "cond 0000001 s rd ra rm 1001 rn",
    args: "rd, rn, rm, ra",
    unpredictable: is15("rd", "ra", "rm", "rn"),
    semantics(b, { s, rd, ra, rm, rn }) {
      setR(b, rd, withFlags(b, s, b.add(b.mul(getR(b, rn), getR(b, rm)), getR(b, ra))))
    },
  }),
  t32({
    encoding: "T1",
    section: "A8.8.100",
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

/** MLS: subtracts the low word of a product from a register. A8.8.101 */
export const mls = inBothSets({
  name: "mls",
  section: "A8.8.101",
  a32: "cond 00000110 rd ra rm 1001 rn",
  t32: "111110110000 rn ra rd 0001 rm",
  args: "rd, rn, rm, ra",
  feature: "v6t2",
  registers: ["rd", "ra", "rm", "rn"],
  semantics: (b, { rd, ra, rm, rn }) => setR(b, rd, b.sub(getR(b, ra), b.mul(getR(b, rn), getR(b, rm)))),
})

type Long = {
  readonly name: string
  readonly section: string
  /** Bits 23 to 21 of A32, and bits 22 to 20 of T32. */
  readonly opcodes: readonly [a32: string, t32: string]
  readonly extend: Extend
  readonly accumulate: boolean
}

/** A long multiplication; only in A32 it can set the flags. */
function long({ name, section, opcodes, extend, accumulate }: Long) {
  const result = (b: Builder, x: Node, y: Node, low: Index, high: Index) => {
    const value = product(b, extend, x, y)
    return accumulate ? b.add(getLong(b, low, high), value) : value
  }
  return [
    a32({
      encoding: "A1",
      section,
      name: `${name}{s?s}{cond}`,
      bits: `cond 0000${opcodes[0]} s rdhi rdlo rm 1001 rn`,
      args: "rdlo, rdhi, rn, rm",
      unpredictable: anyOf(is15("rdhi", "rdlo", "rm", "rn"), sameHalves),
      semantics(b, { s, rdhi, rdlo, rm, rn }) {
        setLongWithFlags(b, s, rdlo, rdhi, result(b, getR(b, rn), getR(b, rm), rdlo, rdhi))
      },
    }),
    t32({
      encoding: "T1",
      section,
      name: `${name}{cond}`,
      bits: `111110111${opcodes[1]} rn rdlo rdhi 0000 rm`,
      args: "rdlo, rdhi, rn, rm",
      feature: "v6t2",
      unpredictable: anyOf(isBadReg("rdlo", "rdhi", "rn", "rm"), sameHalves),
      semantics(b, { rn, rdlo, rdhi, rm }) {
        setLong(b, rdlo, rdhi, result(b, getR(b, rn), getR(b, rm), rdlo, rdhi))
      },
    }),
  ]
}

/** UMULL: the 64-bit product of unsigned words. A8.8.257 */
export const umull = long({
  name: "umull",
  section: "A8.8.257",
  opcodes: ["100", "010"],
  extend: unsigned,
  accumulate: false,
})

/** UMLAL: adds the product of unsigned words to 64 bits. A8.8.256 */
export const umlal = long({
  name: "umlal",
  section: "A8.8.256",
  opcodes: ["101", "110"],
  extend: unsigned,
  accumulate: true,
})

/** SMULL: the 64-bit product of signed words. A8.8.189 */
export const smull = long({
  name: "smull",
  section: "A8.8.189",
  opcodes: ["110", "000"],
  extend: signed,
  accumulate: false,
})

/** SMLAL: adds the product of signed words to 64 bits. A8.8.178 */
export const smlal = long({
  name: "smlal",
  section: "A8.8.178",
  opcodes: ["111", "100"],
  extend: signed,
  accumulate: true,
})

/** UMAAL: a product of unsigned words and two words added to it, which cannot overflow 64 bits. A8.8.255 */
export const umaal = inBothSets({
  name: "umaal",
  section: "A8.8.255",
  a32: "cond 00000100 rdhi rdlo rm 1001 rn",
  t32: "111110111110 rn rdlo rdhi 0110 rm",
  args: "rdlo, rdhi, rn, rm",
  feature: "v6",
  registers: ["rdhi", "rdlo", "rm", "rn"],
  unpredictable: sameHalves,
  semantics(b, { rdhi, rdlo, rm, rn }) {
    const [x, y] = [getR(b, rn), getR(b, rm)]
    const halves = b.add(b.extendU(getR(b, rdlo)), b.extendU(getR(b, rdhi)))
    setLong(b, rdlo, rdhi, b.add(product(b, unsigned, x, y), halves))
  },
})
