// Exceptions that the monitor causes on purpose (Programming Environments Manual, 6.4), for its `fault` command and its
// checks.

import { type Fault, faultTexts } from "../shared.ts"
import { texts } from "../tables.ts"
import { enter, leave } from "./frame.ts"

/** Name, routine, its argument; vector, status (DSISR or SRR1), address (DAR or SRR0). */
const FAULTS: readonly Fault[] = [
  ["read of an unmapped page", "load_word", "HOLE + 4", "DSI", 0x4000_0000, "HOLE + 4"],
  ["read of an empty segment", "load_word", "UNMAPPED", "DSI", 0x4000_0000, "UNMAPPED"],
  ["write to an unmapped page", "store_word", "HOLE", "DSI", 0x4200_0000, "HOLE"],
  ["write to a read-only page", "store_word", "READ_ONLY", "DSI", 0x0a00_0000, "READ_ONLY"],
  ["write that crosses into a read-only page", "store_word", "READ_WRITE + 0xffe", "DSI", 0x0a00_0000, "READ_ONLY"],
  ["clearing a read-only cache block", "clear_block", "READ_ONLY + 32", "DSI", 0x0a00_0000, "READ_ONLY + 32"],
  ["unaligned lwarx", "load_reserve", "READ_WRITE + 2", "ALIGNMENT", 0, "READ_WRITE + 2"],
  ["jump to an unmapped page", "jump", "HOLE", "ISI", 0x4000_0000, "HOLE"],
  ["jump to an empty segment", "jump", "UNMAPPED", "ISI", 0x4000_0000, "UNMAPPED"],
  ["jump to a no-execute segment", "jump", "NO_EXECUTE", "ISI", 0x1000_0000, "NO_EXECUTE"],
  ["illegal instruction", "illegal_instruction", 0, "PROGRAM", 0x0008_0000, "illegal_instruction"],
  ["trap", "trap_word", 5, "PROGRAM", 0x0002_0000, "trap_word"],
  ["division by zero, floating point", "divide_by_zero", 0, "PROGRAM", 0x0010_0000, "divide_instruction"],
  ["floating point while it is off", "use_float", 0, "NO_FLOATING_POINT", 0, "float_instruction"],
  ["system call", "call_system", 42, "SYSTEM_CALL", 0, "call_system + 4"],
  ["system call of a user", "in_user_mode", "USER_CODE", "SYSTEM_CALL", 0, "USER_CODE + 4"],
  [
    "read of kernel memory by a user",
    "in_user_mode",
    "USER_CODE + (user_read - user_code)",
    "DSI",
    0x4000_0000,
    "ORIGIN",
  ],
  [
    "write to its own code by a user",
    "in_user_mode",
    "USER_CODE + (user_write - user_code)",
    "DSI",
    0x0a00_0000,
    "USER_CODE",
  ],
  [
    "system register read by a user",
    "in_user_mode",
    "USER_CODE + (user_system - user_code)",
    "PROGRAM",
    0x0004_0000,
    "USER_CODE + (user_system - user_code)",
  ],
  ["jump to kernel memory by a user", "in_user_mode", "ORIGIN", "ISI", 0x4000_0000, "ORIGIN"],
]

/** `fault`, `check_faults`, `publish_code`. */
export const faults = String.raw`
# Takes every fault and prints its result.
fault:
${enter}    bl      place_user_code
    addi    r31, r2, fault_table-BASE
1:  bl      take_fault
    addi    r30, r2, caught-BASE
    cmpwi   r3, 0
    addi    r3, r2, fault_format-BASE
    bne     2f
    addi    r3, r2, no_fault_format-BASE
2:  lwz     r4, 0(r31)
    lwz     r5, 0(r30)
    srwi    r5, r5, 6                   # a word for each vector
    addi    r6, r2, exception_names-BASE
    lwzx    r5, r6, r5
    bl      print
    addi    r3, r2, status_format-BASE
    lwz     r4, 4(r30)
    lwz     r5, 8(r30)
    bl      print
    lwzu    r0, 24(r31)
    cmpwi   r0, 0
    bne     1b
    li      r3, 0
${leave}
# Takes every fault and compares its result. Returns the number of wrong ones.
check_faults:
${enter}    bl      place_user_code
    addi    r31, r2, fault_table-BASE
    li      r30, 0
1:  bl      take_fault
    addi    r6, r2, caught-BASE
    li      r4, 1
    lwz     r5, 12(r31)
    cmpw    r3, r5
    bne     2f
    lwz     r3, 4(r6)
    lwz     r5, 16(r31)
    cmpw    r3, r5
    bne     2f
    lwz     r3, 8(r6)
    lwz     r5, 20(r31)
    cmpw    r3, r5
    bne     2f
    li      r4, 0
2:  add     r30, r30, r4
    lwz     r3, 0(r31)
    bl      report
    lwzu    r0, 24(r31)
    cmpwi   r0, 0
    bne     1b
    mr      r3, r30
${leave}
# Takes the fault of the table's row r31. Returns its vector in r3.
take_fault:
    addi    r5, r2, caught-BASE
    li      r0, 0
    stw     r0, 0(r5)
    stw     r0, 4(r5)
    stw     r0, 8(r5)
    lwz     r3, 4(r31)
    lwz     r4, 8(r31)
    b       catch

# Puts code where a user can execute it, through a page where it can be written.
place_user_code:
    lis     r3, READ_WRITE@h
    addi    r4, r2, user_code-BASE
    li      r5, (user_code_end - user_code) / 4
    mtctr   r5
    addi    r6, r3, -4
    addi    r4, r4, -4
1:  lwzu    r5, 4(r4)
    stwu    r5, 4(r6)
    bdnz    1b

# Makes the code in the 64 bytes at r3 visible to the instruction fetch.
publish_code:
    dcbst   0, r3
    li      r4, 32
    dcbst   r4, r3
    sync
    icbi    0, r3
    icbi    r4, r3
    sync
    isync
    blr

# Routines that fault. Each takes an argument in r3.
load_word:
    lwz     r3, 0(r3)
    blr
store_word:
    stw     r3, 0(r3)
    blr
clear_block:
    dcbz    0, r3
    blr
load_reserve:
    lwarx   r4, 0, r3
    blr
jump:
    mtlr    r3
    blr
illegal_instruction:
    .long   0
    blr
trap_word:
    twi     31, r3, 5
    blr
divide_by_zero:
    mtfsfi  6, 0                        # no exception is enabled
    mtfsb0  5                           # ZX
    mfmsr   r3
    ori     r3, r3, 0x900               # FE0, FE1: precise
    mtmsr   r3
    isync
    mtfsfi  7, 0
    mtfsb1  27                          # ZE
    addi    r4, r2, float_one-BASE
    lfd     f1, 0(r4)
    fsub    f2, f1, f1
divide_instruction:
    fdiv    f3, f1, f2
    blr
use_float:
    mfmsr   r3
    rlwinm  r3, r3, 0, 19, 17           # without FP
    mtmsr   r3
    isync
float_instruction:
    fadd    f1, f1, f1
    blr
call_system:
    sc
    blr
in_user_mode:
    mtsrr0  r3
    lis     r3, MSR_USER@h
    ori     r3, r3, MSR_USER@l
    mtsrr1  r3
    rfi

# Executed by a user at USER_CODE.
user_code:
    sc
user_read:
    lis     r4, ORIGIN@h
    lwz     r4, 0(r4)
user_write:
    lis     r4, USER_CODE@h
    ori     r4, r4, USER_CODE@l
    stw     r4, 0(r4)
user_system:
    mfmsr   r4
user_code_end:

    .balign 8, 0
float_one:
    .long   0x3ff00000, 0
exception_names:
    .long   none_text, none_text, none_text, data_text, instruction_text, none_text, alignment_text, program_text
    .long   float_text, none_text, none_text, none_text, call_text
${faultTexts(FAULTS)}${texts({
  none_text: "no exception",
  data_text: "data storage",
  instruction_text: "instruction storage",
  alignment_text: "alignment",
  program_text: "program",
  float_text: "no floating point",
  call_text: "system call",
})}    .balign 4
`
