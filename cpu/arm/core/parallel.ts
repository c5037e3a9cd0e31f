// Parallel addition and subtraction of bytes and halfwords, and what goes with them: SEL, USAD8, USADA8
// (ARM DDI 0406C, A4.4.7 and A4.4.8; A5.4.1, A5.4.2, A6.3.13, A6.3.14).

import type { Builder, Node } from "../../ir/index.ts"
import { inBothSets } from "../both-sets.ts"
import { getR, setR } from "../registers.ts"
import { GE } from "../state.ts"
import { isBadReg } from "../unpredictable.ts"

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

/** Two halfwords: the bottom one, then the top one. */
const twoLanes = (bottom: Lane, top: Lane): readonly Lane[] => [bottom, top]

const combinations = {
  add16: { name: "add16", a32: "000", t32: "001", lanes: twoLanes([0, "+", 0], [1, "+", 1]) },
  asx: { name: "asx", a32: "001", t32: "010", lanes: twoLanes([0, "-", 1], [1, "+", 0]) },
  sax: { name: "sax", a32: "010", t32: "110", lanes: twoLanes([0, "+", 1], [1, "-", 0]) },
  sub16: { name: "sub16", a32: "011", t32: "101", lanes: twoLanes([0, "-", 0], [1, "-", 1]) },
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

function parallel(section: string, treatment: Treatment, combination: Combination) {
  const operation = (b: Builder, x: Node, y: Node) => combine(b, x, y, treatment, combination.lanes)
  return inBothSets({
    name: treatment.name + combination.name,
    section,
    a32: `cond 01100${treatment.a32} rn rd (1111) ${combination.a32}1 rm`,
    t32: `111110101${combination.t32} rn 1111 rd 0${treatment.t32} rm`,
    args: "rd, rn, rm",
    feature: "v6",
    registers: ["rd", "rn", "rm"],
    semantics: (b, { rn, rd, rm }) => setR(b, rd, operation(b, getR(b, rn), getR(b, rm))),
  })
}

const { s, q, sh, u, uq, uh } = treatments
const { add16, asx, sax, sub16, add8, sub8 } = combinations

/** SADD16: adds signed halfwords, and sets GE. A8.8.158 */
export const sadd16 = parallel("A8.8.158", s, add16)
/** SASX: exchanges the halfwords of the second operand, adds the top signed ones and subtracts the bottom ones, and sets GE. A8.8.160 */
export const sasx = parallel("A8.8.160", s, asx)
/** SSAX: exchanges the halfwords of the second operand, subtracts the top signed ones and adds the bottom ones, and sets GE. A8.8.195 */
export const ssax = parallel("A8.8.195", s, sax)
/** SSUB16: subtracts signed halfwords, and sets GE. A8.8.196 */
export const ssub16 = parallel("A8.8.196", s, sub16)
/** SADD8: adds signed bytes, and sets GE. A8.8.159 */
export const sadd8 = parallel("A8.8.159", s, add8)
/** SSUB8: subtracts signed bytes, and sets GE. A8.8.197 */
export const ssub8 = parallel("A8.8.197", s, sub8)

/** QADD16: adds signed halfwords, with saturation. A8.8.135 */
export const qadd16 = parallel("A8.8.135", q, add16)
/** QASX: exchanges the halfwords of the second operand, adds the top signed ones and subtracts the bottom ones, with saturation. A8.8.137 */
export const qasx = parallel("A8.8.137", q, asx)
/** QSAX: exchanges the halfwords of the second operand, subtracts the top signed ones and adds the bottom ones, with saturation. A8.8.140 */
export const qsax = parallel("A8.8.140", q, sax)
/** QSUB16: subtracts signed halfwords, with saturation. A8.8.142 */
export const qsub16 = parallel("A8.8.142", q, sub16)
/** QADD8: adds signed bytes, with saturation. A8.8.136 */
export const qadd8 = parallel("A8.8.136", q, add8)
/** QSUB8: subtracts signed bytes, with saturation. A8.8.143 */
export const qsub8 = parallel("A8.8.143", q, sub8)

/** SHADD16: adds signed halfwords, and halves the results. A8.8.169 */
export const shadd16 = parallel("A8.8.169", sh, add16)
/** SHASX: exchanges the halfwords of the second operand, adds the top signed ones and subtracts the bottom ones, and halves the results. A8.8.171 */
export const shasx = parallel("A8.8.171", sh, asx)
/** SHSAX: exchanges the halfwords of the second operand, subtracts the top signed ones and adds the bottom ones, and halves the results. A8.8.172 */
export const shsax = parallel("A8.8.172", sh, sax)
/** SHSUB16: subtracts signed halfwords, and halves the results. A8.8.173 */
export const shsub16 = parallel("A8.8.173", sh, sub16)
/** SHADD8: adds signed bytes, and halves the results. A8.8.170 */
export const shadd8 = parallel("A8.8.170", sh, add8)
/** SHSUB8: subtracts signed bytes, and halves the results. A8.8.174 */
export const shsub8 = parallel("A8.8.174", sh, sub8)

/** UADD16: adds unsigned halfwords, and sets GE. A8.8.243 */
export const uadd16 = parallel("A8.8.243", u, add16)
/** UASX: exchanges the halfwords of the second operand, adds the top unsigned ones and subtracts the bottom ones, and sets GE. A8.8.245 */
export const uasx = parallel("A8.8.245", u, asx)
/** USAX: exchanges the halfwords of the second operand, subtracts the top unsigned ones and adds the bottom ones, and sets GE. A8.8.268 */
export const usax = parallel("A8.8.268", u, sax)
/** USUB16: subtracts unsigned halfwords, and sets GE. A8.8.269 */
export const usub16 = parallel("A8.8.269", u, sub16)
/** UADD8: adds unsigned bytes, and sets GE. A8.8.244 */
export const uadd8 = parallel("A8.8.244", u, add8)
/** USUB8: subtracts unsigned bytes, and sets GE. A8.8.270 */
export const usub8 = parallel("A8.8.270", u, sub8)

/** UQADD16: adds unsigned halfwords, with saturation. A8.8.258 */
export const uqadd16 = parallel("A8.8.258", uq, add16)
/** UQASX: exchanges the halfwords of the second operand, adds the top unsigned ones and subtracts the bottom ones, with saturation. A8.8.260 */
export const uqasx = parallel("A8.8.260", uq, asx)
/** UQSAX: exchanges the halfwords of the second operand, subtracts the top unsigned ones and adds the bottom ones, with saturation. A8.8.261 */
export const uqsax = parallel("A8.8.261", uq, sax)
/** UQSUB16: subtracts unsigned halfwords, with saturation. A8.8.262 */
export const uqsub16 = parallel("A8.8.262", uq, sub16)
/** UQADD8: adds unsigned bytes, with saturation. A8.8.259 */
export const uqadd8 = parallel("A8.8.259", uq, add8)
/** UQSUB8: subtracts unsigned bytes, with saturation. A8.8.263 */
export const uqsub8 = parallel("A8.8.263", uq, sub8)

/** UHADD16: adds unsigned halfwords, and halves the results. A8.8.249 */
export const uhadd16 = parallel("A8.8.249", uh, add16)
/** UHASX: exchanges the halfwords of the second operand, adds the top unsigned ones and subtracts the bottom ones, and halves the results. A8.8.251 */
export const uhasx = parallel("A8.8.251", uh, asx)
/** UHSAX: exchanges the halfwords of the second operand, subtracts the top unsigned ones and adds the bottom ones, and halves the results. A8.8.252 */
export const uhsax = parallel("A8.8.252", uh, sax)
/** UHSUB16: subtracts unsigned halfwords, and halves the results. A8.8.253 */
export const uhsub16 = parallel("A8.8.253", uh, sub16)
/** UHADD8: adds unsigned bytes, and halves the results. A8.8.250 */
export const uhadd8 = parallel("A8.8.250", uh, add8)
/** UHSUB8: subtracts unsigned bytes, and halves the results. A8.8.254 */
export const uhsub8 = parallel("A8.8.254", uh, sub8)

/** Each byte from `x` where its GE flag is set, else from `y`. */
function selectBytes(b: Builder, x: Node, y: Node): Node {
  // Four copies of the flags, seven bits apart, put flag n at bit 8n; times 255 it fills its byte.
  const spread = b.and(b.mul(b.get(GE), b.i32(0x0020_4081)), b.i32(0x0101_0101))
  const mask = b.mul(spread, b.i32(0xff))
  return b.or(b.and(x, mask), b.and(y, b.not(mask)))
}

/** SEL: takes each byte from one of two registers, as its GE flag says. A8.8.166 */
export const sel = inBothSets({
  name: "sel",
  section: "A8.8.166",
  a32: "cond 01101000 rn rd (1111) 1011 rm",
  t32: "111110101010 rn 1111 rd 1000 rm",
  args: "rd, rn, rm",
  feature: "v6",
  registers: ["rd", "rn", "rm"],
  semantics: (b, { rn, rd, rm }) => setR(b, rd, selectBytes(b, getR(b, rn), getR(b, rm))),
})

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

/** USAD8: adds the absolute differences of four unsigned bytes. A8.8.264 */
export const usad8 = inBothSets({
  name: "usad8",
  section: "A8.8.264",
  a32: "cond 01111000 rd 1111 rm 0001 rn",
  t32: "111110110111 rn 1111 rd 0000 rm",
  args: "rd, rn, rm",
  feature: "v6",
  registers: ["rd", "rn", "rm"],
  semantics: (b, { rd, rm, rn }) => setR(b, rd, absoluteDifferences(b, getR(b, rn), getR(b, rm))),
})

/** USADA8: adds the absolute differences of four unsigned bytes to a register. A8.8.265 */
export const usada8 = inBothSets({
  name: "usada8",
  section: "A8.8.265",
  a32: "cond 01111000 rd ra rm 0001 rn",
  t32: "111110110111 rn ra rd 0000 rm",
  args: "rd, rn, rm, ra",
  feature: "v6",
  // With r15 to add to, it is USAD8.
  registers: ["rd", "rn", "rm"],
  t32Unpredictable: isBadReg("ra"),
  semantics(b, { rd, ra, rm, rn }) {
    setR(b, rd, b.add(getR(b, ra), absoluteDifferences(b, getR(b, rn), getR(b, rm))))
  },
})
