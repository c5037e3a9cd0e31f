// The walker of a 32-bit PowerPC processor: block address translation, segments and the hashed page table
// (Programming Environments Manual, 7.4 to 7.6).

import { type AccessKind, FETCH, permissionBit, READ, WRITE } from "../access.ts"
import { type PhysicalAddress, physicalAddress, type VirtualAddress, virtualLow } from "../address.ts"
import type { PhysicalMemory } from "../physical-memory.ts"
import type { Walk, Walker } from "../walk.ts"
import { LEVEL, MIXED, type PowerPcTranslationRegisters, REFUSED } from "./registers.ts"

/** A PTE is valid, and is in the secondary PTEG; it was referenced; its page was changed (7.6.1.2). */
const PTE_V = 0x8000_0000
const PTE_H = 0x40
const PTE_R = 0x100
const PTE_C = 0x80
/** WIMG[G], in a PTE and in a lower BAT register. */
const GUARDED = 0x08

/** A segment register (7.5.2.1). */
const SR_T = 0x8000_0000
const SR_KS = 0x4000_0000
const SR_KP = 0x2000_0000
const SR_N = 0x1000_0000
const SR_VSID = 0x00ff_ffff

/** A block of a BAT pair: 128 KiB or more (7.4). */
const BLOCK_LOG2 = 17

/** Physical memory as the walker uses it: it reads PTEs, and records R and C in them. */
export type PageTableMemory = Pick<PhysicalMemory, "read32" | "write">

/** A walker that follows the registers as they are at each walk. */
export function powerPcWalker(registers: PowerPcTranslationRegisters, memory: PageTableMemory): Walker {
  const walk = new PowerPcWalk(registers, memory)
  return { granule: 4096, physicalBits: 32, walk: (va, kind, level, into) => walk.walk(va, kind, level, into) }
}

class PowerPcWalk {
  readonly #registers: PowerPcTranslationRegisters
  readonly #memory: PageTableMemory

  constructor(registers: PowerPcTranslationRegisters, memory: PageTableMemory) {
    this.#registers = registers
    this.#memory = memory
  }

  walk(address: VirtualAddress, kind: AccessKind, level: number, into: Walk): boolean {
    const ea = virtualLow(address)
    if (!this.#isTranslated(kind, level)) return into.untranslated(physicalAddress(ea), "normal")
    const isUser = level === LEVEL.user || (level === LEVEL.mixed && (this.#mixed & MIXED.user) !== 0)
    const isFetch = kind === FETCH
    const bat = this.#findBat(ea, isFetch, isUser)
    if (bat >= 0) return this.#block(ea, bat, kind, into)
    return this.#segment(ea, kind, isUser, into)
  }

  get #mixed(): number {
    return this.#registers.mixed[0]!
  }

  #isTranslated(kind: AccessKind, level: number): boolean {
    if (level === LEVEL.real) return false
    return level !== LEVEL.mixed || (this.#mixed & (kind === FETCH ? MIXED.fetches : MIXED.data)) !== 0
  }

  /**
   * The permission bits of a privilege: at its own level, and at the mixed level if that has this privilege and translates
   * such accesses.
   */
  #bits(kind: AccessKind, isUser: boolean): number {
    const own = permissionBit(kind, isUser ? LEVEL.user : LEVEL.supervisor)
    const sharesMixed = ((this.#mixed & MIXED.user) !== 0) === isUser && this.#isTranslated(kind, LEVEL.mixed)
    return sharesMixed ? own | permissionBit(kind, LEVEL.mixed) : own
  }

  /** Index of the upper register of the BAT pair that maps an address for a privilege; -1 if none does. */
  #findBat(ea: number, isFetch: boolean, isUser: boolean): number {
    const { bats } = this.#registers
    const first = isFetch ? 0 : 8
    for (let n = first; n < first + 8; n += 2) {
      const upper = bats[n]!
      if ((upper & (isUser ? 1 : 2)) === 0) continue
      const block = (upper & 0x1ffc) << 15
      if (((ea ^ upper) & 0xfffe_0000 & ~block) === 0) return n
    }
    return -1
  }

  /** A mapping by a BAT pair, which is the same in every address space (7.4.3, 7.4.4). */
  #block(ea: number, n: number, kind: AccessKind, into: Walk): boolean {
    const { bats } = this.#registers
    const [upper, lower] = [bats[n]!, bats[n + 1]!]
    const block = ((upper & 0x1ffc) << 15) | 0x1_ffff
    into.fault = undefined
    into.level = 0
    into.pa = physicalAddress(((lower & 0xfffe_0000 & ~block) | (ea & block)) >>> 0)
    into.sizeLog2 = BLOCK_LOG2 + (32 - Math.clz32(block >>> BLOCK_LOG2))
    into.global = true
    into.memoryType = "normal"
    into.attributes = 0
    let permissions = 0
    for (const isUser of [false, true]) {
      if ((upper & (isUser ? 1 : 2)) === 0) continue
      const grants = grantsOf(lower)
      if (kind === FETCH) {
        if (grants > 0) permissions |= this.#bits(FETCH, isUser)
        if (this.#isSameBlock(n, n + 8, ea, isUser)) permissions |= this.#dataBits(grantsOf(bats[n + 9]!), isUser)
      } else {
        permissions |= this.#dataBits(grants, isUser)
        if (this.#isSameBlock(n, n - 8, ea, isUser) && (bats[n - 7]! & 3) !== 0)
          permissions |= this.#bits(FETCH, isUser)
      }
    }
    into.permissions = permissions
    return true
  }

  /** Whether the pair at the other place maps an address alike, so that fetches and data share a translation. */
  #isSameBlock(n: number, other: number, ea: number, isUser: boolean): boolean {
    const { bats } = this.#registers
    if (this.#findBat(ea, other < 8, isUser) !== other) return false
    return ((bats[n]! ^ bats[other]!) & ~3) === 0 && ((bats[n + 1]! ^ bats[other + 1]!) & 0xfffe_0000) === 0
  }

  #dataBits(grants: number, isUser: boolean): number {
    if (grants === 0) return 0
    return grants === 2 ? this.#bits(READ, isUser) | this.#bits(WRITE, isUser) : this.#bits(READ, isUser)
  }

  #segment(ea: number, kind: AccessKind, isUser: boolean, into: Walk): boolean {
    const segment = this.#registers.segments[ea >>> 28]!
    const isFetch = kind === FETCH
    if ((segment & SR_T) !== 0) return into.fail("permission", isFetch ? REFUSED.noExecute : REFUSED.directStore)
    if (isFetch && (segment & SR_N) !== 0) return into.fail("permission", REFUSED.noExecute)
    const vsid = segment & SR_VSID
    const page = (ea >>> 12) & 0xffff
    const hash = (vsid & 0x7_ffff) ^ page
    const wanted = PTE_V | (vsid << 7) | (page >>> 10)
    let at = this.#findPte(hash, wanted)
    if (at === NOT_FOUND) at = this.#findPte(~hash & 0x7_ffff, wanted | PTE_H)
    if (at === FAILED) return into.fail("externalOnWalk", 1)
    if (at === NOT_FOUND) return into.fail("translation", 1)
    return this.#page(ea, at, segment, kind, isUser, into)
  }

  /** Physical address of the PTE in the group of a hash; NOT_FOUND, or FAILED if the table is not in memory (7.6.1.3). */
  #findPte(hash: number, wanted: number): number {
    const sdr1 = this.#registers.sdr1[0]!
    const group = (sdr1 & 0xffff_0000) | ((((hash >>> 10) & sdr1 & 0x1ff) << 16) | ((hash & 0x3ff) << 6))
    const first = group >>> 0
    for (let at = first; at < first + 64; at += 8) {
      const word = this.#memory.read32(at as PhysicalAddress)
      if (word === undefined) return FAILED
      if ((word | 0) === (wanted | 0)) return at
    }
    return NOT_FOUND
  }

  /** A page that a PTE maps (7.5.4, 7.5.3 for R and C). */
  #page(ea: number, at: number, segment: number, kind: AccessKind, isUser: boolean, into: Walk): boolean {
    const word = this.#memory.read32((at + 4) as PhysicalAddress) ?? 0
    const isGuarded = (word & GUARDED) !== 0
    if (kind === FETCH && isGuarded) return into.fail("permission", REFUSED.noExecute)
    const isExecutable = !isGuarded && (segment & SR_N) === 0
    const own = grantsOfPage(word & 3, segment, isUser)
    const isGranted = kind === WRITE ? own === 2 : own > 0
    let recorded = word
    if (isGranted) {
      recorded |= kind === WRITE ? PTE_R | PTE_C : PTE_R
      if (recorded !== word) this.#memory.write((at + 4) as PhysicalAddress, 4, recorded)
    }
    let permissions = 0
    for (const privilege of [false, true]) {
      const grants = grantsOfPage(word & 3, segment, privilege)
      if (grants === 0) continue
      if (isExecutable && this.#findBat(ea, true, privilege) < 0) permissions |= this.#bits(FETCH, privilege)
      // The first store to a page has to walk, so that it sets C.
      const allowed = (recorded & PTE_C) === 0 ? Math.min(grants, 1) : grants
      if (this.#findBat(ea, false, privilege) < 0) permissions |= this.#dataBits(allowed, privilege)
    }
    into.fault = undefined
    into.level = 0
    into.pa = physicalAddress(((word & 0xffff_f000) | (ea & 0xfff)) >>> 0)
    into.sizeLog2 = 12
    into.permissions = permissions
    into.global = false
    into.memoryType = "normal"
    into.attributes = 0
    return true
  }
}

/** Results of `#findPte` besides an address. */
const NOT_FOUND = -1
const FAILED = -2

/** What PP of a BAT pair grants: 0 nothing, 1 reading, 2 writing too (table 7-9). */
const grantsOf = (lower: number): number => ((lower & 3) === 0 ? 0 : (lower & 1) === 0 ? 2 : 1)

/** What a page grants, by PP and the key that the segment has for the privilege (table 7-14). */
function grantsOfPage(pp: number, segment: number, isUser: boolean): number {
  const key = (segment & (isUser ? SR_KP : SR_KS)) !== 0
  if (pp === 3) return 1
  if (pp === 2 || !key) return 2
  return pp
}
