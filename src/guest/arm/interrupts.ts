// Interrupts: the GICv2 (ARM IHI 0048B) and the architected timer (ARM DDI 0406C, chapter B8).

/** `interrupts_start`, `interrupt`, `timer_start` and the counters that the handlers keep. */
export const interrupts = `
interrupts_start:
    ldr     r0, =GICD
    mov     r1, #0xa0                   @ one priority for all that are used
    strb    r1, [r0, #GICD_IPRIORITYR + IRQ_SOFTWARE]
    strb    r1, [r0, #GICD_IPRIORITYR + IRQ_TICK]
    strb    r1, [r0, #GICD_IPRIORITYR + IRQ_ALARM]
    strb    r1, [r0, #GICD_IPRIORITYR + IRQ_UART]
    mov     r1, #1
    strb    r1, [r0, #GICD_ITARGETSR + IRQ_UART]
    ldr     r1, =(1 << IRQ_SOFTWARE) | (1 << IRQ_TICK) | (1 << IRQ_ALARM)
    str     r1, [r0, #GICD_ISENABLER]
    mov     r1, #1 << (IRQ_UART - 32)
    str     r1, [r0, #GICD_ISENABLER + 4]
    mov     r1, #1
    str     r1, [r0, #GICD_CTLR]
    ldr     r0, =GICC
    mov     r2, #0xff
    str     r2, [r0, #GICC_PMR]
    str     r1, [r0, #GICC_CTLR]
    bx      lr

interrupt:
    sub     lr, lr, #4
    push    {r0-r3, r12, lr}
    ldr     r0, =GICC
    ldr     r1, [r0, #GICC_IAR]
    push    {r0, r1}
    ubfx    r1, r1, #0, #10
    adr     lr, 1f
    cmp     r1, #IRQ_TICK
    beq     tick_interrupt
    cmp     r1, #IRQ_ALARM
    beq     alarm_interrupt
    cmp     r1, #IRQ_UART
    beq     console_interrupt
    cmp     r1, #IRQ_SOFTWARE
    beq     software_interrupt
1:  pop     {r0, r1}
    str     r1, [r0, #GICC_EOIR]
    clrex
    ldm     sp!, {r0-r3, r12, pc}^

@ The next tick is due one period after this one was, however late this one is.
tick_interrupt:
    ldr     r0, =tick_period
    ldr     r0, [r0]
    mrrc    p15, 3, r1, r2, c14         @ CNTV_CVAL
    adds    r1, r1, r0
    adc     r2, r2, #0
    mcrr    p15, 3, r1, r2, c14
    ldr     r0, =ticks
    b       count

alarm_interrupt:
    mov     r0, #0
    mcr     p15, 0, r0, c14, c2, 1      @ CNTP_CTL: off
    isb     sy
    ldr     r0, =alarms
    b       count

software_interrupt:
    ldr     r0, =software_interrupts
count:
    ldr     r1, [r0]
    add     r1, r1, #1
    str     r1, [r0]
    bx      lr

timer_start:
    mrc     p15, 0, r0, c14, c0, 0      @ CNTFRQ
    mov     r1, #TICK_RATE
    udiv    r0, r0, r1
    ldr     r1, =tick_period
    str     r0, [r1]
    isb     sy
    mrrc    p15, 1, r2, r3, c14         @ CNTVCT
    adds    r2, r2, r0
    adc     r3, r3, #0
    mcrr    p15, 3, r2, r3, c14         @ CNTV_CVAL
    mov     r0, #1
    mcr     p15, 0, r0, c14, c3, 1      @ CNTV_CTL: on
    isb     sy
    bx      lr

@ The virtual count, low word in r0.
now:
    isb     sy
    mrrc    p15, 1, r0, r1, c14         @ CNTVCT
    bx      lr
    .pool

tick_period:
    .word   0
ticks:
    .word   0
alarms:
    .word   0
software_interrupts:
    .word   0
`
