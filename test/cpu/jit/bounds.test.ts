// What the JIT has limits for, each reached: the size of a region, its control flow, the number of regions, of pages and of
// words that are known, and code that changes for ever.

import { describe, expect, it } from "vitest"
import { CODE_PAGES, REGIONS } from "../../../cpu/codegen/layout.ts"
import { Random } from "../../support/random.ts"
import { type RunOptions, runProgram } from "./kernel.ts"
import { type Contender, Lockstep } from "./lockstep.ts"

const MiB = 1 << 20
const CODE = 0x10_0000

const interpreter: Contender = { name: "interpreter", engine: "interpreter" }
/** Translates wherever execution arrives, also at the start of each slice. */
const eager = new Lockstep("cortex-a15", [
  interpreter,
  { name: "JIT", engine: "jit", jit: { tuning: { hotAfter: 1, regionsPerModule: 1 } } },
])
const calmJit: Contender = { name: "JIT", engine: "jit", jit: { tuning: { hotAfter: 3, regionsPerModule: 16 } } }
const calm = new Lockstep("cortex-a15", [interpreter, calmJit])

/** Without MMU: the kernel's tables map too little. */
const run = (machines: Lockstep, source: string, options: RunOptions) =>
  runProgram(machines, source, { at: CODE, mmu: false, ...options })

const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join("\n")

describe("regions", () => {
  // MOVW of distinct values to r1, r2 and so on (ARM DDI 0406C, A8.8.102, encodings A2 and T3).
  const armMove = (n: number) => (0xe300_1000 + ((n >> 16) << 12)) | ((n & 0xf000) << 4) | (n & 0xfff)
  const thumbMove = (n: number) => {
    const [register, i, imm4, imm3, imm8] = [1 + (n >> 16), (n >> 11) & 1, (n >> 12) & 15, (n >> 8) & 7, n & 0xff]
    return (((imm3 << 12) | (register << 8) | imm8) << 16) | 0xf240 | (i << 10) | imm4
  }

  it.each([
    ["ARM", "", armMove],
    ["Thumb", ".thumb\n", thumbMove],
  ])("are cut out of a straight line of distinct instructions, more than are remembered: %s", (_, state, move) => {
    const length = 70_000
    const { regions } = calm.jit
    run(calm, `${state}again: add r0, r0, #1\nadd r0, r0, #0`, {
      instructions: 6 * length,
      prepare() {
        calm.write(CODE + 8, new Uint8Array(Int32Array.from({ length }, (_, n) => move(n)).buffer))
        calm.place(CODE + 8 + 4 * length, `${state}${state === "" ? "b" : "b.w"} ${CODE}`)
      },
    })
    expect(calm.register(0)).toBeGreaterThan(1)
    expect(calm.jit.regions - regions).toBeGreaterThan(length / 1000)
  })

  it("are cut out of loops that are larger than they", () => {
    const body = (n: number) =>
      `add r1, r1, #${n & 255}\n      eors r2, r1, r2, ror #${1 + (n % 31)}\n      addmi r3, r3, r2`
    const source = `
      again: add r0, r0, #1
      mov r8, #3
      outer: ${lines(400, body)}
      mov r9, #4
      inner: ${lines(300, body)}
      subs r9, r9, #1
      bne inner
      ${lines(900, body)}
      subs r8, r8, #1
      bne outer
      b again`
    run(calm, source, { instructions: 60_000 })
    expect(calm.register(0)).toBeGreaterThan(2)
  })

  it("take a hundred conditions one inside the other", () => {
    const depth = 100
    const source = `
      again: adds r0, r0, #1
      ${lines(depth, (n) => `add r1, r1, r0, ror #${1 + (n % 31)}\n      tst r1, #${1 << (n % 8)}\n      beq end${n}`)}
      ${lines(depth, (n) => `add r2, r2, #${n}\n      end${depth - 1 - n}: eor r3, r3, r2`)}
      b again`
    run(eager, source, { instructions: 50_000 })
    expect(eager.register(0)).toBeGreaterThan(150)
  })

  it("take forty loops one inside the other", () => {
    const depth = 40
    const source = `
      again: add r0, r0, #1
      ${lines(depth, (n) => `start${n}: add r1, r1, #${n + 1}`)}
      ${lines(depth, (n) => `add r2, r2, r1\n      tst r2, #${1 << (n % 4)}\n      bne start${depth - 1 - n}`)}
      b again`
    run(eager, source, { instructions: 50_000 })
    expect(eager.register(1)).not.toBe(0)
  })

  it("take a branch by a table of a thousand", () => {
    const source = `
      again: add r0, r0, #1
      add r4, r4, r4, lsl #7
      add r4, r4, #77
      ubfx r7, r4, #9, #10
      add pc, pc, r7, lsl #2
      nop
      ${lines(1024, (n) => `b case${n}`)}
      ${lines(1024, (n) => `case${n}: add r1, r1, #${n & 255}\n      b again`)}`
    run(eager, source, { instructions: 40_000 })
    expect(eager.register(0)).toBeGreaterThan(3000)
  })
})

describe("pages full of branches", () => {
  /** Branches to anywhere in some pages, and between them what changes the flags that they look at. */
  function armWords(random: Random, pages: number): Uint32Array {
    const count = pages * 1024
    return Uint32Array.from({ length: count }, (_, n) => {
      const offset = (random.below(count) - n - 2) & 0xff_ffff
      const roll = random.below(100)
      // b<cond>, now and then bl; bx lr; adds rd, rn, rm, ror rs; r0 to r7
      if (roll < 45) return ((random.below(14) << 28) | (random.chance(15) ? 0x0b00_0000 : 0x0a00_0000) | offset) >>> 0
      if (roll < 48) return ((random.below(14) << 28) | 0x012f_ff1e) >>> 0
      const [d, a, b, s] = [random.below(8), random.below(8), random.below(8), random.below(8)]
      return (0xe090_0070 | (a << 16) | (d << 12) | (s << 8) | b) >>> 0
    })
  }

  function thumbHalfwords(random: Random, pages: number): Uint16Array {
    const count = pages * 2048
    return Uint16Array.from({ length: count }, (_, n) => {
      const roll = random.below(100)
      // b<cond> as far as it reaches, b, bx lr, itt, adds rd, rn, rm, rors rd, rm
      if (roll < 35) return 0xd000 | (random.below(14) << 8) | random.below(256)
      if (roll < 42) return 0xe000 | ((random.below(Math.min(count, 1024)) - Math.min(n, 512)) & 0x7ff)
      if (roll < 44) return 0x4770
      if (roll < 52) return 0xbf00 | (random.below(14) << 4) | random.pick([4, 8, 0xc, 2, 0xe])
      if (roll < 80) return 0x1800 | random.below(512)
      return 0x41c0 | random.below(64)
    })
  }

  it.each([1, 2])("are executed as by the interpreter: ARM, %i", (seed) => {
    const random = new Random(seed)
    const words = armWords(random, seed === 1 ? 1 : 3)
    run(eager, "b 0x102000", {
      seed,
      instructions: 6000,
      prepare: () => eager.write(CODE + 0x2000, new Uint8Array(words.buffer)),
      registers: { 14: CODE + 0x2000 },
      between: () => eager.goOn(CODE + 0x2000 + 4 * random.below(words.length)),
    })
  })

  it.each([1, 2])("are executed as by the interpreter: Thumb, %i", (seed) => {
    const random = new Random(seed)
    const halfwords = thumbHalfwords(random, seed === 1 ? 1 : 3)
    run(eager, ".thumb\nb 0x100400", {
      seed,
      instructions: 6000,
      prepare: () => eager.write(CODE + 0x400, new Uint8Array(halfwords.buffer)),
      between: () => eager.goOn(CODE + 0x401 + 2 * random.below(halfwords.length)),
    })
  })
})

describe("pages of nothing but IT", () => {
  it.each([0xbf08, 0xbfe8, 0xbf01, 0xbf1f])("have no block that is longer than four instructions: %i", (halfword) => {
    run(eager, `.thumb\nagain: adds r0, r0, #1\nb.w ${CODE + 0x2f00}`, {
      instructions: 12_000,
      prepare() {
        const halfwords = Uint16Array.from({ length: 4096 }, () => halfword)
        eager.write(CODE + 0x2f00, new Uint8Array(halfwords.buffer))
        eager.place(CODE + 0x4f00, `.thumb\nnop\nnop\nnop\nnop\nb.w ${CODE}`)
      },
    })
    expect(eager.register(0)).toBeGreaterThan(2)
  })
})

describe("the number of regions", () => {
  it("has an end, at which the least recently used make room", () => {
    // Each loop in a region of its own: only the interpreter reads MIDR.
    const { bytes } = calm.assemble(`
      mrc  p15, 0, r2, c0, c0, 0
      mov  r3, #3
      loop: add r1, r1, r3
      subs r3, r3, #1
      bne  loop`)
    const loops = REGIONS + 500
    const { invalidated } = calm.jit
    run(calm, "again: add r0, r0, #1", {
      instructions: 22 * loops + 10_000,
      prepare() {
        for (let n = 0; n < loops; n++) calm.write(CODE + 4 + n * bytes.length, bytes)
        calm.place(CODE + 4 + loops * bytes.length, `b ${CODE}`)
      },
    })
    expect(calm.register(0)).toBe(3)
    expect(calm.jit.invalidated - invalidated).toBeGreaterThan(0)
    expect(calm.jit.invalidated - invalidated).toBeLessThan(REGIONS / 8)
  })
})

describe("the number of translated instructions", () => {
  it("has an end, at which the least recently used make room", () => {
    const tuning = { hotAfter: 3, regionsPerModule: 1, maxTranslated: 400 }
    const small = new Lockstep("cortex-a15", [interpreter, { name: "JIT", engine: "jit", jit: { tuning } }])
    const { bytes } = small.assemble(`
      mrc  p15, 0, r2, c0, c0, 0
      mov  r3, #8
      loop: add r1, r1, r3
      ${lines(10, () => "eor r1, r1, r3, ror #3")}
      subs r3, r3, #1
      bne  loop`)
    const loops = 200
    run(small, "again: add r0, r0, #1", {
      instructions: 110 * loops * 3,
      prepare() {
        for (let n = 0; n < loops; n++) small.write(CODE + 4 + n * bytes.length, bytes)
        small.place(CODE + 4 + loops * bytes.length, `b ${CODE}`)
      },
    })
    expect(small.register(0)).toBeGreaterThan(2)
    const { instructions, regions, invalidated } = small.jit
    expect(instructions).toBeGreaterThan(2000)
    // Some thirty regions are live.
    expect(regions - invalidated).toBeLessThan(60)
  })
})

describe("64 MiB of code", () => {
  it("is more than there are predecoded pages for, and yet is translated once", () => {
    const large = new Lockstep("cortex-a15", [interpreter, calmJit], 66 * MiB)
    const pages = (64 * MiB) / 4096
    expect(pages).toBeGreaterThan(1.5 * CODE_PAGES)
    const source = `
      add r0, r0, #1
      mov r3, #5
      loop: add r1, r1, r3
      subs r3, r3, #1
      bne loop
      add r2, r2, #1
      b . + 4096 - 24`
    const translated: number[] = []
    runProgram(large, source, {
      at: CODE,
      mmu: false,
      // Three rounds, each of 19 instructions a page.
      instructions: 19 * pages * 3,
      prepare() {
        const page = large.bytes(CODE, 28)
        for (let n = 1; n < pages; n++) large.write(CODE + n * 4096, page)
        // Out of reach for a branch.
        large.place(CODE + pages * 4096, `movw r4, #0\nmovt r4, #${CODE >>> 16}\nbx r4`)
      },
      between: () => (translated[Math.floor((large.register(2) - 1) / pages)] = large.jit.instructions),
    })
    expect(large.register(2)).toBeGreaterThan(2.9 * pages)
    const [first, , third] = translated
    expect(first).toBeGreaterThan(3 * 0.99 * pages)
    // A slice may end in a loop; its next instruction is then reached by the interpreter, and may become hot.
    expect(third! - first!).toBeLessThan(0.01 * pages)
    expect(large.jit.invalidated).toBeLessThan(0.01 * pages)
  })
})

describe("code that is written, run and written again", () => {
  it("does not fill the host's memory", () => {
    const source = `
      ldr r6, =slot
      ldr r5, =0xe2811000
      again: add r0, r0, #1
      and r2, r0, #255
      orr r3, r5, r2
      str r3, [r6]
      mov r4, #4
      slot: add r1, r1, #1
      eor r7, r7, r1
      subs r4, r4, #1
      bne slot
      b again
      .ltorg`
    const perRound = 22
    const { invalidated } = eager.jit
    const held: number[] = []
    run(eager, source, {
      instructions: 6000 * perRound,
      between: () => held.push(process.memoryUsage().rss),
    })
    expect(eager.register(0)).toBeGreaterThan(5000)
    expect(eager.jit.invalidated - invalidated).toBeGreaterThan(3000)
    const [early, late] = [held[held.length >> 2]!, held[held.length - 1]!]
    expect((late - early) / MiB).toBeLessThan(150)
  })
})
