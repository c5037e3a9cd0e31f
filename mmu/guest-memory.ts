// The slow path of every engine: guest loads and stores that the software TLB's probe did not answer.

import type { Access } from "../cpu/ir/index.ts"
import type { Regime } from "../cpu/isa/index.ts"
import type { AccessKind } from "./access.ts"
import { FETCH, NO_GROUP, READ, WRITE } from "./access.ts"
import type { PhysicalAddress, VirtualAddress } from "./address.ts"
import { MAX_PHYSICAL_BITS, PAGE_BYTES, pageNumber, pageOffset, physicalPlus, virtualPlus } from "./address.ts"
import type { MmuCounters } from "./counters.ts"
import type { PermissionGroups } from "./permission-groups.ts"
import { joined, type PhysicalMemory, swapped } from "./physical-memory.ts"
import type { SpaceKey } from "./shadow-space.ts"
import type { SoftwareTlb } from "./tlb.ts"
import type { TranslationPorts } from "./translation.ts"
import { Translation } from "./translation.ts"
import type { Walk } from "./walk.ts"

/**
 * The parts of a GuestMemory. Its `faults` port makes the fault the pending exception. The TLB and the shadow tables
 * belong to this CPU alone.
 */
export type GuestMemoryPorts = TranslationPorts & {
  readonly physical: PhysicalMemory
  readonly tlb: SoftwareTlb
  /** Whether alignment is now checked even for accesses that usually allow any alignment. */
  readonly alignmentChecked: () => boolean
  /** Whether a misaligned "rotate" access rotates its word; if not, it may have any alignment. */
  readonly rotates: boolean
}

// Results of `#hostOf` besides an offset.
const FAILED = -1
const INDIRECT = -2

/**
 * Memory as one CPU's programs see it. A regime is given by its number. A failed access reports one fault to the port:
 * loads give 0 then, and stores have changed nothing but devices and, at an external abort, the bytes before it.
 */
export class GuestMemory {
  readonly counters: MmuCounters
  readonly physical: PhysicalMemory
  readonly translation: Translation
  readonly #ports: GuestMemoryPorts
  readonly #tlb: SoftwareTlb
  readonly #regimes: readonly Regime[]
  readonly #groups: PermissionGroups | undefined
  /** Bytes of the smallest unit that the tables map: an access that lies in one needs one translation. */
  readonly #granule: number
  /** Whether the last `#loadBits` or `#storeBits` reported a fault. */
  #failed = false

  constructor(ports: GuestMemoryPorts) {
    if (ports.walker.physicalBits > MAX_PHYSICAL_BITS) {
      throw new Error(`physical addresses of ${ports.walker.physicalBits} bits; at most ${MAX_PHYSICAL_BITS} are exact`)
    }
    this.#ports = ports
    this.#tlb = ports.tlb
    this.#regimes = ports.regimes
    this.#groups = ports.groups
    this.#granule = ports.walker.granule
    this.counters = ports.counters
    this.physical = ports.physical
    this.translation = new Translation(ports)
  }

  /** The physical address for an access of a regime; -1 after reporting a fault. */
  translate(va: VirtualAddress, kind: AccessKind, regime: number): PhysicalAddress {
    return this.translation.translate(va, kind, regime)
  }

  /** What the page tables say now about an access at a privilege level: the mapping or the fault in `into`. */
  probe(va: VirtualAddress, kind: AccessKind, level: number, into: Walk): boolean {
    return this.translation.probe(va, kind, level, into)
  }

  /** Loads 1, 2 or 4 bytes: zero- or sign-extended to 32 bits; a word is signed. */
  load(va: VirtualAddress, access: Access, regime: number): number {
    const { bytes } = access
    const effective = this.#effective(access, regime)
    const over = pageOffset(va) & (bytes - 1)
    if (over === 0) return extend(this.#loadBits(va, bytes, effective), access)
    if (this.#isMisaligned(va, access)) {
      this.#misaligned(va, READ, effective)
      return 0
    }
    if (!this.#isRotated(access)) return extend(this.#loadBits(va, bytes, effective), access)
    const bits = this.#loadBits(virtualPlus(va, -over), bytes, effective)
    return extend(bytes === 4 ? (bits >>> (8 * over)) | (bits << (32 - 8 * over)) : bits >>> (8 * over), access)
  }

  /** Loads 1 to 8 bytes, extended to 64 bits as the access says; 8 bytes come unsigned. */
  loadLong(va: VirtualAddress, access: Access, regime: number): bigint {
    if (access.bytes < 8) {
      const value = this.load(va, access, regime)
      return BigInt(access.signed ? value : value >>> 0)
    }
    const effective = this.#effective(access, regime)
    if (this.#isMisaligned(va, access)) {
      this.#misaligned(va, READ, effective)
      return 0n
    }
    const { isSwapped } = this.#regimes[effective]!
    const host = this.#hostOf(va, 8, READ, effective)
    if (host >= 0) return this.physical.readHost64(host, isSwapped)
    if (host === FAILED || !this.#translatesAll8(va, READ, effective)) return 0n
    const first = this.#loadBits(va, 4, effective)
    const second = this.#failed ? 0 : this.#loadBits(virtualPlus(va, 4), 4, effective)
    if (this.#failed) return 0n
    return this.#isHighFirst(isSwapped) ? joined(first, second) : joined(second, first)
  }

  /** Stores the low 1, 2 or 4 bytes of a value. */
  store(va: VirtualAddress, access: Access, regime: number, value: number): void {
    const { bytes } = access
    const effective = this.#effective(access, regime)
    const over = pageOffset(va) & (bytes - 1)
    if (over === 0) this.#storeBits(va, bytes, effective, value)
    else if (this.#isMisaligned(va, access)) this.#misaligned(va, WRITE, effective)
    else this.#storeBits(this.#isRotated(access) ? virtualPlus(va, -over) : va, bytes, effective, value)
  }

  /** Stores the low 1 to 8 bytes of a value. */
  storeLong(va: VirtualAddress, access: Access, regime: number, value: bigint): void {
    const low = Number(BigInt.asIntN(32, value))
    if (access.bytes < 8) {
      this.store(va, access, regime, low)
      return
    }
    const effective = this.#effective(access, regime)
    if (this.#isMisaligned(va, access)) {
      this.#misaligned(va, WRITE, effective)
      return
    }
    const { isSwapped } = this.#regimes[effective]!
    const host = this.#hostOf(va, 8, WRITE, effective)
    if (host >= 0) {
      this.physical.writeHost64(host, value, isSwapped)
      return
    }
    // Each half may lie in a page of its own: both are translated before any byte is written.
    if (host === FAILED || !this.#translatesAll8(va, WRITE, effective)) return
    const high = Number(BigInt.asIntN(32, value >> 32n))
    const isHighFirst = this.#isHighFirst(isSwapped)
    this.#storeBits(va, 4, effective, isHighFirst ? high : low)
    if (!this.#failed) this.#storeBits(virtualPlus(va, 4), 4, effective, isHighFirst ? low : high)
  }

  /** Fetches 2 or 4 bytes of code within one page, in the guest's byte order, unsigned; -1 after reporting a fault. */
  fetch(va: VirtualAddress, bytes: 2 | 4, regime: number): number {
    const pa = this.translation.translate(va, FETCH, regime)
    if (pa < 0) return -1
    const value = this.physical.read(pa, bytes)
    if (value !== undefined) return value >>> 0
    return this.translation.fail("external", 0, NO_GROUP, va, FETCH, this.#regimes[regime]!.level)
  }

  /** Reports the external abort of a fetch from an address that maps to no memory. */
  fetchAbort(va: VirtualAddress, regime: number): void {
    this.translation.fail("external", 0, NO_GROUP, va, FETCH, this.#regimes[regime]!.level)
  }

  /**
   * Enters the predecoded code of a page into the TLB; `va` was just translated for a fetch. False if the page is not
   * mapped as a whole: its code must be looked up at each fetch.
   */
  fillFetch(va: VirtualAddress, regime: number, isa: number, pointer: number): boolean {
    const { translation } = this
    if (!translation.isWholePage) return false
    this.counters.fills++
    const { level } = this.#regimes[regime]!
    this.#tlb.fillFetch(level, isa, pageNumber(va), pointer, translation.range, translation.group)
    return true
  }

  /** Sends writes to the page of a physical address through the slow path from now on, because its code was decoded. */
  protectCode(pa: PhysicalAddress): void {
    const host = this.physical.readableHost(pa)
    if (host >= 0) this.#tlb.makeWriteSlow(host)
  }

  /** Copies memory for a device; false at the first page that is not memory. */
  physicalRead(pa: PhysicalAddress, into: Uint8Array): boolean {
    return this.physical.physicalRead(pa, into)
  }

  /** Writes memory for a device, reporting changed code; false at the first page that is not RAM. */
  physicalWrite(pa: PhysicalAddress, from: Uint8Array): boolean {
    return this.physical.physicalWrite(pa, from)
  }

  /** Zeroes memory for a device, reporting changed code; false at the first page that is not RAM. */
  physicalClear(pa: PhysicalAddress, bytes: number): boolean {
    return this.physical.physicalClear(pa, bytes)
  }

  /**
   * Changes the address space of a range of addresses. Only its non-global TLB entries are dropped, and the shadow tables
   * are kept.
   */
  switchSpace(range: number, key: SpaceKey, asid: number): void {
    this.translation.switchSpace(range, key, asid)
  }

  /** Forgets every translation: after an invalidation of everything, or a change of permissions or table format. */
  invalidateAll(): void {
    this.translation.invalidateAll()
  }

  /** Forgets the non-global translations of an ASID. */
  invalidateAsid(asid: number): void {
    this.translation.invalidateAsid(asid)
  }

  /** Forgets the mapping, of whatever size, of an address in an ASID, and the global one. */
  invalidateVa(va: VirtualAddress, asid: number): void {
    this.translation.invalidateVa(va, asid)
  }

  /** Forgets the mapping of an address in every ASID. */
  invalidateVaAllAsid(va: VirtualAddress): void {
    this.translation.invalidateVaAllAsid(va)
  }

  #effective(access: Access, regime: number): number {
    return access.asUser ? this.#regimes[regime]!.unprivileged : regime
  }

  /** Whether the first word of a doubleword is its upper half. */
  #isHighFirst(isSwapped: boolean): boolean {
    return this.physical.isBigEndian !== isSwapped
  }

  #isRotated(access: Access): boolean {
    return access.align === "rotate" && this.#ports.rotates
  }

  #isMisaligned(va: VirtualAddress, access: Access): boolean {
    if ((pageOffset(va) & (Math.min(access.bytes, 4) - 1)) === 0) return false
    return access.align === "required" || (access.align !== "unchecked" && this.#ports.alignmentChecked())
  }

  #misaligned(va: VirtualAddress, kind: AccessKind, regime: number): void {
    this.translation.fail("alignment", 0, NO_GROUP, va, kind, this.#regimes[regime]!.level)
  }

  /** Bytes from an address to the end of its unit of translation. */
  #leftInGranule(va: VirtualAddress): number {
    return this.#granule - (pageOffset(va) & (this.#granule - 1))
  }

  #translatesAll8(va: VirtualAddress, kind: AccessKind, regime: number): boolean {
    const { translation } = this
    if (translation.translate(va, kind, regime) < 0) return false
    const inFirst = this.#leftInGranule(va)
    return inFirst >= 8 || translation.translate(virtualPlus(va, inFirst), kind, regime) >= 0
  }

  /**
   * Offset of the bytes in the buffer, if they lie in one page of memory that needs no slow path for such accesses, in
   * which case the TLB is filled; otherwise FAILED after a fault, or INDIRECT.
   */
  #hostOf(va: VirtualAddress, bytes: number, kind: typeof READ | typeof WRITE, regime: number): number {
    const offset = pageOffset(va)
    if (offset + bytes > PAGE_BYTES) return INDIRECT
    // Swapped data has the same translations; code probes an empty block for it, so that each access comes here.
    const { level } = this.#regimes[regime]!
    if (level === 0) this.#groups?.settle()
    const page = pageNumber(va)
    const host = kind === READ ? this.#tlb.readEntry(level, page) : this.#tlb.writeEntry(level, page)
    return host >= 0 ? host + offset : this.#refill(va, page, kind, regime)
  }

  /** What `#hostOf` does for a page that the TLB does not hold. */
  #refill(va: VirtualAddress, page: number, kind: typeof READ | typeof WRITE, regime: number): number {
    const { translation } = this
    const pa = translation.translate(va, kind, regime)
    if (pa < 0) return FAILED
    if (!translation.isWholePage) return INDIRECT
    const host = kind === READ ? this.physical.readableHost(pa) : this.physical.writableHost(pa)
    if (host < 0) return INDIRECT
    const { level } = this.#regimes[regime]!
    if (kind === READ) this.#tlb.fillRead(level, page, host, translation.range, translation.group)
    else this.#tlb.fillWrite(level, page, host, translation.range, translation.group)
    this.counters.fills++
    return host + pageOffset(va)
  }

  #loadBits(va: VirtualAddress, bytes: number, regime: number): number {
    this.#failed = false
    const host = this.#hostOf(va, bytes, READ, regime)
    if (host === FAILED) {
      this.#failed = true
      return 0
    }
    const bits = host === INDIRECT ? this.#loadIndirect(va, bytes, regime) : this.physical.readHost(host, bytes)
    return this.#regimes[regime]!.isSwapped ? swapped(bits, bytes) : bits
  }

  #storeBits(va: VirtualAddress, bytes: number, regime: number, value: number): void {
    this.#failed = false
    const bits = this.#regimes[regime]!.isSwapped ? swapped(value, bytes) : value
    const host = this.#hostOf(va, bytes, WRITE, regime)
    if (host >= 0) this.physical.writeHost(host, bytes, bits)
    else if (host === FAILED) this.#failed = true
    else this.#storeIndirect(va, bytes, regime, bits)
  }

  /** Loads from a device, from a page mapped in parts, or across two units of translation. */
  #loadIndirect(va: VirtualAddress, bytes: number, regime: number): number {
    const inFirst = this.#leftInGranule(va)
    const pa = this.translation.translate(va, READ, regime)
    if (pa < 0) return this.#fault()
    if (inFirst >= bytes) return this.physical.read(pa, bytes) ?? this.#externalAbort(va, READ, regime)
    const second = this.translation.translate(virtualPlus(va, inFirst), READ, regime)
    if (second < 0) return this.#fault()
    let bits = 0
    for (let i = 0; i < bytes; i++) {
      const byte = this.physical.read(i < inFirst ? physicalPlus(pa, i) : physicalPlus(second, i - inFirst), 1)
      if (byte === undefined) return this.#externalAbort(virtualPlus(va, i), READ, regime)
      bits |= byte << this.#shiftOf(i, bytes)
    }
    return bits
  }

  /** Stores to a device, to a page with code, to a page mapped in parts, or across two units of translation. */
  #storeIndirect(va: VirtualAddress, bytes: number, regime: number, bits: number): void {
    const inFirst = this.#leftInGranule(va)
    const pa = this.translation.translate(va, WRITE, regime)
    if (pa < 0) {
      this.#failed = true
    } else if (inFirst >= bytes) {
      if (!this.physical.write(pa, bytes, bits)) this.#externalAbort(va, WRITE, regime)
    } else {
      const second = this.translation.translate(virtualPlus(va, inFirst), WRITE, regime)
      this.#failed = second < 0
      for (let i = 0; i < bytes && !this.#failed; i++) {
        const at = i < inFirst ? physicalPlus(pa, i) : physicalPlus(second, i - inFirst)
        if (!this.physical.write(at, 1, (bits >>> this.#shiftOf(i, bytes)) & 0xff))
          this.#externalAbort(virtualPlus(va, i), WRITE, regime)
      }
    }
  }

  /** Place, in a value in the guest's byte order, of one of its bytes. */
  #shiftOf(byte: number, bytes: number): number {
    return 8 * (this.physical.isBigEndian ? bytes - 1 - byte : byte)
  }

  #fault(): number {
    this.#failed = true
    return 0
  }

  #externalAbort(va: VirtualAddress, kind: AccessKind, regime: number): number {
    this.translation.fail("external", 0, this.translation.group, va, kind, this.#regimes[regime]!.level)
    return this.#fault()
  }
}

function extend(bits: number, access: Access): number {
  if (access.bytes === 4) return bits | 0
  const unused = access.bytes === 1 ? 24 : 16
  return access.signed ? (bits << unused) >> unused : (bits << unused) >>> unused
}
