// Advanced SIMD floating point: arithmetic, comparisons, steps and estimates of reciprocals, conversions (ARM DDI 0406C,
// A7.4.1 to A7.4.5). Elements are of single precision, and FPSCR counts as having its standard value.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { neon } from "./encoding.ts"
import {
  type Attempt,
  followedBy,
  settle,
  tryAdd,
  tryCompare,
  tryFromInteger,
  tryFused,
  tryMul,
  tryReciprocal,
  tryReciprocalRoot,
  trySub,
  tryToInteger,
} from "./fast.ts"
import { FIXED, type FloatOperation, floatOperation, neonHelper } from "./helpers.ts"
import { areQuads, areWhole } from "./text.ts"
import {
  all,
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
import { getScalar } from "./wide.ts"

const threeWhole = areWhole("Vd", "Vn", "Vm")
const twoWhole = areWhole("Vd", "Vm")

/** Operands of an operation: destination before, and two vectors. */
type Operands = { readonly d: Node; readonly n: Node; readonly m: Node }
/** How the host does an operation. */
type Try = (b: Builder, o: Operands) => Attempt

const negated = (b: Builder, x: Node) => b.op("f32x4.neg", x)
const absolute = (b: Builder, x: Node) => b.op("f32x4.abs", x)
const TWO = 0x4000_0000n
const THREE = 0x4040_0000n
const HALF = 0x3f00_0000n

/** How the host does each operation. */
const tries: Readonly<Record<FloatOperation, Try>> = {
  vadd: (b, { n, m }) => tryAdd(b, n, m),
  vsub: (b, { n, m }) => trySub(b, n, m),
  vmul: (b, { n, m }) => tryMul(b, n, m),
  vmla: (b, { d, n, m }) => followedBy(b, tryMul(b, n, m), (product) => tryAdd(b, d, product)),
  vmls: (b, { d, n, m }) => followedBy(b, tryMul(b, n, m), (product) => trySub(b, d, product)),
  vfma: (b, { d, n, m }) => tryFused(b, d, n, m),
  vfms: (b, { d, n, m }) => tryFused(b, d, negated(b, n), m),
  vabd(b, { n, m }) {
    const difference = trySub(b, n, m)
    return { ...difference, result: absolute(b, difference.result) }
  },
  vmax: (b, { n, m }) => tryCompare(b, "max", n, m),
  vmin: (b, { n, m }) => tryCompare(b, "min", n, m),
  vceq: (b, { n, m }) => tryCompare(b, "eq", n, m),
  vcge: (b, { n, m }) => tryCompare(b, "ge", n, m),
  vcgt: (b, { n, m }) => tryCompare(b, "gt", n, m),
  vacge: (b, { n, m }) => tryCompare(b, "ge", absolute(b, n), absolute(b, m)),
  vacgt: (b, { n, m }) => tryCompare(b, "gt", absolute(b, n), absolute(b, m)),
  vrecpe: (b, { m }) => tryReciprocal(b, m),
  vrsqrte: (b, { m }) => tryReciprocalRoot(b, m),
  vrecps: (b, { n, m }) => followedBy(b, tryMul(b, n, m), (product) => trySub(b, all(b, 2, TWO), product)),
  vrsqrts(b, { n, m }) {
    const difference = followedBy(b, tryMul(b, n, m), (product) => trySub(b, all(b, 2, THREE), product))
    return followedBy(b, difference, (x) => tryMul(b, x, all(b, 2, HALF)))
  },
}

/** An operation on vectors, of which the lower half alone counts if Q is clear. */
function compute(
  b: Builder,
  name: FloatOperation,
  isQuad: Operand | 0,
  o: Operands,
  put: (result: Node) => void,
): void {
  const exactly = () => {
    const half = (of: (b: Builder, vector: Node) => Node) =>
      b.call(neonHelper.float, b.i32(floatOperation(name)), of(b, o.d), of(b, o.n), of(b, o.m))
    const lower = half(low)
    const double = () => put(b.op("i64x2.splat", lower))
    if (isQuad === 0) double()
    else b.if(b.imm(isQuad), () => put(joinHalves(b, lower, half(high))), double)
  }
  settle(b, tries[name](b, o), put, exactly)
}

/** Operations that use the destination. */
const accumulating: ReadonlySet<FloatOperation> = new Set(["vmla", "vmls", "vfma", "vfms"])

const threeSame = (name: FloatOperation, u: "0" | "1", size: "00" | "10", opcode: string, op: "0" | "1") =>
  neon({
    name: `${name}{cond}.f32`,
    u,
    bits: `0 D ${size} Vn Vd ${opcode} N Q M ${op} Vm`,
    args: "vd, vn, vm",
    defined: threeWhole,
    semantics(b, f) {
      const [n, m] = [getVector(b, f.Q, f.Dn), getVector(b, f.Q, f.Dm)]
      const d = accumulating.has(name) ? getVector(b, f.Q, f.Dd) : n
      compute(b, name, f.Q, { d, n, m }, (result) => setVector(b, f.Q, f.Dd, result))
    },
  })

export const vadd = threeSame("vadd", "0", "00", "1101", "0")
export const vsub = threeSame("vsub", "0", "10", "1101", "0")
export const vabd = threeSame("vabd", "1", "10", "1101", "0")
export const vmla = threeSame("vmla", "0", "00", "1101", "1")
export const vmls = threeSame("vmls", "0", "10", "1101", "1")
export const vmul = threeSame("vmul", "1", "00", "1101", "1")
export const vfma = threeSame("vfma", "0", "00", "1100", "1")
export const vfms = threeSame("vfms", "0", "10", "1100", "1")
export const vceq = threeSame("vceq", "0", "00", "1110", "0")
export const vcge = threeSame("vcge", "1", "00", "1110", "0")
export const vcgt = threeSame("vcgt", "1", "10", "1110", "0")
export const vacge = threeSame("vacge", "1", "00", "1110", "1")
export const vacgt = threeSame("vacgt", "1", "10", "1110", "1")
export const vmax = threeSame("vmax", "0", "00", "1111", "0")
export const vmin = threeSame("vmin", "0", "10", "1111", "0")
export const vrecps = threeSame("vrecps", "0", "00", "1111", "1")
export const vrsqrts = threeSame("vrsqrts", "0", "10", "1111", "1")

/** Pairs of neighbours, of two doublewords in a row. */
const pairwise = (name: string, operation: FloatOperation, size: "00" | "10", opcode: string) =>
  neon({
    name: `${name}{cond}.f32`,
    u: "1",
    bits: `0 D ${size} Vn Vd ${opcode} N 0 M 0 Vm`,
    args: "Dd, Dn, Dm",
    semantics(b, f) {
      const e = new Elements(b, 2)
      const row = e.rowOf(getDouble(b, f.Dn), getDouble(b, f.Dm))
      const [n, m] = [e.even(row), e.odd(row)]
      compute(b, operation, 0, { d: n, n, m }, (result) => setDouble(b, f.Dd, result))
    },
  })
export const vpadd = pairwise("vpadd", "vadd", "00", "1101")
export const vpmax = pairwise("vpmax", "vmax", "00", "1111")
export const vpmin = pairwise("vpmin", "vmin", "10", "1111")

const byScalar = (name: "vmla" | "vmls" | "vmul", opcode: string) =>
  neon({
    name: `${name}{cond}.f32`,
    u: "Q",
    bits: `1 D 10 Vn Vd ${opcode} N 1 M 0 Vm`,
    args: "vd, vn, scalar32",
    defined: areWhole("Vd", "Vn"),
    semantics(b, f) {
      const n = getVector(b, f.Q, f.Dn)
      const d = accumulating.has(name) ? getVector(b, f.Q, f.Dd) : n
      const operands = { d, n, m: getScalar(b, 2, f.scalarNumber) }
      compute(b, name, f.Q, operands, (result) => setVector(b, f.Q, f.Dd, result))
    },
  })
export const vmlaScalar = byScalar("vmla", "0001")
export const vmlsScalar = byScalar("vmls", "0101")
export const vmulScalar = byScalar("vmul", "1001")

// Two registers

type Two = { readonly name: string; readonly a: string; readonly opcode: string; readonly args?: string }
const twoRegisters = (
  { name, a, opcode, args = "vd, vm" }: Two,
  meaning: (b: Builder, isQuad: Operand, m: Node, put: (result: Node) => void) => void,
): Instruction[] =>
  neon({
    name,
    u: "1",
    bits: `1 D 11 10 ${a} Vd 0 ${opcode} Q M 0 Vm`,
    args,
    defined: twoWhole,
    semantics: (b, f) => meaning(b, f.Q, getVector(b, f.Q, f.Dm), (result) => setVector(b, f.Q, f.Dd, result)),
  })

export const vabs = twoRegisters({ name: "vabs{cond}.f32", a: "01", opcode: "1110" }, (b, _, m, put) =>
  put(absolute(b, m)),
)
export const vneg = twoRegisters({ name: "vneg{cond}.f32", a: "01", opcode: "1111" }, (b, _, m, put) =>
  put(negated(b, m)),
)

/** Comparisons with zero; two of them with the operands exchanged. */
const compareZero = (name: string, opcode: string, operation: FloatOperation, zeroFirst: boolean) =>
  twoRegisters({ name: `${name}{cond}.f32`, a: "01", opcode, args: "vd, vm, #0" }, (b, isQuad, m, put) => {
    const zero = b.v128(0n)
    const operands = zeroFirst ? { d: m, n: zero, m } : { d: m, n: m, m: zero }
    compute(b, operation, isQuad, operands, put)
  })
export const vcgtZero = compareZero("vcgt", "1000", "vcgt", false)
export const vcgeZero = compareZero("vcge", "1001", "vcge", false)
export const vceqZero = compareZero("vceq", "1010", "vceq", false)
export const vcleZero = compareZero("vcle", "1011", "vcge", true)
export const vcltZero = compareZero("vclt", "1100", "vcgt", true)

const estimate = (name: "vrecpe" | "vrsqrte", opcode: string) =>
  twoRegisters({ name: `${name}{cond}.f32`, a: "11", opcode }, (b, isQuad, m, put) =>
    compute(b, name, isQuad, { d: m, n: m, m }, put),
  )
export const vrecpe = estimate("vrecpe", "1010")
export const vrsqrte = estimate("vrsqrte", "1011")

// Conversions

/** All elements to or from fixed point, exactly. */
function convertExactly(
  b: Builder,
  how: number,
  fraction: Node,
  isQuad: Operand,
  m: Node,
  put: (result: Node) => void,
): void {
  const half = (of: (b: Builder, vector: Node) => Node) => b.call(neonHelper.fixed, b.i32(how), fraction, of(b, m))
  const lower = half(low)
  b.if(
    b.imm(isQuad),
    () => put(joinHalves(b, lower, half(high))),
    () => put(b.op("i64x2.splat", lower)),
  )
}

const directions = (["s", "u"] as const).flatMap((letter, unsigned) => [
  { unsigned, toFloat: 0, name: `vcvt{cond}.${letter}32.f32` },
  { unsigned, toFloat: 1, name: `vcvt{cond}.f32.${letter}32` },
])
const howOf = ({ unsigned, toFloat }: { unsigned: number; toFloat: number }) =>
  (unsigned ? FIXED.unsigned : 0) | (toFloat ? FIXED.toFloat : 0)

export const vcvtInteger = directions.flatMap((direction) => {
  const { unsigned, toFloat, name } = direction
  return twoRegisters({ name, a: "11", opcode: `11${1 - toFloat}${unsigned}` }, (b, isQuad, m, put) => {
    const attempt = (toFloat ? tryFromInteger : tryToInteger)(b, !unsigned, m)
    settle(b, attempt, put, () => convertExactly(b, howOf(direction), b.i32(0), isQuad, m, put))
  })
})

export const vcvtFixed = directions.flatMap((direction) => {
  const { unsigned, toFloat, name } = direction
  return neon({
    name,
    u: unsigned ? "1" : "0",
    bits: `1 D 1 imm5 Vd 111 ${1 - toFloat} 0 Q M 1 Vm`,
    args: "vd, vm, fractionBits",
    defined: twoWhole,
    semantics(b, f) {
      const m = getVector(b, f.Q, f.Dm)
      convertExactly(b, howOf(direction), b.imm(f.fractionBits), f.Q, m, (result) => setVector(b, f.Q, f.Dd, result))
    },
  })
})

export const vcvtHalf = [
  neon({
    name: "vcvt{cond}.f16.f32",
    u: "1",
    bits: "1 D 11 01 10 Vd 0 11000 M 0 Vm",
    args: "Dd, Qm",
    defined: areQuads("Vm"),
    semantics(b, f) {
      const m = getQuad(b, f.Dm)
      setDouble(b, f.Dd, b.op("i64x2.splat", b.call(neonHelper.toHalf, low(b, m), high(b, m))))
    },
  }),
  neon({
    name: "vcvt{cond}.f32.f16",
    u: "1",
    bits: "1 D 11 01 10 Vd 0 11100 M 0 Vm",
    args: "Qd, Dm",
    defined: areQuads("Vd"),
    semantics(b, f) {
      const m = getDouble(b, f.Dm)
      const pair = (n: 0 | 1) => b.call(neonHelper.fromHalf, b.op(`i32x4.extractLane${n}`, m))
      const lower = pair(0)
      setQuad(b, f.Dd, joinHalves(b, lower, pair(1)))
    },
  }),
].flat()
