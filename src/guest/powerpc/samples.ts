// Instructions on pseudo-random operands, for the monitor's checks: each routine hashes the results of a group.

import { OPERANDS } from "../shared.ts"

/** The checks that are samples; each runs the routine of its group. */
const GROUPS = [
  "arithmetic",
  "logic",
  "shifts",
  "multiply",
  "divide",
  "conditions",
  "condition_register",
  "accesses",
  "multiple",
  "branches",
  "float",
]

const check = (group: string) => `check_${group}:
    addi    r3, r2, sample_${group}-BASE
    b       sample
`

/** `sample`, the checks that use it, and the `sample_…` routines. */
export const samples = `${GROUPS.map(check).join("")}
# Runs the routine r3 on pairs of operands in r3 and r4; its result is in r3. Returns the hash of all results in r3.
sample:
    mflr    r0
    stwu    r1, -48(r1)
    stw     r0, 52(r1)
    stmw    r24, 8(r1)
    mr      r31, r3
    lis     r30, ${OPERANDS.seed}@h
    ori     r30, r30, ${OPERANDS.seed}@l
    li      r29, 0
    li      r28, ${OPERANDS.pairs}
    lis     r27, ${OPERANDS.factor}@h
    ori     r27, r27, ${OPERANDS.factor}@l
    lis     r26, ${OPERANDS.term}@h
    ori     r26, r26, ${OPERANDS.term}@l
    li      r0, 0
    mtxer   r0
    mtfsfi  0, 0
    mtfsfi  1, 0
    mtfsfi  2, 0
    mtfsfi  3, 0
    mtfsfi  4, 0
    mtfsfi  5, 0
    mtfsfi  6, 0
    mtfsfi  7, 0
1:  mullw   r3, r30, r27
    add     r3, r3, r26
    mullw   r30, r3, r27
    add     r30, r30, r26
    srwi    r4, r3, 16
    xor     r4, r30, r4
    andi.   r0, r28, 3                  # every fourth second operand is small
    bne     2f
    extsb   r4, r4
2:  mtctr   r31
    bctrl
    rotlwi  r29, r29, 5
    xor     r29, r29, r3
    addic.  r28, r28, -1
    bne     1b
    mr      r3, r29
    lmw     r24, 8(r1)
    lwz     r0, 52(r1)
    mtlr    r0
    addi    r1, r1, 48
    blr

sample_arithmetic:
    addc    r5, r3, r4
    adde.   r6, r3, r4
    mfcr    r7
    srwi    r7, r7, 28
    mfxer   r8
    xor     r5, r5, r7
    rotlwi  r8, r8, 7
    xor     r5, r5, r8
    subfc   r7, r4, r3
    subfe   r8, r6, r7
    addme   r8, r8
    addze   r7, r7
    addo.   r9, r3, r4
    mfxer   r10
    srwi    r10, r10, 25
    xor     r5, r5, r10
    subfo   r9, r9, r8
    nego    r10, r4
    mfxer   r11
    srwi    r11, r11, 21
    add     r5, r5, r11
    subfze  r10, r10
    subfme  r9, r9
    addic   r6, r6, -1234
    adde    r6, r6, r9
    subfic  r7, r7, 4321
    adde    r7, r7, r10
    addis   r8, r8, 0x1357
    addi    r8, r8, -31000
    mcrxr   cr1
    mfcr    r9
    rlwinm  r9, r9, 8, 28, 31
    add     r5, r5, r6
    xor     r5, r5, r7
    add     r5, r5, r8
    add     r3, r5, r9
    blr

sample_logic:
    and     r5, r3, r4
    andc    r6, r3, r4
    nand    r7, r3, r4
    nor     r8, r3, r4
    add     r5, r5, r6
    xor     r5, r5, r7
    add     r5, r5, r8
    or      r6, r3, r4
    orc     r7, r3, r4
    eqv     r8, r3, r4
    xor     r9, r3, r4
    rotlwi  r5, r5, 3
    xor     r5, r5, r6
    add     r5, r5, r7
    xor     r5, r5, r8
    add     r5, r5, r9
    cntlzw  r6, r4
    add     r5, r5, r6
    extsb   r6, r3
    extsh   r7, r4
    add     r5, r5, r6
    xor     r5, r5, r7
    andi.   r6, r3, 0xf0f0
    andis.  r7, r4, 0x0ff0
    mfcr    r8
    srwi    r8, r8, 28
    ori     r6, r6, 0x1234
    oris    r7, r7, 0x4321
    xori    r6, r6, 0xffff
    xoris   r7, r7, 0xffff
    add     r5, r5, r6
    xor     r5, r5, r7
    add     r3, r5, r8
    blr

sample_shifts:
    slw     r5, r3, r4
    srw     r6, r3, r4
    add     r5, r5, r6
    sraw    r6, r3, r4
    mfxer   r7
    srwi    r7, r7, 29
    xor     r5, r5, r6
    add     r5, r5, r7
    srawi.  r6, r3, 11
    mfxer   r7
    mfcr    r8
    srwi    r7, r7, 28
    srwi    r8, r8, 28
    add     r5, r5, r6
    xor     r5, r5, r7
    add     r5, r5, r8
    rlwinm  r6, r3, 7, 3, 20
    rlwinm  r7, r4, 29, 25, 6
    rlwimi  r6, r4, 13, 9, 17
    rlwimi  r7, r3, 1, 30, 2
    rlwnm   r8, r3, r4, 5, 28
    rlwnm.  r9, r4, r3, 29, 3
    mfcr    r10
    srwi    r10, r10, 28
    add     r5, r5, r6
    xor     r5, r5, r7
    add     r5, r5, r8
    xor     r5, r5, r9
    add     r3, r5, r10
    blr

sample_multiply:
    mullw   r5, r3, r4
    mulhw   r6, r3, r4
    mulhwu  r7, r3, r4
    add     r5, r5, r6
    xor     r5, r5, r7
    mulli   r6, r3, -12345
    add     r5, r5, r6
    mullwo. r6, r4, r4
    mfxer   r7
    mfcr    r8
    srwi    r7, r7, 29
    srwi    r8, r8, 28
    xor     r5, r5, r7
    add     r3, r5, r8
    blr

sample_divide:
    ori     r5, r4, 1                   # never by zero
    divwu   r6, r3, r5
    clrlwi  r7, r5, 1                   # nor the lowest number by -1
    divw    r8, r3, r7
    andi.   r9, r4, 0xff
    addi    r9, r9, 2
    divwo.  r10, r3, r9
    mfcr    r11
    srwi    r11, r11, 28
    rotlwi  r8, r8, 9
    add     r3, r6, r8
    xor     r3, r3, r10
    add     r3, r3, r11
    blr

# Comparisons into every field.
sample_conditions:
    cmpw    cr0, r3, r4
    cmplw   cr1, r3, r4
    cmpwi   cr2, r3, -77
    cmplwi  cr3, r4, 0x8000
    srawi   r5, r3, 24
    srawi   r6, r4, 24
    cmpw    cr4, r5, r6
    cmplw   cr5, r6, r5
    cmpwi   cr6, r6, 3
    cmplwi  cr7, r5, 3
    mfcr    r3
    blr

sample_condition_register:
    mtcrf   255, r3
    crand   0, 5, 9
    crandc  1, 6, 10
    creqv   2, 7, 11
    crnand  3, 12, 17
    crnor   31, 13, 18
    cror    30, 14, 19
    crorc   29, 15, 20
    crxor   28, 16, 21
    mcrf    cr2, cr7
    mcrf    cr5, cr0
    mfcr    r5
    mtcrf   0x5a, r4
    mfcr    r6
    rotlwi  r6, r6, 3
    add     r3, r5, r6
    blr

# Loads and stores of every size around COPY, aligned or not.
sample_accesses:
    lis     r5, COPY@h
    andi.   r6, r4, 60
    add     r5, r5, r6
    stw     r3, 0(r5)
    stw     r4, 4(r5)
    andi.   r6, r3, 3
    lwzx    r7, r5, r6
    lha     r8, 1(r5)
    lbz     r9, 7(r5)
    add     r7, r7, r8
    xor     r7, r7, r9
    sthu    r7, 3(r5)
    lhz     r8, -1(r5)
    lhzu    r9, 2(r5)
    add     r7, r7, r8
    xor     r7, r7, r9
    stbux   r7, r5, r6
    lhau    r8, -4(r5)
    lwbrx   r9, 0, r5
    lhbrx   r10, r5, r6
    add     r7, r7, r8
    xor     r7, r7, r9
    add     r7, r7, r10
    stwbrx  r7, r5, r6
    sthbrx  r3, 0, r5
    lwzu    r8, -2(r5)
    lwz     r9, 6(r5)
    xor     r7, r7, r8
    add     r3, r7, r9
    blr

sample_multiple:
    lis     r5, COPY@h
    stw     r3, 64(r5)
    stw     r4, 68(r5)
    andi.   r6, r3, 7
    addi    r7, r5, 64
    add     r7, r7, r6
    lswi    r8, r7, 7
    add     r8, r8, r9
    stswi   r8, r7, 5
    li      r9, 11
    mtxer   r9
    li      r6, 3
    lswx    r9, r7, r6
    xor     r8, r8, r9
    add     r8, r8, r10
    xor     r8, r8, r11
    stswx   r8, r5, r6
    stmw    r29, 32(r5)
    lwz     r6, 32(r5)
    stw     r8, 32(r5)
    stw     r4, 36(r5)
    stw     r3, 40(r5)
    stw     r29, 20(r5)
    stw     r30, 24(r5)
    stw     r31, 28(r5)
    lmw     r29, 32(r5)
    add     r6, r6, r29
    xor     r6, r6, r30
    add     r3, r6, r31
    lmw     r29, 20(r5)
    lwz     r6, 4(r5)
    xor     r3, r3, r6
    blr

# Conditional branches, by CR, by CTR, and by both.
sample_branches:
    mflr    r12
    li      r5, 0
    andi.   r6, r4, 15
    addi    r6, r6, 1
    mtctr   r6
    mr      r7, r3
1:  addi    r5, r5, 1
    andi.   r0, r7, 1
    srwi    r7, r7, 1
    bdnzt   eq, 1b
    mfctr   r8
    slwi    r5, r5, 8
    or      r5, r5, r8
    mtcr    r3
    blt     2f
    addi    r5, r5, 0x100
2:  bgt     cr1, 3f
    addi    r5, r5, 0x200
3:  bne     cr2, 4f
    addi    r5, r5, 0x400
4:  bns     cr3, 5f
    addi    r5, r5, 0x800
5:  bgel    cr4, 6f
    addi    r5, r5, 0x1000
6:  bdz     7f
    addi    r5, r5, 0x2000
7:  mflr    r8
    subf    r8, r12, r8
    add     r5, r5, r8
    andi.   r6, r3, 8
    addi    r6, r6, 8f - 9f
    bl      9f
9:  mflr    r7
    add     r7, r7, r6
    mtctr   r7
    bctr
8:  addi    r5, r5, 1
    nop
    rotlwi  r5, r5, 5
    mtlr    r12
    mr      r3, r5
    blr

# Single and double precision, away from infinities and NaNs.
sample_float:
    addi    r5, r2, float_scratch-BASE
    lis     r6, 0x4330                  # 2^52 with the operand below: an integer becomes a double
    xoris   r7, r3, 0x8000
    stw     r6, 0(r5)
    stw     r7, 4(r5)
    lfd     f1, 0(r5)
    stw     r4, 4(r5)
    lfd     f2, 0(r5)
    lfd     f3, 8(r5)                   # 2^52 + 2^31
    lfd     f4, 16(r5)                  # 2^52
    fsub    f1, f1, f3
    fsub    f2, f2, f4
    fadd    f5, f1, f2
    fmul    f6, f1, f5
    fabs    f7, f6
    lfd     f8, 24(r5)                  # 1.0
    fadd    f7, f7, f8
    fdiv    f9, f6, f7
    fmadd   f9, f5, f7, f9
    fmsub   f10, f1, f2, f9
    fnmadd  f9, f10, f8, f9
    fnmsub  f10, f9, f8, f10
    fneg    f10, f10
    frsp    f11, f10
    fadds   f12, f11, f11
    fmuls   f12, f12, f8
    fsubs   f12, f12, f11
    fdivs   f13, f12, f8
    fmadds  f13, f13, f8, f12
    frsp    f1, f1
    stfs    f13, 0(r5)
    fctiwz  f0, f2
    stfd    f9, 32(r5)
    stfd    f10, 40(r5)
    stfd    f0, 48(r5)
    fctiw   f0, f5
    stfiwx  f0, 0, r5
    fcmpu   cr1, f9, f10
    fcmpo   cr2, f1, f2
    fsel    f0, f9, f1, f2
    stfd    f0, 56(r5)
    lwz     r3, 0(r5)
    lwz     r6, 32(r5)
    lwz     r7, 36(r5)
    add     r3, r3, r6
    rotlwi  r7, r7, 5
    xor     r3, r3, r7
    lwz     r6, 40(r5)
    lwz     r7, 44(r5)
    add     r3, r3, r6
    xor     r3, r3, r7
    lwz     r6, 52(r5)
    lwz     r7, 56(r5)
    add     r3, r3, r6
    xor     r3, r3, r7
    mfcr    r6
    rlwinm  r6, r6, 8, 24, 31
    add     r3, r3, r6
    blr

    .balign 8, 0
float_scratch:
    .space  8
    .long   0x43300000, 0x80000000
    .long   0x43300000, 0
    .long   0x3ff00000, 0
    .space  32
`
