// Code that changes while it is hot, on every engine: by itself, by a part, by whoever looks in from outside. What the
// programs count is worked out by hand.

import { describe, expect, it } from "vitest"
import { Random } from "../../support/random.ts"
import { type RunOptions, runProgram } from "./kernel.ts"
import { COPIER, Lockstep } from "./lockstep.ts"

const machines = new Lockstep()

const run = (source: string, options: RunOptions = {}) =>
  runProgram(machines, source, { symbols: { COPIER }, ...options })

/** Adds 1 and 16 in turn, `period` rounds each, at a place that is written each round. */
function patching(thumb: boolean, distance: number, period: number): string {
  const one = "adds r1, r1, #1"
  const many = "adds r1, r1, #16"
  const [load, store] = thumb ? ["ldrh", "strh"] : ["ldr", "str"]
  return `
        ${thumb ? ".thumb" : ".arm"}
        ldr   r4, =slot
        ldr   r5, =instructions
        movs  r0, #0
        movs  r1, #0
again:  adds  r0, r0, #1
        tst   r0, #${period}
        ${thumb ? "ite eq" : ""}
        ${load}eq r7, [r5]
        ${load}ne r7, [r5, #4]
        ${store} r7, [r4]
        b     near
        ${thumb ? ".align 2" : ""}
instructions:
        ${one}
        ${thumb ? "nop" : ""}
        ${many}
        .ltorg
        .space ${distance}
near:   ${"nop\n".repeat(distance === 0 ? 0 : 3)}
slot:   ${one}
        ${thumb ? "b.w" : "b"} again`
}

/** What r1 is after so many rounds of `patching`. */
const patched = (rounds: number, period: number) =>
  Array.from({ length: rounds }, (_, n) => (((n + 1) & period) === 0 ? 1 : 16)).reduce((a, b) => a + b, 0)

describe("code that writes itself", () => {
  const cases = [false, true].flatMap((thumb) =>
    [0, 256, 5000].flatMap((distance) => [1, 64].map((period) => ({ thumb, distance, period }))),
  )
  it.each(cases)("is executed as it is now: %o", ({ thumb, distance, period }) => {
    const { invalidated } = machines.jit
    run(patching(thumb, distance, period), { seed: distance + period, instructions: period === 1 ? 6000 : 24_000 })
    const rounds = machines.register(0)
    expect(rounds).toBeGreaterThan(300)
    expect([patched(rounds, period), patched(rounds - 1, period)]).toContain(machines.register(1))
    expect(machines.jit.invalidated).toBeGreaterThan(invalidated)
  })

  it("is executed as it is now: the instruction just ahead, in a loop that rarely writes", () => {
    run(
      `
        adr   r4, slot
        adr   r5, words
again:  add   r0, r0, #1
        and   r7, r0, #255
        cmp   r7, #255
        addne r7, r4, #0x100
        moveq r7, r4
        lsr   r2, r0, #8
        and   r2, r2, #1
        ldr   r2, [r5, r2, lsl #2]
        str   r2, [r7]
slot:   add   r1, r1, #1
        b     again
words:  sub   r1, r1, #1
        add   r1, r1, #1
        .space 0x200`,
      {},
    )
    // Blocks of 256 rounds, in turn down (from the 255th round on) and up.
    expect(machines.register(0)).toBeGreaterThan(1500)
  })

  it("may write it by every kind of store", () => {
    run(
      `
        ldr   r6, =slots
        adr   r5, words
        mov   r12, #0
again:  add   r0, r0, #1
        and   r7, r0, #3
        add   r7, r5, r7, lsl #3
        ldrd  r2, r3, [r7]
        tst   r0, #32
        beq   slots
        strd  r2, r3, [r6]
        stm   r6, {r2, r3}
        strb  r2, [r6]
        strh  r3, [r6, #4]
        str   r2, [r6], #4
        str   r3, [r6], #-4
        ldrex r9, [r6]
        strex r9, r2, [r6]
slots:  add   r1, r1, #1
        add   r4, r4, #1
        b     again
        .align 3
words:  add   r1, r1, #1
        add   r4, r4, #2
        add   r1, r1, #3
        add   r4, r4, #4
        eor   r1, r1, r0
        eor   r4, r4, r1
        nop
        mov   r4, r4, ror #3`,
      {},
    )
  })

  it("may be the store itself, and the loop around it", () => {
    run(
      `
        adr   r5, words
        adr   r6, self
again:  add   r0, r0, #1
        ubfx  r7, r0, #4, #1
        ldr   r7, [r5, r7, lsl #2]
self:   str   r7, [r6]
        add   r1, r1, r7
        b     again
words:  str   r7, [r6]
        str   r7, [r6, #0]!`,
      {},
    )
  })

  it("may be the second half of an instruction across pages", () => {
    // At 0x10ffe: movw r2, #imm16 has its low eight bits in the second halfword.
    run(
      `
        .thumb
        ldr   r6, =0x11000
        b.w   again
        .ltorg
        .space 0xfea
        .align 2
again:  adds  r0, r0, #1
        uxtb  r5, r0
        nop
        b     cross
        .space 2
cross:  movw  r2, #0x12
        adds  r3, r3, r2
        ands  r7, r0, #15
        it    eq
        strbeq r5, [r6]
        b.w   again`,
      { prepare: (symbols) => expect(symbols.get("cross")! & 0xfff).toBe(0xffe) },
    )
  })

  it("may be a block of conditional instructions that is written from its middle", () => {
    run(
      `
        .thumb
        ldr   r6, =target
        adr   r5, halves
again:  adds  r0, r0, #1
        ubfx  r7, r0, #3, #1
        ldrh.w r7, [r5, r7, lsl #1]
        tst   r0, #63
        ittte eq
        strheq r7, [r6]
        addeq r1, r1, r0
target: addeq r3, r3, #1
        addne r4, r4, #1
        b     again
        .align 2
halves: .short 0x3301, 0x3b01
        .ltorg`,
      {},
    )
  })
})

describe("a part that writes memory", () => {
  const copies = (delay: number) => `
        ldr   r6, =COPIER
        adr   r8, slot
        ldr   r7, =${delay}
        str   r7, [r6, #8]
        str   r8, [r6, #4]
again:  add   r0, r0, #1
        tst   r0, #63
        bne   slot
        ubfx  r7, r0, #6, #1
        adr   r5, words
        add   r5, r5, r7, lsl #3
        str   r5, [r6]
        mov   r5, #8
        str   r5, [r6, #12]
slot:   add   r1, r1, #1
        add   r2, r2, #1
        b     again
words:  add   r1, r1, #2
        add   r2, r2, #3
        add   r1, r1, #5
        add   r2, r2, #7`

  it.each([0, 1, 20, 700])("changes code at once or %i ns later", (delay) => {
    const { invalidated } = machines.jit
    run(copies(delay), { seed: delay })
    expect(machines.register(1)).toBeGreaterThan(3000)
    expect(machines.jit.invalidated).toBeGreaterThan(invalidated)
  })
})

describe("cache maintenance", () => {
  const operations = [
    "c7, c11, 1",
    "c7, c5, 1",
    "c7, c10, 1",
    "c7, c14, 1",
    "c7, c6, 1",
    "c7, c5, 0",
    "c7, c5, 6",
    "c7, c1, 0",
  ]

  it.each([false, true])("around code that was written, the user (%s) being refused", (user) => {
    run(
      `
        ldr   r4, =slot
        adr   r5, words
        adr   r10, after
again:  add   r0, r0, #1
        ubfx  r7, r0, #3, #1
        ldr   r7, [r5, r7, lsl #2]
        tst   r0, #7
        bne   after
        str   r7, [r4]
        ${operations.map((operation) => `mcr p15, 0, r4, ${operation}`).join("\n")}
        mcr   p15, 0, r4, c7, c10, 4
        mcr   p15, 0, r4, c7, c5, 4
after:  nop
slot:   add   r1, r1, #1
        b     again
words:  add   r1, r1, #1
        add   r1, r1, #16
        .ltorg`,
      { user },
    )
    expect(machines.register(1)).toBeGreaterThan(3000)
    expect((machines.register(11) & 0xff) > 0).toBe(user)
  })
})

describe("breakpoints", () => {
  const program = (thumb: boolean) => `
        ${thumb ? ".thumb" : ".arm"}
        adr   r10, again
again:  adds  r0, r0, #1
        movs  r3, #7
inner:  adds  r1, r1, r3
        eors  r2, r1
        subs  r3, r3, #1
        bne   inner
        bl    called
        b     again
called: adds  r4, r4, #1
        bx    lr
end:`

  it.each([false, true])(
    "are met at once where they are planted from outside, and forgotten once removed: Thumb %s",
    (thumb) => {
      const random = new Random(thumb ? 11 : 12)
      let planted: { address: number; was: Uint8Array } | undefined
      const breakpoint = thumb ? Uint8Array.of(0x00, 0xbe) : Uint8Array.of(0x70, 0x00, 0x20, 0xe1)
      run(program(thumb), {
        instructions: 40_000,
        between(at) {
          if (planted) {
            machines.write(planted.address, planted.was)
            planted = undefined
          } else if (random.chance(30)) {
            const [first, end] = [at.get("again")!, at.get("end")!]
            const address = first + breakpoint.length * random.below((end - first) / breakpoint.length)
            planted = { address, was: machines.bytes(address, breakpoint.length) }
            machines.write(address, breakpoint)
          }
        },
      })
      expect(machines.register(11) >>> 16).toBeGreaterThan(20)
    },
  )

  it("may be the program's own", () => {
    run(
      `
again:  add   r0, r0, #1
        adr   r10, after
        tst   r0, #3
        beq   trap
        add   r1, r1, #1
        b     again
trap:   bkpt  #7
        add   r1, r1, #1000
after:  add   r2, r2, #1
        b     again`,
      {},
    )
    expect(machines.register(2)).toBeGreaterThan(300)
  })
})
