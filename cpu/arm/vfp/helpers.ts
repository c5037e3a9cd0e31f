// The helpers of VFP: what the fast paths leave over, computed bit by bit under the control of FPSCR.

import { DOUBLE, type Format, HALF, SINGLE } from "../../float/format.ts"
import { ROUND, type Rounding } from "../../float/rounding.ts"
import type { Helper } from "../../ir/index.ts"
import { state } from "../state.ts"
import type { ArmPorts } from "../system/ports.ts"
import { CONDITION_FLAGS, FPSCR_BITS, isFastFpscr } from "./access.ts"
import type { Environment } from "./soft-float.ts"
import { add, compare, divide, fusedMultiplyAdd, multiply, squareRoot, subtract } from "./soft-float-arithmetic.ts"
import { convert, fromFixed, toFixed } from "./soft-float-convert.ts"

const { FPSCR, FP_FAST } = state.files

type Cpu = Pick<ArmPorts, "state">

/** Operations of the arithmetic helpers. */
export const OPERATION = { add: 0, sub: 1, mul: 2, div: 3, sqrt: 4 } as const
const operations = [add, subtract, multiply, divide, (env: Environment, f: Format, x: bigint) => squareRoot(env, f, x)]

/** How a helper converts to and from integers: size and signedness of the integer, and the rounding of FPSCR or not. */
export const CONVERSION = { unsigned: 1, halfword: 2, fixedRounding: 4 } as const

const i32 = "i32" as const
const i64 = "i64" as const
const helper = (name: string, params: Helper["params"], result: Helper["result"]): Helper => {
  return { name, params, result, mayFault: false }
}

/** Helpers by what they do; operands and results are register contents. */
export const vfpHelper = {
  /** Of an operation and its operands; a second operand that the operation lacks is ignored. */
  arithmetic: {
    f32: helper("vfpArithmetic32", [i32, i32, i32], i32),
    f64: helper("vfpArithmetic64", [i32, i64, i64], i64),
  },
  /** Of addend and factors. */
  fused: { f32: helper("vfpFused32", [i32, i32, i32], i32), f64: helper("vfpFused64", [i64, i64, i64], i64) },
  /** Sets the condition flags of FPSCR. The first argument is 1 if quiet NaNs are invalid. */
  compare: {
    f32: helper("vfpCompare32", [i32, i32, i32], undefined),
    f64: helper("vfpCompare64", [i32, i64, i64], undefined),
  },
  /** To an integer, of CONVERSION bits, the number of fraction bits, and the operand: 32 bits, extended if need be. */
  toFixed: { f32: helper("vfpToFixed32", [i32, i32, i32], i32), f64: helper("vfpToFixed64", [i32, i32, i64], i64) },
  /** From an integer, of the same and the operand's low 32 bits. */
  fromFixed: {
    f32: helper("vfpFromFixed32", [i32, i32, i32], i32),
    f64: helper("vfpFromFixed64", [i32, i32, i32], i64),
  },
  narrow: helper("vfpNarrow", [i64], i32),
  widen: helper("vfpWiden", [i32], i64),
  fromHalf: helper("vfpFromHalf", [i32], i32),
  toHalf: helper("vfpToHalf", [i32], i32),
} as const

/** All helpers of VFP. */
export const vfpHelpers: readonly Helper[] = Object.values(vfpHelper).flatMap((h) =>
  "name" in h ? [h] : Object.values(h),
)

/** Adds what an operation raised to the cumulative exception bits of FPSCR (ARM DDI 0406C, A2.7.3). */
export function accumulate(cpu: Cpu, fpscr: number, { flags }: Environment): void {
  const after = fpscr | flags
  if (after !== fpscr) {
    cpu.state.set(FPSCR, 0, after)
    cpu.state.set(FP_FAST, 0, isFastFpscr(after))
  }
}

/** Runs an operation under FPSCR and adds the flags it raises. */
function run<R>(cpu: Cpu, operation: (env: Environment) => R): R {
  const fpscr = cpu.state.get(FPSCR)
  const env: Environment = {
    rounding: ((fpscr >>> 22) & 3) as Rounding,
    flushToZero: (fpscr & FPSCR_BITS.flushToZero) !== 0,
    defaultNan: (fpscr & FPSCR_BITS.defaultNan) !== 0,
    alternativeHalf: (fpscr & FPSCR_BITS.alternativeHalf) !== 0,
    flags: 0,
  }
  const result = operation(env)
  accumulate(cpu, fpscr, env)
  return result
}

const wide = (x: number) => BigInt(x >>> 0)
const unsigned = (x: bigint) => BigInt.asUintN(64, x)
const narrow = (x: bigint) => Number(BigInt.asIntN(32, x))
const signed = (x: bigint) => BigInt.asIntN(64, x)

function compareAndSet(cpu: Cpu, f: Format, signalling: number, x: bigint, y: bigint): void {
  const nzcv = run(cpu, (env) => compare(env, f, x, y, signalling !== 0))
  for (const [n, flag] of CONDITION_FLAGS.entries()) cpu.state.set(flag, 0, (nzcv >> (3 - n)) & 1)
}

function toFixedBits(cpu: Cpu, f: Format, how: number, fractionBits: number, x: bigint): bigint {
  const to = {
    size: how & CONVERSION.halfword ? 16 : 32,
    signed: (how & CONVERSION.unsigned) === 0,
    fractionBits,
  } as const
  return run(cpu, (env) => toFixed(env, f, x, to, how & CONVERSION.fixedRounding ? ROUND.zero : env.rounding))
}

function fromFixedBits(cpu: Cpu, f: Format, how: number, fractionBits: number, x: number): bigint {
  const by = how & CONVERSION.halfword ? 16 : 0
  const value = how & CONVERSION.unsigned ? (x << by) >>> by : (x << by) >> by
  return run(cpu, (env) => {
    return fromFixed(env, f, BigInt(value), fractionBits, how & CONVERSION.fixedRounding ? ROUND.nearest : env.rounding)
  })
}

/** What the helpers do. */
export const vfpHelperTable = {
  vfpArithmetic32: (cpu: Cpu, op: number, x: number, y: number) =>
    narrow(run(cpu, (env) => operations[op]!(env, SINGLE, wide(x), wide(y)))),
  vfpArithmetic64: (cpu: Cpu, op: number, x: bigint, y: bigint) =>
    signed(run(cpu, (env) => operations[op]!(env, DOUBLE, unsigned(x), unsigned(y)))),
  vfpFused32: (cpu: Cpu, a: number, x: number, y: number) =>
    narrow(run(cpu, (env) => fusedMultiplyAdd(env, SINGLE, wide(a), wide(x), wide(y)))),
  vfpFused64: (cpu: Cpu, a: bigint, x: bigint, y: bigint) =>
    signed(run(cpu, (env) => fusedMultiplyAdd(env, DOUBLE, unsigned(a), unsigned(x), unsigned(y)))),
  vfpCompare32: (cpu: Cpu, signalling: number, x: number, y: number): undefined => {
    compareAndSet(cpu, SINGLE, signalling, wide(x), wide(y))
  },
  vfpCompare64: (cpu: Cpu, signalling: number, x: bigint, y: bigint): undefined => {
    compareAndSet(cpu, DOUBLE, signalling, unsigned(x), unsigned(y))
  },
  vfpToFixed32: (cpu: Cpu, how: number, fractionBits: number, x: number) =>
    narrow(toFixedBits(cpu, SINGLE, how, fractionBits, wide(x))),
  vfpToFixed64: (cpu: Cpu, how: number, fractionBits: number, x: bigint) =>
    signed(toFixedBits(cpu, DOUBLE, how, fractionBits, unsigned(x))),
  vfpFromFixed32: (cpu: Cpu, how: number, fractionBits: number, x: number) =>
    narrow(fromFixedBits(cpu, SINGLE, how, fractionBits, x)),
  vfpFromFixed64: (cpu: Cpu, how: number, fractionBits: number, x: number) =>
    signed(fromFixedBits(cpu, DOUBLE, how, fractionBits, x)),
  vfpNarrow: (cpu: Cpu, x: bigint) => narrow(run(cpu, (env) => convert(env, DOUBLE, SINGLE, unsigned(x)))),
  vfpWiden: (cpu: Cpu, x: number) => signed(run(cpu, (env) => convert(env, SINGLE, DOUBLE, wide(x)))),
  vfpFromHalf: (cpu: Cpu, x: number) => narrow(run(cpu, (env) => convert(env, HALF, SINGLE, wide(x & 0xffff)))),
  vfpToHalf: (cpu: Cpu, x: number) => narrow(run(cpu, (env) => convert(env, SINGLE, HALF, wide(x)))),
} as const
