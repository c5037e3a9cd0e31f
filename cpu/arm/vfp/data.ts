// VFP data processing: arithmetic, absolute values, moves and comparisons (ARM DDI 0406C, A7.5; A8.8.280 VABS to
// A8.8.415 VSUB).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { state } from "../state.ts"
import { refuseVectors } from "./access.ts"
import {
  constant,
  DOUBLE_PRECISION,
  negate,
  numberOf,
  type Place,
  PRECISIONS,
  type Precision,
  type RegisterOperands,
  SINGLE_PRECISION,
  threeRegisters,
  twoRegisters,
  vfp,
} from "./encoding.ts"
import { type Attempt, attempt, isPlainFpscr, isRight, type Operation } from "./fast.ts"
import { OPERATION, vfpHelper } from "./helpers.ts"

const { FP_FAST, FPN, FPZ, FPC, FPV, D, S } = state.files

const exact = (b: Builder, p: Precision, { operation, x, y }: Pick<Attempt, "operation" | "x" | "y">): Node =>
  b.call(vfpHelper.arithmetic[p.name], b.i32(OPERATION[operation]), x, y)

/** Performs an operation, by the fast path where that is right, and hands the result to `put`. */
function compute(b: Builder, p: Precision, operation: Operation, x: Node, y: Node, put: (result: Node) => void): void {
  const tried = attempt(b, p, operation, x, y)
  const fast = b.get(FP_FAST)
  const unusual = () =>
    b.if(
      b.and(isPlainFpscr(b), isRight(b, p, tried, fast)),
      () => put(tried.result),
      () => {
        refuseVectors(b)
        put(exact(b, p, tried))
      },
    )
  b.if(b.and(fast, tried.ordinary), () => put(tried.result), unusual)
}

/** `±d ± n * m`, with the product rounded before the sum. */
function multiplyAccumulate(
  b: Builder,
  p: Precision,
  f: RegisterOperands,
  signs: { d: boolean; product: boolean },
): void {
  const [d, n, m] = [f[p.d], f[p.n], f[p.m]].map((r) => b.reg(p.file, r)) as [Node, Node, Node]
  const signed = (isNegative: boolean, x: Node) => (isNegative ? negate(b, p, x) : x)
  const addend = signed(signs.d, d)
  const product = attempt(b, p, "mul", n, m)
  const sum = attempt(b, p, "add", addend, signed(signs.product, product.result))
  const fast = b.get(FP_FAST)
  const put = (result: Node) => b.setReg(p.file, f[p.d], result)
  const unusual = () =>
    b.if(
      b.and(isPlainFpscr(b), b.and(isRight(b, p, product, fast), isRight(b, p, sum, fast))),
      () => put(sum.result),
      () => {
        refuseVectors(b)
        const term = signed(signs.product, exact(b, p, product))
        put(exact(b, p, { operation: "add", x: addend, y: term }))
      },
    )
  b.if(b.and(b.and(fast, product.ordinary), sum.ordinary), () => put(sum.result), unusual)
}

function binary(place: Place, operation: Operation, negated = false): Instruction[] {
  return threeRegisters(place, (b, p, f) => {
    const x = b.reg(p.file, f[p.n])
    const y = b.reg(p.file, f[p.m])
    compute(b, p, operation, x, y, (result) => b.setReg(p.file, f[p.d], negated ? negate(b, p, result) : result))
  })
}

/** VADD (floating-point): adds two registers. */
export const vadd = binary({ name: "vadd", section: "A8.8.283", encoding: "T2/A2", opcode: "0 D 11", op: "0" }, "add")
/** VSUB (floating-point): subtracts one register from another. */
export const vsub = binary({ name: "vsub", section: "A8.8.415", encoding: "T2/A2", opcode: "0 D 11", op: "1" }, "sub")
/** VMUL (floating-point): multiplies two registers. */
export const vmul = binary({ name: "vmul", section: "A8.8.351", encoding: "T2/A2", opcode: "0 D 10", op: "0" }, "mul")
/** VNMUL: multiplies two registers and negates the product. */
export const vnmul = binary(
  { name: "vnmul", section: "A8.8.356", encoding: "T2/A2", opcode: "0 D 10", op: "1" },
  "mul",
  true,
)
/** VDIV: divides one register by another. */
export const vdiv = binary({ name: "vdiv", section: "A8.8.312", encoding: "T1/A1", opcode: "1 D 00", op: "0" }, "div")

const accumulating = (place: Place, signs: { d: boolean; product: boolean }) =>
  threeRegisters(place, (b, p, f) => multiplyAccumulate(b, p, f, signs))

/** VMLA (floating-point): adds a product to the destination. */
export const vmla = accumulating(
  { name: "vmla", section: "A8.8.337", encoding: "T2/A2", opcode: "0 D 00", op: "0" },
  { d: false, product: false },
)
/** VMLS (floating-point): subtracts a product from the destination. */
export const vmls = accumulating(
  { name: "vmls", section: "A8.8.337", encoding: "T2/A2", opcode: "0 D 00", op: "1" },
  { d: false, product: true },
)
/** VNMLS: adds a product to the negated destination. */
export const vnmls = accumulating(
  { name: "vnmls", section: "A8.8.356", encoding: "T1/A1", opcode: "0 D 01", op: "0" },
  { d: true, product: false },
)
/** VNMLA: adds a negated product to the negated destination. */
export const vnmla = accumulating(
  { name: "vnmla", section: "A8.8.356", encoding: "T1/A1", opcode: "0 D 01", op: "1" },
  { d: true, product: true },
)

/** VSQRT: takes the square root of a register. */
export const vsqrt = twoRegisters(
  { name: "vsqrt", section: "A8.8.401", encoding: "T1/A1", opcode: "0001", op: "11" },
  (b, p, f) => {
    const x = b.reg(p.file, f[p.m])
    compute(b, p, "sqrt", x, x, (result) => b.setReg(p.file, f[p.d], result))
  },
)

/** Declares an instruction that copies a register with other bits: it raises no exceptions, not even of NaNs. */
const bitwise = (place: Place, meaning: (b: Builder, p: Precision, bits: Node) => Node) =>
  twoRegisters(place, (b, p, f) => {
    refuseVectors(b)
    b.setReg(p.file, f[p.d], meaning(b, p, b.reg(p.file, f[p.m])))
  })

/** VMOV (register): copies a register. */
export const vmovRegister = bitwise(
  { name: "vmov", section: "A8.8.340", encoding: "T2/A2", opcode: "0000", op: "01" },
  (_, __, bits) => bits,
)
/** VNEG: copies a register with its sign inverted. */
export const vneg = bitwise({ name: "vneg", section: "A8.8.355", encoding: "T2/A2", opcode: "0001", op: "01" }, negate)
/** VABS: copies a register with its sign cleared. */
export const vabs = bitwise(
  { name: "vabs", section: "A8.8.280", encoding: "T2/A2", opcode: "0000", op: "11" },
  (b, p, bits) => {
    return b.and(bits, constant(b, p, (1n << BigInt(p.width - 1)) - 1n))
  },
)

/** VMOV (immediate): writes a constant that fits eight bits (VFPExpandImm). */
export const vmovImmediate = [
  vfp({
    name: `vmov{cond}.${SINGLE_PRECISION.name}`,
    section: "A8.8.339",
    encoding: "T2/A2",
    bits: "1110 1 D 11 imm4h Vd 1010 (0)0(0)0 imm4l",
    args: "Sd, vfpImm8",
    semantics(b, f) {
      refuseVectors(b)
      b.setReg(S, f.Sd, b.imm(f.singleImmediate))
    },
  }),
  vfp({
    name: `vmov{cond}.${DOUBLE_PRECISION.name}`,
    section: "A8.8.339",
    encoding: "T2/A2",
    bits: "1110 1 D 11 imm4h Vd 1011 (0)0(0)0 imm4l",
    args: "Dd, vfpImm8",
    semantics(b, f) {
      refuseVectors(b)
      b.setReg(D, f.Dd, b.shl(b.extendU(b.imm(f.doubleImmediate)), b.i64(32)))
    },
  }),
].flat()

/** Sets the condition flags of FPSCR by a comparison. */
function compare(b: Builder, p: Precision, signalling: number, x: Node, y: Node): void {
  const [left, right] = [numberOf(b, p, x), numberOf(b, p, y)]
  const less = b.op(`${p.name}.lt`, left, right)
  const notLess = b.op(`${p.name}.ge`, left, right)
  const isFlushing = b.and(b.get(state.files.FPSCR), b.i32(1 << 24))
  b.if(
    // Either is 1 unless an operand is a NaN.
    b.and(b.or(less, notLess), b.eqz(isFlushing)),
    () => {
      b.set(FPN, less)
      b.set(FPZ, b.op(`${p.name}.eq`, left, right))
      b.set(FPC, notLess)
      b.set(FPV, b.i32(0))
    },
    () => b.perform(vfpHelper.compare[p.name], b.i32(signalling), x, y),
  )
}

/** VCMP, VCMPE: compares two registers and sets the condition flags of FPSCR. */
export const vcmp = PRECISIONS.flatMap((p) =>
  vfp({
    name: `vcmp{E?e:}{cond}.${p.name}`,
    section: "A8.8.303",
    encoding: "T1/A1",
    bits: `1110 1 D 110100 Vd 101${p.sz} E 1 M 0 Vm`,
    args: `${p.d}, ${p.m}`,
    semantics: (b, f) => compare(b, p, f.E, b.reg(p.file, f[p.d]), b.reg(p.file, f[p.m])),
  }),
)

/** VCMP, VCMPE: compares a register with zero and sets the condition flags of FPSCR. */
export const vcmpZero = PRECISIONS.flatMap((p) =>
  vfp({
    name: `vcmp{E?e:}{cond}.${p.name}`,
    section: "A8.8.303",
    encoding: "T2/A2",
    bits: `1110 1 D 110101 Vd 101${p.sz} E 1(0)0(0000)`,
    args: `${p.d}, #0.0`,
    semantics: (b, f) => compare(b, p, f.E, b.reg(p.file, f[p.d]), constant(b, p, 0n)),
  }),
)
