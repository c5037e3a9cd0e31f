// Floating-point arithmetic by the host's own, where its results are what ARM's would be: no helper is called for them.
// That the results are right, other tests see; these see that the fast paths reach as far as they can.

import { describe, expect, it } from "vitest"
import { arm, helperTable, state } from "../../../cpu/arm/index.ts"
import { vrecpe, vrsqrte } from "../../../cpu/arm/neon/soft-float.ts"
import { armDialect } from "../../../cpu/arm/text/dialect.ts"
import { ACCESS, writeFpscrValue } from "../../../cpu/arm/vfp/access.ts"
import { evaluate, StateView, type Value } from "../../../cpu/ir/index.ts"
import { assembleSource, translate } from "../../../cpu/isa/index.ts"

const [a32, thumb] = arm("cortex-a15").formats
const dialect = armDialect(a32!, thumb!)
const { D, VFP_ACCESS } = state.files

/** FPSCR with its inexact flag: results may be rounded. Without it they must be exact. */
const INEXACT = 0x10

const scratch = new DataView(new ArrayBuffer(8))
const single = (x: number): bigint => {
  scratch.setFloat32(0, x)
  return BigInt(scratch.getUint32(0))
}
const double = (x: number): bigint => {
  scratch.setFloat64(0, x)
  return scratch.getBigUint64(0)
}
/** Both halves of a doubleword. */
const twice = (bits: bigint): bigint => (bits << 32n) | bits

/** The helpers that an instruction calls on q0, q1 and q2 that hold a value in each doubleword, and d0 after it. */
function run(instruction: string, fpscr: number, q: readonly bigint[]): { called: string[]; d0: bigint } {
  const { bytes } = assembleSource(instruction, dialect, { file: instruction, origin: 0 })
  const word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const { decoded } = a32!.decode(() => word, 0)
  const view = new StateView(state, new ArrayBuffer(state.size))
  view.reset()
  for (const [n, value] of q.entries()) for (const half of [0, 1]) view.setLong(D, 2 * n + half, value)
  writeFpscrValue(view, fpscr)
  view.set(VFP_ACCESS, 0, ACCESS.everyone)
  const called: string[] = []
  const helpers = helperTable as unknown as Readonly<Record<string, (...args: unknown[]) => Value | undefined>>
  const outcome = evaluate(translate(decoded!, { addressType: "i32", length: 4 }).block, {
    time: () => 0,
    get: (file, index) => view.read(file, index),
    set: (file, index, value) => view.write(file, index, value),
    load: () => 0,
    store() {},
    call(helper, args) {
      called.push(helper.name)
      return helpers[helper.name]!({ state: view }, ...args)
    },
  })
  expect(outcome.kind).toBe("next")
  return { called, d0: BigInt.asUintN(64, view.getLong(D, 0)) }
}

type Row = readonly [fpscr: number, d: number, n: number, m: number]
const expectNoHelper = (instruction: string, of: (x: number) => bigint, rows: readonly Row[]) => {
  const slow = rows.flatMap(([fpscr, ...q]) => {
    const { called } = run(instruction, fpscr, q.map(of))
    return called.length > 0 ? [`${instruction} of ${q.join(", ")} (FPSCR ${fpscr}): ${called}`] : []
  })
  expect(slow).toEqual([])
}

/** Results that are exact, zeros, and rounded ones: destination and operands. */
const sums: readonly Row[] = [
  [0, 8, 1.5, 0.25],
  [0, 8, 3, -3],
  [0, 8, 0, 0],
  [INEXACT, 8, 1, 2 ** -60],
  [INEXACT, 8, 1 / 3, 1 / 7],
]
const products: readonly Row[] = [
  [0, 8, 1.5, -0.25],
  [0, 8, 0, 3],
  [0, 8, 3, 0],
  [INEXACT, 8, 1 / 3, 1 / 7],
  [INEXACT, 8, 0, 1 / 7],
]
const quotients: readonly Row[] = [
  [0, 8, 3, 2],
  [0, 8, 0, 3],
  [INEXACT, 8, 1, 3],
]
const roots: readonly Row[] = [
  [0, 8, 2.25, 2.25],
  [0, 8, 0, 0],
  [INEXACT, 8, 2, 2],
]

describe.each([
  ["f32", single, "s0", "s4", "s8"],
  ["f64", double, "d0", "d2", "d4"],
] as const)("VFP arithmetic of %s", (type, of, d, n, m) => {
  it.each([
    ["vadd", sums],
    ["vsub", sums],
    ["vmul", products],
    ["vnmul", products],
    ["vdiv", quotients],
  ] as const)("calls no helper for ordinary numbers: %s", (name, rows) => {
    expectNoHelper(`${name}.${type} ${d}, ${n}, ${m}`, of, rows)
  })

  it.each(["vmla", "vmls", "vnmla", "vnmls", "vfma", "vfms", "vfnma", "vfnms"])(
    "calls no helper for products that are added: %s",
    (name) => {
      const rows = products.filter(([, , x, y]) => x * y !== 0)
      expectNoHelper(`${name}.${type} ${d}, ${n}, ${m}`, of, rows)
    },
  )

  it("calls no helper for comparisons of numbers", () => {
    const rows: Row[] = [
      [0, 0, 1, 2],
      [0, 0, 2, 1],
      [INEXACT, 0, -1, -1],
      [0, 0, Number.POSITIVE_INFINITY, 0],
    ]
    for (const name of ["vcmp", "vcmpe"]) expectNoHelper(`${name}.${type} ${n}, ${m}`, of, rows)
  })

  it("calls no helper for roots", () => expectNoHelper(`vsqrt.${type} ${d}, ${n}`, of, roots))

  // The integers next to the ends of their range, as far as the type has them; those of 24 bits are exact in any.
  it.each([
    ["s32", [0, 1, -1, 2 ** 24, -(2 ** 24), -(2 ** 31), ...(type === "f64" ? [2 ** 31 - 1] : [2 ** 31 - 128])]],
    ["u32", [0, 1, 2 ** 24, 2 ** 31, ...(type === "f64" ? [2 ** 32 - 1] : [2 ** 32 - 256])]],
  ] as const)("calls no helper for conversions to %s", (integer, values) => {
    const rows = values.map((x): Row => [0, 8, x, x])
    for (const name of ["vcvt", "vcvtr"]) expectNoHelper(`${name}.${integer}.${type} s0, ${n}`, of, rows)
    const fractions = values.map((x): Row => [INEXACT, 8, x / 2 + 0.25, 0])
    for (const name of ["vcvt", "vcvtr"]) expectNoHelper(`${name}.${integer}.${type} s0, ${n}`, of, fractions)
  })
})

const bits = (x: number) => BigInt(x >>> 0)

describe("VFP conversions from integers", () => {
  it.each([
    ["vcvt.f32.s32 s0, s4", [0, 1, -1, 2 ** 24, -(2 ** 24)]],
    ["vcvt.f32.u32 s0, s4", [0, 1, 2 ** 24]],
    ["vcvt.f64.s32 d0, s4", [0, 2 ** 31 - 1, -(2 ** 31)]],
    ["vcvt.f64.u32 d0, s4", [0, 2 ** 32 - 1]],
  ] as const)("call no helper for what is exact: %s", (instruction, values) => {
    expectNoHelper(
      instruction,
      bits,
      values.map((x): Row => [0, 0, x, 0]),
    )
  })

  it("call no helper once results may be rounded", () => {
    const rows = [2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1].map((x): Row => [INEXACT, 0, x, 0])
    expectNoHelper("vcvt.f32.s32 s0, s4", bits, rows)
    expectNoHelper("vcvt.f32.u32 s0, s4", bits, rows)
  })
})

describe("Advanced SIMD arithmetic", () => {
  const of = (x: number) => twice(single(x))
  const name3 = (name: string, type: "d" | "q") => `${name}.f32 ${type === "q" ? "q0, q1, q2" : "d0, d2, d4"}`

  it.each([
    ["vadd", sums],
    ["vsub", sums],
    ["vabd", sums],
    ["vmul", products],
    ["vmla", products.filter(([, , x, y]) => x * y !== 0)],
    ["vmls", products.filter(([, , x, y]) => x * y !== 0)],
    ["vfma", products.filter(([, , x, y]) => x * y !== 0)],
    ["vfms", products.filter(([, , x, y]) => x * y !== 0)],
    ["vmax", sums],
    ["vmin", sums],
    ["vceq", sums],
    ["vcge", sums],
    ["vcgt", sums],
    ["vacge", sums],
    ["vacgt", sums],
    ["vrecps", [[INEXACT, 8, 1.5, 0.7] as const]],
    ["vrsqrts", [[INEXACT, 8, 1.5, 0.7] as const]],
  ] as const)("calls no helper for ordinary numbers: %s", (name, rows) => {
    for (const type of ["d", "q"] as const) expectNoHelper(name3(name, type), of, rows)
  })

  // Results of 2 ** -125 and more, and below 2 ** 127: those further out may be roundings of denormal numbers or infinities.
  it("calls no helper as long as results are not close to denormal ones", () => {
    const rows: readonly Row[] = [
      [INEXACT, 0, 2 ** -125, 0],
      [INEXACT, 0, 2 ** 126, 2 ** 125],
      [INEXACT, 0, 2 ** -126, 2 ** -126],
    ]
    expectNoHelper("vadd.f32 q0, q1, q2", of, rows)
    expectNoHelper("vmax.f32 q0, q1, q2", of, [[0, 0, 2 ** -126, -(2 ** -126)]])
  })

  it.each([
    ["vrecpe.f32 q0, q1", [2 ** -126, 1, -1.75, 1.9 * 2 ** 125]],
    ["vrsqrte.f32 q0, q1", [2 ** -126, 1, 2, 1.9 * 2 ** 127]],
  ] as const)("calls no helper for estimates of numbers whose results are normal: %s", (instruction, values) => {
    expectNoHelper(
      instruction,
      of,
      values.map((x): Row => [0, 0, x, 0]),
    )
  })

  // Estimates depend on the 8 leading bits of a fraction and on the lowest bit of an exponent.
  it.each([
    ["vrecpe", vrecpe],
    ["vrsqrte", vrsqrte],
  ] as const)("estimates as the pseudocode does, whatever the operand: %s", (name, twin) => {
    const environment = { rounding: 0, flushToZero: true, defaultNan: true, alternativeHalf: false, flags: 0 } as const
    for (let n = 0; n < 512; n++) {
      const x = (0x3f00_0000n + (BigInt(n) << 15n)) | BigInt(n & 0x7f)
      const { called, d0 } = run(`${name}.f32 d0, d2`, 0, [0n, twice(x)])
      expect([called, d0]).toEqual([[], twice(twin({ ...environment }, 0n, x, 0n))])
    }
  })

  it.each([
    ["vcvt.s32.f32 q0, q1", [0, 1, -1, 2 ** 30, -(2 ** 30)]],
    ["vcvt.u32.f32 q0, q1", [0, 1, 2 ** 31, 2 ** 32 - 256]],
  ] as const)("calls no helper for conversions of integers in range: %s", (instruction, values) => {
    expectNoHelper(
      instruction,
      of,
      values.map((x): Row => [0, 0, x, 0]),
    )
    expectNoHelper(
      instruction,
      of,
      values.map((x): Row => [INEXACT, 0, Math.abs(x) / 2 + 0.25, 0]),
    )
  })

  it.each([
    ["vcvt.f32.s32 q0, q1", [0, 1, -1, 2 ** 24, -(2 ** 24)]],
    ["vcvt.f32.u32 q0, q1", [0, 1, 2 ** 24]],
  ] as const)("calls no helper for conversions of integers of 24 bits: %s", (instruction, values) => {
    expectNoHelper(
      instruction,
      (x) => twice(bits(x)),
      values.map((x): Row => [0, 0, x, 0]),
    )
  })
})
