// A program that reads and writes the registers of a board's parts at random, for ever, with interrupts on and off.

import { type BootOptions, prepare } from "../../src/index.ts"
import { loaded } from "./programs.ts"

/** Registers that most parts have lie in the first bytes of their range. */
const COMMON = 0x100

/** The program for a board; the same seed does the same. */
export async function registerNonsense(machine: "virt" | "versatilepb", seed: number): Promise<BootOptions> {
  const { board } = await prepare({ ...loaded(machine, "b ."), memoryBytes: 4 * 1024 * 1024 })
  const ranges = board.machine.bus.registers.flatMap(({ base, size }) => [
    [base, size - 1],
    [base, Math.min(size, COMMON) - 1],
  ])
  const count = 2 ** Math.ceil(Math.log2(ranges.length))
  const table = Array.from({ length: count }, (_, n) => ranges[n % ranges.length]!)
  const vectors = machine === "virt" ? 0x4000_8000 : 0
  return loaded(
    machine,
    `
        .equ  SAVED, ${vectors + 0x1000}
        ldr   r0, =${vectors}
        ${machine === "virt" ? "mcr p15, 0, r0, c12, c0, 0" : ""}
        adr   r1, vectors
        add   r2, r1, #64
    copy:
        ldr   r3, [r1], #4
        str   r3, [r0], #4
        cmp   r1, r2
        bne   copy
        @ The sequence goes on where a reset has cut it off.
        ldr   r10, =SAVED
        ldr   r4, [r10]
        cmp   r4, #0
        ldreq r4, =${seed * 0x9e37 + 1}
        ldr   r11, =table
    next:
        bl    random
        tst   r4, #0x3f0
        bne   stay
        mrs   r0, cpsr
        bic   r0, r0, #0xc0
        msr   cpsr_c, r0
    stay:
        ldr   r0, =${(count - 1) * 8}
        and   r0, r0, r4, lsr #5
        add   r0, r0, r11
        ldr   r5, [r0]
        ldr   r1, [r0, #4]
        bl    random
        and   r1, r1, r4
        tst   r4, #0xe0000000           @ most accesses are aligned
        bicne r1, r1, #3
        add   r5, r5, r1
        bl    random
        mov   r6, r4
        tst   r4, #0x300
        andeq r6, r6, #0xff
        tst   r4, #0xc00
        moveq r6, #1
        tst   r4, #0x3000
        mvneq r6, #0
        bl    random
        str   r4, [r10]
        and   r0, r4, #15
        add   pc, pc, r0, lsl #3
        mov   r0, r0
        str   r6, [r5]
        b     next
        str   r6, [r5]
        b     next
        str   r6, [r5]
        b     next
        str   r6, [r5]
        b     next
        str   r6, [r5]
        b     next
        ldr   r0, [r5]
        b     next
        ldr   r0, [r5]
        b     next
        ldr   r0, [r5]
        b     next
        strb  r6, [r5]
        b     next
        strh  r6, [r5]
        b     next
        ldrb  r0, [r5]
        b     next
        ldrsh r0, [r5]
        b     next
        stm   r5, {r6-r9}
        b     next
        ldm   r5, {r6-r9}
        b     next
        swp   r0, r6, [r5]
        b     next
        strd  r6, r7, [r5]
        b     next
    random:
        eor   r4, r4, r4, lsl #13
        eor   r4, r4, r4, lsr #17
        eor   r4, r4, r4, lsl #5
        bx    lr
    vectors:
        ldr   pc, [pc, #24]
        ldr   pc, [pc, #24]
        ldr   pc, [pc, #24]
        ldr   pc, [pc, #24]
        ldr   pc, [pc, #24]
        ldr   pc, [pc, #24]
        ldr   pc, [pc, #24]
        ldr   pc, [pc, #24]
        .word undefined, undefined, undefined, prefetch, data, undefined, interrupt, interrupt
    undefined:
        movs  pc, lr
    prefetch:
        subs  pc, lr, #0
    data:
        subs  pc, lr, #4
    interrupt:                          @ back with interrupts masked: the next may come at once
        mrs   r13, spsr
        orr   r13, r13, #0xc0
        msr   spsr_cxsf, r13
        subs  pc, lr, #4
        .ltorg
        .balign 8
    table:
        ${table.map((entry) => `.word ${entry.join(", ")}`).join("\n        ")}
`,
  )
}
