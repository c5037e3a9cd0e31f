// The monitor's `checks` command: it compares what the processor and the board do with what they must do.

import { type Check, checkTexts } from "../shared.ts"
import { enter, leave } from "./frame.ts"

/** Name, routine, expected result. QEMU's results are the same (test/guest). */
const CHECKS: readonly Check[] = [
  ["memory", "check_memory", 0],
  ["arithmetic and XER", "check_arithmetic", 0xd29b_3538],
  ["logic", "check_logic", 0x9139_e346],
  ["shifts and rotations", "check_shifts", 0x2314_2a54],
  ["multiplication", "check_multiply", 0xc298_87ae],
  ["division", "check_divide", 0xc841_4817],
  ["conditions", "check_conditions", 0x2e65_42aa],
  ["condition register logic", "check_condition_register", 0xbeb9_c112],
  ["loads and stores", "check_accesses", 0x0625_5c11],
  ["strings and multiple words", "check_multiple", 0xfacd_cdf1],
  ["branches", "check_branches", 0x544a_35f8],
  ["floating point", "check_float", 0x4e85_bc2e],
  ["reservations", "check_reservation", 0x010],
  ["code that is rewritten", "check_new_code", 0x12],
  ["aliases of a page", "check_aliases", 0x1234_5678],
  ["page that moves", "check_remapping", 0x21],
  ["pages used and changed", "check_recording", 0x23],
  ["real addresses for data", "check_real_data", 0x5a5a],
  ["CRC-32", "check_crc", 0xcbf4_3926],
  ["system call", "check_service", 1],
  ["decrementer interrupts", "check_ticks", 1],
  ["masked interrupts", "check_masked", 0x10],
  ["time base", "check_time_base", 1],
  ["real-time clock", "check_clock", 1],
]

/** `checks`, `report`. */
export const checks = String.raw`
checks:
${enter}    addi    r31, r2, check_table-BASE
    li      r30, 0                      # failures
1:  lwz     r0, 4(r31)
    mtctr   r0
    bctrl
    mr      r29, r3
    lwz     r28, 8(r31)
    lwz     r3, 0(r31)
    xor     r4, r29, r28
    bl      report
    cmpw    r29, r28
    beq     2f
    addi    r30, r30, 1
    addi    r3, r2, difference_format-BASE
    mr      r4, r29
    mr      r5, r28
    bl      print
2:  lwzu    r0, 12(r31)
    cmpwi   r0, 0
    bne     1b
    bl      check_faults
    add     r30, r30, r3
    mr.     r4, r30
    addi    r3, r2, passed_text-BASE
    beq     3f
    addi    r3, r2, failed_format-BASE
3:  bl      print
    mr      r3, r30
${leave}
# Prints the outcome of the check that is named r3: r4 = 0 is success.
report:
    cmpwi   r4, 0
    mr      r4, r3
    addi    r3, r2, ok_format-BASE
    beq     print
    addi    r3, r2, wrong_format-BASE
    b       print

${checkTexts(CHECKS)}    .balign 4
`
