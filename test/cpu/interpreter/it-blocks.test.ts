// IT blocks that overlap: the second halfword of an instruction in one block begins a block of its own for whoever jumps
// to it (ARM DDI 0406C, A8.8.54 IT; encodings by hand).

import { describe, expect, it } from "vitest"
import { BareArm } from "./bare-arm.ts"

const CODE = 0x8000
const INSIDE = CODE + 6
const DATA = 0x9000

/** cmp r0, r0; itt eq; ldreq.w r11, [r5, #0xf18], whose second halfword reads it ne; moveq r1, #1; b . */
const halfwords = [0x4280, 0xbf04, 0xf8d5, 0xbf18, 0x2101, 0xe7fe]

describe("an instruction in two IT blocks", () => {
  it("is executed by the condition of the block that it is reached in", () => {
    const bare = new BareArm("cortex-a15")
    for (const [n, halfword] of halfwords.entries()) bare.memory.setUint16(CODE + 2 * n, halfword, true)
    const run = (address: number, instructions: number) => {
      bare.cpu.start(address | 1, { r1: 0, r5: DATA })
      bare.go(instructions)
      return bare.register(1)
    }
    for (let round = 0; round < 3; round++) {
      expect(run(CODE, 4)).toBe(1)
      expect(run(INSIDE, 2)).toBe(0)
    }
  })
})

/** cmp r0, r2; itttt eq; moveq.w r3, #1; moveq.w r4, #1; moveq.w r6, #1; moveq r1, #1; b . */
const longBlock = [0x4290, 0xbf01, 0xf04f, 0x0301, 0xf04f, 0x0401, 0xf04f, 0x0601, 0x2101, 0xe7fe]
const LAST = CODE + 16

describe("the last instruction of an IT block", () => {
  it("is in its block again after it was reached from outside and code behind the block was written", () => {
    const bare = new BareArm("cortex-a15")
    for (const [n, halfword] of longBlock.entries()) bare.memory.setUint16(CODE + 2 * n, halfword, true)
    // Not equal: the block does nothing.
    const run = (address: number, instructions: number) => {
      bare.cpu.start(address | 1, { r0: 0, r1: 0, r2: 1 })
      bare.go(instructions)
      return bare.register(1)
    }
    expect(run(CODE, 6)).toBe(0)
    bare.cpu.write(LAST + 8, Uint8Array.of(0, 0))
    expect(run(LAST, 1)).toBe(1)
    expect(run(CODE, 6)).toBe(0)
  })
})

describe("BKPT in an IT block", () => {
  it("is executed whatever the condition (A8.8.24)", () => {
    const bare = new BareArm("cortex-a15")
    // cmp r0, r2; it eq; bkpt #1
    for (const [n, halfword] of [0x4290, 0xbf08, 0xbe01].entries()) bare.memory.setUint16(CODE + 2 * n, halfword, true)
    bare.cpu.start(CODE | 1, { r0: 0, r2: 1 })
    bare.go(3)
    expect([bare.mode, bare.pc]).toEqual([0x17, 0x0c])
  })
})
