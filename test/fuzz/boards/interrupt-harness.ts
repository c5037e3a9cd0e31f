// The program around random programs that interrupt themselves: it starts one after the other, and its handlers record what they see.
// GICv2: ARM IHI 0048B, chapter 4.

import { RAM_BASE } from "./board-run.ts"

/** Addresses of the parts of the image. Each descriptor is CPSR, S0, sp, lr, r0 to r12, pc. */
export const interruptLayout = {
  CODE: RAM_BASE + 0x10_0000,
  PROGRAMS: RAM_BASE + 0x20_0000,
  DESCRIPTORS: RAM_BASE + 0x60_0000,
  DATA: RAM_BASE + 0x70_0000,
  DATA_BYTES: 0x1_0000,
  RECORDS: RAM_BASE + 0x80_0000,
} as const
const { CODE, DESCRIPTORS, DATA, DATA_BYTES, RECORDS } = interruptLayout

/** Words of a record: kind and interrupt, link, SPSR, then r0 to r12, then sp and lr of user and supervisor mode. */
export const RECORD_WORDS = 20

/** Source of the program, in ARM state. */
export const interruptHarness = `
        b     start
        b     undefined
        b     supervisor
        b     prefetch
        b     data
        b     .
        b     irq
fiq:    sub   lr, lr, #4
        push  {r0, r1, r2, lr}
        ldr   r0, =0xf1
        b     record
irq:    sub   lr, lr, #4
        push  {r0, r1, r2, lr}
        ldr   r0, =0x11
record:                               @ kind in r0
        ldr   r1, =0x08010000
        ldr   r2, [r1, #0xc]          @ GICC_IAR
        orr   r0, r0, r2, lsl #16
        str   r2, [r1, #0x10]         @ GICC_EOIR
        mov   r2, #0
        mcr   p15, 0, r2, c14, c2, 1  @ CNTP_CTL
        mcr   p15, 0, r2, c14, c3, 1  @ CNTV_CTL
        bl    write
        pop   {r0, r1, r2, lr}
        movs  pc, lr
write:                                @ r0 is the kind; sp points at r0, r1, r2 and the link
        push  {r3, lr}
        ldr   r1, =cursor
        ldr   r2, [r1]
        str   r0, [r2], #4
        ldr   r0, [sp, #20]
        str   r0, [r2], #4
        mrs   r0, spsr
        str   r0, [r2], #4
        ldr   r0, [sp, #8]
        str   r0, [r2], #4
        ldr   r0, [sp, #12]
        str   r0, [r2], #4
        ldr   r0, [sp, #16]
        str   r0, [r2], #4
        stm   r2, {r3-r12}
        add   r2, r2, #40
        stm   r2, {sp, lr}^
        add   r2, r2, #8
        mrs   r3, cpsr
        cps   #0x13
        str   sp, [r2], #4
        str   lr, [r2], #4
        msr   cpsr_c, r3
        str   r2, [r1]
        pop   {r3, pc}

@ A call of the supervisor raises an interrupt, which is masked until the return.
supervisor:
        str   r7, [r6]
        movs  pc, lr

@ The end of a program. The interrupts that are left come now.
undefined:
        push  {r0, r1, r2, lr}
        ldr   r0, =0x0d
        b     finish
prefetch:
        push  {r0, r1, r2, lr}
        ldr   r0, =0x0e
        b     finish
data:   push  {r0, r1, r2, lr}
        ldr   r0, =0x0f
finish: bl    write
        pop   {r0, r1, r2, lr}
        cps   #0x13
        cpsie if
        nop
        nop
        nop
        cpsid if
        b     next

start:  cpsid if
        ldr   r0, =${CODE}
        mcr   p15, 0, r0, c12, c0, 0  @ VBAR
        mov   r0, #0xf00000
        mcr   p15, 0, r0, c1, c0, 2   @ CPACR
        isb
        mov   r0, #0x40000000
        vmsr  fpexc, r0
        ldr   r1, =${DATA - 0x1_0000}
        cps   #0x11
        add   sp, r1, #0x1000
        ldr   r8, =0x88888888
        mov   r9, r8
        mov   r10, r8
        mov   r11, r8
        mov   r12, r8
        cps   #0x12
        add   sp, r1, #0x2000
        cps   #0x17
        add   sp, r1, #0x3000
        cps   #0x1b
        add   sp, r1, #0x4000
        cps   #0x13
        ldr   r1, =0x08000000
        ldr   r0, =0x0800ff00
        str   r0, [r1, #0x80]         @ GICD_IGROUPR0
        ldr   r0, =0x60304050
        str   r0, [r1, #0x400]        @ GICD_IPRIORITYR
        str   r0, [r1, #0x404]
        ldr   r0, =0x70205060
        str   r0, [r1, #0x408]
        str   r0, [r1, #0x40c]
        ldr   r0, =0x50a06070
        str   r0, [r1, #0x418]
        str   r0, [r1, #0x41c]
        mov   r0, #0x48000000
        str   r0, [r1, #0x100]        @ GICD_ISENABLER0: the timers
        mov   r0, #3
        str   r0, [r1]                @ GICD_CTLR
        add   r1, r1, #0x10000
        mov   r0, #0xff
        str   r0, [r1, #4]            @ GICC_PMR
        mov   r0, #0xf                @ both groups, AckCtl, FIQEn
        str   r0, [r1]                @ GICC_CTLR
        ldr   r0, =0x303
        mcr   p15, 0, r0, c14, c1, 0  @ CNTKCTL: timers for user mode
        mov   r0, #0
        mcrr  p15, 2, r0, r0, c14     @ CNTP_CVAL
        mcrr  p15, 3, r0, r0, c14     @ CNTV_CVAL
next:   ldr   r1, =descriptor
        ldr   lr, [r1]
        ldr   r0, [lr]
        cmp   r0, #0
        beq   done
        add   r2, lr, #72
        str   r2, [r1]
        msr   spsr_fsxc, r0
        ldr   r0, [lr, #4]
        vmov  s0, r0
        ldr   r1, [lr, #8]
        ldr   r2, [lr, #12]
        mov   sp, r1
        cps   #0x1f
        mov   sp, r1
        mov   lr, r2
        cps   #0x13
        add   lr, lr, #16
        ldm   lr, {r0-r12, pc}^
@ A record of nothing, then the data.
done:   ldr   r1, =cursor
        ldr   r1, [r1]
        add   r1, r1, #${4 * RECORD_WORDS}
        ldr   r2, =${DATA}
        ldr   r3, =${DATA_BYTES / 32}
copy:   ldm   r2!, {r4-r11}
        stm   r1!, {r4-r11}
        subs  r3, r3, #1
        bne   copy
        ldr   r0, =0x84000008         @ PSCI SYSTEM_OFF
        hvc   #0
        b     .
        .balign 4
cursor: .word ${RECORDS}
descriptor: .word ${DESCRIPTORS}
        .pool`
