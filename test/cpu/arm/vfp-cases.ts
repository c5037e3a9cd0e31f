// The cases on which VFP arithmetic is compared with QEMU: instructions, operands, and settings of FPSCR; and how one
// case is run on the slow evaluator.

import { a32 } from "../../../cpu/arm/encoding.ts"
import { state } from "../../../cpu/arm/state.ts"
import { ACCESS, readFpscrValue, writeFpscrValue } from "../../../cpu/arm/vfp/access.ts"
import * as convert from "../../../cpu/arm/vfp/convert.ts"
import * as data from "../../../cpu/arm/vfp/data.ts"
import * as fused from "../../../cpu/arm/vfp/fused.ts"
import { vfpHelperTable } from "../../../cpu/arm/vfp/helpers.ts"
import { type Builder, evaluate, StateView } from "../../../cpu/ir/index.ts"
import { Assembler, InstructionSet, type Random, seededRandom, translate } from "../../../cpu/isa/index.ts"

const { D, VFP_ACCESS } = state.files

/** One run of an instruction: the registers d0 to d2 and FPSCR before it. */
export type Case = {
  readonly instruction: string
  readonly fpscr: number
  readonly d: readonly [bigint, bigint, bigint]
}

/** What an instruction leaves in d0 and FPSCR, or that it is undefined. */
export type Result = { readonly d0: bigint; readonly fpscr: number } | "undefined"

const two = ["vadd", "vsub", "vmul", "vnmul", "vdiv"]
const three = ["vmla", "vmls", "vnmla", "vnmls", "vfma", "vfms", "vfnma", "vfnms"]
const one = ["vsqrt", "vabs", "vneg", "vmov"]
const fractions = { 16: [0, 1, 7, 15, 16], 32: [1, 8, 31, 32] }

function ofPrecision(p: "f32" | "f64", [r0, r1, r2]: readonly string[]): string[] {
  const fixed = ([16, 32] as const).flatMap((size) =>
    fractions[size].flatMap((n) =>
      ["s", "u"].flatMap((s) => [
        `vcvt.${s}${size}.${p} ${r0}, ${r0}, #${n}`,
        `vcvt.${p}.${s}${size} ${r0}, ${r0}, #${n}`,
      ]),
    ),
  )
  return [
    ...[...two, ...three].map((name) => `${name}.${p} ${r0}, ${r1}, ${r2}`),
    ...one.map((name) => `${name}.${p} ${r0}, ${r1}`),
    ...["vcmp", "vcmpe"].flatMap((name) => [`${name}.${p} ${r1}, ${r2}`, `${name}.${p} ${r1}, #0.0`]),
    ...["s32", "u32"].flatMap((n) => [
      `vcvt.${n}.${p} s0, ${r1}`,
      `vcvtr.${n}.${p} s0, ${r1}`,
      `vcvt.${p}.${n} ${r0}, s2`,
    ]),
    ...fixed,
  ]
}

/** Every arithmetic instruction, on d0 to d2 and their lower halves. */
export const instructions: readonly string[] = [
  ...ofPrecision("f64", ["d0", "d1", "d2"]),
  ...ofPrecision("f32", ["s0", "s2", "s4"]),
  "vcvt.f32.f64 s0, d1",
  "vcvt.f64.f32 d0, s2",
  ...["b", "t"].flatMap((half) => [`vcvt${half}.f32.f16 s0, s2`, `vcvt${half}.f16.f32 s0, s2`]),
]

/** Interesting numbers in double precision. */
const doubles: readonly bigint[] = [
  0x0000_0000_0000_0000n,
  0x8000_0000_0000_0000n,
  0x0000_0000_0000_0001n,
  0x800f_ffff_ffff_ffffn,
  0x0008_0000_0000_0000n,
  0x0010_0000_0000_0000n,
  0x8010_0000_0000_0001n,
  0x001f_ffff_ffff_ffffn,
  0x0020_0000_0000_0000n,
  0x7fef_ffff_ffff_ffffn,
  0xffef_ffff_ffff_ffffn,
  0x7ff0_0000_0000_0000n,
  0xfff0_0000_0000_0000n,
  0x7ff8_0000_0000_1234n,
  0xfff8_0000_0000_0000n,
  0x7ff0_0000_4000_0001n,
  0xfff4_0000_0000_0000n,
  0x3ff0_0000_0000_0000n,
  0x3ff0_0000_0000_0001n,
  0xbfef_ffff_ffff_ffffn,
  0x3fe0_0000_0000_0000n,
  0xbfe0_0000_0000_0000n,
  0x3ff8_0000_0000_0000n,
  0xc004_0000_0000_0000n,
  0x4008_0000_0000_0000n,
  0x41df_ffff_ffc0_0000n,
  0x41df_ffff_ffe0_0000n,
  0x41e0_0000_0000_0000n,
  0xc1e0_0000_0000_0000n,
  0xc1e0_0000_0010_0000n,
  0x41ef_ffff_ffe0_0000n,
  0x41ef_ffff_fff0_0000n,
  0x41f0_0000_0000_0000n,
  0x4340_0000_0000_0000n,
  0x47ef_ffff_efff_ffffn,
  0x47ef_ffff_f000_0000n,
  0x3810_0000_0000_0000n,
  0x380f_ffff_f000_0000n,
  0x36a0_0000_0000_0000n,
  0x369f_ffff_ffff_ffffn,
  0x40df_ffe0_0000_0000n,
  0x40ef_fff0_0000_0000n,
  0xc0e0_0010_0000_0000n,
  0x1ff0_0000_0000_0001n,
  0xdff8_0000_0000_0003n,
]

/** Interesting numbers in single precision, and in half precision in their halves. */
const singles: readonly bigint[] = [
  0x0000_0000n,
  0x8000_0000n,
  0x0000_0001n,
  0x807f_ffffn,
  0x0040_0000n,
  0x0080_0000n,
  0x8080_0001n,
  0x00ff_ffffn,
  0x0100_0000n,
  0x7f7f_ffffn,
  0xff7f_ffffn,
  0x7f80_0000n,
  0xff80_0000n,
  0x7fc0_1234n,
  0xffc0_0000n,
  0x7f80_2001n,
  0xffa0_0000n,
  0x3f80_0000n,
  0x3f80_0001n,
  0xbf7f_ffffn,
  0x3f00_0000n,
  0xbf00_0000n,
  0x3fc0_0000n,
  0xc020_0000n,
  0x4040_0000n,
  0x4eff_ffffn,
  0x4f00_0000n,
  0xcf00_0000n,
  0xcf00_0001n,
  0x4f7f_ffffn,
  0x4f80_0000n,
  0x4b7f_ffffn,
  0x4b80_0001n,
  0x477f_e000n,
  0x477f_f000n,
  0x477f_efffn,
  0x3880_0000n,
  0x387f_e000n,
  0x3300_0000n,
  0x3300_0001n,
  0x46ff_fe00n,
  0x477f_ff00n,
  0xc700_0100n,
  0x2000_0001n,
  0xdfc0_0003n,
  0x7fff_ffffn,
  0x0000_7c00n,
  0xfc00_7c01n,
  0x7e00_fe01n,
  0x03ff_83ffn,
  0x0001_0400n,
  0x7bff_fbffn,
  0x3c00_bc01n,
  0x8000_7fffn,
  0xffff_0000n,
]

const isDouble = (instruction: string) => /\.f64 d|^vcvtr?\.[su]32\.f64|^vcvt\.f32\.f64/.test(instruction)
const readsInteger = (instruction: string) => /^vcvt\.f\d\d\.[su]/.test(instruction)

const random64 = (random: Random) => (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))

/** A number near the others of its table, so that sums cancel and products stay in range. */
function moderate(random: Random, double: boolean): bigint {
  const bits = random64(random)
  const kept = random(3) === 0 ? bits & ~((1n << BigInt(random(double ? 52 : 23))) - 1n) : bits
  const exponent = BigInt((double ? 1008 : 117) + random(double ? 30 : 20))
  return double ? (kept & 0x800f_ffff_ffff_ffffn) | (exponent << 52n) : (kept & 0x807f_ffffn) | (exponent << 23n)
}

/** An integer of up to 54 or 25 bits, as a number of the format: what stays exact, and just does not. */
function integer(random: Random, double: boolean): bigint {
  const bits = random(double ? 55 : 26)
  const magnitude = Number(BigInt.asUintN(bits, random64(random) | BigInt(random(2)))) + random(2)
  return bitsOf(random(2) === 0 ? magnitude : -magnitude, double)
}

const scratch = new DataView(new ArrayBuffer(8))
function bitsOf(x: number, double: boolean): bigint {
  if (double) scratch.setFloat64(0, x)
  else scratch.setFloat32(0, x)
  return double ? scratch.getBigUint64(0) : BigInt(scratch.getUint32(0))
}

function drawNumber(random: Random, double: boolean): bigint {
  const table = double ? doubles : singles
  const kind = random(10)
  if (kind < 5) return table[random(table.length)]!
  if (kind < 7) return moderate(random, double)
  return kind < 9 ? integer(random, double) : random64(random)
}

function drawOperand(random: Random, instruction: string): bigint {
  const double = isDouble(instruction)
  const low = drawNumber(random, double)
  if (readsInteger(instruction) && random(3) === 0) return random64(random) >> BigInt(random(33))
  // The upper half of a register that holds a single-precision number must not matter.
  return double ? low : (low & 0xffff_ffffn) | (BigInt(random(2 ** 32)) << 32n)
}

/** FPSCR: a rounding mode, FZ, DN and AHP, with or without the inexact flag that the fast paths wait for; rarely vectors. */
function drawFpscr(random: Random): number {
  const usual = random(3) === 0
  const mode = usual ? 0 : (random(16) << 22) | (random(4) === 0 ? 1 << 26 : 0)
  const vectors = random(32) === 0 ? (random(64) << 16) & 0x0037_0000 : 0
  return mode | vectors | (random(2) << 4)
}

/** Operands that random draws rarely meet: a result just rounded up to a normal number, integers just past 2^53. */
const directed = {
  double: [
    [0x001f_ffff_ffff_ffffn, 0x3fe0_0000_0000_0000n],
    [bitsOf(94_906_267, true), bitsOf(94_906_267, true)],
    [bitsOf(2 ** 53 - 1, true), bitsOf(3, true)],
  ],
  single: [
    [0x00ff_ffffn, 0x3f00_0000n],
    [bitsOf(4_099, false), bitsOf(4_099, false)],
    [bitsOf(2 ** 24 - 1, false), bitsOf(3, false)],
  ],
} as const

/** Directed cases of an instruction of three registers, with FPSCR usual: before and after its inexact flag is set. */
function* directedCases(instruction: string): Generator<Case> {
  if (instruction.split(",").length !== 3 || instruction.includes("#")) return
  for (const [n, m] of directed[isDouble(instruction) ? "double" : "single"]) {
    for (const fpscr of [0, 0x10]) yield { instruction, fpscr, d: [0n, n, m] }
  }
}

/** A repeatable row of cases: `count` random ones of each instruction after its directed ones. */
export function* drawCases(seed: number, count: number): Generator<Case> {
  const random = seededRandom(seed)
  for (const instruction of instructions) {
    yield* directedCases(instruction)
    for (let n = 0; n < count; n++) {
      const operand = () => drawOperand(random, instruction)
      yield { instruction, fpscr: drawFpscr(random), d: [operand(), operand(), operand()] }
    }
  }
}

const set = new InstructionSet(a32.vocabulary, [data, convert, fused], new Set(["vfp", "vfp4"]))
const assembler = new Assembler([set])
const blocks = new Map<string, Builder>()

/** The A32 word of an instruction. */
export const encode = (instruction: string): number => assembler.assemble(instruction).word

function translated(instruction: string): Builder {
  let found = blocks.get(instruction)
  if (!found) {
    found = translate(set.decode(encode(instruction))!, { addressType: "i32", length: 4, pc: 0 })
    blocks.set(instruction, found)
  }
  return found
}

const view = new StateView(state, new ArrayBuffer(state.size))
const table: Readonly<Record<string, (cpu: { state: StateView }, ...args: never[]) => number | bigint | undefined>> =
  vfpHelperTable

/** Puts a case into registers. */
export function load(view: StateView, { fpscr, d }: Case): void {
  for (const [n, bits] of d.entries()) view.setLong(D, n, bits)
  writeFpscrValue(view, fpscr)
  view.set(VFP_ACCESS, 0, ACCESS.everyone)
}

/** The result of a case from registers. */
export function result(view: StateView): Result {
  return { d0: BigInt.asUintN(64, view.getLong(D, 0)), fpscr: readFpscrValue(view) }
}

/** Runs a case on the evaluator. */
export function run(given: Case): Result {
  load(view, given)
  const outcome = evaluate(translated(given.instruction).block, {
    time: () => 0,
    get: (file, index) => view.read(file, index),
    set: (file, index, value) => view.write(file, index, value),
    load: () => 0,
    store: () => {},
    call: (helper, args) => table[helper.name]!({ state: view }, ...(args as never[])),
  })
  return outcome.kind === "raise" ? "undefined" : result(view)
}
