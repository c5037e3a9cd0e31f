// The program that executes a script of accesses and table changes, and records the outcome of each step (ARM DDI 0406C, B3).

import { RAM_BASE } from "./board-run.ts"

/** Addresses of the parts of the image. Each setup is SCTLR, TTBCR, TTBR0, TTBR1, MAIR0, MAIR1. */
export const tableLayout = {
  CODE: RAM_BASE + 0x10_0000,
  SCRIPT: RAM_BASE + 0x20_0000,
  SETUPS: RAM_BASE + 0x38_0000,
  RECORDS: RAM_BASE + 0x40_0000,
} as const
const { CODE, SCRIPT, RECORDS } = tableLayout

/** Words of a record: step, bits 63 to 32 of PAR, DFSR or IFSR, DFAR or IFAR, address, result. */
export const STEP_WORDS = 6

/** Steps of a script, in the order of the harness's branches. */
export const steps = [
  "end",
  "setup",
  "read",
  "write",
  "readAsUser",
  "writeAsUser",
  "execute",
  "executeAsUser",
  "translateRead",
  "translateWrite",
  "translateUserRead",
  "translateUserWrite",
  "store",
  "invalidateAll",
  "invalidateAddress",
  "invalidateAsid",
  "invalidateAddressAllAsids",
  "setTtbr0",
] as const
/** One of the steps. */
export type Step = (typeof steps)[number]

/** Whether the step of that number is an ATS1C operation. */
export const isTranslation = (step: number): boolean => steps[step]?.startsWith("translate") ?? false

/** Source of the program, in ARM state. */
export const tableHarness = `
        b     start
        b     .
        b     supervisor
        b     prefetch
data:   mrc   p15, 0, r2, c5, c0, 0   @ DFSR
        mrc   p15, 0, r3, c6, c0, 0   @ DFAR
        ldr   r10, =0xdeadda7a
        subs  pc, lr, #4
prefetch:
        mrc   p15, 0, r2, c5, c0, 1   @ IFSR
        mrc   p15, 0, r3, c6, c0, 2   @ IFAR
        ldr   r10, =0xdeadc0de
        cps   #0x13
        b     record
supervisor:
        mov   r10, #1
record: stm   r6!, {r0, r1, r2, r3, r9, r10}
next:   ldm   r4!, {r0, r5, r9}
        mov   r1, #0
        mov   r2, #0
        mov   r3, #0
        mov   r10, #0
        mcrr  p15, 0, r1, r2, c7      @ PAR: an aborted translation leaves it
        add   pc, pc, r0, lsl #2
        nop
        ${steps.map((step) => `b ${step}`).join("\n        ")}
read:   ldr   r10, [r9]
        b     record
write:  str   r5, [r9]
        b     record
readAsUser:
        ldrt  r10, [r9], #0
        b     record
writeAsUser:
        strt  r5, [r9], #0
        b     record
execute:
        bx    r9
executeAsUser:
        ldr   r1, =0x1d0
        msr   spsr_fsxc, r1
        mov   r1, #0
        movs  pc, r9
translateRead:
        mcr   p15, 0, r9, c7, c8, 0   @ ATS1CPR
        b     par
translateWrite:
        mcr   p15, 0, r9, c7, c8, 1   @ ATS1CPW
        b     par
translateUserRead:
        mcr   p15, 0, r9, c7, c8, 2   @ ATS1CUR
        b     par
translateUserWrite:
        mcr   p15, 0, r9, c7, c8, 3   @ ATS1CUW
par:    isb
        mrrc  p15, 0, r10, r1, c7     @ PAR
        b     record
store:  str   r5, [r9]
        dsb
        b     next
invalidateAll:
        mcr   p15, 0, r9, c8, c7, 0   @ TLBIALL
        b     synchronise
invalidateAddress:
        mcr   p15, 0, r9, c8, c7, 1   @ TLBIMVA
        b     synchronise
invalidateAsid:
        mcr   p15, 0, r9, c8, c7, 2   @ TLBIASID
        b     synchronise
invalidateAddressAllAsids:
        mcr   p15, 0, r9, c8, c7, 3   @ TLBIMVAA
        b     synchronise
setTtbr0:
        mcrr  p15, 0, r9, r5, c2
synchronise:
        dsb
        isb
        b     next
setup:  mrc   p15, 0, r0, c1, c0, 0   @ SCTLR
        bic   r0, r0, #1
        bic   r0, r0, #0x180000       @ WXN and UWXN
        mcr   p15, 0, r0, c1, c0, 0
        isb
        ldm   r9, {r1, r2, r3, r5, r7, r8, r11, r12}
        mcr   p15, 0, r2, c2, c0, 2   @ TTBCR
        mcrr  p15, 0, r3, r5, c2      @ TTBR0
        mcrr  p15, 1, r7, r8, c2      @ TTBR1
        mcr   p15, 0, r11, c10, c2, 0 @ MAIR0
        mcr   p15, 0, r12, c10, c2, 1 @ MAIR1
        mcr   p15, 0, r1, c8, c7, 0   @ TLBIALL
        dsb
        isb
        orr   r0, r0, r1
        mcr   p15, 0, r0, c1, c0, 0
        isb
        b     next
start:  ldr   r0, =${CODE}
        mcr   p15, 0, r0, c12, c0, 0  @ VBAR
        ldr   r4, =${SCRIPT}
        ldr   r6, =${RECORDS}
        b     next
end:    ldr   r0, =0x84000008         @ PSCI SYSTEM_OFF
        hvc   #0
        b     .
        .pool`
