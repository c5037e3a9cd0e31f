// Interrupts: the decrementer and the time base (Programming Environments Manual, 2.2, 2.3.14), and Heathrow's controller.

/** `interrupts_start`, the handlers, `now` and the counters that the handlers keep. */
export const interrupts = `
interrupts_start:
    lwz     r3, timebase_hz-BASE(r2)
    li      r4, TICK_RATE
    divwu   r3, r3, r4
    stw     r3, tick_period-BASE(r2)
    mtdec   r3
    lwz     r3, mac_io-BASE(r2)
    li      r4, 0
    li      r5, PIC_MASK_HIGH
    stwbrx  r4, r3, r5
    li      r4, -1
    li      r5, PIC_ACKNOWLEDGE
    stwbrx  r4, r3, r5
    lis     r4, 1 << IRQ_SERIAL >> 16
    ori     r4, r4, 1 << IRQ_SERIAL
    li      r5, PIC_MASK
    stwbrx  r4, r3, r5
    eieio
    mfmsr   r3
    ori     r3, r3, 0x8000
    mtmsr   r3
    blr

# The next tick is due one period after this one was. Ticks that are missed by then are counted too: a decrementer that
# stays negative does not interrupt.
tick_interrupt:
    lwz     r3, tick_period-BASE(r2)
    lwz     r5, ticks-BASE(r2)
    mfdec   r4
1:  add     r4, r4, r3
    addi    r5, r5, 1
    cmpwi   r4, 0
    blt     1b
    mtdec   r4
    stw     r5, ticks-BASE(r2)
    blr

# Acknowledges every request, then serves the one that is enabled.
external_interrupt:
    lwz     r3, mac_io-BASE(r2)
    li      r5, PIC_EVENT
    lwbrx   r4, r3, r5
    li      r5, PIC_ACKNOWLEDGE
    stwbrx  r4, r3, r5
    eieio
    lwz     r4, external_interrupts-BASE(r2)
    addi    r4, r4, 1
    stw     r4, external_interrupts-BASE(r2)
    b       console_interrupt

# The time base: r3 is the low word, r4 the high one.
now:
    mftbu   r4
    mftb    r3
    mftbu   r5
    cmpw    r4, r5
    bne     now
    blr

tick_period:
    .long   0
ticks:
    .long   0
external_interrupts:
    .long   0
`
