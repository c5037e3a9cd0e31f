// The software TLB in both shapes: what is filled, what each drop leaves, and the layout that generated code relies on.

import { beforeEach, describe, expect, it } from "vitest"
import { NO_GROUP } from "../../mmu/access.ts"
import { softwareTlb } from "../../mmu/software-tlb.ts"
import { blockOf, GLOBAL, levelsOf, MISS, type SoftwareTlb } from "../../mmu/tlb.ts"
import { FLAT, FlatTlb } from "../../mmu/tlb-flat.ts"
import { TAGGED } from "../../mmu/tlb-tagged.ts"
import { REGIMES } from "./board.ts"

const FLAT_BYTES = 3 * FLAT.blockBytes
const HOST = FLAT_BYTES
const buffer = new ArrayBuffer(FLAT_BYTES + 0x1_0000)
const LOCAL = 0

describe("the blocks of a TLB", () => {
  it("are one for each privilege level, and one that stays empty for swapped data", () => {
    expect(levelsOf(REGIMES)).toBe(2)
    expect(REGIMES.map((regime) => blockOf(regime, 2))).toEqual([0, 1, 2, 2])
  })
})

describe("flat tables", () => {
  const tlb = new FlatTlb(buffer, 0, { levels: 2 })
  /** The word of a table by block, table (read, write, fetch 0, fetch 1) and page, without help from the class. */
  const word = (block: number, table: number, page: number) =>
    new Int32Array(buffer)[block * 0x40_0000 + table * 0x10_0000 + page]

  it("start with invalid entries", () => {
    for (const block of [0, 1, 2]) {
      expect([0, 1, 2, 3].map((table) => word(block, table, 0xfffff))).toEqual([-1, -1, 0, 0])
    }
  })

  it("hold in a data entry what is added to an address to find the byte", () => {
    tlb.fillRead(1, 0xfffff, HOST + 0x3000, GLOBAL, NO_GROUP)
    const entry = word(1, 0, 0xfffff)!
    expect(entry & 0xfff).toBe(0)
    expect((entry + 0xffff_f123) >>> 0).toBe(HOST + 0x3123)
    expect([word(1, 1, 0xfffff), word(0, 0, 0xfffff)]).toEqual([-1, -1])
  })

  it("keep writes and the fetches of two instruction sets apart", () => {
    tlb.fillWrite(0, 1, HOST, LOCAL, NO_GROUP)
    tlb.fillFetch(1, 1, 1, 0x1234, LOCAL, NO_GROUP)
    tlb.fillFetch(1, 0, 1, 0x5678, LOCAL, NO_GROUP)
    expect([word(0, 0, 1), word(0, 1, 1), word(1, 2, 1), word(1, 3, 1)]).toEqual([-1, HOST - 0x1000, 0x5678, 0x1234])
    tlb.dropAll()
  })
})

/** Page numbers that a shape has, the last ones of its addresses included. */
const FLAT_PAGES = [0x1, 0x5, 0x8_0006, 0xf_ffff]
const TAGGED_PAGES = [0x1, 0x7_0000_0005, 0x8_0000_0000_0006, 0xf_ffff_ffff_ffff]

describe.each([
  ["flat", "i32", FLAT_PAGES],
  ["tagged", "i64", TAGGED_PAGES],
] as const)("a %s TLB", (_, addressType, pages) => {
  const [A, B, C, D] = pages as [number, number, number, number]
  let tlb: SoftwareTlb
  const make = (options: { ranges?: number; groups?: number; capacity?: number } = {}) => {
    // Its tables are as fresh ones: the last test left nothing in them.
    tlb = softwareTlb(addressType, buffer, 0, { levels: 2, ...options })
    tlb.dropAll()
  }
  const read = (level: number, page: number) => tlb.readEntry(level, page)
  const write = (level: number, page: number) => tlb.writeEntry(level, page)

  beforeEach(() => {
    tlb?.dropAll()
    make()
  })

  it("gives back what was filled, for the page and the level alone", () => {
    tlb.fillRead(0, D, HOST + 0x2000, GLOBAL, NO_GROUP)
    tlb.fillWrite(1, D, HOST + 0x3000, LOCAL, NO_GROUP)
    tlb.fillFetch(1, 1, D, 0x1234, LOCAL, NO_GROUP)
    expect([read(0, D), write(1, D), tlb.fetchEntry(1, 1, D)]).toEqual([HOST + 0x2000, HOST + 0x3000, 0x1234])
    expect([read(1, D), read(2, D), write(0, D), read(0, C)]).toEqual([MISS, MISS, MISS, MISS])
    expect([tlb.fetchEntry(1, 0, D), tlb.fetchEntry(0, 1, D), tlb.fetchEntry(2, 1, D)]).toEqual([0, 0, 0])
  })

  it("drops one page in all tables", () => {
    tlb.fillRead(0, B, HOST, GLOBAL, NO_GROUP)
    tlb.fillRead(0, C, HOST, GLOBAL, NO_GROUP)
    tlb.fillWrite(1, B, HOST, LOCAL, NO_GROUP)
    tlb.fillFetch(1, 1, B, 0x7000, LOCAL, NO_GROUP)
    tlb.dropPage(B)
    expect([read(0, B), write(1, B), tlb.fetchEntry(1, 1, B), read(0, C)]).toEqual([MISS, MISS, 0, HOST])
  })

  it("drops what is not global, in one range or in all", () => {
    make({ ranges: 4, groups: 4 })
    tlb.fillRead(0, A, HOST, GLOBAL, NO_GROUP)
    tlb.fillRead(0, B, HOST, 0, NO_GROUP)
    tlb.fillFetch(1, 0, C, 0x8000, 3, 3)
    tlb.fillFetch(1, 0, D, 0x8000, GLOBAL, 3)
    tlb.dropRange(1)
    tlb.dropRange(3)
    const left = () => [read(0, A), read(0, B), tlb.fetchEntry(1, 0, C), tlb.fetchEntry(1, 0, D)]
    expect(left()).toEqual([HOST, HOST, 0, 0x8000])
    tlb.dropNonGlobal()
    expect(left()).toEqual([HOST, MISS, 0, 0x8000])
  })

  it("drops a permission group at one level", () => {
    make({ groups: 16 })
    for (const level of [0, 1]) {
      tlb.fillRead(level, A, HOST, GLOBAL, 0)
      tlb.fillRead(level, B, HOST, LOCAL, 1)
      tlb.fillRead(level, C, HOST, LOCAL, NO_GROUP)
      tlb.fillRead(level, D, HOST, GLOBAL, 1)
    }
    tlb.dropGroup(1, 1)
    expect(pages.map((page) => read(0, page))).toEqual([HOST, HOST, HOST, HOST])
    expect(pages.map((page) => read(1, page))).toEqual([HOST, MISS, HOST, MISS])
  })

  it("drops a group whose number is above those told apart", () => {
    make({ groups: 16 })
    tlb.fillRead(0, A, HOST, LOCAL, 0xab_cdef)
    tlb.fillRead(0, B, HOST, LOCAL, 0xab_cdee)
    tlb.dropGroup(0xab_cdef, 0)
    expect([read(0, A), read(0, B)]).toEqual([MISS, HOST])
  })

  it("makes writes to a host page slow at every address", () => {
    tlb.fillWrite(0, A, HOST, GLOBAL, NO_GROUP)
    tlb.fillWrite(1, B, HOST, LOCAL, NO_GROUP)
    tlb.fillWrite(1, C, HOST + 0x1000, LOCAL, NO_GROUP)
    tlb.fillRead(1, B, HOST, LOCAL, NO_GROUP)
    tlb.makeWriteSlow(HOST)
    expect([write(0, A), write(1, B)]).toEqual([MISS, MISS])
    expect([write(1, C), read(1, B)]).toEqual([HOST + 0x1000, HOST])
  })

  it("leaves a page alone that maps another host page by now", () => {
    tlb.fillWrite(0, D, HOST, GLOBAL, NO_GROUP)
    tlb.dropPage(D)
    tlb.fillWrite(0, D, HOST + 0x1000, GLOBAL, NO_GROUP)
    tlb.makeWriteSlow(HOST)
    expect(write(0, D)).toBe(HOST + 0x1000)
  })

  it("drops the fetch entries of a pointer", () => {
    const [first, second] = [0x1000, 0x2000]
    tlb.fillFetch(0, 0, A, first, GLOBAL, NO_GROUP)
    tlb.fillFetch(1, 1, B, first, GLOBAL, NO_GROUP)
    tlb.fillFetch(1, 1, C, second, GLOBAL, NO_GROUP)
    tlb.fillRead(1, C, HOST, GLOBAL, NO_GROUP)
    tlb.dropFetchOf(first)
    expect([tlb.fetchEntry(0, 0, A), tlb.fetchEntry(1, 1, B), tlb.fetchEntry(1, 1, C)]).toEqual([0, 0, second])
    expect(read(1, C)).toBe(HOST)
  })

  it("drops everything when more is filled than it remembers, and goes on", () => {
    make({ groups: 16, capacity: 64 })
    for (let i = 0; i < 65; i++) tlb.fillWrite(0, D - i, HOST, i % 2 === 0 ? GLOBAL : LOCAL, i % 16)
    expect(tlb.overflows).toBe(1)
    expect([write(0, D), write(0, D - 63), write(0, D - 64)]).toEqual([MISS, MISS, HOST])
    tlb.makeWriteSlow(HOST)
    expect(write(0, D - 64)).toBe(MISS)
  })

  it("remembers one page once, however often it is filled", () => {
    make({ capacity: 64 })
    for (let i = 0; i < 1000; i++) tlb.fillRead(0, B, HOST, GLOBAL, NO_GROUP)
    expect(tlb.overflows).toBe(0)
  })

  it("uses the room of dropped entries again", () => {
    make({ capacity: 64 })
    for (let i = 0; i < 1000; i++) {
      tlb.fillRead(0, A + (i & 0xff), HOST, LOCAL, NO_GROUP)
      tlb.fillWrite(1, A + (i & 0xff), HOST, i % 3 === 0 ? GLOBAL : LOCAL, NO_GROUP)
      if (i % 20 === 0) tlb.dropNonGlobal()
      if (i % 60 === 0) tlb.dropAll()
    }
    expect(tlb.overflows).toBe(0)
  })
})

describe("a tagged TLB", () => {
  it("gives a page's place to another one that shares it, and drops none but the page it is asked to", () => {
    const tlb = softwareTlb("i64", new ArrayBuffer(3 * TAGGED.blockBytes), 0, { levels: 2 })
    const [near, far] = [0x123, 0x8_0001_0000_0000 + 0x923]
    tlb.fillWrite(0, near, 0x1000, LOCAL, NO_GROUP)
    tlb.fillWrite(0, far, 0x2000, LOCAL, NO_GROUP)
    expect([tlb.writeEntry(0, near), tlb.writeEntry(0, far)]).toEqual([MISS, 0x2000])
    tlb.dropPage(near)
    tlb.makeWriteSlow(0x1000)
    expect(tlb.writeEntry(0, far)).toBe(0x2000)
    tlb.makeWriteSlow(0x2000)
    expect(tlb.writeEntry(0, far)).toBe(MISS)
  })
})
