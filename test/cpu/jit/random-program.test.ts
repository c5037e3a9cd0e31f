// Random programs with loops and calls on every engine, with the MMU on, at random places, interrupted or not.

import { describe, it } from "vitest"
import { Random } from "../../support/random.ts"
import { CODE, DATA, FRAMES, HOLE, inState, runProgram, SMALL } from "./kernel.ts"
import { Lockstep } from "./lockstep.ts"
import { drawSource } from "./random-program.ts"

const machines = new Lockstep()

const seeds = Array.from({ length: 10 }, (_, n) => n + 1)

describe("a random program", () => {
  it.each(seeds)("does the same on every engine: seed %i", (seed) => {
    const random = new Random(seed)
    const thumb = random.chance(50)
    const writesCode = random.chance(30)
    const source = inState(thumb, drawSource(random, { thumb, writesCode, size: 20 + random.below(200) }))
    // Anywhere in a page, so that its borders fall anywhere.
    const offset = 4 * random.below(1024)
    const small = random.chance(50)
    runProgram(machines, source, {
      at: (small ? SMALL : CODE) + offset,
      load: (small ? FRAMES : CODE) + offset,
      seed,
      instructions: 10_000,
      symbols: { DATA: DATA + 0xf00, BAD: HOLE },
      user: random.chance(30),
      interruptTicks: random.chance(40) ? 2 + random.below(200) : 0,
    })
    machines.leaveEvaluator()
    machines.run(50_000, random)
  })
})
