// The slow path of every engine: guest loads and stores that the software TLB's probe did not answer.

import type { Access, AccessKind, GuestFault } from "./access.ts"
import { FETCH, NO_DOMAIN, READ, REGIME_BIG_ENDIAN, REGIME_USER, WRITE } from "./access.ts"
import type { PhysicalAddress, VirtualAddress } from "./address.ts"
import { PAGE_BYTES, pageOffset, physicalPage, physicalPlus, virtualPlus } from "./address.ts"
import type { MmuCounters } from "./counters.ts"
import type { Bus, CodePages } from "./physical-memory.ts"
import { PhysicalMemory } from "./physical-memory.ts"
import type { ShadowTables, SpaceKey } from "./shadow.ts"
import { domainOfFlags, FLAG_GLOBAL, FLAGS_WORD } from "./shadow.ts"
import type { SoftwareTlb } from "./tlb.ts"
import type { DomainAccess } from "./translation.ts"
import { Translation } from "./translation.ts"
import type { Walk, Walker } from "./walk.ts"

/** What a GuestMemory is made of. */
export type GuestMemoryPorts = {
  /** The memory that holds the TLB's tables and the guest's RAM. */
  readonly buffer: ArrayBuffer
  readonly bus: Bus
  /** Offset in the buffer of the 4 KiB page of RAM or readable ROM at a physical address; -1 if there is none. */
  readonly ramHost: (pa: PhysicalAddress) => number
  /** Whether that page may be written directly. */
  readonly isWritableRam: (pa: PhysicalAddress) => boolean
  readonly codePages: CodePages
  readonly walker: Walker
  readonly tlb: SoftwareTlb
  readonly shadow: ShadowTables
  readonly counters: MmuCounters
  /** Gets every fault of a guest access, and makes it the pending exception; must not throw. */
  readonly faults: (fault: GuestFault) => void
  /** Whether accesses of any alignment must be aligned after all (SCTLR.A). */
  readonly alignmentChecked: () => boolean
  /** Whether "rotate" accesses do so (ARMv5); otherwise they may have any alignment. */
  readonly rotates: boolean
  /** See TranslationPorts. */
  readonly userStale?: (stale: boolean) => void
}

/** The smallest unit that any table format translates: ARM's tiny pages and subpages. */
const GRANULE = 1024

// Results of `hostOf` besides an offset.
const FAILED = -1
const INDIRECT = -2

/**
 * Memory as one CPU's programs see it. Virtual addresses may be signed or unsigned numbers. An access that fails reports
 * one fault to the port; loads give 0 then, and stores have changed nothing but devices and, at an external abort, the bytes before it.
 */
export class GuestMemory {
  readonly counters: MmuCounters
  readonly physical: PhysicalMemory
  readonly translation: Translation
  private readonly ports: GuestMemoryPorts
  private readonly tlb: SoftwareTlb
  /** Whether the last `loadBits` or `storeBits` reported a fault. */
  private failed = false

  constructor(ports: GuestMemoryPorts) {
    this.ports = ports
    this.tlb = ports.tlb
    this.counters = ports.counters
    this.physical = new PhysicalMemory(ports)
    this.translation = new Translation(ports)
  }

  /** The physical address for an access of a regime; -1 after reporting a fault. */
  translate(va: VirtualAddress, kind: AccessKind, regime: number): PhysicalAddress {
    return this.translation.translate(va, kind, regime)
  }

  /** What the page tables say now about an access (ARM's ATS1C operations): the mapping or the fault in `into`. */
  probe(va: VirtualAddress, kind: AccessKind, privileged: boolean, into: Walk): boolean {
    return this.translation.probe(va, kind, privileged, into)
  }

  /** Loads 1, 2 or 4 bytes: zero- or sign-extended to 32 bits; a word is signed. */
  load(va: VirtualAddress, access: Access, regime: number): number {
    const { bytes } = access
    const effective = access.asUser ? regime & ~1 : regime
    const over = va & (bytes - 1)
    if (over === 0) return extend(this.loadBits(va, bytes, effective), access)
    if (this.isMisaligned(va, access)) {
      this.translation.fail("alignment", 0, NO_DOMAIN, va, READ, effective)
      return 0
    }
    if (!this.isRotated(access)) return extend(this.loadBits(va, bytes, effective), access)
    const bits = this.loadBits(virtualPlus(va, -over), bytes, effective)
    return extend(bytes === 4 ? (bits >>> (8 * over)) | (bits << (32 - 8 * over)) : bits >>> (8 * over), access)
  }

  /** Loads 1 to 8 bytes, extended to 64 bits as the access says; 8 bytes come unsigned. */
  loadLong(va: VirtualAddress, access: Access, regime: number): bigint {
    if (access.bytes < 8) {
      const value = this.load(va, access, regime)
      return BigInt(access.signed ? value : value >>> 0)
    }
    const effective = access.asUser ? regime & ~1 : regime
    if (this.isMisaligned(va, access)) {
      this.translation.fail("alignment", 0, NO_DOMAIN, va, READ, effective)
      return 0n
    }
    const bigEndian = (effective & REGIME_BIG_ENDIAN) !== 0
    const host = this.hostOf(va, 8, READ, effective)
    if (host >= 0) return this.physical.view.getBigUint64(host, !bigEndian)
    if (host === FAILED || !this.translatesAll8(va, READ, effective)) return 0n
    const first = this.loadBits(va, 4, effective)
    const second = this.failed ? 0 : this.loadBits(virtualPlus(va, 4), 4, effective)
    if (this.failed) return 0n
    return bigEndian ? joined(first, second) : joined(second, first)
  }

  /** Stores the low 1, 2 or 4 bytes of a value. */
  store(va: VirtualAddress, access: Access, regime: number, value: number): void {
    const { bytes } = access
    const effective = access.asUser ? regime & ~1 : regime
    const over = va & (bytes - 1)
    if (over === 0) this.storeBits(va, bytes, effective, value)
    else if (this.isMisaligned(va, access)) this.translation.fail("alignment", 0, NO_DOMAIN, va, WRITE, effective)
    else this.storeBits(this.isRotated(access) ? virtualPlus(va, -over) : va, bytes, effective, value)
  }

  /** Stores the low 1 to 8 bytes of a value. */
  storeLong(va: VirtualAddress, access: Access, regime: number, value: bigint): void {
    const low = Number(BigInt.asIntN(32, value))
    if (access.bytes < 8) {
      this.store(va, access, regime, low)
      return
    }
    const effective = access.asUser ? regime & ~1 : regime
    if (this.isMisaligned(va, access)) {
      this.translation.fail("alignment", 0, NO_DOMAIN, va, WRITE, effective)
      return
    }
    const bigEndian = (effective & REGIME_BIG_ENDIAN) !== 0
    const host = this.hostOf(va, 8, WRITE, effective)
    if (host >= 0) {
      this.physical.view.setBigUint64(host, BigInt.asUintN(64, value), !bigEndian)
      return
    }
    // Each half may lie in a page of its own: both are translated before any byte is written.
    if (host === FAILED || !this.translatesAll8(va, WRITE, effective)) return
    const high = Number(BigInt.asIntN(32, value >> 32n))
    this.storeBits(va, 4, effective, bigEndian ? high : low)
    if (!this.failed) this.storeBits(virtualPlus(va, 4), 4, effective, bigEndian ? low : high)
  }

  /** Fetches 2 or 4 bytes of code within one page, little-endian, unsigned; -1 after reporting a fault. */
  fetch(va: VirtualAddress, bytes: 2 | 4, regime: number): number {
    const pa = this.translation.translate(va, FETCH, regime)
    if (pa < 0) return -1
    const value = this.physical.read(pa, bytes)
    if (value !== undefined) return value >>> 0
    return this.translation.fail("external", 0, NO_DOMAIN, va, FETCH, regime)
  }

  /** Reports the external abort of a fetch from an address that is mapped to where no memory is. */
  fetchAbort(va: VirtualAddress, regime: number): void {
    this.translation.fail("external", 0, NO_DOMAIN, va, FETCH, regime)
  }

  /**
   * Enters predecoded code of the page of `va`, which was translated for a fetch, into the TLB. False if the page is not
   * mapped as a whole (ARM's tiny pages): its code must be looked up at each fetch.
   */
  fillFetch(va: VirtualAddress, regime: number, isa: number, pointer: number): boolean {
    const { shadow } = this.ports
    const at = shadow.find(va)
    if (at < 0) return false
    const flags = shadow.words[at + FLAGS_WORD]!
    this.counters.fills++
    const block = regime & ~REGIME_BIG_ENDIAN
    this.tlb.fillFetch(block, isa, va, pointer, (flags & FLAG_GLOBAL) !== 0, domainOfFlags(flags))
    return true
  }

  /** Sends writes to the page of a physical address through the slow path from now on, because its code was decoded. */
  protectCode(pa: PhysicalAddress): void {
    const host = this.ports.ramHost(pa)
    if (host >= 0) this.tlb.makeWriteSlow(host)
  }

  /** Copies memory for a device; false at the first page that is not memory. */
  physicalRead(pa: PhysicalAddress, into: Uint8Array): boolean {
    return this.physical.physicalRead(pa, into)
  }

  /** Writes memory for a device, reporting changed code; false at the first page that is not RAM. */
  physicalWrite(pa: PhysicalAddress, from: Uint8Array): boolean {
    return this.physical.physicalWrite(pa, from)
  }

  /** Changes the address space; only non-global TLB entries are dropped, and the shadow tables are kept. */
  switchSpace(key: SpaceKey, asid: number): void {
    this.translation.switchSpace(key, asid)
  }

  /** Changes what domains may do (DACR). */
  setDomainAccess(access: DomainAccess): void {
    this.translation.setDomainAccess(access)
  }

  /** Control bits that permissions or table formats depend on changed (SCTLR, TTBCR, memory attributes): forgets everything. */
  regimeChanged(): void {
    this.translation.invalidateAll()
  }

  /** Forgets every translation (TLBIALL). */
  invalidateAll(): void {
    this.translation.invalidateAll()
  }

  /** Forgets the non-global translations of an ASID (TLBIASID). */
  invalidateAsid(asid: number): void {
    this.translation.invalidateAsid(asid)
  }

  /** Forgets the mapping, of whatever size, of an address in an ASID, and the global one (TLBIMVA). */
  invalidateVa(va: VirtualAddress, asid: number): void {
    this.translation.invalidateVa(va, asid)
  }

  /** Forgets the mapping of an address in every ASID (TLBIMVAA). */
  invalidateVaAllAsid(va: VirtualAddress): void {
    this.translation.invalidateVaAllAsid(va)
  }

  /** What stands at a physical page changed (a flash left its read mode): forgets every translation to it. */
  invalidatePhysical(pa: PhysicalAddress): void {
    this.translation.invalidatePhysical(pa)
  }

  private isRotated(access: Access): boolean {
    return access.align === "rotate" && this.ports.rotates
  }

  private isMisaligned(va: VirtualAddress, access: Access): boolean {
    if ((va & (Math.min(access.bytes, 4) - 1)) === 0) return false
    return access.align === "required" || (access.align !== "unchecked" && this.ports.alignmentChecked())
  }

  private translatesAll8(va: VirtualAddress, kind: AccessKind, regime: number): boolean {
    const { translation } = this
    if (translation.translate(va, kind, regime) < 0) return false
    const inFirst = GRANULE - (va & (GRANULE - 1))
    return inFirst >= 8 || translation.translate(virtualPlus(va, inFirst), kind, regime) >= 0
  }

  /**
   * Where the bytes stand in the buffer, if they lie in one page of memory that may be accessed without telling anyone, in
   * which case the TLB is filled; otherwise FAILED after a fault, or INDIRECT.
   */
  private hostOf(va: VirtualAddress, bytes: number, kind: typeof READ | typeof WRITE, regime: number): number {
    if (pageOffset(va) + bytes > PAGE_BYTES) return INDIRECT
    const { tlb, translation, ports } = this
    // Big-endian data has the same translations; its own tables stay invalid so that each access comes here to be swapped.
    const littleEndian = regime & ~REGIME_BIG_ENDIAN
    if (littleEndian === REGIME_USER) translation.settleUser()
    const entry = kind === READ ? tlb.readEntry(littleEndian, va) : tlb.writeEntry(littleEndian, va)
    if ((entry & 1) === 0) return (entry + va) >>> 0
    const pa = translation.translate(va, kind, regime)
    if (pa < 0) return FAILED
    if (!translation.isWholePage) return INDIRECT
    const page = ports.ramHost(pa)
    if (page < 0) return INDIRECT
    if (kind === READ) {
      tlb.fillRead(littleEndian, va, page, translation.isGlobal, translation.domain)
    } else {
      if (!ports.isWritableRam(pa) || ports.codePages.holdsCode(physicalPage(pa))) return INDIRECT
      tlb.fillWrite(littleEndian, va, page, translation.isGlobal, translation.domain)
    }
    this.counters.fills++
    return page + pageOffset(pa)
  }

  private loadBits(va: VirtualAddress, bytes: number, regime: number): number {
    this.failed = false
    const host = this.hostOf(va, bytes, READ, regime)
    if (host === FAILED) {
      this.failed = true
      return 0
    }
    const bits = host === INDIRECT ? this.loadIndirect(va, bytes, regime) : this.physical.readHost(host, bytes)
    return (regime & REGIME_BIG_ENDIAN) === 0 ? bits : swapped(bits, bytes)
  }

  private storeBits(va: VirtualAddress, bytes: number, regime: number, value: number): void {
    this.failed = false
    const bits = (regime & REGIME_BIG_ENDIAN) === 0 ? value : swapped(value, bytes)
    const host = this.hostOf(va, bytes, WRITE, regime)
    if (host >= 0) this.physical.writeHost(host, bytes, bits)
    else if (host === FAILED) this.failed = true
    else this.storeIndirect(va, bytes, regime, bits)
  }

  /** Loads from a device, from a page mapped in parts, or across two units of translation. */
  private loadIndirect(va: VirtualAddress, bytes: number, regime: number): number {
    const inFirst = GRANULE - (va & (GRANULE - 1))
    const pa = this.translation.translate(va, READ, regime)
    if (pa < 0) return this.fault()
    if (inFirst >= bytes) return this.physical.read(pa, bytes) ?? this.externalAbort(va, READ, regime)
    const second = this.translation.translate(virtualPlus(va, inFirst), READ, regime)
    if (second < 0) return this.fault()
    let bits = 0
    for (let i = 0; i < bytes; i++) {
      const byte = this.physical.read(i < inFirst ? physicalPlus(pa, i) : physicalPlus(second, i - inFirst), 1)
      if (byte === undefined) return this.externalAbort(virtualPlus(va, i), READ, regime)
      bits |= byte << (8 * i)
    }
    return bits
  }

  /** Stores to a device, to a page with code, to a page mapped in parts, or across two units of translation. */
  private storeIndirect(va: VirtualAddress, bytes: number, regime: number, bits: number): void {
    const inFirst = GRANULE - (va & (GRANULE - 1))
    const pa = this.translation.translate(va, WRITE, regime)
    if (pa < 0) {
      this.failed = true
    } else if (inFirst >= bytes) {
      if (!this.physical.write(pa, bytes, bits)) this.externalAbort(va, WRITE, regime)
    } else {
      const second = this.translation.translate(virtualPlus(va, inFirst), WRITE, regime)
      this.failed = second < 0
      for (let i = 0; i < bytes && !this.failed; i++) {
        const at = i < inFirst ? physicalPlus(pa, i) : physicalPlus(second, i - inFirst)
        if (!this.physical.write(at, 1, (bits >>> (8 * i)) & 0xff))
          this.externalAbort(virtualPlus(va, i), WRITE, regime)
      }
    }
  }

  private fault(): number {
    this.failed = true
    return 0
  }

  private externalAbort(va: VirtualAddress, kind: AccessKind, regime: number): number {
    this.translation.fail("external", 0, this.translation.domain, va, kind, regime)
    return this.fault()
  }
}

function extend(bits: number, access: Access): number {
  if (access.bytes === 4) return bits | 0
  const unused = access.bytes === 1 ? 24 : 16
  return access.signed ? (bits << unused) >> unused : (bits << unused) >>> unused
}

function swapped(bits: number, bytes: number): number {
  if (bytes === 1) return bits
  const halves = ((bits & 0xff) << 8) | ((bits >>> 8) & 0xff)
  return bytes === 2 ? halves : (halves << 16) | ((bits >>> 24) & 0xff) | ((bits >>> 8) & 0xff00)
}

function joined(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}
