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
  PRECISIONS,
  type Precision,
  type RegisterOperands,
  SINGLE_PRECISION,
  vfp,
} from "./encoding.ts"
import { type Attempt, attempt, isPlainFpscr, isRight, type Operation } from "./fast.ts"
import { OPERATION, vfpHelper } from "./helpers.ts"

const { FP_FAST, FPN, FPZ, FPC, FPV, D, S } = state.files

const exact = (b: Builder, p: Precision, { operation, x, y }: Pick<Attempt, "operation" | "x" | "y">): Node =>
  b.call(vfpHelper.arithmetic[p.name], b.i32(OPERATION[operation]), x, y)

/** An operation with its result put where it belongs. */
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

/** `±d ± n * m`, rounded twice. */
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

type Place = { name: string; opcode: string; op: string }

/** Declares an instruction of three registers in both precisions. */
function threeRegisters({ name, opcode, op }: Place, meaning: (b: Builder, p: Precision, f: RegisterOperands) => void) {
  return PRECISIONS.flatMap((p) =>
    vfp({
      name: `${name}{cond}.${p.name}`,
      bits: `1110 ${opcode} Vn Vd 101${p.sz} N ${op} M 0 Vm`,
      args: `${p.d}, ${p.n}, ${p.m}`,
      semantics: (b, f) => meaning(b, p, f),
    }),
  )
}

/** Declares an instruction of two registers in both precisions. */
function twoRegisters(
  name: string,
  opcode: string,
  op: string,
  meaning: (b: Builder, p: Precision, f: RegisterOperands) => void,
) {
  return PRECISIONS.flatMap((p) =>
    vfp({
      name: `${name}{cond}.${p.name}`,
      bits: `1110 1 D 11 ${opcode} Vd 101${p.sz} ${op} M 0 Vm`,
      args: `${p.d}, ${p.m}`,
      semantics: (b, f) => meaning(b, p, f),
    }),
  )
}

function binary(name: string, operation: Operation, place: Omit<Place, "name">, negated = false): Instruction[] {
  return threeRegisters({ name, ...place }, (b, p, f) => {
    const x = b.reg(p.file, f[p.n])
    const y = b.reg(p.file, f[p.m])
    compute(b, p, operation, x, y, (result) => b.setReg(p.file, f[p.d], negated ? negate(b, p, result) : result))
  })
}

export const vadd = binary("vadd", "add", { opcode: "0 D 11", op: "0" })
export const vsub = binary("vsub", "sub", { opcode: "0 D 11", op: "1" })
export const vmul = binary("vmul", "mul", { opcode: "0 D 10", op: "0" })
export const vnmul = binary("vnmul", "mul", { opcode: "0 D 10", op: "1" }, true)
export const vdiv = binary("vdiv", "div", { opcode: "1 D 00", op: "0" })

const accumulating = (name: string, opcode: string, op: string, signs: { d: boolean; product: boolean }) =>
  threeRegisters({ name, opcode, op }, (b, p, f) => multiplyAccumulate(b, p, f, signs))

export const vmla = accumulating("vmla", "0 D 00", "0", { d: false, product: false })
export const vmls = accumulating("vmls", "0 D 00", "1", { d: false, product: true })
export const vnmls = accumulating("vnmls", "0 D 01", "0", { d: true, product: false })
export const vnmla = accumulating("vnmla", "0 D 01", "1", { d: true, product: true })

export const vsqrt = twoRegisters("vsqrt", "0001", "11", (b, p, f) => {
  const x = b.reg(p.file, f[p.m])
  compute(b, p, "sqrt", x, x, (result) => b.setReg(p.file, f[p.d], result))
})

/** Instructions that touch bits alone. */
const bitwise = (name: string, opcode: string, op: string, meaning: (b: Builder, p: Precision, bits: Node) => Node) =>
  twoRegisters(name, opcode, op, (b, p, f) => {
    refuseVectors(b)
    b.setReg(p.file, f[p.d], meaning(b, p, b.reg(p.file, f[p.m])))
  })

export const vmovRegister = bitwise("vmov", "0000", "01", (_, __, bits) => bits)
export const vneg = bitwise("vneg", "0001", "01", negate)
export const vabs = bitwise("vabs", "0000", "11", (b, p, bits) => {
  return b.and(bits, constant(b, p, (1n << BigInt(p.width - 1)) - 1n))
})

export const vmovImmediate = [
  vfp({
    name: `vmov{cond}.${SINGLE_PRECISION.name}`,
    bits: "1110 1 D 11 imm4h Vd 1010 (0)0(0)0 imm4l",
    args: "Sd, vfpImm8",
    semantics(b, f) {
      refuseVectors(b)
      b.setReg(S, f.Sd, b.imm(f.singleImmediate))
    },
  }),
  vfp({
    name: `vmov{cond}.${DOUBLE_PRECISION.name}`,
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

export const vcmp = PRECISIONS.flatMap((p) =>
  vfp({
    name: `vcmp{E?e:}{cond}.${p.name}`,
    bits: `1110 1 D 110100 Vd 101${p.sz} E 1 M 0 Vm`,
    args: `${p.d}, ${p.m}`,
    semantics: (b, f) => compare(b, p, f.E, b.reg(p.file, f[p.d]), b.reg(p.file, f[p.m])),
  }),
)

export const vcmpZero = PRECISIONS.flatMap((p) =>
  vfp({
    name: `vcmp{E?e:}{cond}.${p.name}`,
    bits: `1110 1 D 110101 Vd 101${p.sz} E 1(0)0(0000)`,
    args: `${p.d}, #0.0`,
    semantics: (b, f) => compare(b, p, f.E, b.reg(p.file, f[p.d]), constant(b, p, 0n)),
  }),
)
