// Tables of ARMv5; expected values from ARM DDI 0100I, B4.7 and table B4-1.

import { describe, expect, it } from "vitest"
import { arm926 } from "../../../cpu/arm/models/arm926.ts"
import type { ArmTranslationRegisters } from "../../../mmu/arm/translation.ts"
import { walkWith } from "../walk-with.ts"

const TABLE = 0x8000_0000
const PAGES = 0x8001_0000

/** Walks for an address whose first-level index is 0x123. */
function walk(
  first: number,
  pages: Readonly<Record<number, number>> = {},
  va = 0x1234_5678,
  registers: Partial<ArmTranslationRegisters> = {},
) {
  const words: Record<number, number> = { [TABLE + 0x123 * 4]: first }
  for (const [index, word] of Object.entries(pages)) words[PAGES + Number(index) * 4] = word
  return walkWith(arm926.mmu, { ttbr0: TABLE, ...registers }, words, va)
}

describe("the tables of ARMv5", () => {
  it("map a section, without execute-never", () => {
    expect(walk(0x4560_0000 | (2 << 10) | (5 << 5) | 0x12)).toEqual({
      ...{ pa: 0x4564_5678, size: 1 << 20, permissions: "r-x/rwx", global: false, memoryType: "stronglyOrdered" },
      ...{ domain: 5, level: 1 },
    })
  })

  it("map a large page whose subpages agree, or each subpage of 16 KiB by itself", () => {
    const table = PAGES | (3 << 5) | 0x11
    expect(walk(table, { 69: 0x4567_0ffd })).toMatchObject({ pa: 0x4567_5678, size: 65536, permissions: "rwx/rwx" })
    const subpages = 0x4567_0001 | (0b11_10_01_00 << 4)
    const at = (va: number) => walk(table, { [(va >>> 12) & 0xff]: subpages }, va)
    expect(at(0x1234_0000)).toMatchObject({ size: 16384, permissions: "---/---" })
    expect(at(0x1234_4000)).toMatchObject({ size: 16384, permissions: "---/rwx" })
    expect(at(0x1234_8000)).toMatchObject({ size: 16384, permissions: "r-x/rwx" })
    expect(at(0x1234_ffff)).toMatchObject({ pa: 0x4567_ffff, size: 16384, permissions: "rwx/rwx" })
  })

  it("map a small page whose subpages agree, or each subpage of 1 KiB by itself", () => {
    const table = PAGES | (3 << 5) | 0x11
    expect(walk(table, { 69: 0x4567_8aae })).toMatchObject({
      pa: 0x4567_8678,
      size: 4096,
      permissions: "r-x/rwx",
      domain: 3,
    })
    const subpages = 0x4567_8002 | (0b11_10_01_00 << 4)
    expect(walk(table, { 69: subpages }, 0x1234_53ff)).toMatchObject({ size: 1024, permissions: "---/---" })
    expect(walk(table, { 69: subpages }, 0x1234_5400)).toMatchObject({ size: 1024, permissions: "---/rwx" })
    expect(walk(table, { 69: subpages }, 0x1234_5c00)).toMatchObject({ size: 1024, permissions: "rwx/rwx" })
  })

  it("map a tiny page of a fine table only", () => {
    const tiny = 0x4567_8400 | (2 << 4) | 0b1011
    const fine = PAGES | (3 << 5) | 0x13
    expect(walk(fine, { 277: tiny })).toMatchObject({
      pa: 0x4567_8678,
      size: 1024,
      permissions: "r-x/rwx",
    })
    expect(walk(PAGES | (3 << 5) | 0x11, { 69: tiny })).toEqual({ fault: "translation", level: 2, domain: 3 })
  })

  it("fault at either level", () => {
    expect(walk(0xfffc)).toEqual({ fault: "translation", level: 1, domain: 0 })
    expect(walk(PAGES | (3 << 5) | 0x11, { 69: 0xfffc })).toEqual({ fault: "translation", level: 2, domain: 3 })
    expect(walk(PAGES | (3 << 5) | 0x11)).toEqual({ fault: "externalOnWalk", level: 2, domain: 3 })
    expect(walkWith(arm926.mmu, { ttbr0: TABLE }, {}, 0)).toEqual({ fault: "externalOnWalk", level: 1, domain: 0 })
  })

  it("let SCTLR.S and SCTLR.R decide about AP 0b00", () => {
    const permissionsWith = (bits: number) => walk(0x4560_0012, {}, 0x1234_5678, { sctlr: 1 | bits })
    expect(permissionsWith(0)).toMatchObject({ permissions: "---/---" })
    expect(permissionsWith(1 << 8)).toMatchObject({ permissions: "---/r-x" })
    expect(permissionsWith(1 << 9)).toMatchObject({ permissions: "r-x/r-x" })
  })

  it("see the lowest 32 MiB moved by the FCSE process id", () => {
    const fcseidr = 0x1200_0000
    expect(walk(0x4560_0c12, {}, 0x0034_5678, { fcseidr })).toMatchObject({ pa: 0x4564_5678 })
    expect(walk(0x4560_0c12, {}, 0x1234_5678, { fcseidr })).toMatchObject({ pa: 0x4564_5678 })
  })
})
