// The monitor's `checks` command: it compares what the processor and the board do with what they must do.

import { type Check, checkTexts } from "../shared.ts"

/** Name, routine, expected result. */
const CHECKS: readonly Check[] = [
  ["memory", "check_memory", 0],
  ["arithmetic and flags", "check_arithmetic", 0x72171861],
  ["shifts", "check_shifts", 0x428eed36],
  ["multiplication", "check_multiply", 0xb5811c20],
  ["division", "check_divide", 0x2c489a9d],
  ["bit fields and reversal", "check_bits", 0x3d5259a6],
  ["saturation and parallel arithmetic", "check_saturation", 0xdfcf9ca6],
  ["conditions", "check_conditions", 0x4099f1d4],
  ["loads and stores", "check_accesses", 0xad792101],
  ["Thumb code", "check_thumb", 0x88eb0d05],
  ["floating point", "check_vfp", 0x04703436],
  ["byte order", "check_byte_order", 0x44332211],
  ["banked registers", "check_banked", 0x1234],
  ["exclusive accesses", "check_exclusive", 0x010],
  ["code that is rewritten", "check_new_code", 0x12],
  ["aliases of a page", "check_aliases", 0x12345678],
  ["page that moves", "check_remapping", 0x21],
  ["address translation", "check_translation", "PAGE"],
  ["CRC-32", "check_crc", 0xcbf43926],
  ["service call", "check_service", 1],
  ["timer interrupts", "check_ticks", 1],
  ["alarm", "check_alarm", 1],
  ["software interrupt", "check_software_interrupt", 0x0101],
  ["interrupt priorities", "check_interrupt_priority", 0x0110],
  ["real-time clock", "check_clock", 1],
  ["firmware", "check_firmware", 1],
]

/** `checks`, `report`. */
export const checks = String.raw`
checks:
    push    {r4, r5, r6, lr}
    ldr     r4, =check_table
    mov     r5, #0                      @ failures
1:  ldr     r0, [r4, #4]
    blx     r0
    ldr     r6, [r4, #8]
    mov     r1, #0
    cmp     r0, r6
    movne   r1, #1
    add     r5, r5, r1
    mov     r6, r0
    ldr     r0, [r4]
    bl      report
    ldr     r2, [r4, #8]
    cmp     r6, r2
    ldr     r0, =difference_format
    mov     r1, r6
    blne    print
    add     r4, r4, #12
    ldr     r0, [r4]
    cmp     r0, #0
    bne     1b
    bl      check_faults
    add     r5, r5, r0
    cmp     r5, #0
    ldreq   r0, =passed_text
    ldrne   r0, =failed_format
    mov     r1, r5
    bl      print
    mov     r0, r5
    pop     {r4, r5, r6, pc}

@ Prints the outcome of the check that is named r0: r1 = 0 is success.
report:
    cmp     r1, #0
    mov     r1, r0
    ldreq   r0, =ok_format
    ldrne   r0, =wrong_format
    b       print

@ Groups of instructions: each returns the hash of its results on the same operands.
check_arithmetic:
    ldr     r0, =sample_arithmetic
    b       sample
check_shifts:
    ldr     r0, =sample_shifts
    b       sample
check_multiply:
    ldr     r0, =sample_multiply
    b       sample
check_divide:
    ldr     r0, =sample_divide
    b       sample
check_bits:
    ldr     r0, =sample_bits
    b       sample
check_saturation:
    ldr     r0, =sample_saturation
    b       sample
check_conditions:
    ldr     r0, =sample_conditions
    b       sample
check_accesses:
    ldr     r0, =sample_memory
    b       sample
check_thumb:
    ldr     r0, =sample_thumb
    b       sample
check_vfp:
    mrc     p15, 0, r0, c1, c0, 2       @ CPACR
    orr     r0, r0, #0x00f00000
    mcr     p15, 0, r0, c1, c0, 2
    isb     sy
    mov     r0, #0x40000000
    vmsr    fpexc, r0
    mov     r0, #0
    vmsr    fpscr, r0
    ldr     r0, =sample_vfp
    b       sample
    .pool

${checkTexts(CHECKS)}    .balign 4
`
