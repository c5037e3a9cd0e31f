// Short-descriptor tables; expected values from ARM DDI 0406C, B3.5 to B3.8.

import { describe, expect, it } from "vitest"
import { cortexA15 } from "../../../cpu/arm/models/cortex-a15.ts"
import type { ArmMmuModel, ArmTranslationRegisters } from "../../../mmu/arm/translation.ts"
import { walkWith } from "../walk-with.ts"

const TABLE = 0x8000_0000
const PAGES = 0x8001_0000
const AFE = 1 << 29
const TRE = 1 << 28
const EE = 1 << 25
const WITHOUT_LPAE: ArmMmuModel = { ...cortexA15.mmu, long: false, pxn: false, largePhysical: false }

/** Walks for va 0x12345678 through a first-level descriptor and, if it is a table's, a second-level one. */
function walk(first: number, second?: number, registers: Partial<ArmTranslationRegisters> = {}, model = cortexA15.mmu) {
  const words: Record<number, number> = { [TABLE + 0x123 * 4]: first }
  if (second !== undefined) words[PAGES + 0x45 * 4] = second
  return walkWith(model, { ttbr0: TABLE, ...registers }, words, 0x1234_5678)
}

describe("a first-level descriptor", () => {
  it("maps a section", () => {
    // nG, AP 0b011, domain 5, Normal (TEX 001, C 1, B 1).
    expect(walk(0x4560_0000 | (1 << 17) | (1 << 12) | (3 << 10) | (5 << 5) | 0b1110)).toEqual({
      ...{
        pa: 0x4564_5678,
        size: 1 << 20,
        permissions: "rwx/rwx",
        global: false,
        memoryType: "normal",
        domain: 5,
        level: 1,
      },
    })
  })

  it("maps a supersection of domain 0, with PA[39:32] from bits [8:5] and [23:20]", () => {
    const descriptor = 0x4500_0000 | (0xa << 20) | (1 << 18) | (3 << 10) | (0xb << 5) | 2
    expect(walk(descriptor)).toMatchObject({ pa: 0xba_4534_5678, size: 1 << 24, domain: 0, global: true, level: 1 })
    expect(walk(descriptor, undefined, {}, WITHOUT_LPAE)).toMatchObject({ pa: 0x4534_5678, size: 1 << 24 })
  })

  it("of type 0b11 is a section with PXN, or a translation fault without that extension", () => {
    const descriptor = 0x4560_0000 | (3 << 10) | 3
    expect(walk(descriptor)).toMatchObject({ permissions: "rwx/rw-" })
    expect(walk(descriptor, undefined, {}, WITHOUT_LPAE)).toEqual({ fault: "translation", level: 1, domain: 0 })
  })

  it("of type 0b00 is a translation fault", () => {
    expect(walk(0xffff_fffc)).toEqual({ fault: "translation", level: 1, domain: 0 })
  })

  it("that cannot be read is an external abort", () => {
    expect(walkWith(cortexA15.mmu, { ttbr0: TABLE }, {}, 0)).toEqual({ fault: "externalOnWalk", level: 1, domain: 0 })
  })

  it("is read in big-endian order with SCTLR.EE", () => {
    expect(walk(0x020c_6045, undefined, { sctlr: 1 | EE })).toMatchObject({ pa: 0x4564_5678, permissions: "rwx/rwx" })
  })
})

describe("a second-level descriptor", () => {
  const table = PAGES | (7 << 5) | 1
  it("maps a small page", () => {
    expect(walk(table, 0x4567_8000 | (1 << 11) | (3 << 4) | 0b1110)).toEqual({
      ...{
        pa: 0x4567_8678,
        size: 4096,
        permissions: "rwx/rwx",
        global: false,
        memoryType: "normal",
        domain: 7,
        level: 2,
      },
    })
  })

  it("maps a large page", () => {
    expect(walk(table, 0x4567_0000 | (1 << 15) | (3 << 4) | 0b1101)).toEqual({
      ...{
        pa: 0x4567_5678,
        size: 65536,
        permissions: "rw-/rw-",
        global: true,
        memoryType: "normal",
        domain: 7,
        level: 2,
      },
    })
  })

  it("of a small page has XN in bit 0, and PXN in its table's bit 2", () => {
    expect(walk(table, 0x4567_8000 | (3 << 4) | 3)).toMatchObject({ permissions: "rw-/rw-" })
    expect(walk(table | 4, 0x4567_8000 | (3 << 4) | 2)).toMatchObject({ permissions: "rwx/rw-" })
    expect(walk(table | 4, 0x4567_8000 | (3 << 4) | 2, {}, WITHOUT_LPAE)).toMatchObject({ permissions: "rwx/rwx" })
  })

  it("faults with the domain of its table", () => {
    expect(walk(table, 0)).toEqual({ fault: "translation", level: 2, domain: 7 })
    expect(walk(table)).toEqual({ fault: "externalOnWalk", level: 2, domain: 7 })
  })
})

describe("access permissions", () => {
  // Table B3-8, by AP[2:0].
  it.each([
    [0b000, "---/---"],
    [0b001, "---/rwx"],
    [0b010, "r-x/rwx"],
    [0b011, "rwx/rwx"],
    [0b100, "---/---"],
    [0b101, "---/r-x"],
    [0b110, "r-x/r-x"],
    [0b111, "r-x/r-x"],
  ])("of AP %i follow table B3-8", (ap, permissions) => {
    expect(walk(0x4560_0000 | ((ap >> 2) << 15) | ((ap & 3) << 10) | 2)).toMatchObject({ permissions })
    const page = 0x4567_8000 | ((ap >> 2) << 9) | ((ap & 3) << 4) | 2
    expect(walk(PAGES | 1, page)).toMatchObject({ permissions })
  })

  // Table B3-9, by AP[2:1].
  it.each([
    [0b00, "---/rwx"],
    [0b01, "rwx/rwx"],
    [0b10, "---/r-x"],
    [0b11, "r-x/r-x"],
  ])("of AP[2:1] %i follow table B3-9 with SCTLR.AFE", (ap, permissions) => {
    const section = 0x4560_0000 | ((ap >> 1) << 15) | ((ap & 1) << 11) | (9 << 5) | 2
    expect(walk(section | (1 << 10), undefined, { sctlr: 1 | AFE })).toMatchObject({ permissions })
    expect(walk(section, undefined, { sctlr: 1 | AFE })).toEqual({ fault: "accessFlag", level: 1, domain: 9 })
    const page = 0x4567_8000 | ((ap >> 1) << 9) | ((ap & 1) << 5) | 2
    expect(walk(PAGES | (9 << 5) | 1, page | 16, { sctlr: 1 | AFE })).toMatchObject({ permissions })
    const fault = { fault: "accessFlag", level: 2, domain: 9 }
    expect(walk(PAGES | (9 << 5) | 1, page, { sctlr: 1 | AFE })).toEqual(fault)
  })

  it("lose execution where writing is permitted, with SCTLR.WXN and SCTLR.UWXN", () => {
    const [userWrites, privilegedWrites] = [0x4560_0c02, 0x4560_0402]
    expect(walk(userWrites, undefined, { sctlr: 1 | (1 << 19) })).toMatchObject({ permissions: "rw-/rw-" })
    expect(walk(userWrites, undefined, { sctlr: 1 | (1 << 20) })).toMatchObject({ permissions: "rwx/rw-" })
    expect(walk(privilegedWrites, undefined, { sctlr: 1 | (1 << 20) })).toMatchObject({ permissions: "---/rwx" })
  })
})

describe("memory types", () => {
  // Table B3-10: TEX, C, B.
  it.each([
    [0b000, 0, 0, "stronglyOrdered"],
    [0b000, 0, 1, "device"],
    [0b000, 1, 0, "normal"],
    [0b001, 0, 0, "normal"],
    [0b001, 1, 1, "normal"],
    [0b010, 0, 0, "device"],
    [0b111, 0, 0, "normal"],
  ])("of TEX %i, C %i, B %i follow table B3-10", (tex, c, b, memoryType) => {
    expect(walk(0x4560_0000 | (tex << 12) | (c << 3) | (b << 2) | 2)).toMatchObject({ memoryType })
    expect(walk(PAGES | 1, 0x4567_8000 | (tex << 6) | (c << 3) | (b << 2) | 2)).toMatchObject({ memoryType })
    expect(walk(PAGES | 1, 0x4567_0000 | (tex << 12) | (c << 3) | (b << 2) | 1)).toMatchObject({ memoryType })
  })

  it("come from PRRR.TRn with SCTLR.TRE, n being TEX[0], C, B", () => {
    const remapped = { sctlr: 1 | TRE, prrr: 0b01 << (2 * 5) }
    expect(walk(0x4560_0000 | (1 << 12) | (1 << 2) | 2, undefined, remapped)).toMatchObject({ memoryType: "device" })
    expect(walk(0x4560_0000 | (1 << 2) | 2, undefined, remapped)).toMatchObject({ memoryType: "stronglyOrdered" })
    expect(walk(0x4560_0002, undefined, { sctlr: 1 | TRE, prrr: 2 })).toMatchObject({ memoryType: "normal" })
  })
})

describe("TTBCR", () => {
  const section = 0x4560_0402
  const at = (ttbcr: number, va: number, words: Readonly<Record<number, number>>) =>
    walkWith(cortexA15.mmu, { ttbcr, ttbr0: 0x9000_0000 | (1 << 7), ttbr1: 0xa000_0000 }, words, va)

  it("N of 0 gives all addresses to TTBR0", () => {
    expect(at(0, 0xfff0_0000, { 2415935484: section })).toMatchObject({ pa: 0x4560_0000 })
  })

  it("N of 2 ends TTBR0's part, with a table of 4 KiB, below 0x40000000", () => {
    expect(at(2, 0x3ff0_0000, { 2415923196: section })).toMatchObject({ pa: 0x4560_0000 })
    expect(at(2, 0x4000_0000, { 2684358656: section })).toMatchObject({ pa: 0x4560_0000 })
  })

  it("N of 7 ends TTBR0's part, with a table of 128 bytes at TTBR0[31:7], below 0x02000000", () => {
    expect(at(7, 0x01f0_0000, { 2415919356: section })).toMatchObject({ pa: 0x4560_0000 })
    expect(at(7, 0x0200_0000, { 2684354688: section })).toMatchObject({ pa: 0x4560_0000 })
  })

  it("PD0 and PD1 make the walks of their parts translation faults", () => {
    const fault = { fault: "translation", level: 1, domain: 0 }
    const words = { 2415919104: section, 2684362752: section }
    expect(at(1 | (1 << 4), 0, words)).toEqual(fault)
    expect(at(1 | (1 << 4), 0x8000_0000, words)).toMatchObject({ pa: 0x4560_0000 })
    expect(at(1 | (1 << 5), 0x8000_0000, words)).toEqual(fault)
    expect(at(1 | (1 << 5), 0, words)).toMatchObject({ pa: 0x4560_0000 })
  })
})

it("maps every address to itself, permitting everything, with the MMU off", () => {
  expect(walkWith(cortexA15.mmu, { sctlr: 0 }, {}, 0xfedc_ba98)).toMatchObject({
    pa: 0xfedc_ba98,
    permissions: "rwx/rwx",
    memoryType: "stronglyOrdered",
    level: 0,
  })
})
