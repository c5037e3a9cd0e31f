// From virtual to physical: shadow tables in front of a walker, domains, and the invalidations of an architecture.

import type { AccessKind, FaultKind, GuestFault } from "./access.ts"
import { FETCH, NO_DOMAIN, permissionBit, WRITE } from "./access.ts"
import type { PhysicalAddress, VirtualAddress } from "./address.ts"
import { PAGE_SHIFT, pageOffset, physicalPage, physicalPageAddress, physicalPlus } from "./address.ts"
import type { MmuCounters } from "./counters.ts"
import type { ShadowTables, SpaceKey } from "./shadow.ts"
import { domainOfFlags, FLAG_GLOBAL, FLAGS_WORD, PAGE_WORD, packFlags } from "./shadow.ts"
import type { SoftwareTlb } from "./tlb.ts"
import type { Walker } from "./walk.ts"
import { Walk } from "./walk.ts"

/** What a translation is made of. */
export type TranslationPorts = {
  readonly walker: Walker
  readonly tlb: SoftwareTlb
  readonly shadow: ShadowTables
  readonly counters: MmuCounters
  /** Gets every fault of a guest access; must not throw. */
  readonly faults: (fault: GuestFault) => void
  /**
   * If given, a domain that loses access keeps its user entries in the TLB; this is told whether there are such entries.
   * While there are, whoever gives it must not let user code or LDRT probe the TLB: the translation of the first address
   * that the user asks for drops them.
   */
  readonly userStale?: (stale: boolean) => void
}

/** The result of `Translation.failed`: -1 where a physical address was wanted. */
export const NO_ADDRESS = -1 as PhysicalAddress

/** Domain access, two bits for each of 16 domains as in ARM's DACR: 0 and 2 none, 1 Client, 3 Manager (never checked). */
export type DomainAccess = number

const CLIENT = 1
const MANAGER = 3
const ALL_CLIENT: DomainAccess = 0x5555_5555

/** Translates for one CPU. */
export class Translation {
  private readonly ports: TranslationPorts
  private readonly result = new Walk()
  private access: DomainAccess = ALL_CLIENT
  // Under these accesses, or lesser ones, the TLB's entries of each privilege were filled.
  private privilegedAccess: DomainAccess = ALL_CLIENT
  private userAccess: DomainAccess = ALL_CLIENT
  private walksAtSwitch = 0

  /** Of the last successful translation: whether it goes for all of its 4 KiB page, so that it may be put into the TLB. */
  isWholePage = true
  /** Of the last successful translation. */
  isGlobal = true
  /** Of the last successful translation. */
  domain = NO_DOMAIN

  constructor(ports: TranslationPorts) {
    this.ports = ports
  }

  /** The physical address for an access of a regime, or NO_ADDRESS after reporting a fault. */
  translate(va: VirtualAddress, kind: AccessKind, regime: number): PhysicalAddress {
    const { shadow } = this.ports
    const privileged = (regime & 1) !== 0
    if (!privileged) this.settleUser()
    const at = shadow.find(va)
    if (at >= 0) {
      const flags = shadow.words[at + FLAGS_WORD]!
      if (this.permits(flags, domainOfFlags(flags), kind, privileged)) {
        this.ports.counters.refills++
        this.isWholePage = true
        this.isGlobal = (flags & FLAG_GLOBAL) !== 0
        this.domain = domainOfFlags(flags)
        return physicalPlus(physicalPageAddress(shadow.words[at + PAGE_WORD]!), pageOffset(va))
      }
    }
    // What the shadow forbids is walked again: the guest may have granted more since, and only a walk tells the fault.
    return this.walk(va, kind, privileged)
  }

  /** What a walk for an access finds now, without a report, a check against caches or an effect on them. */
  probe(va: VirtualAddress, kind: AccessKind, privileged: boolean, into: Walk): boolean {
    if (!this.ports.walker.walk(va, into)) return false
    if (this.domainAccess(into.domain) === 0) return into.fail("domain", into.level, into.domain)
    if (this.permits(into.permissions, into.domain, kind, privileged)) return true
    return into.fail("permission", into.level, into.domain)
  }

  /** Reports a fault of an access; the result stands for the missing address. */
  fail(kind: FaultKind, level: number, domain: number, va: VirtualAddress, access: AccessKind, regime: number) {
    this.ports.faults({
      kind,
      level,
      domain: domain === NO_DOMAIN ? 0 : domain,
      va: va >>> 0,
      write: access === WRITE,
      fetch: access === FETCH,
      privileged: (regime & 1) !== 0,
    })
    return NO_ADDRESS
  }

  /** Changes what domains may do; entries of domains that lose access leave the TLB, the shadow tables stay. */
  setDomainAccess(access: DomainAccess): void {
    const next = access | 0
    if (next === this.access) return
    const { tlb, counters, userStale } = this.ports
    counters.domainChanges++
    this.access = next
    const lost = narrowed(this.privilegedAccess, next)
    if (lost !== 0) {
      counters.domainDrops++
      tlb.dropDomains(lost, true)
    }
    this.privilegedAccess = next
    if (userStale === undefined) this.syncUser()
    else userStale(narrowed(this.userAccess, next) !== 0)
  }

  /** Drops the user entries of domains that lost access and did not get it back; cheap if none did. */
  settleUser(): void {
    if (this.userAccess !== this.access) this.syncUser()
  }

  private syncUser(): void {
    const lost = narrowed(this.userAccess, this.access)
    if (lost !== 0) {
      this.ports.counters.domainDrops++
      this.ports.tlb.dropDomains(lost, false)
    }
    this.userAccess = this.access
    this.ports.userStale?.(false)
  }

  /** Changes the address space: `key` names it, `asid` is what `invalidateAsid` and `invalidateVa` name it by. */
  switchSpace(key: SpaceKey, asid: number): void {
    const { counters, shadow } = this.ports
    if (!shadow.switchSpace(key, asid)) return
    counters.switches++
    if (counters.walks === this.walksAtSwitch) counters.switchesWithoutWalk++
    this.walksAtSwitch = counters.walks
  }

  /** Forgets every translation. */
  invalidateAll(): void {
    this.ports.counters.invalidations.all++
    this.ports.shadow.invalidateAll()
  }

  /** Forgets the non-global translations of an ASID. */
  invalidateAsid(asid: number): void {
    this.ports.counters.invalidations.asid++
    this.ports.shadow.invalidateAsid(asid)
  }

  /** Forgets the translation of an address in an ASID, and the global one. */
  invalidateVa(va: VirtualAddress, asid: number): void {
    this.ports.counters.invalidations.va++
    this.ports.shadow.invalidateVa(va, asid)
  }

  /** Forgets the translations of an address in every ASID. */
  invalidateVaAllAsid(va: VirtualAddress): void {
    this.ports.counters.invalidations.vaAllAsid++
    this.ports.shadow.invalidateVaAllAsid(va)
  }

  /** Forgets every translation to the 4 KiB page of a physical address. */
  invalidatePhysical(pa: PhysicalAddress): void {
    this.ports.counters.invalidations.physical++
    this.ports.shadow.invalidatePhysical(physicalPage(pa))
  }

  private walk(va: VirtualAddress, kind: AccessKind, privileged: boolean): PhysicalAddress {
    const { counters, shadow } = this.ports
    const { result } = this
    counters.walks++
    if (!this.probe(va, kind, privileged, result)) {
      return this.fail(result.fault ?? "translation", result.level, result.domain, va, kind, privileged ? 1 : 0)
    }
    this.isWholePage = result.sizeLog2 >= PAGE_SHIFT
    this.isGlobal = result.global
    this.domain = result.domain
    if (this.isWholePage) {
      const flags = packFlags(result.permissions, result.global, result.memoryType, result.domain)
      shadow.insert(va, physicalPage(result.pa), flags, result.sizeLog2)
    }
    return result.pa
  }

  private domainAccess(domain: number): number {
    if (domain === NO_DOMAIN) return CLIENT
    const access = (this.access >>> (2 * domain)) & 3
    return (access & 1) === 0 ? 0 : access
  }

  private permits(permissions: number, domain: number, kind: AccessKind, privileged: boolean): boolean {
    const access = this.domainAccess(domain)
    if (access === CLIENT) return (permissions & permissionBit(kind, privileged)) !== 0
    return access === MANAGER
  }
}

/** Domains that may do less under `to` than under `from`: bit 2n for domain n. */
function narrowed(from: DomainAccess, to: DomainAccess): number {
  const lostAccess = from & ~to
  const lostManager = from & (from >>> 1) & ~(to & (to >>> 1))
  return (lostAccess | lostManager) & 0x5555_5555
}
