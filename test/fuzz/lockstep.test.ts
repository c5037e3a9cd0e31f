// Random instructions and random words on all engines and on QEMU, compared after each. `npm run fuzz` runs more.

import { describe, expect, it } from "vitest"
import { unavailable } from "../oracle/qemu.ts"
import { Coverage, unexecuted } from "./coverage.ts"
import { fuzz, type Stream } from "./fuzz.ts"
import type { FuzzModel } from "./image.ts"
import { describeExcuses, describeFinding, excusedShare } from "./report.ts"

const SEED = 20240101

const why = unavailable()
if (why) process.stderr.write(`The emulator is NOT compared with QEMU: ${why}\n`)

// Four batches of each have both modes, with and without the MMU.
const parts: readonly (readonly [model: FuzzModel, stream: Stream, instructions: number])[] = [
  ["cortex-a15", "a32", 150_000],
  ["cortex-a15", "thumb", 150_000],
  ["cortex-a15", "vfp", 70_000],
  ["cortex-a15", "vfp-thumb", 70_000],
  ["cortex-a15", "neon", 70_000],
  ["cortex-a15", "neon-thumb", 70_000],
  ["cortex-a15", "words", 20_000],
  ["cortex-a15", "words-thumb", 20_000],
  ["arm926", "a32", 100_000],
  ["arm926", "thumb", 50_000],
  ["arm926", "vfp", 10_000],
  ["arm926", "words", 20_000],
  ["arm926", "words-thumb", 20_000],
]

/** How much of each batch the slower engines repeat. */
const repeated = { jit: 6000, evaluator: 1000 }

/** Share of the runs that may be left for a reason. */
const MOST_EXCUSED = 0.08

describe.skipIf(why)(`the emulator beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  const coverage = { "cortex-a15": new Coverage(), arm926: new Coverage() }

  it.each(parts)(
    `agrees on the %s about %s code, %s instructions (seed ${SEED})`,
    async (model, stream, instructions) => {
      const shared = { coverage: coverage[model], repeated }
      const result = await fuzz({ seed: SEED, instructions, model, streams: [stream], ...shared })
      expect(result.findings.map(describeFinding).join("\n\n")).toBe("")
      expect(result.instructions).toBeGreaterThanOrEqual(instructions)
      expect(excusedShare(result), describeExcuses(result)).toBeLessThan(MOST_EXCUSED)
    },
    600_000,
  )

  it.each(["cortex-a15", "arm926"] as const)("executes every encoding of the %s in the runs above", (model) => {
    expect(unexecuted(model, coverage[model])).toEqual([])
  })
})
