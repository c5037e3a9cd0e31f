// PowerPC floating point against a model of exact arithmetic and against QEMU, and how far its fast paths reach.

import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../cpu/isa/index.ts"
import { FPR } from "../../../cpu/powerpc/state.ts"
import {
  arithmetic,
  bitsOf,
  type Case,
  drawCases,
  EXCEPTIONS,
  others,
  type Result,
  Runner,
} from "./floating-point-cases.ts"
import { model } from "./floating-point-model.ts"
import { lacking, runOnQemu } from "./floating-point-qemu.ts"

const hex = (x: bigint | number) => x.toString(16)
const given = ({ instruction, fpscr, f }: Case) => `${instruction} of ${f.map(hex).join(" ")}, FPSCR ${hex(fpscr)}`
const left = (r: Pick<Result, "f1" | "fpscr">) => `${hex(r.f1)} ${hex(r.fpscr)}`

/** FPSCR[FX] and FPSCR[FEX] to FPSCR[OX] as field 1 of CR. */
const cr1 = (fpscr: number) => (fpscr >>> 28) << 24

describe("floating-point arithmetic", () => {
  it("leaves what the model of exact arithmetic does, in every mode", () => {
    const runner = new Runner("7400")
    const wrong: string[] = []
    for (const c of drawCases(seededRandom(11), arithmetic, 700, { enabled: true })) {
      const ours = runner.run(c)
      const modelled = model(c)
      if (!modelled) continue
      const { f1 = c.f[0], fpscr } = modelled
      const cr = c.instruction.includes(".") ? cr1(fpscr) >>> 0 : 0
      if (ours.f1 !== f1 || ours.fpscr !== fpscr || ours.cr !== cr)
        wrong.push(`${given(c)}: ${left({ f1, fpscr })}, not ${left(ours)}`)
    }
    expect(wrong.slice(0, 20)).toEqual([])
  })

  it("takes a program exception for each enabled exception if MSR says so, with the same results", () => {
    const runner = new Runner("7400")
    for (const c of drawCases(seededRandom(12), arithmetic, 100, { enabled: true })) {
      // An enabled exception that was there before has been taken before.
      const modelled = model(c)
      if (c.fpscr & 0x4000_0000 || !modelled) continue
      const { f1 = c.f[0], fpscr } = modelled
      const ours = runner.run(c, true)
      expect({ ...ours, cr: 0 }, given(c)).toEqual({ f1, fpscr, cr: 0, isException: (fpscr & 0x4000_0000) !== 0 })
    }
  })

  const why = lacking()
  describe.skipIf(why)(`beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
    it("gives the same results and flags", () => {
      const cases = [...drawCases(seededRandom(21), [...arithmetic, ...others], 400, { enabled: false })]
      const results = runOnQemu(cases)
      const runner = new Runner("7400")
      const wrong = cases.flatMap((c, n) => {
        const ours = runner.run(c)
        const known = quirks(c, ours)
        const differs =
          ((ours.f1 ^ results[n]!.f1) & known.f1) !== 0n ||
          ((ours.fpscr ^ results[n]!.fpscr) & known.fpscr) !== 0 ||
          ((ours.cr ^ results[n]!.cr) & known.cr) !== 0
        return differs ? [`${given(c)}: ${left(results[n]!)}, not ${left(ours)}`] : []
      })
      expect(wrong.slice(0, 20)).toEqual([])
    })
  })
})

/**
 * The bits in which QEMU 7.2 is right, by the Programming Environments Manual. It never sets FR. It sets FX for an
 * exception that was there before (2.1.4), but not for mtfsb1. It classifies singles as doubles (table 2-5). It clears FI
 * and C by comparisons (3.3.6.1.1). It negates before it rounds (chapter 8, fnmadd), and takes an infinity times zero plus
 * a signalling NaN for only one of two exceptions. The upper halves of mffs and fctiw are undefined, and so is FPRF after
 * fctiw.
 */
function quirks({ instruction, fpscr }: Case, ours: Result): { f1: bigint; fpscr: number; cr: number } {
  const name = instruction.split(" ")[0]!
  const isDenormalSingle = (ours.fpscr & 0x1_4000) === 0x1_4000 || (ours.fpscr & 0x1_8000) === 0x1_8000
  const isNegatedDirected = name.startsWith("fn") && !/^fn(?:eg|abs)/.test(name) && (fpscr & 2) !== 0
  const isTwice = (ours.fpscr & 0x0110_0000) === 0x0110_0000
  if (isNegatedDirected || isTwice) return { f1: 0n, fpscr: 0, cr: 0 }
  const isFxKnown = (fpscr & EXCEPTIONS) === 0 && name !== "mtfsb1"
  let known = isFxKnown ? ~0x0004_0000 : 0x7ffb_ffff
  if (name.startsWith("fct") || isDenormalSingle) known &= ~0x0001_f000
  if (name.startsWith("fcmp")) known &= ~0x0003_0000
  const isLow = name.startsWith("fct") || name === "mffs"
  return { f1: isLow ? 0xffff_ffffn : -1n, fpscr: known, cr: isFxKnown ? -1 : 0x77ff_ffff }
}

/** FPSCR with XX and FX set. */
const SILENT = 0x8200_0000
const ofNumbers = (instruction: string, fpscr: number, a: number, b: number, c: number): Case => {
  return { instruction, fpscr, f: [0n, bitsOf(a), bitsOf(b), bitsOf(c)] }
}

describe("the fast paths of floating point", () => {
  it("leave what mffs computes inline as the helper does, FR and FI included", () => {
    const runner = new Runner("750")
    let inline = 0
    const plain = arithmetic.filter((text) => !text.includes("."))
    for (const c of drawCases(seededRandom(31), plain, 1500, { enabled: false })) {
      runner.load(c)
      runner.execute(c.instruction)
      if (runner.called.length > 0) continue
      runner.execute("mffs f5")
      if (runner.called.length === 0) inline++
      const { fpscr } = model(c)!
      expect(hex(BigInt.asUintN(32, runner.view.getLong(FPR, 5))), given(c)).toBe(hex(fpscr))
    }
    expect(inline).toBeGreaterThan(4000)
  })

  const plain = arithmetic.filter((text) => !text.includes("."))

  it.each(plain)("call no helper for ordinary numbers once results may be rounded: %s", (instruction) => {
    const runner = new Runner("750")
    const numbers = [1, -1.5, 1 / 3, 1e10, 3e-7, 12345.678].map((x) =>
      /s |frsp/.test(instruction) ? Math.fround(x) : x,
    )
    const slow: string[] = []
    for (const a of numbers) {
      for (const b of numbers) {
        for (const c of numbers) {
          const one = ofNumbers(instruction, SILENT, a, b, c)
          const { f1 } = runner.run(one)
          const isSmall = (f1 & ((1n << 63n) - 1n)) === 0n
          if (runner.called.some((name) => name !== "fpMaterialise") && !isSmall) slow.push(given(one))
        }
      }
    }
    expect(slow).toEqual([])
  })

  it.each(plain)("call no helper for results that are exact: %s", (instruction) => {
    const runner = new Runner("750")
    const slow: string[] = []
    for (const a of [0, 1, -3, 1024]) {
      for (const b of [1, -4, 0.25]) {
        for (const c of [0, 2, -0.5, 7]) {
          const one = ofNumbers(instruction, 0, a, b, c)
          runner.run(one)
          if (runner.called.length > 0) slow.push(given(one))
        }
      }
    }
    expect(slow).toEqual([])
  })

  it("call no helper for comparisons of numbers, and conversions in range", () => {
    const runner = new Runner("750")
    for (const [a, b] of [
      [1, 2],
      [2, -2.5],
      [0, -0],
      [Number.POSITIVE_INFINITY, 1],
    ] as const) {
      for (const instruction of ["fcmpu cr1, f2, f3", "fcmpo cr6, f2, f3"]) {
        runner.run(ofNumbers(instruction, 0, a, b, 0))
        expect(runner.called).toEqual([])
      }
    }
    for (const x of [0, 1.5, -7.9, 2 ** 31 - 1, -(2 ** 31)]) {
      for (const instruction of ["fctiw f1, f3", "fctiwz f1, f3"]) {
        runner.run(ofNumbers(instruction, SILENT, 0, x, 0))
        expect(runner.called).toEqual([])
      }
    }
  })

  it("leave FPRF, FR and FI to be computed behind comparisons and conversions", () => {
    const runner = new Runner("750")
    // 1/10 is rounded up.
    const tenth = ofNumbers("fdiv f1, f2, f3", SILENT, 1, 10, 0)
    expect(hex(runner.run(tenth).fpscr)).toBe("82064000")
    runner.run(tenth)
    runner.execute("fdiv f1, f2, f3")
    runner.execute("fcmpu cr1, f2, f3")
    expect(hex(runner.result().fpscr)).toBe("82068000")
    runner.run(tenth)
    runner.execute("fdiv f1, f2, f3")
    runner.execute("fctiwz f4, f3")
    expect(hex(runner.result().fpscr)).toBe("82004000")
    runner.execute("fdiv f1, f2, f3")
    runner.execute("mffs f5")
    runner.execute("mtfsf 8, f2")
    expect(hex(runner.result().fpscr)).toBe("82060000")
    runner.execute("fdiv f1, f2, f3")
    runner.execute("mtfsf 255, f2")
    expect(hex(runner.result().fpscr)).toBe("0")
  })
})
