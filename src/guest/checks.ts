// The monitor's `checks` command: it compares what the processor and the board do with what they must do.

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

@ Name, routine, expected result.
check_table:
    .word   1f, check_memory, 0
    .word   2f, check_arithmetic, 0x72171861
    .word   3f, check_shifts, 0x428eed36
    .word   4f, check_multiply, 0xb5811c20
    .word   5f, check_divide, 0x2c489a9d
    .word   6f, check_bits, 0x3d5259a6
    .word   7f, check_saturation, 0xdfcf9ca6
    .word   8f, check_conditions, 0x4099f1d4
    .word   9f, check_accesses, 0xad792101
    .word   10f, check_thumb, 0x88eb0d05
    .word   11f, check_vfp, 0x04703436
    .word   12f, check_byte_order, 0x44332211
    .word   13f, check_banked, 0x1234
    .word   14f, check_exclusive, 0x010
    .word   15f, check_new_code, 0x12
    .word   16f, check_aliases, 0x12345678
    .word   17f, check_remapping, 0x21
    .word   18f, check_translation, PAGE
    .word   19f, check_crc, 0xcbf43926
    .word   20f, check_service, 1
    .word   21f, check_ticks, 1
    .word   22f, check_alarm, 1
    .word   23f, check_software_interrupt, 0x0101
    .word   24f, check_interrupt_priority, 0x0110
    .word   25f, check_clock, 1
    .word   26f, check_firmware, 1
    .word   0
1:  .asciz  "memory"
2:  .asciz  "arithmetic and flags"
3:  .asciz  "shifts"
4:  .asciz  "multiplication"
5:  .asciz  "division"
6:  .asciz  "bit fields and reversal"
7:  .asciz  "saturation and parallel arithmetic"
8:  .asciz  "conditions"
9:  .asciz  "loads and stores"
10: .asciz  "Thumb code"
11: .asciz  "floating point"
12: .asciz  "byte order"
13: .asciz  "banked registers"
14: .asciz  "exclusive accesses"
15: .asciz  "code that is rewritten"
16: .asciz  "aliases of a page"
17: .asciz  "page that moves"
18: .asciz  "address translation"
19: .asciz  "CRC-32"
20: .asciz  "service call"
21: .asciz  "timer interrupts"
22: .asciz  "alarm"
23: .asciz  "software interrupt"
24: .asciz  "interrupt priorities"
25: .asciz  "real-time clock"
26: .asciz  "firmware"
ok_format:
    .asciz  "%s: ok\n"
wrong_format:
    .asciz  "%s: FAILED\n"
difference_format:
    .asciz  "  %x instead of %x\n"
passed_text:
    .asciz  "monitor: all checks passed\n"
failed_format:
    .asciz  "monitor: checks failed: %u\n"
    .balign 4
`
