// Random instructions on the emulator and on QEMU, compared after each. `npm run fuzz` runs more.

import { describe, expect, it } from "vitest"
import { unavailable } from "../oracle/qemu.ts"
import { fuzz, type Stream } from "./fuzz.ts"
import type { FuzzModel } from "./image.ts"
import { describeFinding } from "./report.ts"

const SEED = 20240101

const why = unavailable()
if (why) process.stderr.write(`The emulator is NOT compared with QEMU: ${why}\n`)

const parts: readonly (readonly [model: FuzzModel, stream: Stream, instructions: number])[] = [
  ["cortex-a15", "a32", 800_000],
  ["cortex-a15", "thumb", 700_000],
  ["cortex-a15", "vfp", 500_000],
  ["arm926", "a32", 100_000],
  ["arm926", "thumb", 100_000],
]

describe.skipIf(why)(`the emulator beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it.each(parts)(
    `agrees on the %s about %s code, %s instructions (seed ${SEED})`,
    async (model, stream, instructions) => {
      const result = await fuzz({ seed: SEED, instructions, model, streams: [stream] })
      expect(result.findings.map(describeFinding).join("\n\n")).toBe("")
      expect(result.instructions).toBeGreaterThanOrEqual(instructions)
    },
    240_000,
  )
})
