// Permission groups: what a group's access permits, what leaves the TLB when it loses some, and what is only hidden.

import { describe, expect, it } from "vitest"
import type { Access } from "../../cpu/ir/index.ts"
import { ALL_PERMISSIONS, FETCH, NO_GROUP, permissionBit, READ, WRITE } from "../../mmu/access.ts"
import { pageNumber, virtualAddress, virtualAddress64 } from "../../mmu/address.ts"
import { mmuCounters } from "../../mmu/counters.ts"
import { AS_MAPPED, NO_ACCESS, PermissionGroups, UNCHECKED } from "../../mmu/permission-groups.ts"
import { MISS } from "../../mmu/tlb.ts"
import { PlainMachine } from "./plain-machine.ts"

const [USER, SYSTEM] = [0, 1]
const WRITES = permissionBit(WRITE, USER) | permissionBit(WRITE, SYSTEM)
/** As a protection key that disables writes. */
const NO_WRITES = { keeps: ALL_PERMISSIONS & ~WRITES, grants: 0 }
const USER_READS = permissionBit(READ, USER)
const WORD: Access = { bytes: 4, signed: false, align: "any", asUser: false }

function make(hides = false) {
  const dropped: string[] = []
  const hidden: boolean[] = []
  const groups = new PermissionGroups({
    tlb: { dropGroup: (group, level) => dropped.push(`${group}.${level}`) },
    levels: 2,
    counters: mmuCounters(),
    initial: AS_MAPPED,
    ...(hides ? { hideLeastPrivileged: (is: boolean) => hidden.push(is) } : {}),
  })
  return { groups, dropped, hidden }
}

describe("the access of a group", () => {
  it("lets the page's permissions hold, takes some away, or permits everything", () => {
    const { groups } = make()
    expect([groups.check(USER_READS, 3, READ, USER), groups.check(USER_READS, 3, WRITE, USER)]).toEqual([true, false])
    groups.set(3, NO_ACCESS)
    expect(groups.check(ALL_PERMISSIONS, 3, READ, SYSTEM)).toBe("group")
    groups.set(3, UNCHECKED)
    expect(groups.check(0, 3, FETCH, USER)).toBe(true)
    groups.set(3, NO_WRITES)
    expect([groups.check(ALL_PERMISSIONS, 3, READ, USER), groups.check(ALL_PERMISSIONS, 3, WRITE, USER)]).toEqual([
      true,
      "groupPermission",
    ])
    expect(groups.check(USER_READS, 3, WRITE, USER)).toBe(false)
  })

  it("does not concern pages without a group, or of another one", () => {
    const { groups } = make()
    groups.set(3, NO_ACCESS)
    expect([groups.check(USER_READS, NO_GROUP, READ, USER), groups.check(USER_READS, 4, READ, USER)]).toEqual([
      true,
      true,
    ])
  })
})

describe("a change of access", () => {
  it("drops the group from the TLB at the levels that lose something", () => {
    const { groups, dropped } = make()
    groups.set(3, UNCHECKED)
    expect(dropped).toEqual([])
    groups.set(3, AS_MAPPED)
    expect(dropped).toEqual(["3.0", "3.1"])
    groups.set(3, { keeps: ALL_PERMISSIONS & ~permissionBit(WRITE, SYSTEM), grants: 0 })
    expect(dropped).toEqual(["3.0", "3.1", "3.1"])
  })

  it("hides level 0 instead, if asked to, until access is back or that level translates", () => {
    const { groups, dropped, hidden } = make(true)
    groups.set(3, NO_ACCESS)
    groups.set(4, NO_ACCESS)
    expect([dropped, hidden]).toEqual([["3.1", "4.1"], [true]])
    groups.set(3, AS_MAPPED)
    expect(hidden).toEqual([true])
    groups.set(4, AS_MAPPED)
    expect(hidden).toEqual([true, false])
    groups.settle()
    expect(dropped).toEqual(["3.1", "4.1"])
    groups.set(4, NO_ACCESS)
    groups.settle()
    expect([dropped, hidden]).toEqual([
      ["3.1", "4.1", "4.1", "4.0"],
      [true, false, true, false],
    ])
    groups.set(4, AS_MAPPED)
    groups.settle()
    expect(hidden).toEqual([true, false, true, false])
  })
})

describe.each(["i32", "i64"] as const)("guest memory of %s addresses with keys of 24 bits", (addressType) => {
  it("checks them at each refill, and drops what a key loses", () => {
    const machine = new PlainMachine({
      addressType,
      groups: (tlb, counters) => new PermissionGroups({ tlb, levels: 2, counters, initial: NO_ACCESS }),
    })
    const [key, other] = [0xab_cdef, 0x12_3456]
    const at = (page: number) =>
      addressType === "i64"
        ? virtualAddress64(0x2000_0000_0000_0000n + BigInt(page * 4096))
        : virtualAddress(page << 12)
    const map = (page: number, group: number) =>
      machine.walker.map.set(pageNumber(at(page)), { pa: machine.base + page * 4096, group })
    map(1, key)
    map(2, other)
    const { memory, faults, groups, tlb, counters } = machine
    memory.load(at(1), WORD, USER)
    expect(faults.pop()).toMatchObject({ kind: "group", group: key, va: at(1), privilege: 0 })
    groups!.set(key, AS_MAPPED)
    groups!.set(other, AS_MAPPED)
    memory.store(at(1), WORD, USER, 77)
    memory.store(at(2), WORD, SYSTEM, 78)
    const { walks } = counters
    groups!.set(key, NO_WRITES)
    expect([tlb.writeEntry(USER, pageNumber(at(1))), tlb.writeEntry(SYSTEM, pageNumber(at(2))) === MISS]).toEqual([
      MISS,
      false,
    ])
    expect([memory.load(at(1), WORD, USER), counters.walks]).toEqual([77, walks])
    memory.store(at(1), WORD, USER, 1)
    expect(faults.pop()).toMatchObject({ kind: "groupPermission", group: key, write: true })
  })
})
