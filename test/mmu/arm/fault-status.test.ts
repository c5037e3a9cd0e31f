// Fault status values; expected ones from ARM DDI 0406C, tables B3-23 and B3-24, and ARM DDI 0198E, table 3-9.

import { describe, expect, it } from "vitest"
import type { FaultKind } from "../../../mmu/access.ts"
import { faultStatus } from "../../../mmu/arm/fault-status.ts"

const DFSR = { long: false, v5: false, write: false, fetch: false }

describe("DFSR", () => {
  it.each<[FaultKind, number, number]>([
    ["alignment", 0, 0b00001],
    ["externalOnWalk", 1, 0b01100],
    ["externalOnWalk", 2, 0b01110 | 0xa0],
    ["translation", 1, 0b00101],
    ["translation", 2, 0b00111 | 0xa0],
    ["accessFlag", 1, 0b00011 | 0xa0],
    ["accessFlag", 2, 0b00110 | 0xa0],
    ["group", 1, 0b01001 | 0xa0],
    ["group", 2, 0b01011 | 0xa0],
    ["permission", 1, 0b01101 | 0xa0],
    ["permission", 2, 0b01111 | 0xa0],
    ["external", 0, 0b01000],
  ])("has the short-format code of a %s fault of level %i, with the domain where it holds", (kind, level, value) => {
    expect(faultStatus({ kind, level, group: 10 }, DFSR)).toBe(value)
    expect(faultStatus({ kind, level, group: 10 }, { ...DFSR, write: true })).toBe(value | 0x800)
    expect(faultStatus({ kind, level, group: 10 }, { ...DFSR, fetch: true })).toBe(value & 0xf)
  })

  it.each<[FaultKind, number, number]>([
    ["alignment", 0, 0b100001],
    ["externalOnWalk", 1, 0b010101],
    ["externalOnWalk", 3, 0b010111],
    ["translation", 1, 0b000101],
    ["translation", 3, 0b000111],
    ["accessFlag", 2, 0b001010],
    ["permission", 1, 0b001101],
    ["permission", 3, 0b001111],
    ["external", 0, 0b010000],
  ])("has the long-format status of a %s fault of level %i", (kind, level, value) => {
    const long = { ...DFSR, long: true }
    expect(faultStatus({ kind, level }, long)).toBe(value | 0x200)
    expect(faultStatus({ kind, level }, { ...long, write: true })).toBe(value | 0xa00)
    expect(faultStatus({ kind, level }, { ...long, fetch: true })).toBe(value | 0x200)
  })

  it.each<[FaultKind, number, number]>([
    ["alignment", 0, 0b0001],
    ["externalOnWalk", 2, 0b1110 | 0xa0],
    ["translation", 1, 0b0101],
    ["translation", 2, 0b0111 | 0xa0],
    ["group", 1, 0b1001 | 0xa0],
    ["permission", 2, 0b1111 | 0xa0],
    ["external", 1, 0b1000 | 0xa0],
    ["external", 2, 0b1010 | 0xa0],
  ])("has no WnR bit in ARMv5 for a %s fault of level %i", (kind, level, value) => {
    expect(faultStatus({ kind, level, group: 10 }, { ...DFSR, v5: true, write: true })).toBe(value)
  })
})
