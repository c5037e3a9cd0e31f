// Long-descriptor tables; expected values from ARM DDI 0406C, B3.6 to B3.8.

import { describe, expect, it } from "vitest"
import { cortexA15 } from "../../../cpu/arm/models/cortex-a15.ts"
import { NO_DOMAIN } from "../../../mmu/access.ts"
import type { ArmTranslationRegisters } from "../../../mmu/arm/translation.ts"
import { walkWith } from "../walk-with.ts"

const EAE = 1 << 31
const AF = 1 << 10
const [L1, L2, L3] = [0x9000_0020, 0x9_0000_1000, 0x9_0000_2000]
const VA = 0x8123_4567
const AT1 = L1 + 2 * 8
const AT2 = L2 + 9 * 8
const AT3 = L3 + 0x34 * 8

type Entry = readonly [high: number, low: number]
const NEXT2: Entry = [9, 0x1003]
const NEXT3: Entry = [9, 0x2003]

function walk(entries: Readonly<Record<number, Entry>>, registers: Partial<ArmTranslationRegisters> = {}, va = VA) {
  const words: Record<number, number> = {}
  for (const [at, [high, low]] of Object.entries(entries)) {
    words[Number(at)] = low
    words[Number(at) + 4] = high
  }
  return walkWith(cortexA15.mmu, { ttbcr: EAE, ttbr0: L1, ...registers }, words, va)
}

const page = (low: number, high = 0, table: Entry = NEXT3) => ({
  [AT1]: NEXT2,
  [AT2]: table,
  [AT3]: [high, low] as const,
})

describe("a long descriptor", () => {
  it("maps a page through three levels, at 40 bits", () => {
    expect(walk(page(0x4567_8000 | AF | (1 << 6) | 3, 0xab), { mair0: 0xff })).toEqual({
      ...{ pa: 0xab_4567_8567, size: 4096, permissions: "rwx/rwx", global: true, memoryType: "normal", level: 3 },
      domain: NO_DOMAIN,
    })
  })

  it("maps a block of 2 MiB at level 2 and of 1 GiB at level 1", () => {
    const block2 = { [AT1]: NEXT2, [AT2]: [0x12, 0x4560_0000 | AF | (1 << 11) | 1] as const }
    expect(walk(block2)).toMatchObject({ pa: 0x12_4563_4567, size: 1 << 21, global: false, level: 2 })
    expect(walk({ [AT1]: [0x12, 0x4000_0000 | AF | 1] })).toMatchObject({ pa: 0x12_4123_4567, size: 1 << 30, level: 1 })
  })

  it("faults with the level at which the walk ends", () => {
    const fault = (kind: string, level: number) => ({ fault: kind, level, domain: NO_DOMAIN })
    expect(walk({})).toEqual(fault("externalOnWalk", 1))
    expect(walk({ [AT1]: NEXT2 })).toEqual(fault("externalOnWalk", 2))
    expect(walk({ [AT1]: NEXT2, [AT2]: NEXT3 })).toEqual(fault("externalOnWalk", 3))
    expect(walk({ [AT1]: [0, 2] })).toEqual(fault("translation", 1))
    expect(walk({ [AT1]: NEXT2, [AT2]: [0, 0] })).toEqual(fault("translation", 2))
    expect(walk(page(0x4567_8000 | AF))).toEqual(fault("translation", 3))
    expect(walk(page(0x4567_8001 | AF))).toEqual(fault("translation", 3))
    expect(walk({ [AT1]: [0, 0x4000_0001] })).toEqual(fault("accessFlag", 1))
    expect(walk({ [AT1]: NEXT2, [AT2]: [0, 0x4000_0001] })).toEqual(fault("accessFlag", 2))
    expect(walk(page(0x4567_8003))).toEqual(fault("accessFlag", 3))
  })

  it("is read in big-endian order with SCTLR.EE", () => {
    expect(walk({ [AT1]: [0x4104_0040, 0x1200_0000] }, { sctlr: 1 | (1 << 25) })).toMatchObject({
      pa: 0x12_4123_4567 - 0,
    })
  })
})

describe("permissions", () => {
  // AP[2:1] of the page, XN and PXN.
  it.each([
    [0b00, "---/rwx"],
    [0b01, "rwx/rwx"],
    [0b10, "---/r-x"],
    [0b11, "r-x/r-x"],
  ])("follow AP[2:1] %i", (ap, permissions) => {
    expect(walk(page(0x4567_8003 | AF | (ap << 6)))).toMatchObject({ permissions })
  })

  it("lose execution by XN and PXN, of the page or of a table", () => {
    const low = 0x4567_8003 | AF | (1 << 6)
    expect(walk(page(low, 1 << 22))).toMatchObject({ permissions: "rw-/rw-" })
    expect(walk(page(low, 1 << 21))).toMatchObject({ permissions: "rwx/rw-" })
    expect(walk(page(low, 0, [9 | (1 << 28), 0x2003]))).toMatchObject({ permissions: "rw-/rw-" })
    expect(walk(page(low, 0, [9 | (1 << 27), 0x2003]))).toMatchObject({ permissions: "rwx/rw-" })
  })

  it("lose what APTable of any level takes", () => {
    const low = 0x4567_8003 | AF | (1 << 6)
    expect(walk(page(low, 0, [9 | (1 << 29), 0x2003]))).toMatchObject({ permissions: "---/rwx" })
    expect(walk(page(low, 0, [9 | (1 << 30), 0x2003]))).toMatchObject({ permissions: "r-x/r-x" })
    const first: Entry = [9 | (1 << 30), 0x1003]
    expect(walk({ ...page(low, 0, [9 | (1 << 29), 0x2003]), [AT1]: first })).toMatchObject({ permissions: "---/r-x" })
  })
})

it("takes the memory type from the byte of MAIR0 or MAIR1 that AttrIndx names", () => {
  const mair = { mair0: 0x0000_44_04, mair1: 0xff00_0000 }
  const typeOf = (index: number) => walk(page(0x4567_8003 | AF | (index << 2)), mair)
  expect(typeOf(0)).toMatchObject({ memoryType: "device" })
  expect(typeOf(1)).toMatchObject({ memoryType: "normal" })
  expect(typeOf(2)).toMatchObject({ memoryType: "stronglyOrdered" })
  expect(typeOf(7)).toMatchObject({ memoryType: "normal" })
})

describe("TTBCR", () => {
  const block: Entry = [0, 0x4000_0001 | AF]
  const fault = { fault: "translation", level: 1, domain: NO_DOMAIN }
  const at = (ttbcr: number, va: number, entries: Readonly<Record<number, Entry>>) =>
    walk(entries, { ttbcr: EAE | ttbcr, ttbr0: 0x8000_0000, ttbr1: 0xa000_0000, ttbr1High: 0xcd }, va)

  it("T0SZ and T1SZ of 0 give all addresses to TTBR0", () => {
    expect(at(0, 0xc000_0000, { 2147483672: block })).toMatchObject({ pa: 0x4000_0000 })
  })

  it("T0SZ of 1 leaves the upper half to TTBR1, at level 1", () => {
    expect(at(1, 0x4000_0000, { 2147483656: block })).toMatchObject({ pa: 0x4000_0000 })
    expect(at(1, 0x8000_0000, { [0xcd_a000_0010]: block })).toMatchObject({ pa: 0x4000_0000 })
  })

  it("T1SZ of 2 begins TTBR1's walk at level 2, with a table of 4 KiB for the top GiB", () => {
    expect(at(2 << 16, 0xffff_ffff, { [0xcd_a000_0ff8]: block })).toMatchObject({ pa: 0x401f_ffff, size: 1 << 21 })
    expect(at(2 << 16, 0xbfff_ffff, { 2147483664: block })).toMatchObject({ pa: 0x7fff_ffff, size: 1 << 30 })
  })

  it("T0SZ of 7 gives TTBR0 32 MiB and a table of 128 bytes", () => {
    expect(at(7, 0x01ff_0000, { 2147483768: block })).toMatchObject({ pa: 0x401f_0000 })
  })

  it("T0SZ and T1SZ that leave a hole make it a translation fault of level 1", () => {
    expect(at(2 | (2 << 16), 0x4000_0000, {})).toEqual(fault)
    expect(at(2 | (2 << 16), 0xbfff_ffff, {})).toEqual(fault)
  })

  it("EPD0 and EPD1 make the walks of their parts translation faults", () => {
    expect(at(1 | (1 << 7), 0, { 2147483648: block })).toEqual(fault)
    expect(at(1 | (1 << 23), 0x8000_0000, { [0xcd_a000_0010]: block })).toEqual(fault)
    expect(at(1 | (1 << 23), 0, { 2147483648: block })).toMatchObject({ pa: 0x4000_0000 })
  })
})
