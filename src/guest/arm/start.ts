// The monitor's first instructions: the header of a zImage (Linux: Documentation/arm/booting.rst), stacks for all modes,
// then a call of each module's start.

import { startTexts } from "../shared.ts"

/** The start of the image. */
export const start = String.raw`
    .text
    .arm
    .global _start
_start:
    b       start
    .org    0x24
    .word   0x016f2818                  @ this is a zImage
    .word   _start                      @ which runs only here,
    .word   image_end                   @ ends here,
    .word   0x04030201                  @ and is little-endian

@ Entered in Supervisor mode, interrupts masked, MMU off, r2 the address of the device tree.
start:
    cpsid   if, #MODE_FIQ
    ldr     sp, =STACK_FIQ
    cps     #MODE_IRQ
    ldr     sp, =STACK_IRQ
    cps     #MODE_ABT
    ldr     sp, =STACK_ABT
    cps     #MODE_UND
    ldr     sp, =STACK_UND
    cps     #MODE_SVC
    ldr     sp, =STACK_SVC
    ldr     r0, =tree
    str     r2, [r0]
    ldr     r0, =vectors
    mcr     p15, 0, r0, c12, c0, 0      @ VBAR
    bl      console_start
    bl      find_memory
    bl      mmu_start
    bl      interrupts_start
    bl      timer_start
    cpsie   ai
    bl      introduce
    ldr     r0, =chosen_name
    ldr     r1, =bootargs_name
    bl      tree_property
    cmp     r0, #0
    beq     prompt
    ldrb    r1, [r0]
    cmp     r1, #0
    beq     prompt
    bl      run_line
    b       finish

@ Sets memory_bytes from the device tree.
find_memory:
    push    {r4, lr}
    ldr     r0, =memory_name
    ldr     r1, =reg_name
    bl      tree_property
    cmp     r0, #0
    ldrne   r0, [r0, #12]               @ two cells of address, two of size: the low one of the size
    revne   r0, r0
    moveq   r0, #0x1000000              @ unknown: assume little
    ldr     r1, =memory_bytes
    str     r0, [r1]
    pop     {r4, pc}

@ Prints what was found.
introduce:
    push    {r4, lr}
    mrc     p15, 0, r3, c0, c0, 0       @ MIDR
    ldr     r0, =cpu_format
    ubfx    r1, r3, #4, #12             @ part
    movw    r2, #0xc0f
    cmp     r1, r2
    ldreq   r1, =cortex_a15_name
    ldrne   r1, =unknown_name
    ubfx    r2, r3, #20, #4             @ variant
    and     r3, r3, #15                 @ revision
    bl      print
    ldr     r0, =memory_format
    ldr     r1, =memory_bytes
    ldr     r1, [r1]
    lsr     r1, r1, #20
    ldr     r2, =RAM
    bl      print
    ldr     r0, =timer_format
    mrc     p15, 0, r1, c14, c0, 0      @ CNTFRQ
    mov     r2, #TICK_RATE
    bl      print
    ldr     r0, =gic_format
    ldr     r1, =GICD
    ldr     r1, [r1, #GICD_TYPER]
    and     r1, r1, #31                 @ ITLinesNumber
    add     r1, r1, #1
    lsl     r1, r1, #5
    bl      print
    pop     {r4, pc}

@ Ends the run: r0 is the number of failures.
finish:
    cmp     r0, #0
    bne     give_up
    b       off

@ Ends the run with status 1, by semihosting.
give_up:
    mov     r0, #0x20                   @ SYS_EXIT_EXTENDED
    ldr     r1, =exit_block
    svc     #0x123456
    wfi
    b       give_up

off:
    ldr     r0, =SYSTEM_OFF
    hvc     #0
    b       give_up

reset:
    ldr     r0, =SYSTEM_RESET
    hvc     #0
    b       give_up
    .pool

exit_block:
    .word   0x20026, 1                  @ ADP_Stopped_ApplicationExit, status
memory_bytes:
    .word   0
memory_name:
    .asciz  "memory"
reg_name:
    .asciz  "reg"
chosen_name:
    .asciz  "chosen"
bootargs_name:
    .asciz  "bootargs"
cortex_a15_name:
    .asciz  "Cortex-A15"
gic_format:
    .asciz  "gic: %u lines\n"
${startTexts("%s r%up%u")}    .balign 4
`
