// The helpers of Advanced SIMD: floating point where the host's arithmetic is not ARM's.
// Operands and results are doublewords of elements, lane 0 lowest.

import { HALF, SINGLE } from "../../float/format.ts"
import { ROUND } from "../../float/rounding.ts"
import type { Helper } from "../../ir/index.ts"
import { state } from "../state.ts"
import type { ArmPorts } from "../system/ports.ts"
import { FPSCR_BITS } from "../vfp/access.ts"
import { accumulate } from "../vfp/helpers.ts"
import type { Environment } from "../vfp/soft-float.ts"
import { convert, fromFixed, toFixed } from "../vfp/soft-float-convert.ts"
import * as soft from "./soft-float.ts"

const { FPSCR } = state.files

type Cpu = Pick<ArmPorts, "state">

/** Operations on elements in single precision: of the destination and two operands, as far as they use them. */
export const FLOAT_OPERATIONS = {
  vadd: soft.vadd,
  vsub: soft.vsub,
  vmul: soft.vmul,
  vmla: soft.vmla,
  vmls: soft.vmls,
  vfma: soft.vfma,
  vfms: soft.vfms,
  vabd: soft.vabd,
  vmax: soft.vmax,
  vmin: soft.vmin,
  vceq: soft.vceq,
  vcge: soft.vcge,
  vcgt: soft.vcgt,
  vacge: soft.vacge,
  vacgt: soft.vacgt,
  vrecps: soft.vrecps,
  vrsqrts: soft.vrsqrts,
  vrecpe: soft.vrecpe,
  vrsqrte: soft.vrsqrte,
} as const
export type FloatOperation = keyof typeof FLOAT_OPERATIONS
const operations = Object.values(FLOAT_OPERATIONS)

/** Number of an operation, for the helper. */
export const floatOperation = (name: FloatOperation): number => Object.keys(FLOAT_OPERATIONS).indexOf(name)

/** Conversions between numbers and fixed point. */
export const FIXED = { unsigned: 1, toFloat: 2 } as const

const i32 = "i32" as const
const i64 = "i64" as const
const helper = (name: string, params: Helper["params"], result: Helper["result"]): Helper => {
  return { name, params, result, mayFault: false }
}

/** Helpers by what they do. */
export const neonHelper = {
  /** Of the number of an operation, destination, and two operands. */
  float: helper("neonFloat", [i32, i64, i64, i64], i64),
  /** Of FIXED bits, fraction bits, and elements. */
  fixed: helper("neonFixed", [i32, i32, i64], i64),
  /** Four elements of half precision, of two pairs in single precision; and back, of two. */
  toHalf: helper("neonToHalf", [i64, i64], i64),
  fromHalf: helper("neonFromHalf", [i32], i64),
  /** Estimates of reciprocals of unsigned fixed-point numbers; of square roots if the first argument is 1. */
  estimate: helper("neonEstimate", [i32, i64], i64),
} as const

/** All helpers of Advanced SIMD. */
export const neonHelpers: readonly Helper[] = Object.values(neonHelper)

/** Runs an operation under the standard value of FPSCR (A2.7.7), and adds the flags it raises. */
function run(cpu: Cpu, operation: (env: Environment) => bigint): bigint {
  const fpscr = cpu.state.get(FPSCR)
  const env: Environment = {
    rounding: ROUND.nearest,
    flushToZero: true,
    defaultNan: true,
    alternativeHalf: (fpscr & FPSCR_BITS.alternativeHalf) !== 0,
    flags: 0,
  }
  const result = operation(env)
  accumulate(cpu, fpscr, env)
  return BigInt.asIntN(64, result)
}

const lane = (x: bigint, n: number, bits: number): bigint => BigInt.asUintN(bits, x >> BigInt(n * bits))

/** A doubleword of elements, each made from its number. */
function eachLane(bits: number, work: (n: number) => bigint): bigint {
  let result = 0n
  for (let n = 0; n < 64 / bits; n++) result |= BigInt.asUintN(bits, work(n)) << BigInt(n * bits)
  return result
}

const word = (x: number): bigint => BigInt(x >>> 0)

/** What the helpers do. */
export const neonHelperTable = {
  neonFloat: (cpu: Cpu, operation: number, d: bigint, x: bigint, y: bigint) =>
    run(cpu, (env) => eachLane(32, (n) => operations[operation]!(env, lane(d, n, 32), lane(x, n, 32), lane(y, n, 32)))),
  neonFixed: (cpu: Cpu, how: number, fractionBits: number, x: bigint) =>
    run(cpu, (env) =>
      eachLane(32, (n) => {
        const signed = (how & FIXED.unsigned) === 0
        const bits = lane(x, n, 32)
        if (how & FIXED.toFloat) {
          return fromFixed(env, SINGLE, signed ? BigInt.asIntN(32, bits) : bits, fractionBits)
        }
        return toFixed(env, SINGLE, bits, { size: 32, signed, fractionBits }, ROUND.zero)
      }),
    ),
  neonToHalf: (cpu: Cpu, lower: bigint, upper: bigint) =>
    run(cpu, (env) => eachLane(16, (n) => convert(env, SINGLE, HALF, lane(n < 2 ? lower : upper, n & 1, 32)))),
  neonFromHalf: (cpu: Cpu, x: number) =>
    run(cpu, (env) => eachLane(32, (n) => convert(env, HALF, SINGLE, lane(word(x), n, 16)))),
  neonEstimate: (_: Cpu, root: number, x: bigint) =>
    BigInt.asIntN(
      64,
      eachLane(32, (n) => soft.estimateFixed(root !== 0, lane(x, n, 32))),
    ),
} as const
