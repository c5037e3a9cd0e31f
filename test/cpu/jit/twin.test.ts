// The JIT beside the interpreter on random programs: all state and memory agree whenever both have executed the same
// number of instructions. What the programs do, faults, odd branches and rewritten code included, is drawn from the tables.

import { describe, expect, it } from "vitest"
import type { ArmModel } from "../../../cpu/arm/index.ts"
import { drawBatch, type Stream } from "../../fuzz/fuzz.ts"
import { Subject } from "../../fuzz/subject.ts"
import { emptyRecord, type StateRecord } from "../../oracle/state-record.ts"
import { Random } from "../../support/random.ts"

const INSTRUCTIONS = 400_000

const parts: readonly (readonly [ArmModel, Stream, number])[] = [
  ["cortex-a15", "a32", 1],
  ["cortex-a15", "a32", 2],
  ["cortex-a15", "thumb", 3],
  ["cortex-a15", "thumb", 8],
  ["cortex-a15", "vfp", 5],
  ["arm926", "a32", 6],
  ["arm926", "thumb", 7],
]

function stateOf(subject: Subject, into: StateRecord): string {
  subject.state(into)
  const core = [...into.r].map((r) => r.toString(16)).join(" ")
  return `${core} cpsr ${into.cpsr.toString(16)} fpscr ${into.fpscr.toString(16)} d ${into.d}`
}

describe("the JIT", () => {
  it.each(parts)("does what the interpreter does: %s, %s code, seed %i", (model, stream, seed) => {
    const { image } = drawBatch(seed, stream, model)
    const slow = new Subject(model, image.ramBytes).load(image)
    const fast = new Subject(model, image.ramBytes, "jit", { hotAfter: 1, batch: 1 }).load(image)
    const random = new Random(seed)
    const [expected, actual] = [emptyRecord(), emptyRecord()]
    for (let done = 0; done < INSTRUCTIONS; ) {
      const slice = 1 + random.below(2000)
      const executed = slow.run(slice)
      expect(fast.run(slice)).toBe(executed)
      done += executed
      const wanted = stateOf(slow, expected)
      if (stateOf(fast, actual) !== wanted) expect(stateOf(fast, actual), `after ${done} instructions`).toBe(wanted)
    }
    const memory = (subject: Subject) => Buffer.from(subject.memory(0, image.ramBytes))
    expect(memory(fast).equals(memory(slow))).toBe(true)
    // Most of it must have been translated for this to mean anything.
    expect(fast.cpu.jit!.stats.regions).toBeGreaterThan(100)
  })
})
