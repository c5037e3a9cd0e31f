// A program for `virt` without a system: a hot loop of three instructions.

import { withSymbols } from "../firmware/sample-images.ts"
import { elfProgram } from "./programs.ts"

const START = 0x4010_0000
/** Address of the loop. */
export const LOOP = START + 8
/** Instructions around the loop. */
export const AROUND = 4

/** The program as an ELF file with the symbols `start` and `loop`; `body` comes before the loop's count and branch. */
export function hotLoop(rounds: number, body = "add r1, r1, r0"): Uint8Array {
  const source = `
        ldr   r0, =${rounds}
        ldr   r3, =0x09000018     @ a register of the serial port
  loop: ${body}
        subs  r0, r0, #1
        bne   loop
        ldr   r0, =0x84000008     @ PSCI SYSTEM_OFF
        hvc   #0
        b     .
        .pool`
  return withSymbols(elfProgram(source, START), [
    { name: "start", value: START },
    { name: "loop", value: LOOP, kind: "none" },
  ])
}
