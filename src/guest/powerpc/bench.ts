// The monitor's `bench` command: work of known size, and the guest's time for it.

import { benchTexts, type Work } from "../shared.ts"
import { enter, leave } from "./frame.ts"

const WORK: readonly Work[] = [
  ["integer loop", "bench_loop", "30 million instructions"],
  ["memory copy", "bench_copy", "64 MiB"],
  ["CRC-32", "bench_crc", "1 MiB"],
  ["floating-point loop", "bench_float", "4 million operations"],
]

/** `bench`, `make_crc_table`, `crc32`. */
export const bench = String.raw`
bench:
${enter}    bl      make_crc_table
    addi    r31, r2, bench_table-BASE
1:  bl      now
    mr      r30, r3
    lwz     r3, 4(r31)
    mtctr   r3
    bctrl
    bl      now
    subf    r30, r30, r3
    lwz     r4, timebase_hz-BASE(r2)
    li      r5, 1000
    divwu   r4, r4, r5                  # counts a millisecond
    divwu   r6, r30, r4
    mullw   r7, r6, r4
    subf    r7, r7, r30
    mullw   r7, r7, r5
    divwu   r7, r7, r4
    mullw   r6, r6, r5
    add     r6, r6, r7
    addi    r3, r2, bench_format-BASE
    lwz     r4, 0(r31)
    lwz     r5, 8(r31)
    bl      print
    lwzu    r0, 12(r31)
    cmpwi   r0, 0
    bne     1b
    li      r3, 0
${leave}
# Five million rounds of six instructions.
bench_loop:
    lis     r3, 5000000@h
    ori     r3, r3, 5000000@l
    mtctr   r3
    li      r4, 1
    li      r5, 0
1:  rlwinm  r6, r4, 3, 0, 28
    add     r5, r5, r6
    xor     r4, r4, r5
    mullw   r6, r4, r5
    add     r5, r5, r6
    bdnz    1b
    blr

# 64 KiB from one buffer to the other, 1024 times.
bench_copy:
    li      r3, 1024
1:  lis     r4, BUFFER@h
    lis     r5, COPY@h
    addi    r4, r4, -4
    addi    r5, r5, -4
    li      r6, 0x10000 / 16
    mtctr   r6
2:  lwz     r6, 4(r4)
    lwz     r7, 8(r4)
    lwz     r8, 12(r4)
    lwzu    r9, 16(r4)
    stw     r6, 4(r5)
    stw     r7, 8(r5)
    stw     r8, 12(r5)
    stwu    r9, 16(r5)
    bdnz    2b
    addic.  r3, r3, -1
    bne     1b
    blr

# The CRC of 64 KiB, 16 times.
bench_crc:
${enter}    li      r31, 16
1:  lis     r3, BUFFER@h
    lis     r4, 1
    bl      crc32
    addic.  r31, r31, -1
    bne     1b
${leave}
# A million rounds of a multiplication with addition, a product, a sum, and a difference.
bench_float:
    lis     r3, 1000000@h
    ori     r3, r3, 1000000@l
    mtctr   r3
    addi    r4, r2, float_constants-BASE
    lfd     f1, 0(r4)
    lfd     f2, 8(r4)
    lfd     f3, 16(r4)
1:  fmadd   f4, f1, f2, f3
    fmul    f1, f4, f2
    fadd    f1, f1, f3
    fsub    f1, f1, f2
    bdnz    1b
    blr

# The table of the CRC that Ethernet, gzip and PNG use.
make_crc_table:
    lis     r3, CRC_TABLE@h
    addi    r3, r3, -4
    lis     r4, 0xedb88320@h
    ori     r4, r4, 0xedb88320@l
    li      r5, 0
1:  mr      r6, r5
    li      r7, 8
2:  andi.   r0, r6, 1
    srwi    r6, r6, 1
    beq     3f
    xor     r6, r6, r4
3:  addic.  r7, r7, -1
    bne     2b
    stwu    r6, 4(r3)
    addi    r5, r5, 1
    cmpwi   r5, 256
    blt     1b
    blr

# The CRC of r4 bytes at r3.
crc32:
    mtctr   r4
    addi    r3, r3, -1
    lis     r4, CRC_TABLE@h
    li      r5, -1
1:  lbzu    r6, 1(r3)
    xor     r6, r6, r5
    rlwinm  r6, r6, 2, 22, 29
    lwzx    r6, r4, r6
    srwi    r5, r5, 8
    xor     r5, r5, r6
    bdnz    1b
    nor     r3, r5, r5
    blr

    .balign 8, 0
float_constants:
    .long   0x3ff80000, 0               # 1.5
    .long   0x3fe00000, 0               # 0.5
    .long   0x3fe80000, 0               # 0.75
${benchTexts(WORK)}    .balign 4
`
