// VFP arithmetic against QEMU's Cortex-A15 and against the host's floating point.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { MODES, state } from "../../../cpu/arm/state.ts"
import type { Environment } from "../../../cpu/arm/vfp/soft-float.ts"
import { add, divide, multiply, squareRoot, subtract } from "../../../cpu/arm/vfp/soft-float-arithmetic.ts"
import { convert } from "../../../cpu/arm/vfp/soft-float-convert.ts"
import { DOUBLE, SINGLE } from "../../../cpu/float/format.ts"
import { seededRandom } from "../../../cpu/isa/index.ts"
import { armTarget } from "../../support/arm-target.ts"
import { type Case, drawCases, encode, load, type Result, result, run } from "./vfp-cases.ts"
import { lacking, runOnQemu } from "./vfp-qemu.ts"

// QEMU wrote this file (`npm run accept`): instruction, then FPSCR and d0 to d2 before it = d0 and FPSCR after it.
const EXPECTED = "vfp-expected.txt"

const hex = (x: bigint | number) => x.toString(16)
const print = (r: Result) => (r === "undefined" ? r : `${hex(r.d0)} ${hex(r.fpscr)}`)
const line = (c: Case, r: Result) => `${hex(c.fpscr)} ${c.d.map(hex).join(" ")} = ${print(r)}`

/** Cases of the committed file: fewer of the many fixed-point formats. */
const committed = () => [...drawCases(2024, 30)].filter((c, n) => !c.instruction.includes("#") || n % 4 === 0)

function toText(cases: readonly Case[], results: readonly Result[]): string {
  const lines: string[] = []
  for (const [n, c] of cases.entries()) {
    if (c.instruction !== cases[n - 1]?.instruction) lines.push(c.instruction)
    lines.push(`  ${line(c, results[n]!)}`)
  }
  return `${lines.join("\n")}\n`
}

function parse(text: string): { given: Case; wanted: string }[] {
  let instruction = ""
  return text.split("\n").flatMap((row) => {
    if (!row.startsWith(" ")) {
      instruction = row
      return []
    }
    const [before, after] = row.trim().split(" = ")
    const [fpscr, d0, d1, d2] = before!.split(" ").map((digits) => BigInt(`0x${digits}`))
    return [{ given: { instruction, fpscr: Number(fpscr), d: [d0!, d1!, d2!] as const }, wanted: after! }]
  })
}

const mismatches = (cases: readonly Case[], results: readonly Result[]) =>
  cases.flatMap((c, n) => {
    const ours = print(run(c))
    return ours === print(results[n]!) ? [] : [`${c.instruction}: ${line(c, results[n]!)}, not ${ours}`]
  })

describe("VFP arithmetic", () => {
  it("gives the results and the flags that QEMU recorded", () => {
    const rows = parse(readFileSync(new URL(EXPECTED, import.meta.url), "utf8"))
    expect(rows.length).toBeGreaterThan(2000)
    const wrong = rows.flatMap(({ given, wanted }) => {
      const ours = print(run(given))
      return ours === wanted
        ? []
        : [`${given.instruction} ${hex(given.fpscr)} ${given.d.map(hex)}: ${wanted}, not ${ours}`]
    })
    expect(wrong).toEqual([])
  })

  it("gives the same on the interpreter", () => {
    const rows = parse(readFileSync(new URL(EXPECTED, import.meta.url), "utf8"))
    const engine = armTarget().engines.find(({ name }) => name === "interpreter")!
    const session = engine.start()
    session.state.reset()
    const code = new DataView(session.memory.buffer, session.memory.byteOffset)
    const wrong = rows.flatMap(({ given, wanted }, n) => {
      // Each in a place of its own: code that was seen is not looked at again.
      const at = 0x100 + 4 * n
      code.setUint32(at, encode(given.instruction), true)
      load(session.state, given)
      session.state.set(state.files.PC, 0, at)
      const { exceptions } = session.run(at, at + 4, 1)
      const ours = exceptions.length > 0 ? "undefined" : result(session.state)
      session.state.set(state.files.MODE, 0, MODES.svc)
      return print(ours) === wanted
        ? []
        : [`${given.instruction} ${hex(given.fpscr)} ${given.d.map(hex)}: ${wanted}, not ${print(ours)}`]
    })
    expect(wrong).toEqual([])
  })

  const why = lacking()
  describe.skipIf(why)(`beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
    it("recorded what QEMU does", async () => {
      const cases = committed()
      await expect(toText(cases, runOnQemu(cases))).toMatchFileSnapshot(EXPECTED)
    })

    it("gives the same results and flags on many more operands", () => {
      const cases = [...drawCases(1, 400)]
      const results = runOnQemu(cases)
      expect(results.filter((r) => r === "undefined").length).toBeGreaterThan(100)
      expect(mismatches(cases, results).slice(0, 20)).toEqual([])
    })
  })
})

describe("soft float", () => {
  const environment = (): Environment => {
    return { rounding: 0, flushToZero: false, defaultNan: false, alternativeHalf: false, flags: 0 }
  }
  const view = new DataView(new ArrayBuffer(8))
  const number = (x: bigint) => {
    view.setBigUint64(0, x)
    return view.getFloat64(0)
  }
  const single = (x: bigint) => {
    view.setUint32(0, Number(x))
    return view.getFloat32(0)
  }

  it("rounds to nearest as the host does", () => {
    const random = seededRandom(5)
    const draw = () => {
      const raw = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))
      return random(4) === 0 ? raw : (raw & 0x800f_ffff_ffff_ffffn) | (BigInt(993 + random(60)) << 52n)
    }
    for (let n = 0; n < 4000; n++) {
      const [x, y] = [draw(), draw()]
      const [a, b] = [number(x), number(y)]
      const env = environment()
      const ours = [add, subtract, multiply, divide].map((operation) => number(operation(env, DOUBLE, x, y)))
      expect([...ours, number(squareRoot(env, DOUBLE, x))]).toEqual([a + b, a - b, a * b, a / b, Math.sqrt(a)])
      expect(single(convert(env, DOUBLE, SINGLE, x))).toBe(Math.fround(a))
    }
  })
})
