// Programs that interrupt themselves at random instructions, on the virt boards of QEMU and the emulator.

import { describe, expect, it } from "vitest"
import { unavailable } from "../../oracle/qemu.ts"
import { compareBoards, noDepartures } from "./board-compare.ts"
import { RECORD_WORDS } from "./interrupt-harness.ts"
import { interruptProgram } from "./interrupt-program.ts"

const SEED = 20240102
const PROGRAMS = 400

const why = unavailable()

describe.skipIf(why)(`interrupts on random instructions${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it(`come where QEMU takes them, in ${PROGRAMS} programs (seed ${SEED})`, async () => {
    const { expected, departures } = await compareBoards(interruptProgram(SEED, PROGRAMS), RECORD_WORDS)
    expect(departures).toEqual(noDepartures)
    const kinds: number[] = []
    for (let at = 0; expected[at] !== 0; at += RECORD_WORDS) kinds.push(expected[at]! & 0xff)
    const count = (kind: number): number => kinds.filter((other) => other === kind).length
    // All three ends of programs are there, and several interrupts in each program.
    expect(count(0xd) + count(0xe) + count(0xf)).toBe(PROGRAMS)
    expect(count(0x11)).toBeGreaterThan(3 * PROGRAMS)
    expect(count(0xf1)).toBeGreaterThan(3 * PROGRAMS)
  }, 240_000)
})
