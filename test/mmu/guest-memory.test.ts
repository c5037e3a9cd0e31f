// The slow path: alignment, byte order, crossings, devices, code pages, domains, and what it puts into the TLB.

import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../../cpu/ir/index.ts"
import { type AccessKind, FETCH, READ, WRITE } from "../../mmu/access.ts"
import { pageNumber, physicalAddress, virtualAddress } from "../../mmu/address.ts"
import { MISS } from "../../mmu/tlb.ts"
import { Walk } from "../../mmu/walk.ts"
import { Board, DEVICE, decode, RAM, ROM } from "./board.ts"

const va = virtualAddress
const TABLE = RAM
const PAGES = RAM + 0x4000
const access = (bytes: 1 | 2 | 4 | 8, more: Partial<Access> = {}): Access => ({
  ...{ bytes, signed: false, align: "any", asUser: false },
  ...more,
})
const [USER, PRIVILEGED, USER_BE] = [0, 1, 2]
const CLIENTS = 0x5555_5555

let board: Board
/** Maps the page of an address below 1 MiB by a small page: user read and write, domain 1, non-global. */
const map = (at: number, pa: number, bits = (1 << 11) | (3 << 4)) => board.poke(PAGES + (at >>> 12) * 4, pa | bits | 2)

function start(defer = false): void {
  board = new Board({ defer })
  board.poke(TABLE, PAGES | (1 << 5) | 1)
  Object.assign(board.registers, { sctlr: 1, ttbr0: TABLE, dacr: CLIENTS })
  map(0x1000, RAM + 0x1_0000)
  map(0x2000, RAM + 0x2_0000)
  map(0x3000, DEVICE)
  map(0x4000, ROM)
  map(0x5000, 0x6000_0000)
  map(0x6000, RAM + 0x3_0000, 1 << 4)
  map(0x7000, RAM + 0x3_0000, 2 << 4)
}

const entryOf = (at: number, kind: AccessKind, regime: number) =>
  kind === WRITE ? board.tlb.writeEntry(regime, pageNumber(va(at))) : board.tlb.readEntry(regime, pageNumber(va(at)))

beforeEach(() => start())

describe("a load", () => {
  it("fills the read TLB of its regime, so that the next one is fast", () => {
    board.poke(RAM + 0x1_0124, 0x8001_f2f3)
    expect(board.memory.load(va(0x1124), access(4), USER)).toBe(0x8001_f2f3 | 0)
    const entry = entryOf(0x1124, READ, USER)
    expect(new DataView(board.buffer).getUint32(entry + 0x124, true)).toBe(0x8001_f2f3)
    expect([entryOf(0x1124, READ, PRIVILEGED), entryOf(0x1124, WRITE, USER)]).toEqual([-1, -1])
    expect(board.counters).toMatchObject({ walks: 1, fills: 1 })
    board.memory.load(va(0x1126), access(2), PRIVILEGED)
    expect(board.counters).toMatchObject({ walks: 1, refills: 1, fills: 2 })
  })

  it("extends what it loads", () => {
    board.poke(RAM + 0x1_0000, 0x8001_f2f3)
    const load = (at: number, a: Access) => board.memory.load(va(at), a, USER)
    expect([load(0x1000, access(1)), load(0x1000, access(1, { signed: true }))]).toEqual([0xf3, -13])
    expect([load(0x1002, access(2)), load(0x1002, access(2, { signed: true }))]).toEqual([0x8001, 0x8001 - 0x1_0000])
    const long = (a: Access) => board.memory.loadLong(va(0x1000), a, USER)
    expect([long(access(4)), long(access(4, { signed: true }))]).toEqual([0x8001_f2f3n, 0x8001_f2f3n - (1n << 32n)])
    board.poke(RAM + 0x1_0004, 0x1234_5678)
    expect(long(access(8))).toBe(0x1234_5678_8001_f2f3n)
  })

  it("swaps the bytes of big-endian data, whose TLB entries stay invalid", () => {
    board.poke(RAM + 0x1_0000, 0x4433_2211)
    board.poke(RAM + 0x1_0004, 0x8877_6655)
    expect(board.memory.load(va(0x1000), access(4), USER_BE)).toBe(0x1122_3344)
    expect(board.memory.load(va(0x1001), access(2), USER_BE)).toBe(0x2233)
    expect(board.memory.load(va(0x1001), access(1), USER_BE)).toBe(0x22)
    expect(board.memory.loadLong(va(0x1000), access(8), USER_BE)).toBe(0x1122_3344_5566_7788n)
    board.memory.storeLong(va(0x1008), access(8), USER_BE, 0x0102_0304_0506_0708n)
    board.memory.store(va(0x1010), access(2), USER_BE, 0xabcd)
    expect([board.peek(RAM + 0x1_0008), board.peek(RAM + 0x1_000c)]).toEqual([0x0403_0201, 0x0807_0605])
    expect(board.peek(RAM + 0x1_0010)).toBe(0xcdab)
    expect([entryOf(0x1000, READ, 2), entryOf(0x1000, WRITE, 2)]).toEqual([MISS, MISS])
  })

  it("crosses pages that are not neighbours in memory", () => {
    board.poke(RAM + 0x1_0ffc, 0x2211_0000)
    board.poke(RAM + 0x2_0000, 0x0000_4433)
    expect(board.memory.load(va(0x1ffe), access(4), USER)).toBe(0x4433_2211)
    expect(board.memory.load(va(0x1ffe), access(4), USER_BE)).toBe(0x1122_3344)
    board.poke(RAM + 0x1_0ff8, 0x5a5a_0000)
    expect(board.memory.loadLong(va(0x1ffa), access(8), USER)).toBe(0x4433_2211_0000_5a5an)
  })
})

describe("alignment", () => {
  const fault = (at: number, write: boolean) => ({
    kind: "alignment",
    va: at,
    write,
    fetch: false,
    level: 0,
    privilege: 0,
  })
  it("is checked before translation where the access requires it, up to words", () => {
    board.memory.load(va(0xff_0002), access(4, { align: "required" }), USER)
    expect(board.takeFault()).toMatchObject(fault(0xff_0002, false))
    board.memory.storeLong(va(0x1002), access(8, { align: "required" }), USER, 1n)
    expect(board.takeFault()).toMatchObject(fault(0x1002, true))
    board.memory.storeLong(va(0x1004), access(8, { align: "required" }), USER, 1n)
    expect(board.takeFault()).toBe(undefined)
  })

  it("is checked for every access while SCTLR.A is set", () => {
    board.memory.load(va(0x1001), access(2), USER)
    expect(board.takeFault()).toBe(undefined)
    board.alignmentChecked = true
    board.memory.load(va(0x1001), access(2), USER)
    expect(board.takeFault()).toMatchObject(fault(0x1001, false))
    board.memory.load(va(0x1001), access(4, { align: "rotate" }), USER)
    expect(board.takeFault()).toMatchObject(fault(0x1001, false))
    board.memory.load(va(0x1001), access(1), USER)
    expect(board.takeFault()).toBe(undefined)
  })

  // ARM DDI 0406C, A3.2.1 and the ARMv5 LDR: the aligned word, rotated right by 8 times the offset.
  it("rotates the aligned word of an ARMv5 load, and ignores the offset of a store", () => {
    board.poke(RAM + 0x1_0000, 0x4433_2211)
    const rotate = access(4, { align: "rotate" })
    expect([0, 1, 2, 3].map((i) => board.memory.load(va(0x1000 + i), rotate, USER) >>> 0)).toEqual([
      0x4433_2211, 0x1144_3322, 0x2211_4433, 0x3322_1144,
    ])
    board.memory.store(va(0x1003), rotate, USER, 0x5566_7788)
    expect(board.peek(RAM + 0x1_0000)).toBe(0x5566_7788)
  })
})

describe("a fault", () => {
  it("names the level, the domain and the access, and leaves memory and TLB alone", () => {
    expect(board.memory.load(va(0x8000), access(4), USER)).toBe(0)
    expect(board.takeFault()).toEqual({
      ...{ kind: "translation", level: 2, group: 1, va: 0x8000, write: false, fetch: false, privilege: 0 },
    })
    board.memory.store(va(0x7000), access(4), USER, 1)
    expect(board.takeFault()).toMatchObject({ kind: "permission", level: 2, group: 1, va: 0x7000, write: true })
    expect(board.memory.translate(va(0xfff0_0000), FETCH, PRIVILEGED)).toBe(-1)
    expect(board.takeFault()).toMatchObject({
      kind: "translation",
      level: 1,
      va: 0xfff0_0000,
      fetch: true,
      privilege: 1,
    })
    expect(board.counters.fills).toBe(0)
  })

  it("of the second page of a store leaves the first one unwritten", () => {
    board.poke(PAGES + 2 * 4, 0)
    board.memory.store(va(0x1fff), access(2), USER, 0xffff)
    expect(board.takeFault()).toMatchObject({ kind: "translation", va: 0x2000 })
    board.memory.storeLong(va(0x1ffc), access(8), USER, -1n)
    expect(board.takeFault()).toMatchObject({ kind: "translation", va: 0x2000 })
    expect(board.peek(RAM + 0x1_0ffc)).toBe(0)
  })

  it("of user accesses does not stop privileged ones, unless they are made as the user", () => {
    board.memory.store(va(0x6000), access(4), PRIVILEGED, 5)
    expect(board.takeFault()).toBe(undefined)
    expect(board.memory.load(va(0x6000), access(4), PRIVILEGED)).toBe(5)
    board.memory.load(va(0x6000), access(4, { asUser: true }), PRIVILEGED)
    expect(board.takeFault()).toMatchObject({ kind: "permission", privilege: 0 })
  })

  it("is not made of a stale entry: what the shadow forbids is walked again", () => {
    board.memory.load(va(0x7000), access(4), USER)
    map(0x7000, RAM + 0x3_0000)
    board.memory.store(va(0x7000), access(4), USER, 6)
    expect([board.takeFault(), board.peek(RAM + 0x3_0000)]).toEqual([undefined, 6])
  })

  it("is an external abort where nothing answers", () => {
    board.memory.load(va(0x5004), access(4), USER)
    expect(board.takeFault()).toMatchObject({ kind: "external", va: 0x5004, write: false })
    board.memory.storeLong(va(0x5000), access(8), USER, 0n)
    expect(board.takeFault()).toMatchObject({ kind: "external", va: 0x5000, write: true })
    board.memory.store(va(0x4000), access(4), USER, 0)
    expect(board.takeFault()).toMatchObject({ kind: "external", va: 0x4000 })
  })
})

it("reads and writes a device each time, in pieces of at most a word", () => {
  const byte = (i: number) => BigInt((DEVICE + i) * 7 + 1) & 0xffn
  const expected = [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, i) => sum | (byte(i) << BigInt(8 * i)), 0n)
  expect(board.memory.loadLong(va(0x3000), access(8), USER)).toBe(expected)
  expect(entryOf(0x3000, READ, USER)).toBe(-1)
  board.memory.store(va(0x3004), access(2), USER, 0xabcd)
  expect(board.deviceWrites).toEqual([
    [DEVICE + 4, 0xcd],
    [DEVICE + 5, 0xab],
  ])
})

describe("a page that holds code", () => {
  it("tells its owner of each write, after it happened", () => {
    board.memory.store(va(0x1000), access(4), USER, 1)
    expect(entryOf(0x1000, WRITE, USER)).not.toBe(-1)
    decode(board, RAM + 0x1_0000)
    expect(entryOf(0x1000, WRITE, USER)).toBe(-1)
    board.memory.store(va(0x1ffe), access(4), USER, 0x1122_3344)
    expect(board.codeWrites).toEqual([
      [RAM + 0x1_0ffe, 1],
      [RAM + 0x1_0fff, 1],
    ])
    board.memory.store(va(0x1010), access(2), PRIVILEGED, 2)
    expect(board.codeWrites.at(-1)).toEqual([RAM + 0x1_0010, 2])
    expect([entryOf(0x1010, WRITE, PRIVILEGED), board.peek(RAM + 0x1_0010)]).toEqual([-1, 2])
    board.code.clear()
    board.memory.store(va(0x1010), access(2), PRIVILEGED, 2)
    expect(entryOf(0x1010, WRITE, PRIVILEGED)).not.toBe(-1)
  })

  it("tells its owner of a device's writes as well", () => {
    decode(board, RAM + 0x1_0000)
    expect(board.memory.physicalWrite(physicalAddress(RAM + 0x0_fffe), new Uint8Array([1, 2, 3, 4]))).toBe(true)
    expect(board.codeWrites).toEqual([[RAM + 0x1_0000, 2]])
    const back = new Uint8Array(4)
    expect(board.memory.physicalRead(physicalAddress(RAM + 0x0_fffe), back)).toBe(true)
    expect([...back]).toEqual([1, 2, 3, 4])
    expect(board.memory.physicalWrite(physicalAddress(ROM), back)).toBe(false)
    expect(board.memory.physicalRead(physicalAddress(DEVICE), back)).toBe(false)
  })
})

describe("a change of address space", () => {
  it("costs no walk when a space comes back", () => {
    board.memory.switchSpace(0, "a", 1)
    board.memory.load(va(0x1000), access(4), USER)
    board.memory.switchSpace(0, "b", 2)
    board.memory.switchSpace(0, "a", 1)
    expect(entryOf(0x1000, READ, USER)).toBe(-1)
    board.memory.load(va(0x1000), access(4), USER)
    expect(board.counters).toMatchObject({ walks: 1, refills: 1, switches: 3, switchesWithoutWalk: 2 })
  })
})

describe("domain access", () => {
  const NO_USER = CLIENTS & ~(3 << 2)
  it("decides without a walk, and drops only what it narrows", () => {
    board.domains.setDacr(CLIENTS)
    board.memory.load(va(0x1000), access(4), PRIVILEGED)
    board.domains.setDacr(NO_USER)
    expect(entryOf(0x1000, READ, PRIVILEGED)).toBe(-1)
    board.memory.load(va(0x1000), access(4), PRIVILEGED)
    expect(board.takeFault()).toMatchObject({ kind: "group", level: 2, group: 1 })
    const { walks } = board.counters
    board.domains.setDacr(CLIENTS)
    board.memory.load(va(0x1000), access(4), PRIVILEGED)
    expect([board.takeFault(), board.counters.walks]).toEqual([undefined, walks])
  })

  it("of Manager permits everything", () => {
    board.domains.setDacr(CLIENTS | (3 << 2))
    board.memory.store(va(0x6000), access(4), USER, 9)
    expect(board.takeFault()).toBe(undefined)
    board.domains.setDacr(CLIENTS)
    board.memory.store(va(0x6000), access(4), USER, 9)
    expect(board.takeFault()).toMatchObject({ kind: "permission" })
  })

  it("leaves user entries where they are while user code cannot run, if asked to", () => {
    start(true)
    board.domains.setDacr(CLIENTS)
    board.memory.load(va(0x1000), access(4), USER)
    const entry = entryOf(0x1000, READ, USER)
    board.domains.setDacr(NO_USER)
    expect([board.userHidden, entryOf(0x1000, READ, USER)]).toEqual([true, entry])
    board.domains.setDacr(CLIENTS)
    expect([board.userHidden, entryOf(0x1000, READ, USER)]).toEqual([false, entry])
    board.domains.setDacr(NO_USER)
    board.memory.load(va(0x1000), access(4, { asUser: true }), PRIVILEGED)
    expect(board.takeFault()).toMatchObject({ kind: "group", group: 1 })
    expect([board.userHidden, entryOf(0x1000, READ, USER)]).toEqual([false, -1])
  })
})

it("answers what an access would find, without reporting or remembering", () => {
  const walk = new Walk()
  expect(board.memory.probe(va(0x7123), READ, USER, walk)).toBe(true)
  expect(walk.pa).toBe(RAM + 0x3_0123)
  expect(board.memory.probe(va(0x7123), WRITE, USER, walk)).toBe(false)
  expect([walk.fault, walk.level, walk.group]).toEqual(["permission", 2, 1])
  expect([board.faults, board.counters.walks]).toEqual([[], 0])
})

it("fetches code, and enters it into the fetch TLB", () => {
  board.poke(RAM + 0x1_0ffc, 0xe12f_ff1e)
  expect(board.memory.fetch(va(0x1ffc), 4, USER)).toBe(0xe12f_ff1e)
  expect(board.memory.fetch(va(0x1ffe), 2, USER)).toBe(0xe12f)
  expect(board.memory.fillFetch(va(0x1ffe), USER, 1, 0x1234)).toBe(true)
  expect(board.tlb.fetchEntry(USER, 1, 1)).toBe(0x1234)
  expect(board.memory.fetch(va(0x5000), 4, USER)).toBe(-1)
  expect(board.takeFault()).toMatchObject({ kind: "external", fetch: true })
})
