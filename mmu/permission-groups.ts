// Permission groups: sets of pages whose access can be changed at once, without a change of their translations.

import type { AccessKind } from "./access.ts"
import { ALL_PERMISSIONS, NO_GROUP, permissionBit, permissionsOfLevel } from "./access.ts"
import type { MmuCounters } from "./counters.ts"

/** How a group's access changes its pages' permissions: the bits of access.ts that it keeps, and those that it adds. */
export type GroupAccess = { readonly keeps: number; readonly grants: number }

/** The pages of the group may not be accessed. */
export const NO_ACCESS: GroupAccess = { keeps: 0, grants: 0 }
/** The pages' permissions apply unchanged. */
export const AS_MAPPED: GroupAccess = { keeps: ALL_PERMISSIONS, grants: 0 }
/** Everything is permitted, whatever the pages' permissions are. */
export const UNCHECKED: GroupAccess = { keeps: ALL_PERMISSIONS, grants: ALL_PERMISSIONS }

/** What PermissionGroups works with. */
export type PermissionGroupPorts = {
  /** The TLB, from which lost access is dropped. */
  readonly tlb: { dropGroup(group: number, level: number): void }
  /** Privilege levels of the CPU. */
  readonly levels: number
  readonly counters: MmuCounters
  /** Access of a group that was never set. */
  readonly initial: GroupAccess
  /**
   * If given, a group that loses access keeps its entries of level 0 in the TLB. The port learns whether there are
   * such stale entries. While there are, its owner must not let code probe the block of level 0: the first translation
   * for that level drops them, unless access came back before.
   */
  readonly hideLeastPrivileged?: (hidden: boolean) => void
}

/** The state of one group. */
type Group = {
  readonly number: number
  access: GroupAccess
  /** Access under which entries of level 0 may have been filled, if it has changed since. */
  filledUnder: GroupAccess | undefined
  /** Whether level 0 has less access now than when those entries were filled. */
  isStale: boolean
}

/**
 * The access of each permission group of one CPU, and the TLB entries that depend on it. Shadow tables do not: they keep
 * the pages' own permissions.
 */
export class PermissionGroups {
  readonly #ports: PermissionGroupPorts
  readonly #groups = new Map<number, Group>()
  /** Groups whose access has changed since level 0 last translated. */
  readonly #changed: Group[] = []
  #stale = 0

  constructor(ports: PermissionGroupPorts) {
    this.#ports = ports
  }

  /** The access of a group. */
  accessOf(group: number): GroupAccess {
    if (group === NO_GROUP) return AS_MAPPED
    return this.#groups.get(group)?.access ?? this.#ports.initial
  }

  /** True if an access to a page with these permissions is permitted; else the fault, or false if the page forbids it. */
  check(permissions: number, group: number, kind: AccessKind, level: number): "group" | "groupPermission" | boolean {
    const { keeps, grants } = this.accessOf(group)
    const bit = permissionBit(kind, level)
    if ((((permissions & keeps) | grants) & bit) !== 0) return true
    if ((keeps | grants) === 0) return "group"
    return (permissions & bit) !== 0 && "groupPermission"
  }

  /** Changes the access of a group. What it loses leaves the TLB, or is hidden. */
  set(number: number, access: GroupAccess): void {
    const group = this.#groups.get(number) ?? this.#add(number)
    const before = group.access
    if (before.keeps === access.keeps && before.grants === access.grants) return
    const { levels, counters, hideLeastPrivileged } = this.#ports
    counters.groupChanges++
    group.access = access
    const lost = lostBits(before, access)
    if (lost !== 0) this.#drop(number, lost, hideLeastPrivileged ? 1 : 0, levels)
    if (hideLeastPrivileged) this.#hide(group, before, hideLeastPrivileged)
  }

  /** Before a translation for level 0: drops its entries of groups that lost access and did not get it back. */
  settle(): void {
    if (this.#changed.length > 0) this.#settleChanged()
  }

  #add(number: number): Group {
    const group = { number, access: this.#ports.initial, filledUnder: undefined, isStale: false }
    this.#groups.set(number, group)
    return group
  }

  #drop(group: number, lost: number, firstLevel: number, levels: number): void {
    let dropped = false
    for (let level = firstLevel; level < levels; level++) {
      if ((lost & permissionsOfLevel(level)) === 0) continue
      this.#ports.tlb.dropGroup(group, level)
      dropped = true
    }
    if (dropped) this.#ports.counters.groupDrops++
  }

  #hide(group: Group, before: GroupAccess, hide: (hidden: boolean) => void): void {
    if (group.filledUnder === undefined) {
      group.filledUnder = before
      this.#changed.push(group)
    }
    const isStale = (lostBits(group.filledUnder, group.access) & permissionsOfLevel(0)) !== 0
    if (isStale === group.isStale) return
    group.isStale = isStale
    this.#stale += isStale ? 1 : -1
    if (this.#stale === (isStale ? 1 : 0)) hide(isStale)
  }

  #settleChanged(): void {
    for (const group of this.#changed) {
      if (group.isStale) this.#drop(group.number, permissionsOfLevel(0), 0, 1)
      group.filledUnder = undefined
      group.isStale = false
    }
    this.#changed.length = 0
    if (this.#stale === 0) return
    this.#stale = 0
    this.#ports.hideLeastPrivileged?.(false)
  }
}

/** Permissions that some page may have under `from` and not under `to`. */
function lostBits(from: GroupAccess, to: GroupAccess): number {
  return (from.keeps & ~to.keeps) | (from.grants & ~to.grants)
}
