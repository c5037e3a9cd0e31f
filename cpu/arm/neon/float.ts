// Advanced SIMD floating point on three registers and by scalar: arithmetic, comparisons, Newton-Raphson steps (ARM DDI
// 0406C, A7.4.1, A7.4.3). Elements are of single precision, and FPSCR counts as having its standard value (A2.7.7).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import type { Manual } from "../vfp/encoding.ts"
import { neon } from "./encoding.ts"
import {
  type Attempt,
  followedBy,
  settle,
  tryAdd,
  tryCompare,
  tryFused,
  tryMul,
  tryReciprocal,
  tryReciprocalRoot,
  trySub,
} from "./fast.ts"
import { type FloatOperation, floatOperation, neonHelper } from "./helpers.ts"
import { areWhole } from "./text.ts"
import { all, Elements, getDouble, getVector, high, joinHalves, low, setDouble, setVector } from "./vector.ts"
import { getScalar } from "./wide.ts"

const threeWhole = areWhole("Vd", "Vn", "Vm")

/** Operands of an operation: destination before, and two vectors. */
type Operands = { readonly d: Node; readonly n: Node; readonly m: Node }
/** Tries an operation with the host's arithmetic. */
type Try = (b: Builder, o: Operands) => Attempt

/** Elements with their signs inverted. */
export const negated = (b: Builder, x: Node) => b.op("f32x4.neg", x)
/** Elements with their signs cleared. */
export const absolute = (b: Builder, x: Node) => b.op("f32x4.abs", x)
const TWO = 0x4000_0000n
const THREE = 0x4040_0000n
const HALF = 0x3f00_0000n

/** The host's attempt at each operation. */
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

/** Performs an operation on vectors; if Q is clear, only the lower half counts. */
export function compute(
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

/** Operations that read the destination. */
const accumulating: ReadonlySet<FloatOperation> = new Set(["vmla", "vmls", "vfma", "vfms"])

type Place<Name extends string> = Manual & {
  readonly name: Name
  readonly u: "0" | "1"
  readonly size: "00" | "10"
  readonly opcode: string
  readonly op: "0" | "1"
}

/** Declares an instruction of three vectors. */
const threeSame = ({ name, size, opcode, op, ...place }: Place<FloatOperation>) =>
  neon({
    ...place,
    name: `${name}{cond}.f32`,
    bits: `0 D ${size} Vn Vd ${opcode} N Q M ${op} Vm`,
    args: "vd, vn, vm",
    defined: threeWhole,
    semantics(b, f) {
      const [n, m] = [getVector(b, f.Q, f.Dn), getVector(b, f.Q, f.Dm)]
      const d = accumulating.has(name) ? getVector(b, f.Q, f.Dd) : n
      compute(b, name, f.Q, { d, n, m }, (result) => setVector(b, f.Q, f.Dd, result))
    },
  })

/** VADD (floating-point): adds elements. */
export const vadd = threeSame({
  name: "vadd",
  section: "A8.8.283",
  encoding: "T1/A1",
  u: "0",
  size: "00",
  opcode: "1101",
  op: "0",
})
/** VSUB (floating-point): subtracts elements. */
export const vsub = threeSame({
  name: "vsub",
  section: "A8.8.415",
  encoding: "T1/A1",
  u: "0",
  size: "10",
  opcode: "1101",
  op: "0",
})
/** VABD (floating-point): takes the absolute differences of elements. */
export const vabd = threeSame({
  name: "vabd",
  section: "A8.8.279",
  encoding: "T1/A1",
  u: "1",
  size: "10",
  opcode: "1101",
  op: "0",
})
/** VMLA (floating-point): adds products of elements to the destination. */
export const vmla = threeSame({
  name: "vmla",
  section: "A8.8.337",
  encoding: "T1/A1",
  u: "0",
  size: "00",
  opcode: "1101",
  op: "1",
})
/** VMLS (floating-point): subtracts products of elements from the destination. */
export const vmls = threeSame({
  name: "vmls",
  section: "A8.8.337",
  encoding: "T1/A1",
  u: "0",
  size: "10",
  opcode: "1101",
  op: "1",
})
/** VMUL (floating-point): multiplies elements. */
export const vmul = threeSame({
  name: "vmul",
  section: "A8.8.351",
  encoding: "T1/A1",
  u: "1",
  size: "00",
  opcode: "1101",
  op: "1",
})
/** VFMA: adds products of elements to the destination, rounded once. */
export const vfma = threeSame({
  name: "vfma",
  section: "A8.8.317",
  encoding: "T1/A1",
  u: "0",
  size: "00",
  opcode: "1100",
  op: "1",
})
/** VFMS: subtracts products of elements from the destination, rounded once. */
export const vfms = threeSame({
  name: "vfms",
  section: "A8.8.317",
  encoding: "T1/A1",
  u: "0",
  size: "10",
  opcode: "1100",
  op: "1",
})
/** VCEQ (register): sets elements that are equal to all ones, the others to zero. */
export const vceq = threeSame({
  name: "vceq",
  section: "A8.8.291",
  encoding: "T2/A2",
  u: "0",
  size: "00",
  opcode: "1110",
  op: "0",
})
/** VCGE (register): sets elements that are greater than or equal to all ones, the others to zero. */
export const vcge = threeSame({
  name: "vcge",
  section: "A8.8.293",
  encoding: "T2/A2",
  u: "1",
  size: "00",
  opcode: "1110",
  op: "0",
})
/** VCGT (register): sets elements that are greater to all ones, the others to zero. */
export const vcgt = threeSame({
  name: "vcgt",
  section: "A8.8.295",
  encoding: "T2/A2",
  u: "1",
  size: "10",
  opcode: "1110",
  op: "0",
})
/** VACGE: compares absolute values as VCGE does. */
export const vacge = threeSame({
  name: "vacge",
  section: "A8.8.281",
  encoding: "T1/A1",
  u: "1",
  size: "00",
  opcode: "1110",
  op: "1",
})
/** VACGT: compares absolute values as VCGT does. */
export const vacgt = threeSame({
  name: "vacgt",
  section: "A8.8.281",
  encoding: "T1/A1",
  u: "1",
  size: "10",
  opcode: "1110",
  op: "1",
})
/** VMAX (floating-point): takes the larger of each two elements. */
export const vmax = threeSame({
  name: "vmax",
  section: "A8.8.335",
  encoding: "T1/A1",
  u: "0",
  size: "00",
  opcode: "1111",
  op: "0",
})
/** VMIN (floating-point): takes the smaller of each two elements. */
export const vmin = threeSame({
  name: "vmin",
  section: "A8.8.335",
  encoding: "T1/A1",
  u: "0",
  size: "10",
  opcode: "1111",
  op: "0",
})
/** VRECPS: computes 2 - n * m, a Newton-Raphson step towards a reciprocal. */
export const vrecps = threeSame({
  name: "vrecps",
  section: "A8.8.385",
  encoding: "T1/A1",
  u: "0",
  size: "00",
  opcode: "1111",
  op: "1",
})
/** VRSQRTS: computes (3 - n * m) / 2, a step towards the reciprocal of a square root. */
export const vrsqrts = threeSame({
  name: "vrsqrts",
  section: "A8.8.392",
  encoding: "T1/A1",
  u: "0",
  size: "10",
  opcode: "1111",
  op: "1",
})

/** Declares an operation on pairs of neighbours, of two doublewords in a row. */
const pairwise = (
  { name, size, opcode, ...manual }: Omit<Place<string>, "u" | "op">,
  operation: FloatOperation,
): Instruction[] =>
  neon({
    ...manual,
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
/** VPADD (floating-point): adds each two neighbours. */
export const vpadd = pairwise(
  { name: "vpadd", section: "A8.8.363", encoding: "T1/A1", size: "00", opcode: "1101" },
  "vadd",
)
/** VPMAX (floating-point): takes the larger of each two neighbours. */
export const vpmax = pairwise(
  { name: "vpmax", section: "A8.8.366", encoding: "T1/A1", size: "00", opcode: "1111" },
  "vmax",
)
/** VPMIN (floating-point): takes the smaller of each two neighbours. */
export const vpmin = pairwise(
  { name: "vpmin", section: "A8.8.366", encoding: "T1/A1", size: "10", opcode: "1111" },
  "vmin",
)

type ScalarPlace = Manual & { readonly name: "vmla" | "vmls" | "vmul"; readonly opcode: string }

/** Declares a product of a vector with a scalar, where Q stands in the place of U. */
const byScalar = ({ name, opcode, ...manual }: ScalarPlace) =>
  neon({
    ...manual,
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
/** VMLA (by scalar): adds products with a scalar to the destination. */
export const vmlaScalar = byScalar({ name: "vmla", section: "A8.8.338", encoding: "T1/A1", opcode: "0001" })
/** VMLS (by scalar): subtracts products with a scalar from the destination. */
export const vmlsScalar = byScalar({ name: "vmls", section: "A8.8.338", encoding: "T1/A1", opcode: "0101" })
/** VMUL (by scalar): multiplies elements by a scalar. */
export const vmulScalar = byScalar({ name: "vmul", section: "A8.8.352", encoding: "T1/A1", opcode: "1001" })
