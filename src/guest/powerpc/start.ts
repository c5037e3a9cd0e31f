// The monitor's first instructions: the header of an ELF file (System V ABI, chapter 4), a copy of the image to where it
// runs, then a call of each module's start.

import { startTexts } from "../shared.ts"
import { enter, leave } from "./frame.ts"

/** Address of the first instruction. */
export const ORIGIN = 0x1_0000
/** The ELF header, one program header, and what is left to a multiple of 32. */
export const HEADER_BYTES = 96

/**
 * The start of the image. The program header says address 0: a kernel's place, from which QEMU's firmware starts it at
 * another one. The code copies itself from either.
 */
export const start = String.raw`
    .text
    .byte   0x7f
    .ascii  "ELF"
    .byte   1, 2, 1, 0                  # 32 bits, big-endian, version 1
    .space  8
    .short  2, 20                       # an executable for PowerPC
    .long   1, 0, 52, 0, 0              # version, entry, where the program headers are; no sections, no flags
    .short  52, 32, 1, 40, 0, 0         # sizes and numbers of headers
    .long   1, ${HEADER_BYTES}, 0, 0    # a segment of the file: where it is there, and its addresses
    .long   image_end - _start, image_end - _start
    .long   7, 4                        # read, write, execute; alignment
    .space  12

# Entered with r5, the client interface. r2 always holds BASE, which has all data within 32 KiB.
    .global _start
_start:
    .equ    BASE, _start + 0x8000
    bl      1f
1:  mflr    r3
    addi    r3, r3, _start - 1b         # where the image is
    lis     r4, _start@h
    ori     r4, r4, _start@l
    li      r6, (image_end - _start + 31) / 32
    mtctr   r6
2:  lwz     r7, 0(r3)
    lwz     r8, 4(r3)
    lwz     r9, 8(r3)
    lwz     r10, 12(r3)
    stw     r7, 0(r4)
    stw     r8, 4(r4)
    stw     r9, 8(r4)
    stw     r10, 12(r4)
    lwz     r7, 16(r3)
    lwz     r8, 20(r3)
    lwz     r9, 24(r3)
    lwz     r10, 28(r3)
    stw     r7, 16(r4)
    stw     r8, 20(r4)
    stw     r9, 24(r4)
    stw     r10, 28(r4)
    dcbst   0, r4
    sync
    icbi    0, r4
    addi    r3, r3, 32
    addi    r4, r4, 32
    bdnz    2b
    sync
    isync
    lis     r2, BASE@ha
    addi    r2, r2, BASE@l
    addi    r3, r2, begin - BASE
    mtlr    r3
    blr

begin:
    lis     r1, STACK@ha
    addi    r1, r1, STACK@l
    li      r0, 0
    stwu    r0, -32(r1)
    stw     r5, firmware-BASE(r2)
    bl      read_tree
    bl      exceptions_start
    bl      mmu_start
    bl      console_start
    bl      interrupts_start
    bl      introduce
    lbz     r3, bootargs-BASE(r2)
    cmpwi   r3, 0
    beq     prompt
    addi    r3, r2, bootargs-BASE
    bl      run_line
    cmpwi   r3, 0
    bne     give_up
    b       off

# Prints what was found.
introduce:
${enter}    mfpvr   r6
    srwi    r4, r6, 16
    cmpwi   r4, 8
    addi    r4, r2, name_750-BASE
    beq     1f
    addi    r4, r2, name_7400-BASE
1:  rlwinm  r5, r6, 24, 28, 31          # major and minor revision
    clrlwi  r6, r6, 28
    addi    r3, r2, cpu_format-BASE
    bl      print
    addi    r3, r2, memory_format-BASE
    lwz     r4, memory_bytes-BASE(r2)
    srwi    r4, r4, 20
    li      r5, 0
    bl      print
    addi    r3, r2, timer_format-BASE
    lwz     r4, timebase_hz-BASE(r2)
    li      r5, TICK_RATE
    bl      print
${leave}
# Stops the processor: a machine check while MSR[ME] is 0.
give_up:
    li      r3, 0
    mtmsr   r3
    isync
    lis     r3, BEYOND@h
    lwz     r3, 0(r3)
    sync
    b       give_up

memory_bytes:
    .long   0
timebase_hz:
    .long   0
mac_io:
    .long   0                           # address of the I/O chip
name_750:
    .asciz  "PowerPC 750"
name_7400:
    .asciz  "PowerPC 7400"
${startTexts("%s, revision %u.%u")}    .balign 4
`
