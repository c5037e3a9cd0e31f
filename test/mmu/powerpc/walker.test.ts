// The walker of 32-bit PowerPC: BATs, segments and the hashed page table, by the examples and tables of the Programming
// Environments Manual (MPCFPE32B), chapter 7.

import { beforeEach, describe, expect, it } from "vitest"
import { type AccessKind, FETCH, permissionBit, READ, WRITE } from "../../../mmu/access.ts"
import { type PhysicalAddress, virtualAddress } from "../../../mmu/address.ts"
import { LEVEL, REFUSED } from "../../../mmu/powerpc/registers.ts"
import { powerPcWalker } from "../../../mmu/powerpc/walker.ts"
import { Walk } from "../../../mmu/walk.ts"

const registers = {
  segments: new Int32Array(16),
  bats: new Int32Array(16),
  sdr1: new Int32Array(1),
  mixed: new Int32Array(1),
}
const words = new Map<number, number>()
const memory = {
  read32: (pa: PhysicalAddress) => (pa < 0x1000_0000 ? (words.get(pa) ?? 0) : undefined),
  write(pa: PhysicalAddress, _bytes: number, value: number) {
    words.set(pa, value)
    return true
  },
}
const walker = powerPcWalker(registers, memory)

beforeEach(() => {
  for (const file of Object.values(registers)) file.fill(0)
  words.clear()
})

function walk(ea: number, kind: AccessKind, level: number): Walk {
  const into = new Walk()
  walker.walk(virtualAddress(ea), kind, level, into)
  return into
}

const allows = (found: Walk, kind: AccessKind, level: number) =>
  found.fault === undefined && (found.permissions & permissionBit(kind, level)) !== 0

describe("real mode", () => {
  it("maps an address to itself", () => {
    expect(walk(0xfff0_0100, FETCH, LEVEL.real)).toMatchObject({ fault: undefined, pa: 0xfff0_0100 })
  })

  it("is the half of the mixed level that MSR does not translate", () => {
    registers.mixed[0] = 1
    registers.segments[12] = 1
    expect(walk(0xc000_0000, FETCH, LEVEL.mixed)).toMatchObject({ isUntranslated: true, pa: 0xc000_0000 })
    expect(walk(0xc000_0000, READ, LEVEL.mixed)).toMatchObject({ fault: "translation" })
  })
})

describe("block address translation (7.4)", () => {
  it("maps 256 MiB for supervisors alone", () => {
    registers.bats[8] = 0xc000_1ffe | 0
    registers.bats[9] = 0x0000_0002
    const found = walk(0xcabc_def4, READ, LEVEL.supervisor)
    expect(found).toMatchObject({ pa: 0x0abc_def4, sizeLog2: 28, global: true })
    expect(allows(found, WRITE, LEVEL.supervisor)).toBe(true)
    expect(allows(found, READ, LEVEL.user)).toBe(false)
    expect(walk(0xcabc_def4, READ, LEVEL.user).fault).toBe("translation")
  })

  it("maps 128 KiB, and nothing beyond them", () => {
    registers.bats[8] = 0x8000_0003 | 0
    registers.bats[9] = 0x0300_0001
    expect(walk(0x8001_ffff, READ, LEVEL.user)).toMatchObject({ pa: 0x0301_ffff, sizeLog2: 17 })
    expect(walk(0x8002_0000, READ, LEVEL.user).fault).toBe("translation")
  })

  it.each([
    [0, false, false],
    [1, true, false],
    [2, true, true],
    [3, true, false],
  ])("PP = %i (table 7-9)", (pp, reads, writes) => {
    registers.bats[8] = 0x8000_0003 | 0
    registers.bats[9] = pp
    const found = walk(0x8000_0000, READ, LEVEL.user)
    expect(allows(found, READ, LEVEL.user)).toBe(reads)
    expect(allows(found, WRITE, LEVEL.user)).toBe(writes)
  })

  it("keeps fetches apart from data", () => {
    registers.bats[0] = 0xc000_0002 | 0
    registers.bats[1] = 0x0000_0002
    expect(walk(0xc000_0000, FETCH, LEVEL.supervisor).pa).toBe(0)
    expect(walk(0xc000_0000, READ, LEVEL.supervisor).fault).toBe("translation")
    registers.bats[8] = 0xc000_0002 | 0
    registers.bats[9] = 0x0100_0002
    const found = walk(0xc000_0000, READ, LEVEL.supervisor)
    expect(found.pa).toBe(0x0100_0000)
    expect(allows(found, FETCH, LEVEL.supervisor)).toBe(false)
  })

  it("takes precedence over a segment", () => {
    registers.segments[8] = 0x8000_0000 | 0
    registers.bats[8] = 0x8000_0003 | 0
    registers.bats[9] = 0x0000_0002
    expect(walk(0x8000_0000, READ, LEVEL.user).fault).toBe(undefined)
  })
})

/**
 * The example of 7.6.1.6: SDR1 0x0F98_0007 (a table of 512 KiB), VSID 0x0C_701C for addresses 0x0..., effective address
 * 0x00FF_A01B: the primary PTEG is at 0x0F9F_F980, the secondary one at 0x0F98_0640.
 */
const EXAMPLE = {
  sdr1: 0x0f98_0007,
  segment: 0x000c_701c,
  ea: 0x00ff_a01b,
  primary: 0x0f9f_f980,
  secondary: 0x0f98_0640,
}
const api = (EXAMPLE.ea >>> 22) & 0x3f
const pteHigh = 0x8000_0000 | (0xc_701c << 7) | api | 0

function mapExample(low: number, { secondary = false, slot = 0, segment = EXAMPLE.segment } = {}): number {
  registers.sdr1[0] = EXAMPLE.sdr1
  registers.segments[0] = segment
  const at = (secondary ? EXAMPLE.secondary : EXAMPLE.primary) + 8 * slot
  words.set(at, secondary ? pteHigh | 0x40 : pteHigh)
  words.set(at + 4, low)
  return at + 4
}

describe("the hashed page table (7.6)", () => {
  it("is searched in the primary group", () => {
    mapExample(0x0123_4002, { slot: 7 })
    expect(walk(EXAMPLE.ea, READ, LEVEL.user)).toMatchObject({ pa: 0x0123_401b, sizeLog2: 12, global: false })
  })

  it("is searched in the secondary group", () => {
    mapExample(0x0123_4002, { secondary: true, slot: 3 })
    expect(walk(EXAMPLE.ea, READ, LEVEL.user)).toMatchObject({ fault: undefined, pa: 0x0123_401b })
  })

  it("tells a page that it does not have", () => {
    registers.sdr1[0] = EXAMPLE.sdr1
    expect(walk(EXAMPLE.ea, READ, LEVEL.user)).toMatchObject({ fault: "translation" })
  })

  it("tells a table outside of memory", () => {
    registers.sdr1[0] = 0xf000_0000 | 0
    expect(walk(EXAMPLE.ea, READ, LEVEL.user)).toMatchObject({ fault: "externalOnWalk" })
  })

  it("records that a page was referenced and changed (7.5.3)", () => {
    const at = mapExample(0x0123_4002)
    const read = walk(EXAMPLE.ea, READ, LEVEL.user)
    expect(words.get(at)).toBe(0x0123_4102)
    expect(allows(read, WRITE, LEVEL.user)).toBe(false)
    const written = walk(EXAMPLE.ea, WRITE, LEVEL.user)
    expect(words.get(at)).toBe(0x0123_4182)
    expect(allows(written, WRITE, LEVEL.user)).toBe(true)
  })

  // Table 7-14: key, PP, reading, writing.
  it.each([
    [0, 0, true, true],
    [0, 1, true, true],
    [0, 2, true, true],
    [0, 3, true, false],
    [1, 0, false, false],
    [1, 1, true, false],
    [1, 2, true, true],
    [1, 3, true, false],
  ])("key %i, PP %i", (key, pp, reads, writes) => {
    for (const [level, bit] of [
      [LEVEL.user, 0x2000_0000],
      [LEVEL.supervisor, 0x4000_0000],
    ] as const) {
      mapExample(0x0123_4180 | pp, { segment: EXAMPLE.segment | (key ? bit : 0) })
      const found = walk(EXAMPLE.ea, READ, level)
      expect(allows(found, READ, level)).toBe(reads)
      expect(allows(found, WRITE, level)).toBe(writes)
    }
  })

  it("refuses fetches from guarded pages and no-execute segments (6.4.4)", () => {
    mapExample(0x0123_400a)
    expect(walk(EXAMPLE.ea, FETCH, LEVEL.user)).toMatchObject({ fault: "permission", level: REFUSED.noExecute })
    mapExample(0x0123_4002, { segment: EXAMPLE.segment | 0x1000_0000 })
    expect(walk(EXAMPLE.ea, FETCH, LEVEL.user)).toMatchObject({ fault: "permission", level: REFUSED.noExecute })
    expect(walk(EXAMPLE.ea, READ, LEVEL.user).fault).toBe(undefined)
  })

  it("is not asked for a direct-store segment (7.8)", () => {
    registers.segments[0] = 0x8000_0000 | 0
    expect(walk(EXAMPLE.ea, READ, LEVEL.user)).toMatchObject({ fault: "permission", level: REFUSED.directStore })
    expect(walk(EXAMPLE.ea, FETCH, LEVEL.user)).toMatchObject({ fault: "permission", level: REFUSED.noExecute })
  })
})
