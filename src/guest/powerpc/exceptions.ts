// The monitor's exception vectors (Programming Environments Manual, chapter 6): a routine may catch an expected exception;
// any other ends the run.

import { unexpectedTexts } from "../shared.ts"

/** `exceptions_start`, `catch` and the record `caught`. */
export const exceptions = String.raw`
# Copies the code of a vector to every one, with the vector's offset in its second instruction.
exceptions_start:
    li      r3, MSR_REAL                # no translation, and the vectors are those in RAM
    mtmsr   r3
    isync
    li      r3, 0x100
    addi    r4, r2, vector-BASE
    lwz     r5, 0(r4)
    lwz     r6, 4(r4)
    lwz     r7, 8(r4)
1:  stw     r5, 0(r3)
    or      r8, r6, r3
    stw     r8, 4(r3)
    stw     r7, 8(r3)
    dcbst   0, r3
    sync
    icbi    0, r3
    addi    r3, r3, 0x20
    cmpwi   r3, 0x2000
    blt     1b
    sync
    isync
    blr

vector:
    mtsprg  0, r3
    li      r3, 0
    ba      exception

# r3 is the vector. Interrupts, and the system call 1, return; all else is recorded.
exception:
    mtsprg  1, r1
    lis     r1, FRAME@ha
    addi    r1, r1, FRAME@l
    stmw    r2, 8(r1)
    stw     r0, 0(r1)
    mfsprg  r4, 0
    stw     r4, 12(r1)
    mfsprg  r4, 1
    stw     r4, 4(r1)
    mflr    r4
    stw     r4, 128(r1)
    mfcr    r4
    stw     r4, 132(r1)
    mfctr   r4
    stw     r4, 136(r1)
    mfxer   r4
    stw     r4, 140(r1)
    mfsrr0  r4
    stw     r4, 144(r1)
    mfsrr1  r4
    stw     r4, 148(r1)
    lis     r2, BASE@ha
    addi    r2, r2, BASE@l
    cmpwi   r3, DECREMENTER
    bne     1f
    bl      tick_interrupt
    b       return
1:  cmpwi   r3, EXTERNAL
    bne     2f
    bl      external_interrupt
    b       return
2:  cmpwi   r3, SYSTEM_CALL
    bne     record
    cmpwi   r0, 1
    bne     record
    lwz     r4, ticks-BASE(r2)
    stw     r4, 12(r1)
return:
    addi    r4, r1, 152                 # whoever had a reservation has lost it
    stwcx.  r4, 0, r4
    lwz     r4, 128(r1)
    mtlr    r4
    lwz     r4, 132(r1)
    mtcr    r4
    lwz     r4, 136(r1)
    mtctr   r4
    lwz     r4, 140(r1)
    mtxer   r4
    lwz     r4, 144(r1)
    mtsrr0  r4
    lwz     r4, 148(r1)
    mtsrr1  r4
    lwz     r0, 0(r1)
    lmw     r2, 8(r1)
    lwz     r1, 4(r1)
    rfi

# Notes the vector r3, and of the registers what belongs to it. The alignment exception's DSISR is left out.
record:
    addi    r5, r2, caught-BASE
    lwz     r6, 144(r1)
    lwz     r7, 148(r1)
    stw     r3, 0(r5)
    stw     r7, 12(r5)
    stw     r6, 16(r5)
    cmpwi   r3, DSI
    beq     1f
    lis     r8, 0x783f                  # SRR1 without the bits of MSR
    and     r7, r7, r8
    cmpwi   r3, ALIGNMENT
    bne     2f
    li      r7, 0
    mfdar   r6
    b       2f
1:  mfdsisr r7
    mfdar   r6
2:  stw     r7, 4(r5)
    stw     r6, 8(r5)
    lwz     r8, 20(r5)
    cmpwi   r8, 0
    beq     unexpected
    mr      r1, r8
    addi    r4, r2, release-BASE
    mtsrr0  r4
    lis     r4, MSR_KERNEL@h
    ori     r4, r4, MSR_KERNEL@l
    mtsrr1  r4
    rfi

unexpected:
    addi    r31, r2, caught-BASE
    addi    r3, r2, unexpected_format-BASE
    lwz     r4, 0(r31)
    lwz     r5, 4(r31)
    lwz     r6, 8(r31)
    bl      print
    addi    r3, r2, state_format-BASE
    lwz     r4, 16(r31)
    lwz     r5, 12(r31)
    bl      print
    b       give_up

# Calls the routine r3 with r4 as its argument. Returns in r3 the vector that ended it, 0 if it returned.
catch:
    mflr    r0
    stwu    r1, -96(r1)
    stw     r0, 100(r1)
    stmw    r13, 12(r1)
    stw     r1, caught-BASE+20(r2)
    mtctr   r3
    mr      r3, r4
    bctrl
    li      r3, 0
    b       1f
release:
    lwz     r3, caught-BASE(r2)
1:  li      r0, 0
    stw     r0, caught-BASE+20(r2)
    lmw     r13, 12(r1)
    lwz     r0, 100(r1)
    mtlr    r0
    addi    r1, r1, 96
    blr

caught:
    .long   0                           # vector
    .long   0                           # status
    .long   0                           # address
    .long   0                           # SRR1
    .long   0                           # SRR0
    .long   0                           # stack pointer of the routine that expects an exception
${unexpectedTexts}    .balign 4
`
