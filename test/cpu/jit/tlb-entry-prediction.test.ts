// Loads that predict their TLB entry: which ones do, and what they load if the prediction is wrong.

import { describe, expect, it } from "vitest"
import { planned } from "../../support/planned.ts"
import { FRAMES, runProgram, SMALL } from "./kernel.ts"
import { Lockstep } from "./lockstep.ts"

/** Numbers of the instructions with such loads. */
const predicting = (source: string): number[] =>
  planned(source, ["tlb-entry-prediction"]).flatMap((lines, number) =>
    lines.some((line) => line.includes("predicted")) ? [number] : [],
  )

describe("a load predicts its TLB entry", () => {
  it("if its address was loaded in the same round of a loop", () => {
    expect(predicting("loop: ldr r1, [r0], #4\nldr r2, [r1, #8]\nadd r3, r3, r2\nb loop")).toEqual([1])
  })

  it("if its address was computed from that", () => {
    expect(predicting("loop: ldrb r1, [r0], #1\neor r1, r1, r2\nldr r2, [r4, r1, lsl #2]\nb loop")).toEqual([2])
  })

  it("if its address was loaded in the round before", () => {
    expect(predicting("loop: add r1, r1, #1\nldr r0, [r0]\nb loop")).toEqual([1])
  })

  it("and not outside of a loop, nor if the address was overwritten", () => {
    expect(predicting("ldr r1, [r0]\nldr r2, [r1]\nbx lr")).toEqual([])
    expect(predicting("loop: ldr r1, [r0], #4\nmov r1, r5\nldr r2, [r1]\nb loop")).toEqual([])
  })
})

describe("a list that goes from page to page", () => {
  // Of one page virtual and physical address are the same, of the other one not.
  it("is the same on every engine", () => {
    const machines = new Lockstep()
    runProgram(
      machines,
      `
        ldr   r8, =SMALL + 0x3000
        ldr   r9, =FRAMES + 0x5000
        str   r9, [r8]
        str   r8, [r9]
        mov   r1, #1
        str   r1, [r8, #4]
        mov   r1, #2
        str   r1, [r9, #4]
        mov   r0, r8
        mov   r3, #0
again:  ldr   r1, [r0, #4]
        add   r2, r2, r1
        add   r3, r3, #1
        ldr   r0, [r0]
        b     again`,
      { symbols: { SMALL, FRAMES } },
    )
    const rounds = machines.register(3)
    expect(rounds).toBeGreaterThan(1000)
    expect(Math.abs(machines.register(2) - 1.5 * rounds)).toBeLessThan(2)
  })
})
