// The monitor's checks of memory, the MMU, interrupts, timers and firmware.

/** The routines that the table of checks names; each returns a number to compare with the table. */
export const checkSystem = `
@ Marks the last word of every MiB of memory, then checks the marks. Returns the number of wrong ones.
check_memory:
    ldr     r3, =memory_bytes
    ldr     r3, [r3]
    lsr     r3, r3, #20
    ldr     r1, =RAM + 0xffffc
    mov     r2, r3
1:  mvn     r0, r1
    str     r0, [r1]
    add     r1, r1, #0x100000
    subs    r2, r2, #1
    bne     1b
    ldr     r1, =RAM + 0xffffc
    mov     r2, r3
    mov     r12, #0
2:  ldr     r0, [r1]
    mvn     r0, r0
    cmp     r0, r1
    addne   r12, r12, #1
    add     r1, r1, #0x100000
    subs    r2, r2, #1
    bne     2b
    mov     r0, r12
    bx      lr

check_byte_order:
    ldr     r1, =BUFFER
    ldr     r0, =0x11223344
    str     r0, [r1]
    setend  be
    ldr     r0, [r1]
    setend  le
    bx      lr

@ Writes the stack pointer and link register of User mode from outside, and from inside by System mode.
check_banked:
    push    {r4, lr}
    ldr     r1, =BUFFER
    ldr     r2, =0x1200
    mov     r3, #0x34
    strd    r2, r3, [r1]
    cpsid   i, #MODE_SYS
    ldm     r1, {r2, lr}
    mov     sp, r2
    cps     #MODE_SVC
    mov     r2, #0
    str     r2, [r1]
    stmia   r1, {sp, lr}^
    nop
    cpsie   i
    ldm     r1, {r2, r3}
    orr     r0, r2, r3
    pop     {r4, pc}

@ A store succeeds after a load, and fails after CLREX: three results as digits, the middle one of the failure.
check_exclusive:
    push    {r4, r5}
    ldr     r1, =BUFFER
    mov     r4, #0
    mov     r5, #0
    strd    r4, r5, [r1]
    ldrex   r2, [r1]
    add     r2, r2, #1
    strex   r0, r2, [r1]
    ldrex   r2, [r1]
    clrex
    strex   r3, r2, [r1]
    orr     r0, r0, r3, lsl #4
    ldrexd  r2, r3, [r1]
    sub     r2, r2, #1                  @ 0 again if the first store has happened
    strexd  r12, r2, r3, [r1]
    orr     r0, r0, r12, lsl #8
    ldr     r2, [r1]
    orr     r0, r0, r2, lsl #12
    pop     {r4, r5}
    bx      lr

@ Executes a function that returns 1, and changes it into one that returns 2 through another address of its page.
check_new_code:
    push    {r4, r5, lr}
    ldr     r4, =READ_WRITE
    ldr     r0, =0xe3a00001             @ mov r0, #1
    ldr     r1, =0xe12fff1e             @ bx lr
    strd    r0, r1, [r4]
    mov     r0, r4
    bl      publish_code
    blx     r4
    mov     r5, r0
    ldr     r0, =NO_EXECUTE
    mov     r1, #2
    strb    r1, [r0]
    bl      publish_code
    blx     r4
    orr     r0, r0, r5, lsl #4
    pop     {r4, r5, pc}

check_aliases:
    ldr     r0, =0x12345678
    ldr     r1, =READ_WRITE + 0x800
    ldr     r2, =PAGE + 0x800
    str     r0, [r1]
    mov     r3, #0
    ldr     r3, [r2]
    ldr     r1, =READ_ONLY + 0x800
    ldr     r0, [r1]
    cmp     r0, r3
    movne   r0, #0
    bx      lr

@ Reads through one address before and after its page is replaced by another.
check_remapping:
    push    {r4, lr}
    ldr     r1, =PAGE + 0x900
    mov     r0, #1
    str     r0, [r1]
    ldr     r1, =OTHER_PAGE + 0x900
    mov     r0, #2
    str     r0, [r1]
    ldr     r4, =MOVING + 0x900
    ldr     r12, [r4]
    ldr     r0, =OTHER_PAGE + PAGE_RW
    bl      move_page
    ldr     r2, [r4]
    orr     r12, r12, r2, lsl #4
    ldr     r0, =PAGE + PAGE_RW
    bl      move_page
    mov     r0, r12
    pop     {r4, pc}

@ Makes r0 the descriptor of MOVING.
move_page:
    ldr     r1, =TABLE2
    str     r0, [r1, #((MOVING - WINDOW) >> 12) * 4]
    dsb     sy
    ldr     r1, =MOVING
    mcr     p15, 0, r1, c8, c7, 1       @ TLBIMVA
    dsb     sy
    isb     sy
    bx      lr

@ The physical address of a kernel read of NO_EXECUTE, as the CPU translates it, without the attributes.
check_translation:
    ldr     r0, =NO_EXECUTE
    mcr     p15, 0, r0, c7, c8, 0       @ ATS1CPR
    isb     sy
    mrc     p15, 0, r0, c7, c4, 0       @ PAR
    bic     r0, r0, #0xfe0
    bic     r0, r0, #0x01e
    bx      lr

check_crc:
    push    {r4, lr}
    bl      make_crc_table
    ldr     r0, =crc_text
    mov     r1, #9
    bl      crc32
    pop     {r4, pc}

@ Whether SVC 1 returns, with the number of ticks.
check_service:
    push    {r4, lr}
    mov     r0, #0
    svc     #1
    ldr     r1, =ticks
    ldr     r1, [r1]
    sub     r1, r1, r0
    cmp     r1, #1                      @ one tick may have come in between
    mov     r0, #0
    movls   r0, #1
    pop     {r4, pc}

@ Whether five ticks take the time of four to twenty periods: a busy host may be late.
check_ticks:
    push    {r4, r5, lr}
    bl      now
    mov     r4, r0
    ldr     r5, =ticks
    ldr     r1, [r5]
    add     r1, r1, #5
1:  wfi
    ldr     r0, [r5]
    cmp     r0, r1
    blo     1b
    bl      now
    sub     r0, r0, r4
    ldr     r1, =tick_period
    ldr     r1, [r1]
    udiv    r0, r0, r1
    sub     r0, r0, #4
    cmp     r0, #16
    mov     r0, #0
    movls   r0, #1
    pop     {r4, r5, pc}

@ Sets the physical timer a millisecond ahead. Returns the number of its interrupts.
check_alarm:
    ldr     r1, =alarms
    mov     r0, #0
    str     r0, [r1]
    movw    r0, #62500
    mcr     p15, 0, r0, c14, c2, 0      @ CNTP_TVAL
    mov     r0, #1
    mcr     p15, 0, r0, c14, c2, 1      @ CNTP_CTL: on
    isb     sy
1:  wfi
    ldr     r0, [r1]
    cmp     r0, #0
    beq     1b
    bx      lr

@ Raises a software interrupt while it is masked: 1 if it is pending then, and 0x100 if it comes afterwards.
check_software_interrupt:
    ldr     r2, =software_interrupts
    ldr     r3, [r2]
    cpsid   i
    ldr     r1, =GICD
    ldr     r0, =0x02000000 + IRQ_SOFTWARE
    str     r0, [r1, #GICD_SGIR]
    dsb     sy
    isb     sy
    ldr     r0, [r2]
    sub     r0, r0, r3
    ldr     r1, [r1, #GICD_ISPENDR]
    ubfx    r1, r1, #IRQ_SOFTWARE, #1
    orr     r0, r1, r0, lsl #4
    cpsie   i
    isb     sy
    ldr     r1, [r2]
    sub     r1, r1, r3
    orr     r0, r0, r1, lsl #8
    bx      lr

@ Raises it under a priority mask that blocks it: 0x10 if it is blocked, and 0x100 if it comes afterwards.
check_interrupt_priority:
    ldr     r2, =software_interrupts
    ldr     r3, [r2]
    ldr     r12, =GICC
    mov     r0, #0xa0
    str     r0, [r12, #GICC_PMR]
    ldr     r1, =GICD
    ldr     r0, =0x02000000 + IRQ_SOFTWARE
    str     r0, [r1, #GICD_SGIR]
    dsb     sy
    isb     sy
    ldr     r0, [r2]
    cmp     r0, r3
    mov     r0, #0
    moveq   r0, #0x10
    mov     r1, #0xff
    str     r1, [r12, #GICC_PMR]
    dsb     sy
    isb     sy
1:  ldr     r1, [r2]
    cmp     r1, r3
    beq     1b
    sub     r1, r1, r3
    orr     r0, r0, r1, lsl #8
    bx      lr

@ Whether the clock is a PL031 that runs.
check_clock:
    ldr     r1, =RTC
    ldr     r0, [r1, #0xfe0]            @ identification
    cmp     r0, #0x31
    ldr     r2, [r1, #0x0c]             @ control
    cmpeq   r2, #1
    ldr     r2, [r1]
    mov     r0, #0
    bxne    lr
    cmp     r2, #0
    movne   r0, #1
    bx      lr

@ Whether PSCI is there, version 0.2 or later.
check_firmware:
    push    {r4, lr}
    ldr     r0, =PSCI_VERSION
    hvc     #0
    cmp     r0, #2
    mov     r0, #0
    movge   r0, #1
    pop     {r4, pc}
    .pool

crc_text:
    .ascii  "123456789"
    .balign 4
`
