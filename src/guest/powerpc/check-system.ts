// The monitor's checks of memory, the MMU, interrupts and the board.

import { enter, leave } from "./frame.ts"

/** The routines that the table of checks names; each returns a number to compare with the table. */
export const checkSystem = `
# Marks the last word of every MiB of memory by its real address, then checks the marks. Returns the number of wrong ones.
check_memory:
    mfmsr   r9
    rlwinm  r10, r9, 0, 28, 26          # without MSR[DR]: blocks do not map all of it
    mtmsr   r10
    isync
    lwz     r3, memory_bytes-BASE(r2)
    srwi    r3, r3, 20
    lis     r4, 0x0010
    addi    r4, r4, -4
    mtctr   r3
    mr      r5, r4
1:  nor     r6, r5, r5
    stw     r6, 0(r5)
    addis   r5, r5, 0x10
    bdnz    1b
    mtctr   r3
    mr      r5, r4
    li      r3, 0
2:  lwz     r6, 0(r5)
    nor     r6, r6, r6
    cmpw    r6, r5
    beq     3f
    addi    r3, r3, 1
3:  addis   r5, r5, 0x10
    bdnz    2b
    mtmsr   r9
    isync
    blr

# A store succeeds after a load, and fails without one: three results as digits, the middle one of the failure.
check_reservation:
    lis     r4, BUFFER@h
    li      r3, 0
    stw     r3, 0(r4)
1:  lwarx   r5, 0, r4
    addi    r5, r5, 1
    stwcx.  r5, 0, r4
    bne-    1b                          # an interrupt has come between
    stwcx.  r3, 0, r4
    beq     2f
    ori     r3, r3, 0x10
2:  lwz     r5, 0(r4)
    cmpwi   r5, 1
    beqlr
    ori     r3, r3, 0x100
    blr

# Executes a function that returns 1, and changes it into one that returns 2 through another address of its page.
check_new_code:
${enter}    lis     r31, READ_WRITE@h
    addi    r4, r2, short_function-BASE
    lwz     r5, 0(r4)
    lwz     r6, 4(r4)
    stw     r5, 0x400(r31)
    stw     r6, 0x404(r31)
    addi    r3, r31, 0x400
    bl      publish_code
    addi    r3, r31, 0x400
    mtctr   r3
    bctrl
    mr      r30, r3
    lis     r3, NO_EXECUTE@h
    li      r4, 2
    stb     r4, 0x403(r3)
    addi    r3, r3, 0x400
    bl      publish_code
    addi    r3, r31, 0x400
    mtctr   r3
    bctrl
    slwi    r30, r30, 4
    or      r3, r3, r30
${leave}
short_function:
    li      r3, 1
    blr

check_aliases:
    lis     r3, 0x12345678@h
    ori     r3, r3, 0x12345678@l
    lis     r4, READ_WRITE@h
    stw     r3, 0x800(r4)
    lis     r4, PAGE@h
    ori     r4, r4, PAGE@l
    lwz     r5, 0x800(r4)
    lis     r4, READ_ONLY@h
    ori     r4, r4, READ_ONLY@l
    lwz     r3, 0x800(r4)
    cmpw    r3, r5
    beqlr
    li      r3, 0
    blr

# Reads through one address before and after its page is replaced by another.
check_remapping:
${enter}    lis     r31, PAGE@h
    ori     r31, r31, PAGE@l
    li      r3, 1
    stw     r3, 0x900(r31)
    li      r3, 2
    stw     r3, 0x900 + OTHER_PAGE - PAGE(r31)
    lis     r30, MOVING@h
    ori     r30, r30, MOVING@l
    lwz     r29, 0x900(r30)
    mr      r3, r30
    addi    r4, r31, OTHER_PAGE - PAGE + PAGE_KERNEL
    bl      map_page
    lwz     r3, 0x900(r30)
    slwi    r3, r3, 4
    or      r29, r29, r3
    mr      r3, r30
    addi    r4, r31, PAGE_KERNEL
    bl      map_page
    mr      r3, r29
${leave}
# What the processor records of a page: R (2) by a load, R and C (3) by a store.
check_recording:
${enter}    lis     r31, MOVING@h
    ori     r31, r31, MOVING@l
    lis     r30, PAGE@h
    ori     r30, r30, PAGE@l
    ori     r30, r30, PAGE_KERNEL
    mr      r3, r31
    mr      r4, r30
    bl      map_page
    lwz     r3, 0xa00(r31)
    bl      recorded
    slwi    r29, r3, 4
    mr      r3, r31
    mr      r4, r30
    bl      map_page
    stw     r3, 0xa00(r31)
    bl      recorded
    or      r3, r3, r29
${leave}
# R and C in the entry of the page r31, as two bits.
recorded:
    mflr    r11
    mr      r3, r31
    bl      find_entry
    mtlr    r11
    lwz     r3, 4(r7)
    rlwinm  r3, r3, 25, 30, 31
    blr

# Stores to a page, and reads it by its real address while instructions are translated.
check_real_data:
    lis     r4, READ_WRITE@h
    li      r3, 0x5a5a
    stw     r3, 0xb00(r4)
    lis     r4, PAGE@h
    ori     r4, r4, PAGE@l
    mfmsr   r5
    rlwinm  r6, r5, 0, 28, 26
    mtmsr   r6
    isync
    lwz     r3, 0xb00(r4)
    mtmsr   r5
    isync
    blr

check_crc:
${enter}    bl      make_crc_table
    addi    r3, r2, crc_text-BASE
    li      r4, 9
    bl      crc32
${leave}
# Whether the system call 1 returns, with the number of ticks.
check_service:
    li      r3, -1
    li      r0, 1
    sc
    lwz     r4, ticks-BASE(r2)
    subf    r4, r3, r4
    cmplwi  r4, 1                       # one tick may have come in between
    li      r3, 1
    blelr
    li      r3, 0
    blr

# Whether five ticks take the time of four to twenty periods: a busy host may be late.
check_ticks:
${enter}    bl      now
    mr      r31, r3
    lwz     r30, ticks-BASE(r2)
    addi    r30, r30, 5
    mfmsr   r6
    oris    r6, r6, MSR_POW
1:  sync
    mtmsr   r6
    isync
    lwz     r3, ticks-BASE(r2)
    cmplw   r3, r30
    blt     1b
    bl      now
    subf    r3, r31, r3
    lwz     r4, tick_period-BASE(r2)
    divwu   r3, r3, r4
    addi    r3, r3, -4
    cmplwi  r3, 16
    li      r3, 1
    ble     2f
    li      r3, 0
2:
${leave}
# Waits longer than a period while interrupts are masked: the number that come then, and 0x10 once one comes afterwards.
check_masked:
${enter}    mfmsr   r31
    rlwinm  r3, r31, 0, 17, 15
    mtmsr   r3
    lwz     r30, ticks-BASE(r2)
    lwz     r29, tick_period-BASE(r2)
    bl      now
    mr      r28, r3
1:  bl      now
    subf    r3, r28, r3
    cmplw   r3, r29
    ble     1b
    lwz     r3, ticks-BASE(r2)
    subf    r28, r30, r3
    mtmsr   r31
    isync
2:  lwz     r3, ticks-BASE(r2)
    cmpw    r3, r30
    beq     2b
    ori     r3, r28, 0x10
${leave}
# Whether the time base goes up as the decrementer goes down, give or take a tenth.
check_time_base:
    mfmsr   r9
    rlwinm  r10, r9, 0, 17, 15
    mtmsr   r10
    mftb    r3
    mfdec   r4
    lis     r5, 1
    mtctr   r5
1:  bdnz    1b
    mftb    r5
    mfdec   r6
    mtmsr   r9
    subf    r5, r3, r5
    subf    r4, r6, r4
    subf    r6, r5, r4
    srawi   r7, r6, 31
    xor     r6, r6, r7
    mulli   r6, r6, 10
    subf    r6, r5, r6
    srwi    r3, r6, 31
    blr

# Whether the clock is set.
check_clock:
${enter}    bl      read_clock
    lis     r4, 0x386d                  # the year 2000
    cmplw   r3, r4
    li      r3, 0
    ble     1f
    li      r3, 1
1:
${leave}
crc_text:
    .ascii  "123456789"
    .balign 4
`
