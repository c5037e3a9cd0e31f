// Parallel addition and subtraction of bytes and halfwords, and what goes with them: SEL, USAD8, USADA8
// (ARM DDI 0406C, A4.4.7 and A4.4.8; A5.4.1, A5.4.2, A6.3.13, A6.3.14).

import type { Builder, Node } from "../../ir/index.ts"
import { a32, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { GE } from "../state.ts"
import { is15, isBadReg } from "../unpredictable.ts"

/** What becomes of each lane's exact result; the opcodes are A32's bits 22 to 20 and T32's bits 6 to 4. */
type Treatment = {
  readonly name: string
  readonly a32: string
  readonly t32: string
  readonly signed: boolean
  readonly how: "modulo" | "saturate" | "halve"
}

const treatments = {
  s: { name: "s", a32: "001", t32: "000", signed: true, how: "modulo" },
  q: { name: "q", a32: "010", t32: "001", signed: true, how: "saturate" },
  sh: { name: "sh", a32: "011", t32: "010", signed: true, how: "halve" },
  u: { name: "u", a32: "101", t32: "100", signed: false, how: "modulo" },
  uq: { name: "uq", a32: "110", t32: "101", signed: false, how: "saturate" },
  uh: { name: "uh", a32: "111", t32: "110", signed: false, how: "halve" },
} as const satisfies Record<string, Treatment>

/** One lane of the result, lowest first: a lane of the first operand plus or minus one of the second. */
type Lane = readonly [first: number, sign: "+" | "-", second: number]

/** Which lanes are combined; the opcodes are A32's bits 7 to 5 and T32's bits 22 to 20. */
type Combination = {
  readonly name: string
  readonly a32: string
  readonly t32: string
  readonly lanes: readonly Lane[]
}

const fourLanes = (sign: "+" | "-"): readonly Lane[] => [0, 1, 2, 3].map((n) => [n, sign, n])

const combinations = {
  add16: {
    name: "add16",
    a32: "000",
    t32: "001",
    lanes: [
      [0, "+", 0],
      [1, "+", 1],
    ],
  },
  asx: {
    name: "asx",
    a32: "001",
    t32: "010",
    lanes: [
      [0, "-", 1],
      [1, "+", 0],
    ],
  },
  sax: {
    name: "sax",
    a32: "010",
    t32: "110",
    lanes: [
      [0, "+", 1],
      [1, "-", 0],
    ],
  },
  sub16: {
    name: "sub16",
    a32: "011",
    t32: "101",
    lanes: [
      [0, "-", 0],
      [1, "-", 1],
    ],
  },
  add8: { name: "add8", a32: "100", t32: "000", lanes: fourLanes("+") },
  sub8: { name: "sub8", a32: "111", t32: "100", lanes: fourLanes("-") },
} as const satisfies Record<string, Combination>

function extractLane(b: Builder, x: Node, lane: number, width: number, signed: boolean): Node {
  if (signed) return b.shrS(b.shl(x, b.i32(32 - width * (lane + 1))), b.i32(32 - width))
  return b.and(b.shrU(x, b.i32(width * lane)), b.i32(2 ** width - 1))
}

function clamp(b: Builder, x: Node, least: number, most: number): Node {
  return b.select(b.gtS(x, b.i32(most)), b.i32(most), b.select(b.ltS(x, b.i32(least)), b.i32(least), x))
}

function treat(b: Builder, exact: Node, width: number, { signed, how }: Treatment): Node {
  if (how === "halve") return b.shrS(exact, b.i32(1))
  if (how === "modulo") return exact
  return signed ? clamp(b, exact, -(2 ** (width - 1)), 2 ** (width - 1) - 1) : clamp(b, exact, 0, 2 ** width - 1)
}

/** Does a lane's result count as greater or equal: no carry out of a sum, no borrow, or a sign that is plus? */
function isGreaterOrEqual(b: Builder, exact: Node, sign: "+" | "-", width: number, signed: boolean): Node {
  return b.geS(exact, b.i32(signed || sign === "-" ? 0 : 2 ** width))
}

function combine(b: Builder, x: Node, y: Node, treatment: Treatment, lanes: readonly Lane[]): Node {
  const width = 32 / lanes.length
  const { signed } = treatment
  let result = b.i32(0)
  let flags = b.i32(0)
  for (const [n, [first, sign, second]] of lanes.entries()) {
    const p = extractLane(b, x, first, width, signed)
    const q = extractLane(b, y, second, width, signed)
    const exact = sign === "+" ? b.add(p, q) : b.sub(p, q)
    const bits = b.and(treat(b, exact, width, treatment), b.i32(2 ** width - 1))
    result = b.or(result, b.shl(bits, b.i32(width * n)))
    // A halfword has two GE flags.
    const each = width === 16 ? 3 : 1
    const flag = isGreaterOrEqual(b, exact, sign, width, signed)
    flags = b.or(flags, b.mul(flag, b.i32(each << ((n * width) / 8))))
  }
  if (treatment.how === "modulo") b.set(GE, flags)
  return result
}

function parallel(treatment: Treatment, combination: Combination) {
  const name = `${treatment.name}${combination.name}{cond}`
  const operation = (b: Builder, x: Node, y: Node) => combine(b, x, y, treatment, combination.lanes)
  return [
    a32({
      name,
      bits: `cond 01100${treatment.a32} rn rd (1111) ${combination.a32}1 rm`,
      args: "rd, rn, rm",
      feature: "v6",
      unpredictable: is15("rd", "rn", "rm"),
      semantics(b, { rn, rd, rm }) {
        setR(b, rd, operation(b, getR(b, rn), getR(b, rm)))
      },
    }),
    t32({
      name,
      bits: `111110101${combination.t32} rn 1111 rd 0${treatment.t32} rm`,
      args: "rd, rn, rm",
      feature: "v6t2",
      unpredictable: isBadReg("rd", "rn", "rm"),
      semantics(b, { rn, rd, rm }) {
        setR(b, rd, operation(b, getR(b, rn), getR(b, rm)))
      },
    }),
  ]
}

const { s, q, sh, u, uq, uh } = treatments
const { add16, asx, sax, sub16, add8, sub8 } = combinations

export const sadd16 = parallel(s, add16)
export const sasx = parallel(s, asx)
export const ssax = parallel(s, sax)
export const ssub16 = parallel(s, sub16)
export const sadd8 = parallel(s, add8)
export const ssub8 = parallel(s, sub8)
export const qadd16 = parallel(q, add16)
export const qasx = parallel(q, asx)
export const qsax = parallel(q, sax)
export const qsub16 = parallel(q, sub16)
export const qadd8 = parallel(q, add8)
export const qsub8 = parallel(q, sub8)
export const shadd16 = parallel(sh, add16)
export const shasx = parallel(sh, asx)
export const shsax = parallel(sh, sax)
export const shsub16 = parallel(sh, sub16)
export const shadd8 = parallel(sh, add8)
export const shsub8 = parallel(sh, sub8)
export const uadd16 = parallel(u, add16)
export const uasx = parallel(u, asx)
export const usax = parallel(u, sax)
export const usub16 = parallel(u, sub16)
export const uadd8 = parallel(u, add8)
export const usub8 = parallel(u, sub8)
export const uqadd16 = parallel(uq, add16)
export const uqasx = parallel(uq, asx)
export const uqsax = parallel(uq, sax)
export const uqsub16 = parallel(uq, sub16)
export const uqadd8 = parallel(uq, add8)
export const uqsub8 = parallel(uq, sub8)
export const uhadd16 = parallel(uh, add16)
export const uhasx = parallel(uh, asx)
export const uhsax = parallel(uh, sax)
export const uhsub16 = parallel(uh, sub16)
export const uhadd8 = parallel(uh, add8)
export const uhsub8 = parallel(uh, sub8)

/** Each byte from `x` where its GE flag is set, else from `y`. */
function selectBytes(b: Builder, x: Node, y: Node): Node {
  // Four copies of the flags, seven bits apart, put flag n at bit 8n; times 255 it fills its byte.
  const spread = b.and(b.mul(b.get(GE), b.i32(0x0020_4081)), b.i32(0x0101_0101))
  const mask = b.mul(spread, b.i32(0xff))
  return b.or(b.and(x, mask), b.and(y, b.not(mask)))
}

export const sel = [
  a32({
    name: "sel{cond}",
    bits: "cond 01101000 rn rd (1111) 1011 rm",
    args: "rd, rn, rm",
    feature: "v6",
    unpredictable: is15("rd", "rn", "rm"),
    semantics(b, { rn, rd, rm }) {
      setR(b, rd, selectBytes(b, getR(b, rn), getR(b, rm)))
    },
  }),
  t32({
    name: "sel{cond}",
    bits: "111110101010 rn 1111 rd 1000 rm",
    args: "rd, rn, rm",
    feature: "v6t2",
    unpredictable: isBadReg("rd", "rn", "rm"),
    semantics(b, { rn, rd, rm }) {
      setR(b, rd, selectBytes(b, getR(b, rn), getR(b, rm)))
    },
  }),
]

/** Sum of the absolute differences of four unsigned bytes. */
function absoluteDifferences(b: Builder, x: Node, y: Node): Node {
  return [0, 1, 2, 3]
    .map((n) => {
      const difference = b.sub(extractLane(b, x, n, 8, false), extractLane(b, y, n, 8, false))
      const sign = b.shrS(difference, b.i32(31))
      return b.sub(b.xor(difference, sign), sign)
    })
    .reduce((sum, each) => b.add(sum, each))
}

export const usad8 = [
  a32({
    name: "usad8{cond}",
    bits: "cond 01111000 rd 1111 rm 0001 rn",
    args: "rd, rn, rm",
    feature: "v6",
    unpredictable: is15("rd", "rn", "rm"),
    semantics(b, { rd, rm, rn }) {
      setR(b, rd, absoluteDifferences(b, getR(b, rn), getR(b, rm)))
    },
  }),
  t32({
    name: "usad8{cond}",
    bits: "111110110111 rn 1111 rd 0000 rm",
    args: "rd, rn, rm",
    feature: "v6t2",
    unpredictable: isBadReg("rd", "rn", "rm"),
    semantics(b, { rd, rm, rn }) {
      setR(b, rd, absoluteDifferences(b, getR(b, rn), getR(b, rm)))
    },
  }),
]

export const usada8 = [
  a32({
    name: "usada8{cond}",
    bits: "cond 01111000 rd ra rm 0001 rn",
    args: "rd, rn, rm, ra",
    feature: "v6",
    unpredictable: is15("rd", "rn", "rm"),
    semantics(b, { rd, ra, rm, rn }) {
      setR(b, rd, b.add(getR(b, ra), absoluteDifferences(b, getR(b, rn), getR(b, rm))))
    },
  }),
  t32({
    name: "usada8{cond}",
    bits: "111110110111 rn ra rd 0000 rm",
    args: "rd, rn, rm, ra",
    feature: "v6t2",
    unpredictable: isBadReg("rd", "rn", "rm", "ra"),
    semantics(b, { rd, ra, rm, rn }) {
      setR(b, rd, b.add(getR(b, ra), absoluteDifferences(b, getR(b, rn), getR(b, rm))))
    },
  }),
]
