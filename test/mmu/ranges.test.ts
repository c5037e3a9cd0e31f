// Address spaces of several ranges: what a reload of one of them leaves in the shadow tables and in the TLB.

import { describe, expect, it } from "vitest"
import type { Access } from "../../cpu/ir/index.ts"
import { pageNumber, type VirtualAddress, virtualAddress, virtualAddress64 } from "../../mmu/address.ts"
import { MISS } from "../../mmu/tlb.ts"
import { PlainMachine } from "./plain-machine.ts"

const WORD: Access = { bytes: 4, signed: false, align: "any", asUser: false }
const USER = 0

describe.each([
  ["sixteen", "i32", 4, 28],
  ["eight", "i64", 3, 61],
] as const)("an address space of %s ranges of %s addresses", (_, addressType, rangesLog2, rangeBits) => {
  const ranges = 2 ** rangesLog2
  const machine = () => {
    const made = new PlainMachine({ addressType, rangesLog2 })
    for (let range = 0; range < ranges; range++) {
      made.memory.switchSpace(range, `space ${range}`, range)
      for (let page = 0; page < 4; page++) map(made, range, page, { pa: made.base + ((range + page) % 16) * 4096 })
    }
    return made
  }
  const at = (range: number, page: number): VirtualAddress => {
    const address = (BigInt(range) << BigInt(rangeBits)) + BigInt(page * 4096)
    return addressType === "i64" ? virtualAddress64(address) : virtualAddress(Number(address))
  }
  const map = (made: PlainMachine, range: number, page: number, to: { pa: number; global?: boolean }) =>
    made.walker.map.set(pageNumber(at(range, page)), to)
  const load = (made: PlainMachine, range: number, page: number) => made.memory.load(at(range, page), WORD, USER)
  const isFast = (made: PlainMachine, range: number, page: number) =>
    made.tlb.readEntry(0, pageNumber(at(range, page))) !== MISS
  const all = Array.from({ length: ranges }, (_, range) => range)

  it("keeps translations and TLB entries of the ranges whose key stays", () => {
    const made = machine()
    for (const range of all) load(made, range, 1)
    const { walks } = made.counters
    expect(walks).toBe(ranges)
    made.memory.switchSpace(5, "another", 99)
    expect(all.filter((range) => !isFast(made, range, 1))).toEqual([5])
    for (const range of all) load(made, range, 1)
    expect(made.counters.walks).toBe(walks + 1)
    made.memory.switchSpace(5, "space 5", 5)
    expect(all.filter((range) => !isFast(made, range, 1))).toEqual([5])
    load(made, 5, 1)
    expect([made.counters.walks, isFast(made, 5, 1)]).toEqual([walks + 1, true])
  })

  it("shares a space between ranges with the same key, and drops its pages in both", () => {
    const made = machine()
    made.memory.switchSpace(2, "shared", 50)
    made.memory.switchSpace(3, "shared", 50)
    load(made, 2, 1)
    load(made, 3, 1)
    expect([made.counters.walks, isFast(made, 2, 1), isFast(made, 3, 1)]).toEqual([1, true, true])
    made.memory.invalidateVa(at(7, 1), 50)
    expect([isFast(made, 2, 1), isFast(made, 3, 1)]).toEqual([false, false])
    load(made, 3, 1)
    expect(made.counters.walks).toBe(2)
    made.memory.invalidateAsid(50)
    expect(isFast(made, 3, 1)).toBe(false)
    load(made, 2, 1)
    expect(made.counters.walks).toBe(3)
  })

  it("has global pages at whole addresses, which no reload takes away", () => {
    const made = machine()
    map(made, 6, 1, { pa: made.base, global: true })
    load(made, 6, 1)
    load(made, 7, 1)
    made.memory.switchSpace(6, "another", 99)
    expect(isFast(made, 6, 1)).toBe(true)
    made.memory.switchSpace(7, "another", 99)
    load(made, 7, 1)
    expect(made.counters.walks).toBe(3)
    made.memory.invalidateVaAllAsid(at(6, 1))
    expect(isFast(made, 6, 1)).toBe(false)
  })
})
