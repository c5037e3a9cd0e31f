// What a page-table walker is: a function from a virtual address to a mapping or a fault, without caches or checks.

import type { AccessKind, FaultKind, MemoryType } from "./access.ts"
import { ALL_PERMISSIONS, NO_GROUP } from "./access.ts"
import type { PhysicalAddress, VirtualAddress } from "./address.ts"
import { PAGE_SHIFT, physicalAddress } from "./address.ts"

/** Reads a table word at a physical address, in the guest's byte order; undefined is an external abort. */
export type Read32 = (pa: PhysicalAddress) => number | undefined

/** Result of a walk, written in place so that a walk allocates nothing. The mapping is valid only without a fault. */
export class Walk {
  /** The fault that ended the walk. The caller checks permissions and groups. */
  fault: FaultKind | undefined = undefined
  /** Level of the descriptor that ended the walk, from 1; 0 if there was none. */
  level = 0
  /** Permission group of that descriptor, or NO_GROUP. */
  group = NO_GROUP
  /** Physical address of the byte asked for. */
  pa: PhysicalAddress = physicalAddress(0)
  /** log2 of the bytes mapped alike: less than 12 if the 4 KiB page around is not mapped as one. */
  sizeLog2 = PAGE_SHIFT
  /** Permission bits (access.ts) of the page, before those of its group. */
  permissions = 0
  /** Valid in every address space. */
  global = true
  /** The tables had no part in it: the shadow tables, which cache them, do not keep it. */
  isUntranslated = false
  memoryType: MemoryType = "normal"
  /** Memory attributes in the form of the tables (ARM's long format: MAIR's byte, then SH[1:0]); unused by other formats. */
  attributes = 0

  /** Ends the walk with a fault: false. */
  fail(kind: FaultKind, level: number, group = NO_GROUP): false {
    this.fault = kind
    this.level = level
    this.group = group
    return false
  }

  /** Ends the walk with a global page that permits everything, as while translation is off: true. */
  untranslated(pa: PhysicalAddress, memoryType: MemoryType): true {
    this.fault = undefined
    this.isUntranslated = true
    this.level = 0
    this.group = NO_GROUP
    this.pa = pa
    this.sizeLog2 = PAGE_SHIFT
    this.permissions = ALL_PERMISSIONS
    this.global = true
    this.memoryType = memoryType
    this.attributes = 0
    return true
  }
}

/** Translates by the guest's page tables as they are now. */
export type Walker = {
  /** Bytes, a power of two, of the smallest aligned unit that the tables can map by itself. */
  readonly granule: number
  /** Bits of a physical address that the tables can hold, at most 50. */
  readonly physicalBits: number
  /**
   * True with the mapping in `into`, false with the fault. `kind` and `level` say which access asks, for tables that
   * map fetches or privilege levels apart: the permissions found then hold for what was asked.
   */
  walk(va: VirtualAddress, kind: AccessKind, level: number, into: Walk): boolean
}
