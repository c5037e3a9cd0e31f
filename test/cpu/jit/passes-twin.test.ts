// Random programs with each pass left out, with all of them, and with none: all do what the interpreter does.

import { describe, it } from "vitest"
import { PASSES } from "../../../cpu/jit/passes/index.ts"
import { Random } from "../../support/random.ts"
import { CODE, DATA, HOLE, inState, runProgram } from "./kernel.ts"
import { type Contender, Lockstep } from "./lockstep.ts"
import { drawSource } from "./random-program.ts"

const names = PASSES.map(({ name }) => name)

const jit = (name: string, without: readonly string[]): Contender => ({
  name,
  engine: "jit",
  jit: { tuning: { hotAfter: 2, regionsPerModule: 1 }, thorough: true, without },
})

const machines = new Lockstep("cortex-a15", [
  { name: "interpreter", engine: "interpreter" },
  jit("JIT", []),
  ...names.map((name) => jit(`JIT without ${name}`, [name])),
  jit("JIT without passes", names),
])

const seeds = Array.from({ length: 8 }, (_, n) => 100 + n)

describe("a random program", () => {
  it.each(seeds)("does the same whatever passes there are: seed %i", (seed) => {
    const random = new Random(seed)
    const thumb = seed % 2 === 0
    const source = inState(thumb, drawSource(random, { thumb, writesCode: false, size: 40 + random.below(160) }))
    runProgram(machines, source, {
      at: CODE + 4 * random.below(1024),
      seed,
      instructions: 25_000,
      symbols: { DATA: DATA + 0xf00, BAD: HOLE },
    })
  })
})
