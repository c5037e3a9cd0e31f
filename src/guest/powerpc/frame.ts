// The entry and exit of the monitor's routines (System V ABI, PowerPC Processor Supplement, 3-17: the stack frame).

/** Opens a frame, and saves LR and the registers r26 to r31. */
export const enter = `    mflr    r0
    stwu    r1, -32(r1)
    stw     r0, 36(r1)
    stmw    r26, 8(r1)
`

/** Closes the frame and returns. */
export const leave = `    lmw     r26, 8(r1)
    lwz     r0, 36(r1)
    mtlr    r0
    addi    r1, r1, 32
    blr
`
