// Fused multiply-accumulate (ARM DDI 0406C, A8.8.317 VFMA, VFMS; A8.8.318 VFNMA, VFNMS; VFPv4). The sum is rounded once:
// the host has no such operation, but what it rounds away is itself a number, and rounding to odd keeps track of the rest
// (Dekker 1971; Boldo and Melquiond, Emulation of FMA and correctly rounded sums, IEEE Transactions on Computers 57, 2008).

import { isModerate, type Pair, productOf, sumOf } from "../../float/error-terms.ts"
import type { Builder, Node } from "../../ir/index.ts"
import { state } from "../state.ts"
import { refuseVectors } from "./access.ts"
import {
  bitsOf,
  DOUBLE_PRECISION,
  isOrdinary,
  negate,
  numberOf,
  type Place,
  type Precision,
  type RegisterOperands,
  SINGLE_PRECISION,
  threeRegisters,
} from "./encoding.ts"
import { isPlainFpscr } from "./fast.ts"
import { vfpHelper } from "./helpers.ts"

const { FP_FAST } = state.files

/** A result, whether it is right for operands in range, and whether nothing was rounded away. */
type Attempt = { readonly result: Node; readonly inRange: Node; readonly exact: Node }

/** A rounded sum, moved to its odd neighbour if it is even and something was rounded away: later rounding sees that. */
function toOdd(b: Builder, [sum, error]: Pair): Node {
  const bits = bitsOf(b, DOUBLE_PRECISION, sum)
  const isEven = b.eqz(b.and(bits, b.i64(1)))
  const apart = b.ltS(b.xor(bits, bitsOf(b, DOUBLE_PRECISION, error)), b.i64(0))
  const odd = b.add(bits, b.select(apart, b.i64(-1), b.i64(1)))
  const moved = b.select(b.and(isEven, b.op("f64.ne", error, b.f64(0))), odd, bits)
  return numberOf(b, DOUBLE_PRECISION, moved)
}

/** In double precision, every product of single precision is exact. */
function attemptSingle(b: Builder, addend: Node, n: Node, m: Node): Attempt {
  const [a, x, y] = [addend, n, m].map((bits) => b.op("f64.promote", numberOf(b, SINGLE_PRECISION, bits))) as [
    Node,
    Node,
    Node,
  ]
  const sum = sumOf(b, b.op("f64.mul", x, y), a)
  const narrowed = b.op("f32.demote", toOdd(b, sum))
  const exact = b.and(b.op("f64.eq", sum[1], b.f64(0)), b.op("f64.eq", b.op("f64.promote", narrowed), sum[0]))
  return { result: bitsOf(b, SINGLE_PRECISION, narrowed), inRange: b.i32(1), exact }
}

function attemptDouble(b: Builder, addend: Node, n: Node, m: Node): Attempt {
  const [a, x, y] = [addend, n, m].map((bits) => numberOf(b, DOUBLE_PRECISION, bits)) as [Node, Node, Node]
  const [product, productError] = productOf(b, x, y)
  const [low, lowError] = sumOf(b, a, productError)
  const [high, highError] = sumOf(b, product, low)
  const rest = toOdd(b, sumOf(b, lowError, highError))
  const isSmall = b.op("f64.lt", b.op("f64.abs", a), b.f64(2 ** 1000))
  return {
    result: bitsOf(b, DOUBLE_PRECISION, b.op("f64.add", high, rest)),
    inRange: b.and(isSmall, b.and(isModerate(b, n), isModerate(b, m))),
    exact: b.op("f64.eq", rest, b.f64(0)),
  }
}

type Signs = { readonly d: boolean; readonly n: boolean }

/** `±d ± n * m`. */
function multiplyAccumulate(b: Builder, p: Precision, f: RegisterOperands, signs: Signs): void {
  const d = b.reg(p.file, f[p.d])
  const n = b.reg(p.file, f[p.n])
  const m = b.reg(p.file, f[p.m])
  const [addend, factor] = [signs.d ? negate(b, p, d) : d, signs.n ? negate(b, p, n) : n]
  const { result, inRange, exact } = (p === SINGLE_PRECISION ? attemptSingle : attemptDouble)(b, addend, factor, m)
  const silent = b.or(b.get(FP_FAST), b.and(isPlainFpscr(b), exact))
  b.if(
    b.and(b.and(inRange, isOrdinary(b, p, result)), silent),
    () => b.setReg(p.file, f[p.d], result),
    () => {
      refuseVectors(b)
      b.setReg(p.file, f[p.d], b.call(vfpHelper.fused[p.name], addend, factor, m))
    },
  )
}

const fused = (place: Place, signs: Signs) =>
  threeRegisters({ ...place, feature: "vfp4" }, (b, p, f) => multiplyAccumulate(b, p, f, signs))

/** VFMA: adds a product to the destination, rounded once. */
export const vfma = fused(
  { name: "vfma", section: "A8.8.317", encoding: "T2/A2", opcode: "1 D 10", op: "0" },
  { d: false, n: false },
)
/** VFMS: subtracts a product from the destination, rounded once. */
export const vfms = fused(
  { name: "vfms", section: "A8.8.317", encoding: "T2/A2", opcode: "1 D 10", op: "1" },
  { d: false, n: true },
)
/** VFNMS: adds a product to the negated destination, rounded once. */
export const vfnms = fused(
  { name: "vfnms", section: "A8.8.318", encoding: "T1/A1", opcode: "1 D 01", op: "0" },
  { d: true, n: false },
)
/** VFNMA: subtracts a product from the negated destination, rounded once. */
export const vfnma = fused(
  { name: "vfnma", section: "A8.8.318", encoding: "T1/A1", opcode: "1 D 01", op: "1" },
  { d: true, n: true },
)
