// Exceptions in the middle of hot code, on every engine: faults that are repaired and tried again, faults that are skipped,
// interrupts at any instruction, changes of mode, sleep.

import { describe, expect, it } from "vitest"
import { DATA, FRAMES, HOLE, inState, PAGES, type RunOptions, runProgram, SMALL, smallPage } from "./kernel.ts"
import { Lockstep } from "./lockstep.ts"

const machines = new Lockstep()
const constants = { DATA, HOLE, SMALL, FRAMES, PAGES, ENTRY: smallPage(FRAMES) }

const run = (source: string, options: RunOptions = {}) =>
  runProgram(machines, source, { symbols: constants, ...options })

/** A handler that maps the page of the address in DFAR or IFAR, among the small ones, and tries again. */
const mapping = (register: number, back: number) => `
        push  {r0, r1, r2}
        mrc   p15, 0, r0, c6, c0, ${register}
        ubfx  r1, r0, #12, #8
        ldr   r2, =ENTRY
        orr   r2, r2, r1, lsl #12
        ldr   r0, =PAGES
        str   r2, [r0, r1, lsl #2]
        pop   {r0, r1, r2}
        add   r11, r11, #1
        subs  pc, lr, #${back}
        .ltorg`

const HANDLER = 0x2000

/** Sends an exception to `HANDLER` instead. */
const handledBy = (vector: number, source: string) => () => {
  machines.place(HANDLER, source, constants)
  machines.place(vector, `b . + ${HANDLER - vector}`)
}

/** Takes pages away in turn, by r9, every 16 rounds of r0. */
const unmapNext = `
        tst   r0, #15
        itttt eq
        ldreq r3, =PAGES
        addeq r9, r9, #1
        uxtbeq r4, r9
        moveq r2, #0
        itttt eq
        andeq r4, r4, #3
        streq r2, [r3, r4, lsl #2]
        lsleq r4, r4, #12
        addeq r4, r4, #SMALL
        it    eq
        mcreq p15, 0, r4, c8, c7, 1`

const accesses = [
  "stm   r8, {r0, r1, r2, r3}",
  "ldm   r8, {r1, r2, r3, r4}",
  "ldm   r8!, {r1, r2}",
  "stmdb r8!, {r1, r2, r5}",
  "strd  r0, r1, [r8]",
  "ldrd  r2, r3, [r8], #8",
  "str   r0, [r8, #4]!",
  "ldr   r1, [r8], #-4",
  "strh  r0, [r8, #7]",
  "ldrsh r1, [r8, #7]",
  "ldr   r1, [r8, #6]",
  "vldmia r8, {d0, d1, d2}",
  "vstmia r8!, {d0, d1}",
  "push  {r0, r1}",
]

describe("data that is not mapped", () => {
  it.each(
    accesses.flatMap((access) => [
      { access, thumb: false },
      { access, thumb: true },
    ]),
  )("is accessed again after it was mapped: $access, Thumb $thumb", ({ access, thumb }) => {
    const stack = access.startsWith("push")
    const kernel = run(
      inState(
        thumb,
        `
        mrc   p15, 0, r1, c1, c0, 2
        orr   r1, r1, #0xf00000
        mcr   p15, 0, r1, c1, c0, 2
        isb
        mov   r1, #0x40000000
        vmsr  fpexc, r1
        movs  r0, #0
        mov   r9, #0
        mov   r11, #0
again:  adds  r0, r0, #1
        ldr   r8, =SMALL + 0xff8
        ands  r7, r0, #3
        add   r8, r8, r7, lsl #12
        and   r7, r0, #4
        add   r8, r8, r7
        ${stack ? "mov sp, r8\nadd sp, sp, #12" : ""}
        ${access}
        add   r5, r5, r8
        ${unmapNext}
        b     again
        .ltorg`,
      ),
      { prepare: handledBy(0x10, mapping(0, 8)), seed: access.length },
    )
    expect(kernel.get("data")).toBeDefined()
    expect(machines.register(11)).toBeGreaterThan(20)
  })

  it.each([false, true])("leaves the rest of its round to who goes on behind it: Thumb %s", (thumb) => {
    run(
      inState(
        thumb,
        `
        ldr   r6, =DATA
        ldr   r7, =HOLE
        adr   r10, behind
again:  adds  r0, r0, #1
        adds  r1, r1, #1
        tst   r0, #7
        ite   eq
        moveq r8, r7
        movne r8, r6
        adds  r2, r2, #1
        str   r2, [r8, #8]
        adds  r3, r3, #1
        ldr   r4, [r6, #8]
        adds  r5, r5, r4
behind: eors  r2, r5
        b     again`,
      ),
    )
    expect((machines.register(11) >>> 8) & 0xff).toBeGreaterThan(0)
  })
})

describe("code that is not mapped", () => {
  it.each([false, true])("is fetched again after it was mapped, at a branch and at a page's end: Thumb %s", (thumb) => {
    const nop = thumb ? 0xbf00bf00 : 0xe1a00000
    const last = thumb ? 0x4770bf00 : 0xe12fff1e
    run(
      inState(
        thumb,
        `
        mov   r9, #0
        mov   r11, #0
        movs  r0, #0
again:  adds  r0, r0, #1
        ldr   r8, =SMALL + ${0xff0 + (thumb ? 1 : 0)}
        and   r7, r0, #1
        add   r8, r8, r7, lsl #12
        blx   r8
        ${unmapNext}
        b     again
        .ltorg`,
      ),
      {
        prepare() {
          handledBy(0x0c, mapping(2, 4))()
          for (let page = 0; page < 3; page++) {
            for (let at = 0; at < 0x10; at += 4) machines.writeWord(FRAMES + page * 0x1000 + 0xff0 + at, nop)
            machines.writeWord(FRAMES + page * 0x1000, nop)
            machines.writeWord(FRAMES + page * 0x1000 + 4, last)
          }
        },
      },
    )
    expect(machines.register(11)).toBeGreaterThan(20)
  })

  it("is fetched again where one instruction goes on in the next page", () => {
    run(
      `
        .thumb
        mov   r9, #0
        mov   r11, #0
        movs  r0, #0
again:  adds  r0, r0, #1
        ldr   r8, =SMALL + 0xff9
        and   r7, r0, #1
        add   r8, r8, r7, lsl #12
        blx   r8
        ${unmapNext}
        b     again
        .ltorg`,
      {
        prepare() {
          handledBy(0x0c, mapping(2, 4))()
          for (let page = 0; page < 3; page++) {
            machines.writeWord(FRAMES + page * 0x1000, 0x4770_0501)
            // nop; nop; nop; add.w r5, r5, #1 with its second half in the next page; bx lr
            machines.writeWord(FRAMES + page * 0x1000 + 0xff8, 0xbf00_bf00)
            machines.writeWord(FRAMES + page * 0x1000 + 0xffc, 0xf105_bf00)
          }
        },
      },
    )
    expect(machines.register(5)).toBeGreaterThan(500)
    expect(machines.register(11)).toBeGreaterThan(20)
  })
})

/** A loop with calls, conditional instructions and stores, in either instruction set. */
const busy = (thumb: boolean) =>
  inState(
    thumb,
    `
        ldr   r6, =DATA
again:  adds  r0, r0, #1
        movs  r3, #5
inner:  adds  r1, r1, r3
        tst   r1, #4
        ittet ne
        addne r2, r2, r1
        strne r2, [r6, #4]
        subeq r2, r2, #3
        eorne r2, r2, r0
        subs  r3, r3, #1
        bne   inner
        bl    called
        b     again
called: push  {r4, lr}
        ldr   r4, [r6, #4]
        adds  r5, r5, r4
        pop   {r4, pc}
        .ltorg`,
  )

describe("interrupts", () => {
  it.each([false, true].flatMap((thumb) => [3, 7, 61].map((ticks) => ({ thumb, ticks }))))(
    "come at the same instruction: Thumb $thumb, every $ticks ticks",
    ({ thumb, ticks }) => {
      const kernel = run(busy(thumb), { interruptTicks: ticks, user: ticks === 7, seed: ticks })
      expect(machines.word(kernel.get("interrupts")!)).toBeGreaterThan(10)
    },
  )

  it("end a sleep in a loop", () => {
    const kernel = run(
      `
again:  add   r0, r0, #1
        tst   r0, #15
        bne   again
        wfi
        add   r1, r1, #1
        b     again`,
      { interruptTicks: 9 },
    )
    expect(machines.word(kernel.get("interrupts")!)).toBeGreaterThan(100)
    expect(machines.register(1)).toBeGreaterThan(100)
  })

  it("wait for the loop that masks them", () => {
    const kernel = run(
      `
        ldr   r6, =DATA
again:  cpsid i
        add   r0, r0, #1
        mov   r3, #30
inner:  add   r1, r1, r3
        subs  r3, r3, #1
        bne   inner
        tst   r0, #1
        bne   masked
        cpsie i
masked: tst   r0, #2
        mrs   r4, cpsr
        bic   r4, r4, #0x80
        msrne cpsr_c, r4
        str   r1, [r6]
        b     again`,
      { interruptTicks: 2 },
    )
    expect(machines.word(kernel.get("interrupts")!)).toBeGreaterThan(100)
  })
})

describe("changes of state in hot code", () => {
  it("by system calls from user mode", () => {
    run(
      `
again:  add   r0, r0, #1
        svc   #5
        mov   r3, #3
inner:  add   r1, r1, r0
        subs  r3, r3, #1
        bne   inner
        svceq #6
        svcne #7
        b     again`,
      { user: true },
    )
  })

  it("by undefined instructions, some of them conditional", () => {
    run(
      `
        .thumb
        adr   r10, behind
again:  adds  r0, r0, #1
        adds  r1, r1, #1
        tst   r0, #3
        itt   eq
        addeq r2, r2, #1
        udfeq #0
        adds  r3, r3, #1
behind: adds  r4, r4, #1
        b     again`,
    )
    expect(machines.register(11) & 0xff).toBeGreaterThan(0)
  })

  it("by changes of mode with banked registers", () => {
    run(
      `
again:  add   r0, r0, #1
        cps   #0x1f
        mov   r3, #3
inner:  add   r1, r1, r0
        eor   sp, sp, r1
        subs  r3, r3, #1
        bne   inner
        cps   #0x11
        add   r8, r8, r1
        add   lr, r8, #1
        cps   #0x13
        add   lr, lr, #1
        b     again`,
    )
  })

  it("by turns of endianness", () => {
    run(
      `
        ldr   r6, =DATA
again:  add   r0, r0, #1
        str   r0, [r6]
        setend be
        ldr   r1, [r6]
        strh  r1, [r6, #6]
        mov   r3, #3
inner:  ldr   r4, [r6, #4]
        add   r4, r4, r1
        str   r4, [r6, #4]
        subs  r3, r3, #1
        bne   inner
        setend le
        ldrd  r4, r5, [r6]
        add   r2, r2, r4
        b     again`,
    )
  })

  it("by turns of the instruction set", () => {
    run(
      `
again:  add   r0, r0, #1
        ldr   r8, =thumb + 1
        mov   r3, #3
inner:  blx   r8
        subs  r3, r3, #1
        bne   inner
        blx   thumb
        b     again
back:   add   r4, r4, #1
        bx    lr
        .thumb
thumb:  adds  r1, r1, r0
        it    mi
        addmi r2, r2, #1
        push  {r3, lr}
        blx   back
        pop   {r3, pc}
        .align 2
        .ltorg`,
    )
    expect(machines.register(4)).toBeGreaterThan(500)
  })

  it("by accesses with the user's permissions, the domain coming and going", () => {
    run(
      `
        ldr   r6, =DATA
        adr   r10, behind
        mov   r8, #1
        mov   r9, #0
again:  add   r0, r0, #1
        mov   r3, #3
inner:  strt  r0, [r6], #4
        ldrt  r1, [r6], #-4
        add   r2, r2, r1
        subs  r3, r3, #1
        bne   inner
        tst   r0, #15
        bne   again
        sub   r12, r0, #1
        mcr   p15, 0, r8, c3, c0, 0
behind: b     again`,
    )
  })
})
