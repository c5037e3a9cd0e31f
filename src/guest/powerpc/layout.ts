// The monitor's memory layout: its own data, the parts of the board `g3beige` that it uses, and segments whose pages it maps
// in different ways.

import { ORIGIN } from "./start.ts"

const hex = (value: number) => `0x${value.toString(16)}`

/** Symbols of the other modules: addresses, register offsets, bits. */
export const layout = `
# Memory: all of it lies in the first MiB. The exception vectors are below 0x2000. Stacks grow down.
    .equ ORIGIN, ${hex(ORIGIN)}
    .equ FRAME, 0x8000                  # registers of the program that an exception interrupts
    .equ STACK, 0xf000
    .equ TABLE, 0x20000                 # hashed page table, 64 KiB
    .equ BUFFER, 0x30000                # two buffers of 64 KiB
    .equ COPY, 0x40000
    .equ CRC_TABLE, 0x50000
    .equ PAGE, 0x51000                  # the page that the window shows
    .equ OTHER_PAGE, 0x52000
    .equ BEYOND, 0x7ff00000             # above any RAM, below any device

# Virtual addresses: three segments of pages. In the second, nothing can be executed; the third is empty.
    .equ WINDOW, 0x20000000
    .equ READ_WRITE, 0x20000000
    .equ READ_ONLY, 0x20001000
    .equ USER_CODE, 0x20002000
    .equ HOLE, 0x20003000
    .equ MOVING, 0x20004000
    .equ NO_EXECUTE, 0x30000000
    .equ UNMAPPED, 0x50000000

# Words of a page table entry (Programming Environments Manual, 7.6.1.2).
    .equ PTE_R, 0x100
    .equ PTE_C, 0x80
    .equ PAGE_KERNEL, 0x10              # M; by the keys: kernel rw
    .equ PAGE_USER_RO, 0x11             # kernel rw, user r
    .equ PAGE_RO, 0x13                  # kernel r, user r

# MSR: EE, FP, ME, IR, DR, RI; EE, PR, FP, ME, IR, DR, RI.
    .equ MSR_KERNEL, 0xb032
    .equ MSR_USER, 0xf032
    .equ MSR_REAL, 0x3002               # FP, ME, RI
    .equ MSR_POW, 4                     # in the upper half

# Parts of the I/O chip, Heathrow. Its interrupt controller is little-endian.
    .equ PIC_EVENT, 0x20                # inputs 0 to 31
    .equ PIC_MASK, 0x24
    .equ PIC_ACKNOWLEDGE, 0x28
    .equ PIC_MASK_HIGH, 0x14            # inputs 32 to 63
    .equ IRQ_SERIAL, 15
    .equ SERIAL, 0x13020                # channel A of the Z8530
    .equ SERIAL_DATA, 0x10
    .equ VIA, 0x16000
    .equ VIA_ORB, 0x0000
    .equ VIA_DDRB, 0x0400
    .equ VIA_SR, 0x1400
    .equ VIA_ACR, 0x1600
    .equ VIA_IFR, 0x1a00
    .equ VIA_IER, 0x1c00

# Sizes and rates.
    .equ TICK_RATE, 100                 # decrementer interrupts a second
    .equ INPUT_BYTES, 64                # received and not yet read
    .equ LINE_BYTES, 80

# Vectors of the exceptions that a routine can catch.
    .equ DSI, 0x300
    .equ ISI, 0x400
    .equ EXTERNAL, 0x500
    .equ ALIGNMENT, 0x600
    .equ PROGRAM, 0x700
    .equ NO_FLOATING_POINT, 0x800
    .equ DECREMENTER, 0x900
    .equ SYSTEM_CALL, 0xc00
`
