@ Counts three ticks of the timer, echoes a byte from the console, and switches the machine off.

    .equ LATCH, 0x10000000
    .equ ENABLE, 0x04
    .equ CLAIM, 0x08
    .equ TIMER, 0x10001000
    .equ PERIOD, 0x00
    .equ STATUS, 0x08
    .equ TTY, 0x10002000
    .equ DATA, 0x00
    .equ WAITING, 0x04
    .equ TIMER_INPUT, 3

start:
    cpsid   if, #0x12                   @ IRQ mode has a stack of its own
    ldr     sp, =0x80100000
    cps     #0x13
    ldr     sp, =0x80200000
    adr     r0, vectors
    mcr     p15, 0, r0, c12, c0, 0      @ VBAR
    ldr     r0, =LATCH
    mov     r1, #1 << TIMER_INPUT
    str     r1, [r0, #ENABLE]
    ldr     r0, =TIMER
    ldr     r1, =1000
    str     r1, [r0, #PERIOD]
    mov     r10, #0                     @ ticks that have come
    mov     r9, #0                      @ ticks that have been printed
    cpsie   i
1:  cmp     r10, r9
    wfieq
    beq     1b
    add     r9, r9, #1
    adr     r0, tick
    bl      print
    add     r0, r9, #'0'
    bl      put
    mov     r0, #10
    bl      put
    cmp     r9, #3
    blo     1b
    adr     r0, question
    bl      print
    ldr     r1, =TTY
2:  ldr     r0, [r1, #WAITING]
    cmp     r0, #0
    beq     2b
    ldr     r4, [r1, #DATA]
    adr     r0, answer
    bl      print
    mov     r0, r4
    bl      put
    mov     r0, #10
    bl      put
    ldr     r0, =0x84000008             @ PSCI SYSTEM_OFF
    hvc     #0
    b       .

print:
    push    {r4, lr}
    mov     r4, r0
3:  ldrb    r0, [r4], #1
    cmp     r0, #0
    popeq   {r4, pc}
    bl      put
    b       3b

put:
    ldr     r2, =TTY
    str     r0, [r2, #DATA]
    bx      lr

interrupt:
    sub     lr, lr, #4
    push    {r0, r1, lr}
    ldr     r0, =LATCH
    ldr     r1, [r0, #CLAIM]
    cmp     r1, #TIMER_INPUT
    addeq   r10, r10, #1
    ldr     r0, =TIMER
    str     r1, [r0, #STATUS]
    ldm     sp!, {r0, r1, pc}^
    .pool

tick:
    .asciz  "tick "
question:
    .asciz  "byte? "
answer:
    .asciz  "got "
    .balign 32
vectors:
    b       .
    b       .
    b       .
    b       .
    b       .
    b       .
    b       interrupt
    b       .
