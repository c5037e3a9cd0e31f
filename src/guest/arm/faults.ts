// Faults that the monitor causes on purpose (ARM DDI 0406C, B3.12, B3.13), for its `fault` command and its checks.

import { type Fault, faultTexts } from "../shared.ts"

/** Name, routine, its argument; exception, status, address (0: undefined by the architecture). */
const FAULTS: readonly Fault[] = [
  ["read of an unmapped page", "load_word", "HOLE + 4", "DATA_ABORT", 0x007, "HOLE + 4"],
  ["read of an unmapped section", "load_word", "UNMAPPED", "DATA_ABORT", 0x005, "UNMAPPED"],
  ["write to a read-only page", "store_word", "READ_ONLY", "DATA_ABORT", 0x80f, "READ_ONLY"],
  ["read of a page without access", "load_word", "NO_ACCESS", "DATA_ABORT", 0x00f, "NO_ACCESS"],
  ["unprivileged read of a kernel page", "load_word_as_user", "READ_WRITE", "DATA_ABORT", 0x00f, "READ_WRITE"],
  ["read in a closed domain", "load_word", "CLOSED_DOMAIN", "DATA_ABORT", 0x019, "CLOSED_DOMAIN"],
  ["write that crosses into a read-only page", "store_word", "READ_WRITE + 0xffe", "DATA_ABORT", 0x80f, "READ_ONLY"],
  ["unaligned LDM", "load_multiple", "READ_WRITE + 2", "DATA_ABORT", 0x001, "READ_WRITE + 2"],
  ["unaligned LDRD", "load_double", "READ_WRITE + 1", "DATA_ABORT", 0x001, "READ_WRITE + 1"],
  ["unaligned LDREX", "load_exclusive", "READ_WRITE + 2", "DATA_ABORT", 0x001, "READ_WRITE + 2"],
  ["jump to an unmapped page", "jump", "HOLE", "PREFETCH_ABORT", 0x007, "HOLE"],
  ["jump to an unmapped section", "jump", "UNMAPPED", "PREFETCH_ABORT", 0x005, "UNMAPPED"],
  ["jump to an execute-never page", "jump", "NO_EXECUTE", "PREFETCH_ABORT", 0x00f, "NO_EXECUTE"],
  ["undefined instruction", "undefined_instruction", 0, "UNDEFINED", 0, "undefined_instruction"],
  ["supervisor call", "call_supervisor", 0, "SVC", 42, "call_supervisor"],
  ["supervisor call of a user", "in_user_mode", "USER_CODE", "SVC", 7, "USER_CODE"],
  [
    "read of kernel memory by a user",
    "in_user_mode",
    "USER_CODE + (user_read - user_code)",
    "DATA_ABORT",
    0x00d,
    "RAM",
  ],
  [
    "write to its own code by a user",
    "in_user_mode",
    "USER_CODE + (user_write - user_code)",
    "DATA_ABORT",
    0x80f,
    "USER_CODE",
  ],
  [
    "system register read by a user",
    "in_user_mode",
    "USER_CODE + (user_system - user_code)",
    "UNDEFINED",
    0,
    "USER_CODE + (user_system - user_code)",
  ],
  ["jump to kernel memory by a user", "in_user_mode", "RAM", "PREFETCH_ABORT", 0x00d, "RAM"],
]

/** `fault`, `check_faults`, `publish_code`. */
export const faults = String.raw`
@ Takes every fault and prints its result.
fault:
    push    {r4, r5, lr}
    bl      place_user_code
    ldr     r4, =fault_table
1:  bl      take_fault
    ldr     r5, =caught
    cmp     r0, #0
    ldreq   r0, =no_fault_format
    ldrne   r0, =fault_format
    ldr     r1, [r4]
    ldr     r2, [r5]
    ldr     r3, =exception_names
    ldr     r2, [r3, r2, lsl #2]
    bl      print
    ldr     r0, =status_format
    ldr     r1, [r5, #4]
    ldr     r2, [r5, #8]
    bl      print
    add     r4, r4, #24
    ldr     r0, [r4]
    cmp     r0, #0
    bne     1b
    mov     r0, #0
    pop     {r4, r5, pc}

@ Takes every fault and compares its result. Returns the number of wrong ones.
check_faults:
    push    {r4, r5, r6, lr}
    bl      place_user_code
    ldr     r4, =fault_table
    mov     r6, #0
1:  bl      take_fault
    ldr     r5, =caught
    ldr     r1, [r4, #12]
    cmp     r0, r1
    ldreq   r0, [r5, #4]
    ldreq   r1, [r4, #16]
    cmpeq   r0, r1
    ldreq   r0, [r5, #8]
    ldreq   r1, [r4, #20]
    cmpeq   r0, r1
    mov     r1, #0
    movne   r1, #1
    add     r6, r6, r1
    ldr     r0, [r4]
    bl      report
    add     r4, r4, #24
    ldr     r0, [r4]
    cmp     r0, #0
    bne     1b
    mov     r0, r6
    pop     {r4, r5, r6, pc}

@ Takes the fault of the table's row r4. Returns the exception in r0; an address of 0 in the row is not compared.
take_fault:
    push    {r4, lr}
    ldr     r0, =caught
    mov     r1, #0
    str     r1, [r0]
    str     r1, [r0, #4]
    str     r1, [r0, #8]
    ldr     r0, [r4, #4]
    ldr     r1, [r4, #8]
    bl      catch
    ldr     r1, [r4, #20]
    cmp     r1, #0
    ldreq   r2, =caught
    streq   r1, [r2, #8]
    pop     {r4, pc}

@ Puts code where User mode can execute it, through a page where it can be written.
place_user_code:
    push    {r4, lr}
    ldr     r0, =READ_WRITE
    ldr     r1, =user_code
    ldr     r2, =user_code_end
1:  ldr     r3, [r1], #4
    str     r3, [r0], #4
    cmp     r1, r2
    blo     1b
    ldr     r0, =READ_WRITE
    bl      publish_code
    pop     {r4, pc}

@ Makes the code in the 64 bytes at r0 visible to the instruction fetch.
publish_code:
    mcr     p15, 0, r0, c7, c11, 1      @ DCCMVAU
    add     r0, r0, #32
    mcr     p15, 0, r0, c7, c11, 1
    dsb     sy
    mov     r0, #0
    mcr     p15, 0, r0, c7, c5, 0       @ ICIALLU
    mcr     p15, 0, r0, c7, c5, 6       @ BPIALL
    dsb     sy
    isb     sy
    bx      lr

@ Routines that fault. Each takes an address in r0.
load_word:
    ldr     r0, [r0]
    bx      lr
load_word_as_user:
    ldrt    r1, [r0]
    bx      lr
store_word:
    str     r0, [r0]
    bx      lr
load_multiple:
    ldm     r0, {r1, r2}
    bx      lr
load_double:
    ldrd    r2, r3, [r0]
    bx      lr
load_exclusive:
    ldrex   r1, [r0]
    bx      lr
undefined_instruction:
    udf     #0
    bx      lr
call_supervisor:
    svc     #42
    bx      lr
jump:
    bx      r0
in_user_mode:
    mov     r1, #MODE_USR
    msr     spsr_fsxc, r1
    movs    pc, r0
    .pool

@ Executed in User mode at USER_CODE.
user_code:
    svc     #7
user_read:
    mov     r0, #RAM
    ldr     r0, [r0]
user_write:
    adr     r0, user_code
    str     r0, [r0]
user_system:
    mrc     p15, 0, r0, c1, c0, 0
user_code_end:

${faultTexts(FAULTS)}undefined_text:
    .asciz  "undefined instruction"
svc_text:
    .asciz  "supervisor call"
prefetch_text:
    .asciz  "prefetch abort"
data_text:
    .asciz  "data abort"
none_text:
    .asciz  "no exception"
    .balign 4
exception_names:
    .word   none_text, undefined_text, svc_text, prefetch_text, data_text
`
