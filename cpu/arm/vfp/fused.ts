// Fused multiply-accumulate (ARM DDI 0406C, A8.8.317 VFMA, VFMS; A8.8.318 VFNMA, VFNMS; VFPv4). The sum is rounded once:
// the host has no such operation, but what it rounds away is itself a number (cpu/float/error-terms.ts).

import { fusedDouble, fusedSingle } from "../../float/error-terms.ts"
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

/** A result, whether it is right, and whether nothing was rounded away. */
type Attempt = { readonly result: Node; readonly isRight: Node; readonly isExact: Node }

/** In double precision, every product of single precision is exact. */
function attemptSingle(b: Builder, addend: Node, n: Node, m: Node): Attempt {
  const wide = (bits: Node) => b.op("f64.promote", numberOf(b, SINGLE_PRECISION, bits))
  const { result, isRight, slower, isExact } = fusedSingle(b, wide(addend), wide(n), wide(m))
  return { result: bitsOf(b, SINGLE_PRECISION, b.select(isRight, result, slower)), isRight: b.i32(1), isExact }
}

function attemptDouble(b: Builder, addend: Node, n: Node, m: Node): Attempt {
  const { result, isRight, isSlowerRight, isExact } = fusedDouble(b, addend, n, m)
  return { result: bitsOf(b, DOUBLE_PRECISION, result), isRight: b.or(isRight, isSlowerRight), isExact }
}

type Signs = { readonly d: boolean; readonly n: boolean }

/** `±d ± n * m`. */
function multiplyAccumulate(b: Builder, p: Precision, f: RegisterOperands, signs: Signs): void {
  const d = b.reg(p.file, f[p.d])
  const n = b.reg(p.file, f[p.n])
  const m = b.reg(p.file, f[p.m])
  const [addend, factor] = [signs.d ? negate(b, p, d) : d, signs.n ? negate(b, p, n) : n]
  const { result, isRight, isExact } = (p === SINGLE_PRECISION ? attemptSingle : attemptDouble)(b, addend, factor, m)
  const silent = b.or(b.get(FP_FAST), b.and(isPlainFpscr(b), isExact))
  b.if(
    b.and(b.and(isRight, isOrdinary(b, p, result)), silent),
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
