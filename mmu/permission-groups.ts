// Permission groups: sets of pages whose access can be changed at once, without a change of their translations.

import type { AccessKind } from "./access.ts"
import { ALL_PERMISSIONS, NO_GROUP, permissionBit, permissionsOfLevel } from "./access.ts"
import type { MmuCounters } from "./counters.ts"

/** What a group's access does to the permissions of its pages: bits of access.ts that it leaves, and bits that it adds. */
export type GroupAccess = { readonly keeps: number; readonly grants: number }

/** The pages of the group may not be accessed. */
export const NO_ACCESS: GroupAccess = { keeps: 0, grants: 0 }
/** The pages' permissions hold as they are. */
export const AS_MAPPED: GroupAccess = { keeps: ALL_PERMISSIONS, grants: 0 }
/** Everything is permitted, whatever the pages' permissions are. */
export const UNCHECKED: GroupAccess = { keeps: ALL_PERMISSIONS, grants: ALL_PERMISSIONS }

/** What permission groups are made of. */
export type PermissionGroupPorts = {
  /** The TLB, as far as groups reach it. */
  readonly tlb: { dropGroup(group: number, level: number): void }
  /** Privilege levels of the CPU. */
  readonly levels: number
  readonly counters: MmuCounters
  /** Access of a group that was never set. */
  readonly initial: GroupAccess
  /**
   * If given, a group that loses access keeps its entries of level 0 in the TLB. The port gets told whether there are
   * such stale entries. While there are, its owner must not let code probe the block of level 0: the first translation
   * for that level drops them, unless access came back before.
   */
  readonly hideLeastPrivileged?: (hidden: boolean) => void
}

/**
 * The access of each permission group of one CPU, and the TLB entries that depend on it. Shadow tables do not: they keep
 * the pages' own permissions.
 */
export class PermissionGroups {
  readonly #ports: PermissionGroupPorts
  readonly #access = new Map<number, GroupAccess>()
  /** Access, by group, under which entries of level 0 may have been filled, where it has changed since. */
  readonly #filledUnder = new Map<number, GroupAccess>()
  /** Groups that may do less at level 0 than when their entries were filled. */
  readonly #stale = new Set<number>()

  constructor(ports: PermissionGroupPorts) {
    this.#ports = ports
  }

  /** The access of a group. */
  accessOf(group: number): GroupAccess {
    if (group === NO_GROUP) return AS_MAPPED
    return this.#access.get(group) ?? this.#ports.initial
  }

  /** Whether an access to a page with some permissions is permitted; otherwise the fault. */
  check(permissions: number, group: number, kind: AccessKind, level: number): "group" | "groupPermission" | boolean {
    const { keeps, grants } = this.accessOf(group)
    const bit = permissionBit(kind, level)
    if ((((permissions & keeps) | grants) & bit) !== 0) return true
    if ((keeps | grants) === 0) return "group"
    return (permissions & bit) !== 0 && "groupPermission"
  }

  /** Changes the access of a group. What it loses leaves the TLB, or is hidden. */
  set(group: number, access: GroupAccess): void {
    const before = this.accessOf(group)
    if (before.keeps === access.keeps && before.grants === access.grants) return
    const { tlb, levels, counters, hideLeastPrivileged } = this.#ports
    counters.groupChanges++
    this.#access.set(group, access)
    const lost = lostBits(before, access)
    let dropped = false
    for (let level = hideLeastPrivileged ? 1 : 0; level < levels; level++) {
      if ((lost & permissionsOfLevel(level)) === 0) continue
      tlb.dropGroup(group, level)
      dropped = true
    }
    if (dropped) counters.groupDrops++
    if (hideLeastPrivileged) this.#hide(group, before, access, hideLeastPrivileged)
  }

  /** Before a translation for level 0: drops its entries of groups that lost access and did not get it back. */
  settle(): void {
    if (this.#filledUnder.size === 0) return
    for (const group of this.#stale) {
      this.#ports.counters.groupDrops++
      this.#ports.tlb.dropGroup(group, 0)
    }
    this.#filledUnder.clear()
    if (this.#stale.size === 0) return
    this.#stale.clear()
    this.#ports.hideLeastPrivileged?.(false)
  }

  #hide(group: number, before: GroupAccess, access: GroupAccess, hide: (hidden: boolean) => void): void {
    const filled = this.#filledUnder.get(group) ?? before
    this.#filledUnder.set(group, filled)
    const wasHidden = this.#stale.size > 0
    if ((lostBits(filled, access) & permissionsOfLevel(0)) !== 0) this.#stale.add(group)
    else this.#stale.delete(group)
    const isHidden = this.#stale.size > 0
    if (isHidden !== wasHidden) hide(isHidden)
  }
}

/** Permissions that some page may have under `from` and not under `to`. */
function lostBits(from: GroupAccess, to: GroupAccess): number {
  return (from.keeps & ~to.keeps) | (from.grants & ~to.grants)
}
