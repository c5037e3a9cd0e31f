// The engines on random programs: all state and memory agree whenever all have executed the same number of instructions.
// What the programs do, faults, odd branches and rewritten code included, is drawn from the tables.

import { describe, expect, it } from "vitest"
import type { ArmModelName } from "../../../cpu/arm/index.ts"
import { STATE } from "../../../cpu/codegen/layout.ts"
import { drawBatch, type Stream } from "../../fuzz/fuzz.ts"
import { Subject } from "../../fuzz/subject.ts"
import { Random } from "../../support/random.ts"

const INSTRUCTIONS = 100_000
/** So many with the evaluator, which is slow. */
const EVALUATED = 15_000

const parts: readonly (readonly [ArmModelName, Stream, number])[] = [
  ["cortex-a15", "a32", 1],
  ["cortex-a15", "a32", 101],
  ["cortex-a15", "thumb", 13],
  ["cortex-a15", "thumb", 108],
  ["cortex-a15", "vfp", 5],
  ["cortex-a15", "neon", 9],
  ["arm926", "a32", 106],
  ["arm926", "thumb", 7],
]

const stateOf = ({ cpu }: Subject) => Buffer.from(cpu.memory.buffer, STATE, cpu.arch.state.size)

/** Registers that differ, with their values. */
function differences(one: Subject, other: Subject): string[] {
  return one.cpu.state.layout.list.flatMap((file) =>
    Array.from({ length: file.count }, (_, n) => n).flatMap((n) => {
      const [a, b] = [one.cpu.state.read(file, n), other.cpu.state.read(file, n)]
      return a === b ? [] : [`${file.name}[${n}] is ${b.toString(16)}, not ${a.toString(16)}`]
    }),
  )
}

describe("evaluator, interpreter and JIT", () => {
  it.each(parts)("do the same: %s, %s code, seed %i", (model, stream, seed) => {
    const { image } = drawBatch(seed, stream, model)
    const subjects = [
      new Subject(model, image.ramBytes, "interpreter"),
      new Subject(model, image.ramBytes, "jit", { hotAfter: 1, batch: 1, modules: 16, thorough: true }),
      new Subject(model, image.ramBytes, "jit", { hotAfter: 20, batch: 4, sampled: 2 }),
      new Subject(model, image.ramBytes, "evaluator"),
    ].map((subject) => subject.load(image)) as [Subject, Subject, ...Subject[]]
    const random = new Random(seed)
    for (let done = 0; done < INSTRUCTIONS; ) {
      if (done > EVALUATED) subjects.length = 3
      const slice = 1 + random.below(random.chance(50) ? 10 : 2000)
      const [first, ...others] = subjects
      const executed = first.run(slice)
      done += executed
      for (const other of others) {
        expect(other.run(slice)).toBe(executed)
        const same = stateOf(other).equals(stateOf(first))
        if (!same) expect(differences(first, other), `after ${done} instructions`).toEqual([])
      }
    }
    const memory = (subject: Subject) => Buffer.from(subject.memory(0, image.ramBytes))
    for (const other of subjects.slice(1)) expect(memory(other).equals(memory(subjects[0]))).toBe(true)
    // Much of it must have been translated for this to mean anything.
    const { regions, merges } = subjects[1].cpu.jit!.stats
    expect(regions).toBeGreaterThan(100)
    expect(merges).toBeGreaterThan(0)
  })
})
