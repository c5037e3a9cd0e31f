// Hot code whose mapping changes, or that has several, on every engine. What the programs count is worked out by hand.

import { describe, expect, it } from "vitest"
import { Random } from "../../support/random.ts"
import {
  FRAMES,
  OTHER_PAGES,
  OTHER_TABLE,
  PAGES,
  type RunOptions,
  runProgram,
  SMALL,
  smallPage,
  TABLE,
} from "./kernel.ts"
import { COPIER, Lockstep } from "./lockstep.ts"

const machines = new Lockstep()

const constants = {
  SMALL,
  FRAMES,
  PAGES,
  OTHER_PAGES,
  TABLE,
  OTHER_TABLE,
  COPIER,
  PAGE_A: smallPage(FRAMES + 0x5000),
  PAGE_B: smallPage(FRAMES + 0x6000),
}

const run = (source: string, options: RunOptions = {}) =>
  runProgram(machines, source, { symbols: constants, ...options })

describe("two mappings of one page", () => {
  it("run what was written through the other", () => {
    run(
      `
        ldr   r8, =SMALL + 0x3000
        ldr   r9, =FRAMES + 0x3000
        ldr   r2, =0xe12fff1e
        str   r2, [r9, #4]
again:  add   r0, r0, #1
        and   r2, r0, #31
        ldr   r3, =0xe2811000
        orr   r3, r3, r0, lsr #5
        bic   r3, r3, #0xf00
        cmp   r2, #1
        streq r3, [r9]
        blx   r8
        tst   r0, #64
        blxne r9
        b     again`,
      {},
    )
    expect(machines.register(1)).toBeGreaterThan(1000)
  })

  it("run what was written through their own", () => {
    run(
      `
        ldr   r8, =SMALL + 0x3000
        ldr   r9, =FRAMES + 0x3000
        ldr   r2, =0xe12fff1e
        str   r2, [r9, #4]
again:  add   r0, r0, #1
        and   r2, r0, #31
        ldr   r3, =0xe2811000
        orr   r3, r3, r2
        cmp   r2, #1
        streq r3, [r8]
        blx   r8
        blx   r9
        b     again`,
      {},
    )
  })
})

/** A page of code that calls a word by its offset: it adds a number of its own to r1, in a small loop. */
const leaf = (number: number) =>
  `
        mov   r3, #3
1:      add   r1, r1, #${number}
        subs  r3, r3, #1
        bne   1b
        bx    lr`
    .replaceAll("1b", "inner")
    .replaceAll("1:", "inner:")

const leaves = () => {
  machines.place(FRAMES + 0x5000, leaf(1))
  machines.place(FRAMES + 0x6000, leaf(100))
}

const flip = `
        add   r0, r0, #1
        ldr   r8, =SMALL + 0x5000
        blx   r8
        tst   r0, #31
        bne   again
        tst   r0, #32`

describe("a page of code that is mapped elsewhere", () => {
  it("is left behind after its entry was written and the TLB invalidated", () => {
    run(
      `
        ldr   r6, =PAGES + 0x14
again:  ${flip}
        ldreq r7, =PAGE_A
        ldrne r7, =PAGE_B
        str   r7, [r6]
        mcr   p15, 0, r8, c8, c7, 1
        b     again`,
      { prepare: leaves },
    )
    expect(machines.register(1)).toBeGreaterThan(10_000)
  })

  it("is left behind at a switch of TTBR0, with the TLB invalidated", () => {
    run(
      `
again:  ${flip}
        ldreq r7, =TABLE
        ldrne r7, =OTHER_TABLE
        mcr   p15, 0, r7, c2, c0, 0
        mov   r7, #0
        mcr   p15, 0, r7, c8, c7, 0
        b     again`,
      {
        prepare: () => {
          leaves()
          machines.writeWord(OTHER_PAGES + 5 * 4, constants.PAGE_B)
        },
      },
    )
    expect(machines.register(1)).toBeGreaterThan(10_000)
  })

  it("is left behind at a switch of TTBR0 and ASID, the TLB keeping both", () => {
    run(
      `
again:  ${flip}
        ldreq r7, =TABLE
        ldrne r7, =OTHER_TABLE
        moveq r2, #1
        movne r2, #2
        mov   r3, #0
        mcr   p15, 0, r3, c13, c0, 1
        mcr   p15, 0, r7, c2, c0, 0
        mcr   p15, 0, r2, c13, c0, 1
        b     again`,
      {
        prepare: () => {
          leaves()
          machines.writeWord(PAGES + 5 * 4, smallPage(FRAMES + 0x5000, false))
          machines.writeWord(OTHER_PAGES + 5 * 4, smallPage(FRAMES + 0x6000, false))
        },
      },
    )
    expect(machines.register(1)).toBeGreaterThan(10_000)
  })

  it("is left behind by the very code that stands in it", () => {
    const inside = (number: number) => `
        ldr   r6, =PAGES + 0x14
        ldr   r8, =SMALL + 0x5000
again:  add   r0, r0, #1
        add   r1, r1, #${number}
        tst   r0, #15
        bne   again
        tst   r0, #16
        ldreq r7, =PAGE_A
        ldrne r7, =PAGE_B
        str   r7, [r6]
        mcr   p15, 0, r8, c8, c7, 1
        add   r2, r2, #${number}
        b     again
        .ltorg`
    run("ldr pc, =SMALL + 0x5000", {
      prepare() {
        machines.place(FRAMES + 0x5000, inside(1), constants)
        machines.place(FRAMES + 0x6000, inside(100), constants)
      },
    })
    expect(machines.register(1)).toBeGreaterThan(10_000)
  })

  it("is left behind where a loop goes over from the page before", () => {
    const half = (number: number) => `
        add   r1, r1, #${number}
        subs  r3, r3, #1
        bxeq  lr
        b     . - 0x14`
    run(
      `
        ldr   r6, =PAGES + 0x14
        ldr   r2, =0xe1a00000
        ldr   r3, =FRAMES + 0x4ff0
        str   r2, [r3]
        str   r2, [r3, #4]
        str   r2, [r3, #8]
        str   r2, [r3, #12]
again:  add   r0, r0, #1
        ldr   r8, =SMALL + 0x4ff8
        mov   r3, #5
        blx   r8
        tst   r0, #15
        bne   again
        tst   r0, #16
        ldreq r7, =PAGE_A
        ldrne r7, =PAGE_B
        str   r7, [r6]
        ldr   r8, =SMALL + 0x5000
        mcr   p15, 0, r8, c8, c7, 1
        b     again`,
      {
        prepare() {
          machines.place(FRAMES + 0x5000, half(1))
          machines.place(FRAMES + 0x6000, half(100))
        },
      },
    )
    expect(machines.register(1)).toBeGreaterThan(5000)
  })

  it("is looked up anew when the TLB is invalidated twice in a row", () => {
    run(
      `
        ldr   r6, =PAGES + 0x14
again:  ${flip}
        mcr   p15, 0, r8, c8, c7, 1
        ldreq r7, =PAGE_A
        ldrne r7, =PAGE_B
        str   r7, [r6]
        mcr   p15, 0, r8, c8, c7, 1
        tst   r0, #7
        bne   again
        b     again`,
      { prepare: leaves },
    )
    expect(machines.register(1)).toBeGreaterThan(10_000)
  })

  it("faults where it was taken away, and goes on once it is back", () => {
    run(
      `
        ldr   r6, =PAGES + 0x14
        adr   r10, back
again:  ${flip}
        ldreq r7, =PAGE_A
        movne r7, #0
        str   r7, [r6]
        mcr   p15, 0, r8, c8, c7, 1
        b     again
back:   ldr   r7, =PAGE_B
        str   r7, [r6]
        mcr   p15, 0, r8, c8, c7, 1
        b     again`,
      { prepare: leaves },
    )
    expect((machines.register(11) >>> 16) & 0xff).toBeGreaterThan(3)
  })

  it("is another one after a part has copied it there", () => {
    run(
      `
        ldr   r6, =COPIER
again:  ${flip}
        bne   other
        ldr   r7, =FRAMES + 0x5000
        b     start
other:  ldr   r7, =FRAMES + 0x6000
start:  str   r7, [r6]
        ldr   r7, =FRAMES + 0x8000
        str   r7, [r6, #4]
        ldr   r7, =0x1000
        str   r7, [r6, #12]
        b     again`,
      {
        prepare() {
          leaves()
          machines.place(FRAMES + 0x8000, leaf(1))
          machines.writeWord(PAGES + 5 * 4, smallPage(FRAMES + 0x8000))
        },
      },
    )
    expect(machines.register(1)).toBeGreaterThan(4000)
  })
})

describe("code in tiny pages (ARM926EJ-S TRM, ARM DDI 0198E, 3.2.6)", () => {
  it("goes on where each KiB of it is mapped, and aborts where none is", () => {
    const arm926 = new Lockstep("arm926")
    arm926.reset()
    const [table, fine, frames] = [0x4000, 0x9000, 0x10_0000]
    // A section, and a table of tiny pages that everybody may access, two of them.
    arm926.writeWord(table, (3 << 10) | 0x12)
    arm926.writeWord(table + 8, fine | 0x13)
    for (const [n, base] of [frames, frames + 0x800].entries()) arm926.writeWord(fine + 4 * n, base | (3 << 4) | 3)
    for (const [n, line] of ["add r4, r4, #1", "add r5, r5, #1", "add r6, r6, #1"].entries()) {
      const { bytes } = arm926.assemble(line)
      for (let at = 0; at < 0x400; at += 4) arm926.write(frames + n * 0x400 + at, bytes)
    }
    arm926.place(
      0,
      `
      b     start
      b     .
      b     .
      add   r12, r12, #1
      b     .
start: mov  r0, #0x4000
      mcr   p15, 0, r0, c2, c0, 0
      mov   r1, #1
      mcr   p15, 0, r1, c3, c0, 0
      mrc   p15, 0, r2, c1, c0, 0
      orr   r2, r2, #1
      mcr   p15, 0, r2, c1, c0, 0
      ldr   pc, =0x2003f0
      .ltorg`,
    )
    arm926.start(0)
    arm926.run(400, new Random(1))
    expect([4, 5, 6, 12].map((n) => arm926.register(n))).toEqual([4, 0, 0x100, 1])
  })
})
