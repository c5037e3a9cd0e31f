// Instructions on pseudo-random operands, for the monitor's checks: each routine hashes the results of a group.

import { OPERANDS } from "../shared.ts"

/** `sample` and the `sample_…` routines. */
export const samples = `
@ Runs the routine r0 on 1000 pairs of operands in r0 and r1; its result is in r0. Returns the hash of all results in r0.
sample:
    push    {r4-r8, lr}
    mov     r4, r0
    ldr     r5, =${OPERANDS.seed}
    mov     r6, #0
    ldr     r7, =${OPERANDS.pairs}
    ldr     r8, =${OPERANDS.factor}
1:  ldr     r2, =${OPERANDS.term}
    mla     r0, r5, r8, r2
    mla     r5, r0, r8, r2
    eor     r1, r5, r0, lsr #16
    tst     r7, #3                      @ every fourth second operand is small
    sxtbeq  r1, r1
    blx     r4
    eor     r6, r0, r6, ror #27
    subs    r7, r7, #1
    bne     1b
    mov     r0, r6
    pop     {r4-r8, pc}

sample_arithmetic:
    adds    r2, r0, r1
    adcs    r3, r0, r1
    mrs     r12, cpsr
    eor     r2, r2, r12, lsr #28
    subs    r12, r0, r1
    sbcs    r3, r3, r12
    rscs    r3, r3, r0
    mrs     r12, cpsr
    eor     r2, r2, r12, ror #27
    rsb     r3, r3, r1, asr #3
    cmn     r0, r1
    adc     r3, r3, #0
    bics    r12, r0, r1, ror #5
    orrmi   r3, r3, r12
    mvn     r12, r1, lsl #7
    eorpl   r3, r3, r12
    add     r0, r2, r3
    bx      lr

sample_shifts:
    lsls    r2, r0, r1                  @ by the low byte: up to 255
    mrs     r3, cpsr
    lsr     r3, r3, #28
    lsrs    r12, r0, r1
    adc     r3, r3, r12
    asrs    r12, r0, r1
    adc     r3, r3, r12, lsl #1
    rors    r12, r0, r1
    adc     r3, r3, r12
    and     r12, r1, #31
    lsl     r12, r0, r12
    rrxs    r12, r12
    adc     r2, r2, r12
    movs    r12, r0, asr #32
    adc     r2, r2, r12
    add     r0, r2, r3
    bx      lr

sample_multiply:
    push    {r4, r5}
    mul     r2, r0, r1
    umull   r3, r12, r0, r1
    umlal   r2, r3, r0, r12
    smull   r4, r5, r0, r1
    smlal   r2, r3, r4, r5
    umaal   r2, r12, r4, r0
    mls     r3, r2, r1, r3
    smlabb  r3, r0, r1, r3
    smlatt  r3, r0, r1, r3
    smulwb  r4, r0, r1
    smmla   r3, r0, r1, r3
    smlad   r3, r0, r1, r3
    smusdx  r5, r0, r1
    eor     r3, r3, r4
    eor     r12, r12, r5
    add     r0, r2, r3
    add     r0, r0, r12
    pop     {r4, r5}
    bx      lr

sample_divide:
    ands    r12, r1, #15                @ one divisor in 16 is zero
    moveq   r1, #0
    udiv    r2, r0, r1
    sdiv    r3, r0, r1
    asr     r12, r1, #20
    sdiv    r12, r0, r12
    eor     r0, r2, r3, ror #9
    add     r0, r0, r12
    bx      lr

sample_bits:
    clz     r2, r0
    rbit    r3, r1
    rev     r12, r0
    eor     r3, r3, r12
    rev16   r12, r1
    add     r3, r3, r12
    revsh   r12, r0
    add     r3, r3, r12
    bfi     r3, r0, #5, #12
    bfc     r1, #20, #9
    ubfx    r12, r0, #3, #17
    eor     r3, r3, r12
    sbfx    r12, r1, #11, #14
    add     r2, r2, r12
    sxtab   r2, r2, r0, ror #8
    uxtah   r2, r2, r1, ror #16
    uxtb16  r12, r0
    pkhbt   r12, r12, r1, lsl #4
    eor     r0, r2, r12
    add     r0, r0, r3
    bx      lr

sample_saturation:
    qadd    r2, r0, r1
    qdsub   r3, r1, r0
    ssat    r12, #13, r0, asr #10
    eor     r2, r2, r12
    usat    r12, #9, r1, asr #16
    add     r3, r3, r12
    mrs     r12, cpsr
    eor     r2, r2, r12, lsr #27
    msr     cpsr_f, #0
    sadd16  r12, r0, r1
    sel     r12, r12, r0
    add     r2, r2, r12
    usub8   r12, r0, r1
    sel     r12, r1, r12
    eor     r3, r3, r12
    uqadd8  r12, r0, r1
    shsub16 r12, r12, r2
    usad8   r12, r12, r0
    eor     r0, r2, r3
    add     r0, r0, r12
    bx      lr

@ Every condition, with flags from the top bits of r0.
sample_conditions:
    msr     cpsr_f, r0
    mov     r2, #0
    orreq   r2, r2, #1
    orrne   r2, r2, #2
    orrhs   r2, r2, #4
    orrlo   r2, r2, #8
    orrmi   r2, r2, #0x10
    orrpl   r2, r2, #0x20
    orrvs   r2, r2, #0x40
    orrvc   r2, r2, #0x80
    orrhi   r2, r2, #0x100
    orrls   r2, r2, #0x200
    orrge   r2, r2, #0x400
    orrlt   r2, r2, #0x800
    orrgt   r2, r2, #0x1000
    orrle   r2, r2, #0x2000
    mov     r0, r2
    bx      lr

@ Loads and stores of every size around COPY, aligned or not.
sample_memory:
    push    {r4, r5, r6, lr}
    ldr     r12, =COPY
    and     r2, r1, #60
    add     r12, r12, r2
    strd    r0, r1, [r12]
    and     r3, r0, #3
    ldr     r2, [r12, r3]
    ldrsh   r4, [r12, #1]
    ldrsb   r5, [r12, #7]
    add     r2, r2, r4
    eor     r2, r2, r5
    strh    r2, [r12, #3]!
    strb    r0, [r12], #-3
    ldm     r12!, {r4}
    ldrh    r5, [r12], #4
    ldrb    r6, [r12, -r3]
    sub     r12, r12, #5
    bic     r12, r12, #3
    stmib   r12, {r2, r4, r5, r6}
    ldmda   r12!, {r4, r5}
    add     r2, r2, r4
    eor     r2, r2, r5
    ldrd    r4, r5, [r12, #8]
    add     r2, r2, r4
    eor     r0, r2, r5, ror #3
    pop     {r4, r5, r6, pc}

@ Thumb code: short and long encodings, IT blocks, a table branch.
sample_thumb:
    ldr     r12, =thumb_code + 1
    bx      r12
    .pool
    .thumb
    .balign 4
thumb_code:
    push    {r4, r5, lr}
    movs    r4, #200
    adds    r2, r0, r1
    sbcs    r2, r4
    lsls    r3, r2, #7
    it      cs
    addcs   r2, r2, r3
    cmp     r0, r1
    ittee   hi
    movhi   r5, r0
    eorhi   r5, r5, r3
    movls   r5, r1
    subls   r5, #3
    uxth    r3, r0
    add.w   r2, r2, r5, lsl #3
    orn     r2, r2, r1, lsr #2
    movw    r4, #0x8421
    movt    r4, #0x1248
    muls    r4, r2, r4
    and     r3, r0, #3
    tbb     [pc, r3]
1:  .byte   (2f - 1b) / 2
    .byte   (3f - 1b) / 2
    .byte   (4f - 1b) / 2
    .byte   (5f - 1b) / 2
2:  adds    r4, #17
3:  rsbs    r4, r4, #0
4:  rev     r4, r4
5:  cbz     r3, 6f
    bfi     r4, r1, #4, #8
6:  adds    r0, r2, r4
    pop     {r4, r5, pc}
    .balign 4, 0
    .arm

@ Single and double precision, away from infinities and NaNs.
sample_vfp:
    vmov    s0, r0
    vmov    s1, r1
    vcvt.f64.s32 d1, s0
    vcvt.f64.u32 d2, s1
    vcvt.f32.s32 s0, s0
    vcvt.f32.s32 s1, s1
    vadd.f32 s2, s0, s1
    vmul.f32 s0, s0, s1
    vsub.f32 s0, s0, s2
    vmov    r0, s0
    vadd.f64 d3, d1, d2
    vmul.f64 d4, d1, d3
    vabs.f64 d5, d4
    vsqrt.f64 d5, d5
    vmov.f64 d6, #1.0
    vadd.f64 d6, d6, d5
    vdiv.f64 d4, d4, d6
    vmla.f64 d4, d3, d5
    vneg.f64 d4, d4
    vcmp.f64 d4, d1
    vmrs    APSR_nzcv, fpscr
    addgt   r0, r0, #1
    vcvt.f32.f64 s0, d4
    vmov    r1, s0
    vmov    r2, r3, d4
    vcvt.s32.f64 s1, d5
    vmov    r12, s1
    eor     r0, r0, r1, ror #5
    add     r0, r0, r2
    eor     r0, r0, r3, ror #11
    add     r0, r0, r12
    bx      lr
    .balign 4
`
