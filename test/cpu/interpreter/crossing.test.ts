// Instructions that begin in one page and end in the next.

import { describe, expect, it } from "vitest"
import { BareArm } from "./bare-arm.ts"

const TABLE = 0x4000
const SETUP = 0x8000
/** A section that is mapped at its own address, and at one whose top bit is set. */
const SECTION = 0x10_0000
const HIGH = 0x8000_0000
/** A section that everybody may access (ARM DDI 0406C, B3.5.1). */
const section = (base: number) => base | (3 << 10) | 2

describe("an instruction across pages", () => {
  it.each([SECTION, HIGH])("is built from its halves once, wherever it is mapped: at %i", (base) => {
    const bare = new BareArm("cortex-a15")
    bare.memory.setUint32(TABLE, section(0), true)
    bare.memory.setUint32(TABLE + (base >>> 20) * 4, section(SECTION), true)
    // nop; add.w r5, r5, #1, in two pages; b to the nop
    for (const [n, halfword] of [0xbf00, 0xf105, 0x0501, 0xe7fb].entries())
      bare.memory.setUint16(SECTION + 0xffc + 2 * n, halfword, true)
    bare.place(SETUP, "mcr p15, 0, r0, c2, c0, 0\nmcr p15, 0, r1, c3, c0, 0\nmcr p15, 0, r2, c1, c0, 0\nbx r3")
    bare.run(SETUP, 4, { 0: TABLE, 1: 1, 2: 0x00c5_0079, 3: (base + 0xffc) | 1, 5: 0 })
    const { scratch } = bare.cpu.interpreter!.exits
    bare.go(3000)
    expect(bare.register(5)).toBe(1000)
    expect(bare.cpu.interpreter!.exits.scratch - scratch).toBe(1)
  })

  it("is known once, however often the TLB forgets its pages", () => {
    const bare = new BareArm("cortex-a15")
    bare.memory.setUint32(TABLE, section(0), true)
    bare.memory.setUint32(TABLE + (SECTION >>> 20) * 4, section(SECTION), true)
    // mcr p15, 0, r0, c8, c7, 0; nop; add.w r5, r5, #1, in two pages; b to the first
    for (const [n, halfword] of [0xee08, 0x0f17, 0xbf00, 0xf105, 0x0501, 0xe7f9].entries())
      bare.memory.setUint16(SECTION + 0xff8 + 2 * n, halfword, true)
    bare.place(SETUP, "mcr p15, 0, r0, c2, c0, 0\nmcr p15, 0, r1, c3, c0, 0\nmcr p15, 0, r2, c1, c0, 0\nbx r3")
    bare.run(SETUP, 4, { 0: TABLE, 1: 1, 2: 0x00c5_0079, 3: (SECTION + 0xff8) | 1, 5: 0 })
    const { cache, exits } = bare.cpu.interpreter!
    bare.go(4000)
    expect(bare.register(5)).toBe(1000)
    expect(exits.scratch).toBeGreaterThan(900)
    const second = cache.pagesByAge().find(({ physical, isa }) => physical === SECTION / 4096 + 1 && isa === 1)
    expect(second!.crossing.size).toBe(1)
  })
})
