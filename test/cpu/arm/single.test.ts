// Every encoding that computes, loads or stores, executed alone from random states, against QEMU's Cortex-A15.

import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { differences, drawSingles, nameOf, parseRecorded, print } from "./single-cases.ts"
import { runSinglesOnQemu } from "./single-qemu.ts"
import { lacking } from "./vfp-qemu.ts"

// QEMU wrote this file: set, word and number of the state = what the instruction changes. `npm run accept` records its
// cases again, or draws new ones if it is gone.
const EXPECTED = "single-expected.txt"
const file = new URL(EXPECTED, import.meta.url)
const recorded = () => parseRecorded(readFileSync(file, "utf8"))

describe("single instructions on the evaluator", () => {
  it("change what QEMU recorded", () => {
    const { cases, wanted } = recorded()
    expect(cases.length).toBeGreaterThan(4000)
    expect(differences(cases, wanted)).toEqual([])
  })
})

const why = lacking()

describe.skipIf(why)(`single instructions beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it("are recorded as QEMU executes them", async () => {
    const cases = existsSync(file) ? recorded().cases : drawSingles(2024, 4)
    const rows = runSinglesOnQemu(cases).map((changes, n) => `${nameOf(cases[n]!)} = ${print(changes)}\n`)
    await expect(rows.join("")).toMatchFileSnapshot(EXPECTED)
  })

  it("change the same from many more states", () => {
    const cases = drawSingles(1, 16)
    expect(differences(cases, runSinglesOnQemu(cases).map(print)).slice(0, 20)).toEqual([])
  })
})
