// How regions become larger while they run: the result stays that of the interpreter, and they take in what they should.

import { describe, expect, it } from "vitest"
import type { TranslatedRegion } from "../../../cpu/jit/installed-region.ts"
import { printStep } from "../../../cpu/jit/passes/index.ts"
import { prepare } from "../../../src/boot.ts"
import { elfProgram } from "../../guests/programs.ts"
import { runProgram } from "./kernel.ts"
import { type Contender, Lockstep } from "./lockstep.ts"

const CODE = 0x10_0000
const interpreter: Contender = { name: "interpreter", engine: "interpreter" }
const growing: Contender = {
  name: "JIT",
  engine: "jit",
  jit: { tuning: { hotAfter: 40, regionsPerModule: 1, exitsPerSample: 5 } },
}

/** Straight code: adds 0, 1, 2 and so on to a register. */
const adds = (count: number, register: string) =>
  Array.from({ length: count }, (_, n) => `add ${register}, ${register}, #${n}`).join("\n")

const run = (source: string, instructions: number) => {
  const machines = new Lockstep("cortex-a15", [interpreter, growing])
  runProgram(machines, source, { at: CODE, mmu: false, instructions })
  return machines
}

describe("a region", () => {
  it("takes in the function that its loop calls, large as it is", () => {
    const body = adds(40, "r1")
    const machines = run(
      `
      warm: mov r5, #200
      first: bl function
      subs r5, r5, #1
      bne first
      loop: add r0, r0, #1
      bl function
      eor r2, r2, r1
      b loop
      function: ${body}
      bx lr`,
      60_000,
    )
    expect(machines.register(0)).toBeGreaterThan(1000)
    expect(machines.jit.grown).toBeGreaterThan(0)
  })

  it("goes through the thorough passes once it has grown", () => {
    const texts: string[] = []
    const onRegion = ({ plan }: TranslatedRegion) => {
      const lines = plan.blocks.flatMap(({ steps }) => steps).map((step) => printStep(plan, step).join("; "))
      texts.push(...lines.filter((text) => text.includes("GPR[4] =")))
    }
    const body = adds(40, "r1")
    const source = `
      warm: mov r5, #200
      first: bl function
      subs r5, r5, #1
      bne first
      loop: mov r3, #7
      add r4, r2, r3
      bl function
      b loop
      function: ${body}
      bx lr`
    const machines = new Lockstep("cortex-a15", [interpreter, { ...growing, jit: { ...growing.jit, onRegion } }])
    runProgram(machines, source, { at: CODE, mmu: false, instructions: 60_000 })
    expect(texts[0]).toContain("i32.add(%0, %1)")
    expect(texts.slice(1)).toContainEqual(expect.stringContaining("i32.add(%0, 7)"))
  })

  it("takes in the cases of a switch as they become hot", () => {
    const cases = Array.from(
      { length: 8 },
      (_, n) => `case${n}: add r1, r1, #${n + 1}\n      eor r2, r2, r1\n      b next`,
    )
    const machines = run(
      `
      again: adr r6, table
      next: add r0, r0, #1
      and r3, r0, #7
      ldr r4, [r6, r3, lsl #2]
      add pc, r6, r4
      table: ${cases.map((_, n) => `.word case${n} - table`).join("\n      ")}
      ${cases.join("\n      ")}`,
      60_000,
    )
    expect(machines.register(0)).toBeGreaterThan(5000)
    expect(machines.jit.grown).toBeGreaterThan(0)
  })
})

describe("code that was never executed", () => {
  const rare = adds(40, "r2")
  const source = (never: string) => `
      again: add r0, r0, #1
      ${never}
      beq rare
      next: add r1, r1, r0
      b again
      rare: ${rare}
      b next`

  it("is no part of a region, and becomes one when it is", () => {
    const cold = run(source("cmp r0, #0"), 20_000)
    expect(cold.register(0)).toBeGreaterThan(3000)
    expect(cold.jit.instructions).toBeGreaterThan(0)
    expect(cold.jit.instructions).toBeLessThan(40)
    const before = cold.jit.instructions
    // Every eighth round goes there.
    const hot = run(source("tst r0, #7"), 20_000)
    expect(hot.register(2)).toBeGreaterThan(0)
    expect(hot.jit.instructions).toBeGreaterThan(before + 40)
  })
})

describe("in slices of the usual length", () => {
  /** Calls a function until it is hot. */
  const calls = (name: string) => `ldr r5, =10000\nmany_${name}: bl ${name}\nsubs r5, r5, #1\nbne many_${name}`

  /** The regions that were built from a program, in order. */
  async function regionsOf(source: string, maxInstructions = 4_000_000) {
    const regions: TranslatedRegion["region"][] = []
    const jit = {
      tuning: { hotAfter: 1000, regionsPerModule: 1, exitsPerSample: 5 },
      onRegion: ({ region }: TranslatedRegion) => regions.push(region),
    }
    const { run } = await prepare({ image: elfProgram(source, 0x4010_0000), machine: "virt", maxInstructions, jit })
    expect(await run()).toMatchObject({ outcome: "limit", instructions: maxInstructions })
    return regions
  }

  it("a region takes in code as a whole, though another one begins in the middle of a block", async () => {
    const regions = await regionsOf(`
      ${calls("function")}
      ${calls("middle")}
      loop: add r0, r0, #1
      bl function
      eor r2, r2, r1
      b loop
      function: ${adds(40, "r1")}
      middle: ${adds(40, "r1")}
      bx lr
      .pool`)
    const sizes = regions.map(({ instructions }) => instructions)
    // The function, its second half, and the loop before and after.
    expect(sizes).toEqual(expect.arrayContaining([81, 41]))
    expect(sizes.slice(-2)).toEqual([4, 4 + 81])
  })

  it("a region is rebuilt to be entered where it becomes hot in the middle of a block", async () => {
    const regions = await regionsOf(`
      ${calls("function")}
      second: bl middle
      bl middle
      b second
      function: ${adds(20, "r1")}
      middle: ${adds(20, "r1")}
      bx lr
      .pool`)
    const functions = regions.filter(({ instructions }) => instructions >= 20 && instructions <= 41)
    expect(functions.map(({ instructions, entries }) => [instructions, entries.length])).toEqual([
      [41, 1],
      [41, 2],
    ])
  })

  it("a region takes in the code that other regions have, and no more", async () => {
    const regions = await regionsOf(`
      ${calls("function")}
      loop: add r0, r0, #1
      bl function
      b loop
      function: ${adds(40, "r1")}
      cmp r0, #200
      bxne lr
      ${adds(40, "r2")}
      bx lr
      .pool`)
    expect(regions[regions.length - 1]!.instructions).toBe(3 + 42)
  })

  it("a region is entered everywhere in an unrolled loop at once", async () => {
    const rounds = 16
    const regions = await regionsOf(`
      again: add r0, r0, #1
      and r3, r0, #${rounds - 1}
      adr r6, steps
      add r6, r6, r3, lsl #2
      blx r6
      b again
      steps: ${adds(rounds, "r1")}
      bx lr`)
    const steps = regions.filter(({ instructions }) => instructions > rounds / 2)
    expect(steps.map(({ entries }) => entries.length)).toEqual([rounds])
  })
})
