// Accesses to addresses where nothing is end in external aborts that tell what was tried
// (ARM DDI 0406C, B3.13 and table B3-23; ARM DDI 0198E, 3.6). Those of the virt board have been seen alike on QEMU.

import { describe, expect, it } from "vitest"
import { type BootOptions, boot } from "../../src/index.ts"
import { firmware, loaded } from "../guests/programs.ts"

/** Handlers of aborts that print r6 as a letter, the fault status and the fault address, and go on. */
const handlers = (uart: string, printFetch: string) => `
    data:
        push  {r0-r3, r12, lr}
        mov   r0, r6
        bl    put
        mrc   p15, 0, r0, c5, c0, 0     @ DFSR
        bl    hex
        mrc   p15, 0, r0, c6, c0, 0     @ DFAR
        bl    hex
        bl    line
        pop   {r0-r3, r12, lr}
        subs  pc, lr, #4
    prefetch:
        push  {r0-r3, r12, lr}
        mov   r0, r6
        bl    put
        mrc   p15, 0, r0, c5, c0, 1     @ IFSR
        bl    hex
        ${printFetch}
        bl    line
        mrs   r0, spsr
        bic   r0, r0, #0x20             @ back to ARM code, whatever was fetched
        msr   spsr_cxsf, r0
        pop   {r0-r3, r12, lr}
        movs  pc, r7
    hex:
        push  {r4, r5, lr}
        mov   r4, r0
        mov   r0, #' '
        bl    put
        mov   r5, #8
    digit:
        mov   r0, r4, lsr #28
        cmp   r0, #10
        addcc r0, r0, #'0'
        addcs r0, r0, #'a' - 10
        bl    put
        lsl   r4, r4, #4
        subs  r5, r5, #1
        bne   digit
        pop   {r4, r5, pc}
    line:
        mov   r0, #10
    put:
        ldr   r1, =${uart}
        str   r0, [r1]
        bx    lr
`

/** One access: the letter that the handler prints, then the instructions. */
const accesses = (list: Readonly<Record<string, string>>) =>
  Object.entries(list)
    .map(([letter, instructions]) => `mov r6, #'${letter}'\n ${instructions}\n`)
    .join("")

/** A fetch from the address in r4, after which execution goes on. */
const fetch = (label: string) => `ldr r7, =${label}\n bx r4\n${label}:`

const onVirt = (program: string) => `
        b     start
        b     .
        b     .
        b     prefetch
        b     data
        b     .
    start:
        cpsid aif, #0x17
        ldr   sp, =0x40200000
        cpsid aif, #0x13
        ldr   r4, =0x0b000000
        ${program}
        ldr   r0, =0x84000008           @ SYSTEM_OFF
        hvc   #0
        ${handlers("0x09000000", "mrc p15, 0, r0, c6, c0, 2\n bl hex")}`

/** Sections that map every address to itself, in domain 3, with an MMU that is then switched on. */
const mmuOn = `
        ldr   r0, =0x40104000
        mcr   p15, 0, r0, c2, c0, 0     @ TTBR0
        ldr   r2, =0x00000c62
        mov   r1, #0
    section:
        orr   r3, r2, r1, lsl #20
        str   r3, [r0, r1, lsl #2]
        add   r1, r1, #1
        cmp   r1, #0x1000
        bne   section
        mvn   r1, #0
        mcr   p15, 0, r1, c3, c0, 0     @ DACR: no checks
        mrc   p15, 0, r1, c1, c0, 0
        orr   r1, r1, #1
        mcr   p15, 0, r1, c1, c0, 0     @ SCTLR.M
        isb   sy
`

async function printed(options: BootOptions): Promise<string[]> {
  const { outcome, output } = await boot({ ...options, maxInstructions: 1e5 })
  expect(["off", "limit"]).toContain(outcome)
  return output.trimEnd().split("\n")
}

describe("an access to nothing on virt", () => {
  it("gives the status of an external abort, the write bit and the address, with the MMU off", async () => {
    const program = onVirt(
      accesses({
        a: "ldr r0, [r4]",
        b: "str r0, [r4, #4]",
        c: "ldrb r0, [r4, #3]",
        d: "strh r0, [r4, #6]",
        e: "ldrd r0, r1, [r4, #8]",
        f: "ldr r4, =0xf0000000\n ldrex r0, [r4]",
        g: fetch("afterArm"),
        h: `orr r4, r4, #1\n ${fetch("afterThumb")}`,
      }),
    )
    expect(await printed(firmware(program))).toEqual([
      "a 00000008 0b000000",
      "b 00000808 0b000004",
      "c 00000008 0b000003",
      "d 00000808 0b000006",
      "e 00000008 0b000008",
      "f 00000008 f0000000",
      "g 00000008 f0000000",
      "h 00000008 f0000000",
    ])
  })

  it("gives the same with the MMU on", async () => {
    const program = onVirt(mmuOn + accesses({ a: "ldr r0, [r4]", b: "str r0, [r4, #4]", c: fetch("after") }))
    expect(await printed(firmware(program))).toEqual([
      "a 00000008 0b000000",
      "b 00000808 0b000004",
      "c 00000008 0b000000",
    ])
  })

  it("by a walk of the page tables gives the level and the domain", async () => {
    const program = onVirt(`
        ${mmuOn}
        ldr   r1, =0xf0000061           @ a table at nothing for 0x50000000, domain 3
        ldr   r2, =0x1400
        str   r1, [r0, r2]
        mcr   p15, 0, r0, c8, c7, 0     @ TLBIALL
        ldr   r4, =0x50000000
        ${accesses({ a: "ldr r0, [r4]", b: "str r0, [r4]", c: fetch("after") })}`)
    expect(await printed(firmware(program))).toEqual([
      "a 0000003e 50000000",
      "b 0000083e 50000000",
      // IFSR has no domain.
      "c 0000000e 50000000",
    ])
  })
})

describe("an access to nothing on versatilepb", () => {
  it("gives the status of an external abort and the address; that CPU tells not what was a write", async () => {
    const program = `
        mov   r0, #0                    @ vectors: both jump to where the word at 0x14 bytes further says
        ldr   r1, =0xe59ff00c           @ ldr pc, [pc, #12]
        str   r1, [r0, #0xc]
        str   r1, [r0, #0x10]
        ldr   r1, =prefetch
        str   r1, [r0, #0x20]
        ldr   r1, =data
        str   r1, [r0, #0x24]
        mov   r0, #0xd7
        msr   cpsr_c, r0
        ldr   sp, =0x00200000
        mov   r0, #0xd3
        msr   cpsr_c, r0
        ldr   r4, =0x20000000
        ${accesses({ a: "ldr r0, [r4]", b: "str r0, [r4, #4]", c: "ldrb r0, [r4, #3]", d: fetch("after") })}
        b     .
        ${handlers("0x101f1000", "")}`
    expect(await printed(loaded("versatilepb", program))).toEqual([
      "a 00000008 20000000",
      "b 00000008 20000004",
      "c 00000008 20000003",
      "d 00000008",
    ])
  })
})
