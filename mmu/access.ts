// Kinds of access, permissions, memory types and faults: the words that walkers, shadow tables and the slow path share.

import type { VirtualAddress } from "./address.ts"

/** What an access does; READ, WRITE or FETCH. */
export type AccessKind = 0 | 1 | 2

/** A load. */
export const READ = 0
/** A store. */
export const WRITE = 1
/** An instruction fetch. */
export const FETCH = 2

/** Maximum number of privilege levels of an architecture; level 0 is the least privileged. */
export const MAX_LEVELS = 4

/** The permission bit that an access needs: one for each kind and privilege level. */
export function permissionBit(kind: AccessKind, level: number): number {
  return 1 << (kind + 3 * level)
}

/** The permission bits of all kinds of access at a privilege level. */
export function permissionsOfLevel(level: number): number {
  return 7 << (3 * level)
}

/** Every permission at every level. */
export const ALL_PERMISSIONS = (1 << (3 * MAX_LEVELS)) - 1

/**
 * What kind of memory a page is. Only "normal" memory may be read twice or ahead. "ordered" memory is a device whose
 * accesses must not even be buffered.
 */
export type MemoryType = "normal" | "device" | "ordered"

/** Group of a translation without a permission group: the permissions of its page apply unchanged. */
export const NO_GROUP = -1

/**
 * Why an access failed. "group": the permission group grants no access at all. "groupPermission": the page permits the
 * access, but its group forbids that kind. "external": the access itself failed on the bus. "externalOnWalk": a read of
 * a table did.
 */
export type FaultKind =
  | "alignment"
  | "translation"
  | "accessFlag"
  | "group"
  | "groupPermission"
  | "permission"
  | "externalOnWalk"
  | "external"

/** A failed access, in the form that the architecture's exception code takes. */
export type Fault = {
  readonly kind: FaultKind
  /** Level of the descriptor that decided it, as the walker counts levels from 1; 0 if no descriptor did. */
  readonly level: number
  /** Permission group of that descriptor, if it has one. */
  readonly group?: number
}

/** A failed access of the guest: the reason and the access. */
export type GuestFault = Fault & {
  /** Address of the first byte that could not be accessed, unsigned. */
  readonly va: VirtualAddress
  readonly write: boolean
  readonly fetch: boolean
  /** Privilege level that the access had. */
  readonly privilege: number
}
