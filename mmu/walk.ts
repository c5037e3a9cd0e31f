// What a page-table walker is: a function from a virtual address to a mapping or a fault, without caches or checks.

import type { FaultKind, MemoryType } from "./access.ts"
import { ALL_PERMISSIONS, NO_DOMAIN } from "./access.ts"
import type { PhysicalAddress, VirtualAddress } from "./address.ts"
import { physicalAddress } from "./address.ts"

/** Reads a table word at a physical address, in little-endian order; undefined is an external abort. */
export type Read32 = (pa: PhysicalAddress) => number | undefined

/** Result of a walk, written in place so that a walk allocates nothing. Without a fault the other fields hold. */
export class Walk {
  /** Translation, access flag or external abort; the permission and domain checks are the caller's. */
  fault: FaultKind | undefined = undefined
  /** Level of the descriptor that ended the walk, from 1; 0 with the MMU off. */
  level = 0
  /** 0–15, or NO_DOMAIN; of a fault: 0 if the descriptor gives none. */
  domain = NO_DOMAIN
  /** Physical address of the byte asked for. */
  pa: PhysicalAddress = physicalAddress(0)
  /** log2 of the bytes mapped alike: less than 12 if the 4 KiB page around is not mapped as one. */
  sizeLog2 = 12
  /** Permission bits of access.ts, as for a Client of the domain. */
  permissions = 0
  /** Valid in every address space. */
  global = true
  memoryType: MemoryType = "normal"

  /** Ends the walk with a fault: false. */
  fail(kind: FaultKind, level: number, domain: number): false {
    this.fault = kind
    this.level = level
    this.domain = domain
    return false
  }

  /** Ends the walk with the identity mapping of an MMU that is off: true. */
  flat(va: VirtualAddress, memoryType: MemoryType): true {
    this.fault = undefined
    this.level = 0
    this.domain = NO_DOMAIN
    this.pa = physicalAddress(va >>> 0)
    this.sizeLog2 = 12
    this.permissions = ALL_PERMISSIONS
    this.global = true
    this.memoryType = memoryType
    return true
  }
}

/** Translates by the guest's page tables as they are now. */
export type Walker = {
  /** True with the mapping in `into`, false with the fault. */
  walk(va: VirtualAddress, into: Walk): boolean
}
