// Random user-level PowerPC programs beside qemu-ppc.

import { describe, expect, it } from "vitest"
import { fuzzPowerPc } from "./fuzz.ts"
import { referenceLacks } from "./reference.ts"

const why = referenceLacks()

describe.skipIf(why)(`PowerPC programs beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it("end in the same state on every engine", { timeout: 300_000 }, () => {
    const { findings, programs, open } = fuzzPowerPc({ seed: 20_260_601, instructions: 12_000, maxFindings: 3 })
    expect(findings).toEqual([])
    const proveNothing = [...open.values()].reduce((sum, n) => sum + n, 0)
    expect(proveNothing).toBeLessThan(programs / 2)
  })
})
