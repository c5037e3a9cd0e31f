// The monitor's memory layout: its own data, the parts of the `virt` board that it uses, and a window of pages that it maps
// in different ways.

import { PSCI_FUNCTION } from "../../../firmware/psci.ts"

const hex = (value: number) => `0x${value.toString(16)}`

/** Symbols of the other modules: addresses, register offsets, descriptor bits. */
export const layout = `
@ Memory. The image is loaded 64 KiB above the base of RAM; everything below it is free.
    .equ RAM, 0x40000000
    .equ TABLE1, 0x40004000             @ first-level translation table, 16 KiB
    .equ TABLE2, 0x40008000             @ second-level table of the window, 1 KiB
    .equ PAGE, 0x40009000               @ the page that the window shows
    .equ OTHER_PAGE, 0x4000a000
    .equ STACK_UND, 0x4000b400          @ stacks grow down from here
    .equ STACK_ABT, 0x4000b800
    .equ STACK_IRQ, 0x4000bc00
    .equ STACK_FIQ, 0x4000c000
    .equ STACK_SVC, 0x40010000
    .equ BUFFER, 0x40020000             @ two buffers of 64 KiB
    .equ COPY, 0x40030000
    .equ CRC_TABLE, 0x40040000

@ Virtual addresses that differ from the physical ones: a window of pages, and ranges without access.
    .equ WINDOW, 0x20000000
    .equ READ_WRITE, 0x20000000
    .equ READ_ONLY, 0x20001000
    .equ NO_ACCESS, 0x20002000
    .equ HOLE, 0x20003000
    .equ USER_CODE, 0x20004000
    .equ NO_EXECUTE, 0x20005000
    .equ MOVING, 0x20006000
    .equ CLOSED_DOMAIN, 0x21000000
    .equ UNMAPPED, 0x30000000

@ PSCI functions (ARM DEN 0022, chapter 5).
    .equ PSCI_VERSION, ${hex(PSCI_FUNCTION.PSCI_VERSION)}
    .equ SYSTEM_OFF, ${hex(PSCI_FUNCTION.SYSTEM_OFF)}
    .equ SYSTEM_RESET, ${hex(PSCI_FUNCTION.SYSTEM_RESET)}

@ Short descriptors (ARM DDI 0406C, B3.5.1).
    .equ SECTION_MEMORY, 0x140e         @ normal memory, write-back; kernel rw
    .equ SECTION_DEVICE, 0x0416         @ device; kernel rw, execute never
    .equ PAGE_RW, 0x05e                 @ normal memory; kernel rw
    .equ PAGE_RO, 0x25e                 @ kernel r
    .equ PAGE_NONE, 0x04e
    .equ PAGE_USER_RO, 0x06e            @ kernel rw, user r
    .equ PAGE_XN, 0x05f                 @ kernel rw, execute never

@ PL011 serial port.
    .equ UART, 0x09000000
    .equ UARTDR, 0x00
    .equ UARTFR, 0x18
    .equ UARTIBRD, 0x24
    .equ UARTFBRD, 0x28
    .equ UARTLCR_H, 0x2c
    .equ UARTCR, 0x30
    .equ UARTIMSC, 0x38
    .equ UARTICR, 0x44

@ PL031 real-time clock.
    .equ RTC, 0x09010000

@ GICv2: distributor and CPU interface.
    .equ GICD, 0x08000000
    .equ GICD_CTLR, 0x000
    .equ GICD_TYPER, 0x004
    .equ GICD_ISENABLER, 0x100
    .equ GICD_ISPENDR, 0x200
    .equ GICD_IPRIORITYR, 0x400
    .equ GICD_ITARGETSR, 0x800
    .equ GICD_SGIR, 0xf00
    .equ GICC, 0x08010000
    .equ GICC_CTLR, 0x00
    .equ GICC_PMR, 0x04
    .equ GICC_IAR, 0x0c
    .equ GICC_EOIR, 0x10

@ Interrupts.
    .equ IRQ_SOFTWARE, 1
    .equ IRQ_TICK, 27                   @ virtual timer
    .equ IRQ_ALARM, 30                  @ physical timer
    .equ IRQ_UART, 33

@ Processor modes.
    .equ MODE_USR, 0x10
    .equ MODE_FIQ, 0x11
    .equ MODE_IRQ, 0x12
    .equ MODE_SVC, 0x13
    .equ MODE_ABT, 0x17
    .equ MODE_UND, 0x1b
    .equ MODE_SYS, 0x1f

@ Sizes and rates.
    .equ TICK_RATE, 100                 @ timer interrupts a second
    .equ INPUT_BYTES, 64                @ received and not yet read
    .equ LINE_BYTES, 80

@ Numbers of the exceptions that a routine can catch.
    .equ UNDEFINED, 1
    .equ SVC, 2
    .equ PREFETCH_ABORT, 3
    .equ DATA_ABORT, 4
`
