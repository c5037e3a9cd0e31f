// Shadow tables: what stays, what goes, and what the TLB is told.

import { beforeEach, describe, expect, it } from "vitest"
import { type MmuCounters, mmuCounters } from "../../mmu/counters.ts"
import { ShadowTables } from "../../mmu/shadow.ts"
import { packFlags } from "../../mmu/shadow-entries.ts"

const GLOBAL = packFlags(0x3f, true)
const LOCAL = packFlags(0x3f, false)

let told: string[]
let counters: MmuCounters
let shadow: ShadowTables
const tlb = {
  dropPage: (page: number) => told.push((page * 4096).toString(16)),
  dropAll: () => told.push("all"),
  dropRange: (range: number) => told.push(`range ${range}`),
}
const make = (spaces = 8, leaves = 64) =>
  new ShadowTables(tlb, counters, { addressType: "i32", limits: { spaces, leaves } })
const page = (at: number) => {
  const entry = shadow.find(at >>> 12)
  return entry < 0 ? undefined : shadow.physicalPageOf(entry)
}

beforeEach(() => {
  told = []
  counters = mmuCounters()
  shadow = make()
  shadow.switchSpace(0, "a", 1)
  told.length = 0
})

describe("shadow tables", () => {
  it("keep a space across a switch, and global entries in every space", () => {
    shadow.insert(0x1, 11, LOCAL, 12)
    shadow.insert(0xc0000, 12, GLOBAL, 12)
    expect(shadow.switchSpace(0, "b", 2)).toBe(true)
    expect(shadow.switchSpace(0, "b", 2)).toBe(false)
    expect([page(0x1fff), page(0xc000_0fff)]).toEqual([undefined, 12])
    shadow.switchSpace(0, "a", 1)
    expect([page(0x1fff), page(0xc000_0fff)]).toEqual([11, 12])
    expect(told).toEqual(["range 0", "range 0"])
  })

  it("forget a space whose key comes back with another ASID", () => {
    shadow.insert(0x1, 11, LOCAL, 12)
    shadow.switchSpace(0, "a", 2)
    expect(page(0x1000)).toBe(undefined)
  })

  it("drop one ASID's entries, but not global ones", () => {
    shadow.insert(0x1, 11, LOCAL, 12)
    shadow.insert(0x2, 12, GLOBAL, 12)
    shadow.switchSpace(0, "b", 2)
    shadow.insert(0x1, 13, LOCAL, 12)
    shadow.invalidateAsid(1)
    expect([page(0x1000), page(0x2000)]).toEqual([13, 12])
    shadow.switchSpace(0, "a", 1)
    expect([page(0x1000), page(0x2000)]).toEqual([undefined, 12])
  })

  it("drop an address in one ASID and in the global space, or in all", () => {
    for (const [key, asid] of [
      ["a", 1],
      ["b", 2],
    ] as const) {
      shadow.switchSpace(0, key, asid)
      shadow.insert(0x1, 10 + asid, LOCAL, 12)
      shadow.insert(0x2, 20 + asid, LOCAL, 12)
    }
    shadow.insert(0x3, 30, GLOBAL, 12)
    told.length = 0
    shadow.invalidateVa(0x1, 1)
    shadow.invalidateVa(0x3, 1)
    expect(told).toEqual(["3000"])
    expect([page(0x1000), page(0x3000)]).toEqual([12, undefined])
    shadow.invalidateVaAllAsid(0x2)
    expect([page(0x2000), told.at(-1)]).toEqual([undefined, "2000"])
    shadow.switchSpace(0, "a", 1)
    expect([page(0x1000), page(0x2000)]).toEqual([undefined, undefined])
  })

  it.each([
    [16, 0x1235_0000, 0x1235_f000, 0x1236_0000],
    [20, 0x1230_0000, 0x123f_f000, 0x1240_0000],
    [21, 0x1220_0000, 0x123f_f000, 0x1240_0000],
    [24, 0x1200_0000, 0x12ff_f000, 0x1300_0000],
    [30, 0x0000_0000, 0x3fff_f000, 0x4000_0000],
  ])("drop all of a mapping of 2^%i bytes for any address in it", (sizeLog2, first, last, beyond) => {
    shadow.insert(first >>> 12, 1, LOCAL, sizeLog2)
    shadow.insert(last >>> 12, 2, LOCAL, sizeLog2)
    shadow.insert(beyond >>> 12, 3, LOCAL, sizeLog2)
    shadow.invalidateVa(0x12357, 1)
    expect([page(first), page(last), page(beyond)]).toEqual([undefined, undefined, 3])
    expect(told).toEqual([first.toString(16), last.toString(16)])
    // Of the pages around, a small one stays, unless the tables cannot tell without a look at very many.
    shadow.insert(first >>> 12, 4, LOCAL, 12)
    shadow.invalidateVa((first + 0x1000) >>> 12, 1)
    expect(page(first)).toBe(sizeLog2 > 22 ? undefined : 4)
  })

  it("drop the TLB's copy of an entry that a new walk replaces", () => {
    shadow.insert(0x1, 7, LOCAL, 12)
    shadow.insert(0x1, 8, GLOBAL, 12)
    expect([page(0x1000), told]).toEqual([8, ["1000"]])
  })

  it("evict the least recently used space at the limit of spaces", () => {
    shadow = make(2)
    const visit = (key: string, asid: number) => {
      shadow.switchSpace(0, key, asid)
      if (page(0x1000) === undefined) shadow.insert(0x1, asid, LOCAL, 12)
    }
    for (const [key, asid] of Object.entries({ a: 1, b: 2 })) visit(key, asid)
    visit("a", 1)
    visit("c", 3)
    expect([shadow.spaceCount, counters.evictions]).toEqual([2, 1])
    shadow.switchSpace(0, "a", 1)
    expect(page(0x1000)).toBe(1)
    shadow.switchSpace(0, "b", 2)
    expect(page(0x1000)).toBe(undefined)
  })

  it("make no space for a key that gets no entries", () => {
    for (let i = 0; i < 100; i++) shadow.switchSpace(0, i, i)
    expect(shadow.spaceCount).toBe(0)
  })

  it("stay within their leaves, giving up other spaces first, then everything", () => {
    shadow = make(8, 3)
    shadow.switchSpace(0, "a", 1)
    shadow.insert(0x400, 1, LOCAL, 12)
    shadow.switchSpace(0, "b", 2)
    shadow.insert(0x400, 2, LOCAL, 12)
    shadow.insert(0xc0000, 3, GLOBAL, 12)
    shadow.insert(0x800, 4, LOCAL, 12)
    expect([page(0x0040_0000), page(0xc000_0000), page(0x0080_0000)]).toEqual([2, 3, 4])
    told.length = 0
    shadow.insert(0xc00, 5, LOCAL, 12)
    expect(told).toEqual(["all"])
    expect([page(0x0040_0000), page(0xc000_0000), page(0x00c0_0000)]).toEqual([undefined, undefined, 5])
    for (let i = 0; i < 1000; i++) shadow.insert(i << 10, i, i % 2 ? GLOBAL : LOCAL, 12)
    expect(shadow.leafRoom).toBe(3)
  })

  it("know physical pages beyond 32 bits, and the last virtual pages of 64", () => {
    shadow = new ShadowTables(tlb, counters, { addressType: "i64", rangesLog2: 3 })
    const [first, last, pa] = [0x1_0000_0000_0001, 0xf_ffff_ffff_ffff, 0x2a_1234_5678]
    shadow.switchSpace(0, "low", 1)
    shadow.switchSpace(7, "high", 2)
    shadow.insert(first, pa, LOCAL, 12)
    shadow.insert(last, pa, LOCAL, 12)
    expect([shadow.rangeOf(first), shadow.rangeOf(last)]).toEqual([0, 7])
    expect([first, last].map((at) => shadow.physicalPageOf(shadow.find(at)))).toEqual([pa, pa])
    expect(shadow.find(last - 2 ** 20)).toBe(-1)
  })

  it("drop a mapping larger than everything that they have leaves for, and only that", () => {
    shadow = new ShadowTables(tlb, counters, { addressType: "i64" })
    const first = 0x5_0000_0000_0000
    shadow.insert(first, 1, LOCAL, 60)
    shadow.insert(first + 2 ** 40, 2, LOCAL, 60)
    shadow.insert(first + 2 ** 48, 3, LOCAL, 60)
    shadow.invalidateVaAllAsid(first + 12345)
    expect([first, first + 2 ** 40, first + 2 ** 48].map((at) => shadow.find(at) >= 0)).toEqual([false, false, true])
  })

  it("know any number of large mappings", () => {
    shadow = new ShadowTables(tlb, counters, { addressType: "i64" })
    for (let i = 0; i < 20_000; i++) shadow.insert(i * 16, i, GLOBAL, 16)
    expect(counters.evictions).toBe(0)
    for (let i = 0; i < 20_000; i += 2) shadow.invalidateVa(i * 16 + 5, 1)
    for (let i = 0; i < 20_000; i++) if (shadow.find(i * 16) >= 0 !== (i % 2 === 1)) expect(i).toBe("right")
  })

  it("map and unmap a page without end among many others, which costs the same each time", () => {
    shadow = new ShadowTables(tlb, counters, { addressType: "i32" })
    shadow.switchSpace(0, "a", 1)
    for (let i = 0; i < 120_000; i++) shadow.insert(i, i, LOCAL, 12)
    // A table that slows down with each change would take minutes.
    for (let i = 0; i < 300_000; i++) {
      shadow.invalidateVa(7, 1)
      shadow.insert(7, 7, LOCAL, 12)
    }
    expect([page(0x7000), shadow.find(119_999) >= 0]).toEqual([7, true])
  })

  it("visit, for an invalidation, as many entries as it drops", () => {
    let dropped = 0
    const counting = { ...tlb, dropPage: () => dropped++ }
    shadow = new ShadowTables(counting, counters, { addressType: "i32" })
    shadow.switchSpace(0, "a", 1)
    for (let i = 0; i < 256; i++) shadow.insert(i, i, LOCAL, 30)
    shadow.invalidateVa(0x3ffff, 1)
    expect(dropped).toBe(256)
    for (let i = 0; i < 1000; i++) {
      shadow.insert(i & 255, i, LOCAL, 30)
      shadow.invalidateVa(0x3ffff, 1)
    }
    expect(dropped).toBe(1256)
  })
})
