// A walker without tables: a list of mapped pages, for tests of what no architecture's format is needed for.

import { type AccessKind, ALL_PERMISSIONS, NO_GROUP } from "../../mmu/access.ts"
import { pageNumber, pageOffset, physicalAddress, type VirtualAddress } from "../../mmu/address.ts"
import type { Walk, Walker } from "../../mmu/walk.ts"

/** A page as it is mapped. */
export type PlainPage = {
  readonly pa: number
  readonly permissions?: number
  readonly global?: boolean
  readonly group?: number
  readonly sizeLog2?: number
}

/** Maps pages by number; `map` changes at will. */
export class PlainWalker implements Walker {
  readonly granule = 4096
  readonly physicalBits = 50
  readonly map = new Map<number, PlainPage>()

  walk(va: VirtualAddress, _kind: AccessKind, _level: number, into: Walk): boolean {
    const page = this.map.get(pageNumber(va))
    if (page === undefined) return into.fail("translation", 1)
    into.fault = undefined
    into.level = 1
    into.group = page.group ?? NO_GROUP
    into.pa = physicalAddress(page.pa + pageOffset(va))
    into.sizeLog2 = page.sizeLog2 ?? 12
    into.permissions = page.permissions ?? ALL_PERMISSIONS
    into.global = page.global ?? false
    into.memoryType = "normal"
    return true
  }
}
