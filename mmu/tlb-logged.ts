// What both shapes of the software TLB do by their log alone: they drop entries in groups, and follow no table for that.

import { PAGE_SHIFT } from "./address.ts"
import type { TlbLog } from "./tlb-log.ts"

/** A TLB that logs its fills. */
export abstract class LoggedTlb {
  protected abstract readonly log: TlbLog

  get overflows(): number {
    return this.log.overflows
  }

  dropAll(): void {
    this.log.dropAll()
  }

  dropRange(range: number): void {
    this.log.dropRange(range)
  }

  dropNonGlobal(): void {
    this.log.dropNonGlobal()
  }

  dropGroup(group: number, level: number): void {
    this.log.dropGroup(group, level)
  }

  makeWriteSlow(hostPage: number): void {
    this.log.dropWritersOf(hostPage >>> PAGE_SHIFT)
  }

  dropFetchOf(pointer: number): void {
    this.log.dropFetchersOf(pointer | 0)
  }
}
