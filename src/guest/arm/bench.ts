// The monitor's `bench` command: work of known size, and the guest's time for it.

import { benchTexts, type Work } from "../shared.ts"

const WORK: readonly Work[] = [
  ["integer loop", "bench_loop", "30 million instructions"],
  ["memory copy", "bench_copy", "64 MiB"],
  ["CRC-32", "bench_crc", "1 MiB"],
]

/** `bench`, `make_crc_table`, `crc32`. */
export const bench = String.raw`
bench:
    push    {r4, r5, r6, lr}
    bl      make_crc_table
    ldr     r4, =bench_table
1:  bl      now
    mov     r5, r0
    ldr     r0, [r4, #4]
    blx     r0
    bl      now
    sub     r5, r0, r5
    mrc     p15, 0, r1, c14, c0, 0      @ CNTFRQ
    mov     r0, #1000
    udiv    r1, r1, r0                  @ counts a millisecond
    udiv    r2, r5, r1
    mls     r3, r2, r1, r5
    mul     r3, r3, r0
    udiv    r3, r3, r1
    mla     r3, r2, r0, r3
    ldr     r0, =bench_format
    ldr     r1, [r4]
    ldr     r2, [r4, #8]
    bl      print
    add     r4, r4, #12
    ldr     r0, [r4]
    cmp     r0, #0
    bne     1b
    mov     r0, #0
    pop     {r4, r5, r6, pc}

@ Five million rounds of six instructions.
bench_loop:
    ldr     r0, =5000000
    mov     r1, #1
    mov     r2, #0
1:  add     r2, r2, r1, lsl #3
    eor     r1, r1, r2, ror #7
    mul     r3, r1, r2
    add     r2, r2, r3
    subs    r0, r0, #1
    bne     1b
    bx      lr

@ 64 KiB from one buffer to the other, 1024 times.
bench_copy:
    push    {r4-r11, lr}
    mov     r12, #1024
1:  ldr     r0, =BUFFER
    ldr     r1, =COPY
    mov     r2, #0x10000 / 32
2:  ldm     r0!, {r4-r11}
    stm     r1!, {r4-r11}
    subs    r2, r2, #1
    bne     2b
    subs    r12, r12, #1
    bne     1b
    pop     {r4-r11, pc}

@ The CRC of 64 KiB, 16 times.
bench_crc:
    push    {r4, lr}
    mov     r4, #16
1:  ldr     r0, =BUFFER
    mov     r1, #0x10000
    bl      crc32
    subs    r4, r4, #1
    bne     1b
    pop     {r4, pc}

@ The table of the CRC that Ethernet, gzip and PNG use.
make_crc_table:
    ldr     r0, =CRC_TABLE
    ldr     r1, =0xedb88320
    mov     r2, #0
1:  mov     r3, r2
    mov     r12, #8
2:  lsrs    r3, r3, #1
    eorcs   r3, r3, r1
    subs    r12, r12, #1
    bne     2b
    str     r3, [r0, r2, lsl #2]
    add     r2, r2, #1
    cmp     r2, #256
    blo     1b
    bx      lr

@ The CRC of r1 bytes at r0.
crc32:
    push    {r4, lr}
    ldr     r4, =CRC_TABLE
    mvn     r2, #0
1:  ldrb    r3, [r0], #1
    eor     r3, r3, r2
    uxtb    r3, r3
    ldr     r3, [r4, r3, lsl #2]
    eor     r2, r3, r2, lsr #8
    subs    r1, r1, #1
    bne     1b
    mvn     r0, r2
    pop     {r4, pc}
    .pool

${benchTexts(WORK)}    .balign 4
`
