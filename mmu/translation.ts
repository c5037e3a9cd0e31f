// From virtual to physical address: shadow tables in front of a walker, permission groups, invalidations.

import type { Regime } from "../cpu/isa/index.ts"
import type { AccessKind, FaultKind, GuestFault } from "./access.ts"
import { FETCH, NO_GROUP, permissionBit, WRITE } from "./access.ts"
import type { PhysicalAddress, VirtualAddress } from "./address.ts"
import {
  PAGE_SHIFT,
  pageNumber,
  pageOffset,
  physicalPage,
  physicalPageAddress,
  physicalPlus,
  unsigned,
} from "./address.ts"
import type { MmuCounters } from "./counters.ts"
import type { PermissionGroups } from "./permission-groups.ts"
import type { ShadowTables } from "./shadow.ts"
import { FLAG_GLOBAL, packFlags } from "./shadow-entries.ts"
import type { SpaceKey } from "./shadow-space.ts"
import { GLOBAL } from "./tlb.ts"
import type { Walker } from "./walk.ts"
import { Walk } from "./walk.ts"

/** What Translation works with. */
export type TranslationPorts = {
  /** The architecture's regimes, by number. */
  readonly regimes: readonly Regime[]
  readonly walker: Walker
  readonly shadow: ShadowTables
  readonly counters: MmuCounters
  /** Gets every fault of a guest access; must not throw. */
  readonly faults: (fault: GuestFault) => void
  /** Given if the architecture has permission groups. */
  readonly groups?: PermissionGroups | undefined
}

/** The result of `Translation.fail`: -1 where a physical address was wanted. */
export const NO_ADDRESS = -1 as PhysicalAddress

/** Translates for one CPU. */
export class Translation {
  readonly #regimes: readonly Regime[]
  readonly #walker: Walker
  readonly #shadow: ShadowTables
  readonly #groups: PermissionGroups | undefined
  readonly #counters: MmuCounters
  readonly #faults: (fault: GuestFault) => void
  readonly #result = new Walk()
  #walksAtSwitch = 0

  /** Whether the last successful translation holds for its whole 4 KiB page, so that the TLB may cache it. */
  isWholePage = true
  /** Range of the last successful translation, or GLOBAL. */
  range = GLOBAL
  /** Of the last successful translation. */
  group = NO_GROUP

  constructor(ports: TranslationPorts) {
    this.#regimes = ports.regimes
    this.#walker = ports.walker
    this.#shadow = ports.shadow
    this.#groups = ports.groups
    this.#counters = ports.counters
    this.#faults = ports.faults
  }

  /** The physical address for an access of a regime, or NO_ADDRESS after reporting a fault. */
  translate(va: VirtualAddress, kind: AccessKind, regime: number): PhysicalAddress {
    const { level } = this.#regimes[regime]!
    if (level === 0) this.#groups?.settle()
    const shadow = this.#shadow
    const page = pageNumber(va)
    const entry = shadow.find(page)
    if (entry >= 0) {
      const flags = shadow.flagsOf(entry)
      const group = shadow.groupOf(entry)
      if (this.#check(flags, group, kind, level) === true) {
        this.#counters.refills++
        this.isWholePage = true
        this.range = (flags & FLAG_GLOBAL) !== 0 ? GLOBAL : shadow.rangeOf(page)
        this.group = group
        return physicalPlus(physicalPageAddress(shadow.physicalPageOf(entry)), pageOffset(va))
      }
    }
    // If the shadow forbids the access, walk: the guest may have granted more since, and only a walk names the fault.
    return this.#walk(va, page, kind, level)
  }

  /**
   * What a walk for an access at a privilege level finds now, without a report, a check against caches or an effect on
   * them.
   */
  probe(va: VirtualAddress, kind: AccessKind, level: number, into: Walk): boolean {
    into.isUntranslated = false
    if (!this.#walker.walk(va, kind, level, into)) return false
    const verdict = this.#check(into.permissions, into.group, kind, level)
    return verdict === true || into.fail(verdict || "permission", into.level, into.group)
  }

  /** Reports a fault of an access at a privilege level; returns NO_ADDRESS. */
  fail(
    kind: FaultKind,
    tableLevel: number,
    group: number,
    va: VirtualAddress,
    access: AccessKind,
    privilege: number,
  ): PhysicalAddress {
    this.#faults({
      kind,
      level: tableLevel,
      ...(group === NO_GROUP ? undefined : { group }),
      va: unsigned(va),
      write: access === WRITE,
      fetch: access === FETCH,
      privilege,
    })
    return NO_ADDRESS
  }

  /**
   * Changes the address space of one range. `key` names what is translated there, `asid` is what `invalidateAsid` and
   * `invalidateVa` name it by. The other ranges keep their translations and TLB entries.
   */
  switchSpace(range: number, key: SpaceKey, asid: number): void {
    const counters = this.#counters
    if (!this.#shadow.switchSpace(range, key, asid)) return
    counters.switches++
    if (counters.walks === this.#walksAtSwitch) counters.switchesWithoutWalk++
    this.#walksAtSwitch = counters.walks
  }

  /** Forgets every translation. */
  invalidateAll(): void {
    this.#counters.invalidations.all++
    this.#shadow.invalidateAll()
  }

  /** Forgets the non-global translations of an ASID. */
  invalidateAsid(asid: number): void {
    this.#counters.invalidations.asid++
    this.#shadow.invalidateAsid(asid)
  }

  /** Forgets the translation of an address in an ASID, and the global one. */
  invalidateVa(va: VirtualAddress, asid: number): void {
    this.#counters.invalidations.va++
    this.#shadow.invalidateVa(pageNumber(va), asid)
  }

  /** Forgets the translations of an address in every ASID. */
  invalidateVaAllAsid(va: VirtualAddress): void {
    this.#counters.invalidations.vaAllAsid++
    this.#shadow.invalidateVaAllAsid(pageNumber(va))
  }

  #walk(va: VirtualAddress, page: number, kind: AccessKind, level: number): PhysicalAddress {
    const result = this.#result
    this.#counters.walks++
    if (!this.probe(va, kind, level, result)) {
      return this.fail(result.fault ?? "translation", result.level, result.group, va, kind, level)
    }
    this.isWholePage = result.sizeLog2 >= PAGE_SHIFT
    this.range = result.global ? GLOBAL : this.#shadow.rangeOf(page)
    this.group = result.group
    if (this.isWholePage && !result.isUntranslated) {
      const flags = packFlags(result.permissions, result.global)
      this.#shadow.insert(page, physicalPage(result.pa), flags, result.sizeLog2, result.group)
    }
    return result.pa
  }

  #check(permissions: number, group: number, kind: AccessKind, level: number): FaultKind | boolean {
    if (this.#groups !== undefined) return this.#groups.check(permissions, group, kind, level)
    return (permissions & permissionBit(kind, level)) !== 0
  }
}
