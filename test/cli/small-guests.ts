// Small programs for the board `virt` that print, wait and end, for tests of the command.

import { elfProgram } from "../guests/programs.ts"

const START = 0x4010_0000

/** Puts the address of the serial port's data register into r6; `print` uses it. */
const PORT = "ldr r6, =0x09000000"
const OFF = `
        ldr   r0, =0x84000008     @ PSCI SYSTEM_OFF
        hvc   #0`
const RESET = `
        ldr   r0, =0x84000009     @ PSCI SYSTEM_RESET
        hvc   #0`
/** Prints the text at the label `text`. */
const PRINT = `
        adr   r1, text
  next: ldrb  r0, [r1], #1
        cmp   r0, #0
        strbne r0, [r6]
        bne   next`

const program = (body: string, text = ""): Uint8Array =>
  elfProgram(
    `
        ${PORT}
        ${body}
        b     .
        .pool
  text: .asciz ${JSON.stringify(text)}
        .balign 4`,
    START,
  )

/** Prints a text and switches the machine off. */
export const printer = (text: string): Uint8Array => program(PRINT + OFF, text)

/** Prints a text and resets the machine. */
export const resetter = (text: string): Uint8Array => program(PRINT + RESET, text)

/** Prints a text, executes `body` and waits for ever for an interrupt. */
export const idler = (text: string, body = ""): Uint8Array =>
  program(`${PRINT}\n        ${body}\n  idle: wfi\n        b     idle`, text)

/** Prints a text, and "later" after `rounds` rounds of a loop; then it executes for ever. */
export const panicking = (text: string, rounds: number): Uint8Array =>
  program(
    `${PRINT}
        ldr   r2, =${rounds}
  wait: subs  r2, r2, #1
        bne   wait
        adr   r1, later
  more: ldrb  r0, [r1], #1
        cmp   r0, #0
        strbne r0, [r6]
        bne   more
        b     .
  later: .asciz "later"
        .balign 4`,
    text,
  )

/**
 * Prints a word and so many letters x behind it, all by one instruction, a semihosting call; `times` times. Then it
 * switches the machine off.
 */
export const spiller = (word: string, letters: number, times = 1): Uint8Array =>
  program(`
        ldr   r2, =${letters}
        ldr   r1, =0x42000000
        mov   r0, #0
        strb  r0, [r1, r2]
        mov   r0, #'x'
  fill: subs  r2, r2, #1
        strb  r0, [r1, r2]
        bne   fill
        ldr   r7, =${times}
  spill: ldr  r1, =0x42000000 - ${word.length}
        adr   r2, word
  copy: ldrb  r0, [r2], #1
        cmp   r0, #0
        strbne r0, [r1], #1
        bne   copy
        ldr   r1, =0x42000000 - ${word.length}
        mov   r0, #4              @ SYS_WRITE0
        svc   #0x123456
        subs  r7, r7, #1
        bne   spill${OFF}
        b     .
        .pool
  word: .asciz "${word}"
        .balign 4`)

/** Prints a text and executes for ever. */
export const busy = (text: string): Uint8Array => program(PRINT, text)

/** Prints a text again and again, `times` times, and then switches the machine off. */
export const flood = (text: string, times: number): Uint8Array =>
  program(`        ldr   r2, =${times}\n  again:${PRINT}\n        subs  r2, r2, #1\n        bne   again${OFF}`, text)

/** Prints a text and ends by semihosting with a status. */
export const ender = (text: string, status: number): Uint8Array =>
  program(
    `${PRINT}
        adr   r1, block
        mov   r0, #0x20           @ SYS_EXIT_EXTENDED
        svc   #0x123456
        b     .
        .balign 4
  block: .word 0x20026, ${status >>> 0}`,
    text,
  )
