// The software TLB's tables, as generated code sees them.

import { beforeEach, describe, expect, it } from "vitest"
import { virtualAddress } from "../../mmu/address.ts"
import { blockOf, SoftwareTlb, TLB_BYTES } from "../../mmu/tlb.ts"

const buffer = new ArrayBuffer(TLB_BYTES + 0x1_0000)
const HOST = TLB_BYTES
const tlb = new SoftwareTlb(buffer, 0, 64)
const va = virtualAddress
/** The word of a table by block, table (read, write, fetch 0, fetch 1) and page, without help from the class. */
const word = (block: number, table: number, page: number) =>
  new Int32Array(buffer)[block * 0x40_0000 + table * 0x10_0000 + page]

beforeEach(() => tlb.dropAll())

describe("the software TLB", () => {
  it("starts with invalid entries", () => {
    for (const block of [0, 1, 2]) {
      expect([0, 1, 2, 3].map((table) => word(block, table, 0xfffff))).toEqual([-1, -1, 0, 0])
    }
  })

  it("has one block for each privilege, and one that stays empty for big-endian data", () => {
    expect([0, 1, 2, 3].map(blockOf)).toEqual([0, 1, 2, 2])
  })

  it("holds in a data entry what is added to an address to find the byte", () => {
    tlb.fillRead(1, va(0xffff_f123), HOST + 0x3000, true)
    const entry = word(1, 0, 0xfffff)!
    expect(entry & 0xfff).toBe(0)
    expect((entry + 0xffff_f123) >>> 0).toBe(HOST + 0x3123)
    expect([word(1, 1, 0xfffff), word(0, 0, 0xfffff)]).toEqual([-1, -1])
  })

  it("keeps writes and the fetches of two instruction sets apart", () => {
    tlb.fillWrite(0, va(0x1000), HOST, false)
    tlb.fillFetch(1, 1, va(0x1000), 0x1234, false)
    tlb.fillFetch(1, 0, va(0x1000), 0x5678, false)
    expect([word(0, 0, 1), word(0, 1, 1), word(1, 2, 1), word(1, 3, 1)]).toEqual([-1, HOST - 0x1000, 0x5678, 0x1234])
  })

  it("drops one page in all tables", () => {
    tlb.fillRead(0, va(0x5000), HOST, true)
    tlb.fillRead(0, va(0x6000), HOST, true)
    tlb.fillWrite(1, va(0x5000), HOST, false)
    tlb.fillFetch(1, 1, va(0x5000), 7, false)
    tlb.dropPage(va(0x5fff))
    expect([word(0, 0, 5), word(1, 1, 5), word(1, 3, 5)]).toEqual([-1, -1, 0])
    expect(word(0, 0, 6)).toBe(HOST - 0x6000)
  })

  it("drops what is not global", () => {
    tlb.fillRead(0, va(0x5000), HOST, true)
    tlb.fillRead(0, va(0x6000), HOST, false)
    tlb.fillFetch(1, 0, va(0x6000), 8, false, 3)
    tlb.fillFetch(1, 0, va(0x7000), 8, true, 3)
    tlb.dropNonGlobal()
    expect([word(0, 0, 5), word(0, 0, 6), word(1, 2, 6), word(1, 2, 7)]).toEqual([HOST - 0x5000, -1, 0, 8])
  })

  it("drops domains of one privilege", () => {
    for (const regime of [0, 1]) {
      tlb.fillRead(regime, va(0x1000), HOST, true, 0)
      tlb.fillRead(regime, va(0x2000), HOST, false, 1)
      tlb.fillRead(regime, va(0x3000), HOST, false, 15)
    }
    tlb.dropDomains(0x4000_0004 | 0, true)
    expect([1, 2, 3].map((page) => word(0, 0, page) === -1)).toEqual([false, false, false])
    expect([1, 2, 3].map((page) => word(1, 0, page) === -1)).toEqual([false, true, true])
  })

  it("makes writes to a host page slow at every address", () => {
    tlb.fillWrite(0, va(0x1000), HOST, true)
    tlb.fillWrite(1, va(0x2000), HOST, false)
    tlb.fillWrite(1, va(0x3000), HOST + 0x1000, false)
    tlb.fillRead(1, va(0x2000), HOST, false)
    tlb.makeWriteSlow(HOST)
    expect([word(0, 1, 1), word(1, 1, 2)]).toEqual([-1, -1])
    expect([word(1, 1, 3), word(1, 0, 2)]).toEqual([HOST + 0x1000 - 0x3000, HOST - 0x2000])
  })

  it("leaves a page alone that maps another host page by now", () => {
    tlb.fillWrite(0, va(0x1000), HOST, true)
    tlb.dropPage(va(0x1000))
    tlb.fillWrite(0, va(0x1000), HOST + 0x1000, true)
    tlb.makeWriteSlow(HOST)
    expect(word(0, 1, 1)).toBe(HOST + 0x1000 - 0x1000)
  })

  it("drops the fetch entries of a pointer, or all of them", () => {
    tlb.fillFetch(0, 0, va(0x1000), 100, true)
    tlb.fillFetch(1, 1, va(0x2000), 100, true)
    tlb.fillFetch(1, 1, va(0x3000), 200, true)
    tlb.fillRead(1, va(0x3000), HOST, true)
    tlb.dropFetchOf(100)
    expect([word(0, 2, 1), word(1, 3, 2), word(1, 3, 3)]).toEqual([0, 0, 200])
    tlb.dropFetches()
    expect([word(1, 3, 3), word(1, 0, 3)]).toEqual([0, HOST - 0x3000])
  })

  it("drops everything when more is filled than it remembers, and goes on", () => {
    const before = tlb.overflows
    for (let page = 0; page < 65; page++) tlb.fillWrite(0, va(page << 12), HOST, page % 2 === 0, page % 16)
    expect(tlb.overflows).toBe(before + 1)
    expect([word(0, 1, 0), word(0, 1, 63)]).toEqual([-1, -1])
    expect(word(0, 1, 64)).toBe(HOST - 64 * 4096)
    tlb.makeWriteSlow(HOST)
    expect(word(0, 1, 64)).toBe(-1)
  })

  it("remembers one page once, however often it is filled", () => {
    const before = tlb.overflows
    for (let i = 0; i < 1000; i++) tlb.fillRead(0, va(0x1000), HOST, true)
    expect(tlb.overflows).toBe(before)
  })

  it("uses the room of dropped entries again", () => {
    const before = tlb.overflows
    for (let i = 0; i < 1000; i++) {
      tlb.fillRead(0, va((i & 0xff) << 12), HOST, false)
      tlb.fillWrite(1, va((i & 0xff) << 12), HOST, i % 3 === 0)
      if (i % 20 === 0) tlb.dropNonGlobal()
      if (i % 60 === 0) tlb.dropAll()
    }
    expect(tlb.overflows).toBe(before)
  })
})
