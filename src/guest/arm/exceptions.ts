// The monitor's exception vectors (ARM DDI 0406C, B1.8): a routine may catch an expected fault; any other ends the run.

import { unexpectedTexts } from "../shared.ts"

/** `vectors`, `catch` and the record `caught`. */
export const exceptions = String.raw`
    .balign 32, 0
vectors:
    b       .
    b       undefined
    b       supervisor_call
    b       prefetch_abort
    b       data_abort
    b       .
    b       interrupt
    b       .

undefined:
    push    {r0-r3, lr}
    mov     r0, #UNDEFINED
    mov     r1, #0
    sub     r2, lr, #4
    b       record

@ SVC 1 returns the number of ticks in r0; all other numbers are for the checks to catch.
supervisor_call:
    push    {r0-r3, lr}
    ldr     r1, [lr, #-4]
    bic     r1, r1, #0xff000000
    cmp     r1, #1
    mov     r0, #SVC
    sub     r2, lr, #4
    bne     record
    ldr     r0, =ticks
    ldr     r0, [r0]
    str     r0, [sp]
    ldm     sp!, {r0-r3, pc}^

prefetch_abort:
    push    {r0-r3, lr}
    mov     r0, #PREFETCH_ABORT
    mrc     p15, 0, r1, c5, c0, 1       @ IFSR
    mrc     p15, 0, r2, c6, c0, 2       @ IFAR
    b       record

data_abort:
    push    {r0-r3, lr}
    mov     r0, #DATA_ABORT
    mrc     p15, 0, r1, c5, c0, 0       @ DFSR
    mrc     p15, 0, r2, c6, c0, 0       @ DFAR

@ r0 is what happened, r1 its status, r2 its address; the stack holds r0 to r3 and the link.
record:
    ldr     r3, =caught
    stm     r3, {r0, r1, r2}
    mrs     r0, spsr
    ldr     r1, [sp, #16]
    str     r0, [r3, #12]
    str     r1, [r3, #16]
    ldr     r0, [r3, #20]
    cmp     r0, #0
    beq     unexpected
    add     sp, sp, #20
    cps     #MODE_SVC
    mov     sp, r0
    cpsie   ai
    ldr     r0, [r3]
    b       release

unexpected:
    ldr     r0, =unexpected_format
    ldm     r3, {r1, r2, r3}
    bl      print
    ldr     r3, =caught
    ldr     r0, =state_format
    ldr     r1, [r3, #16]
    ldr     r2, [r3, #12]
    bl      print
    b       give_up

@ Calls the routine r0 with r1 as its argument. Returns in r0 the exception that ended it, 0 if it returned.
catch:
    push    {r4-r11, lr}
    mov     r2, r0
    ldr     r3, =caught
    str     sp, [r3, #20]
    mov     r0, r1
    blx     r2
    mov     r0, #0
    ldr     r3, =caught
release:
    mov     r1, #0
    str     r1, [r3, #20]
    pop     {r4-r11, pc}
    .pool

caught:
    .word   0                           @ what
    .word   0                           @ status
    .word   0                           @ address
    .word   0                           @ SPSR
    .word   0                           @ link
    .word   0                           @ stack pointer of the routine that expects an exception
${unexpectedTexts}    .balign 4
`
