// Accesses, permissions, regimes and faults: the words that walkers, shadow tables and the slow path share.

/** What an access does; READ, WRITE or FETCH. */
export type AccessKind = 0 | 1 | 2

/** A load. */
export const READ = 0
/** A store. */
export const WRITE = 1
/** An instruction fetch. */
export const FETCH = 2

/** How an access treats an address that is no multiple of its size; "unchecked" takes it whatever else is asked for. */
export type Alignment = "any" | "required" | "rotate" | "unchecked"

/** One guest memory access, as fixed at translation. */
export type Access = {
  /** Bytes: 1, 2, 4 or 8. */
  readonly bytes: 1 | 2 | 4 | 8
  /** Sign-extends a load to its result type. */
  readonly signed: boolean
  readonly align: Alignment
  /** Makes the access with user permissions whatever the CPU's privilege (LDRT, STRT). */
  readonly asUser: boolean
}

// Permission bit of an access: 1 << (kind + 3 * privileged).
export const USER_READ = 1 << 0
export const USER_WRITE = 1 << 1
export const USER_EXECUTE = 1 << 2
export const PRIVILEGED_READ = 1 << 3
export const PRIVILEGED_WRITE = 1 << 4
export const PRIVILEGED_EXECUTE = 1 << 5
export const ALL_PERMISSIONS = 0x3f

/** The permission bit that an access needs. */
export function permissionBit(kind: AccessKind, privileged: boolean): number {
  return 1 << (kind + (privileged ? 3 : 0))
}

/** Translation regimes: bit 0 says privileged, bit 1 big-endian data. */
export const REGIMES = 4
export const REGIME_USER = 0
export const REGIME_PRIVILEGED = 1
export const REGIME_BIG_ENDIAN = 2

/** What kind of memory a page is; only Normal memory may be read twice or ahead. */
export type MemoryType = "normal" | "device" | "stronglyOrdered"

/** Domain of a translation whose format has no domains: always Client. */
export const NO_DOMAIN = 16

/** Number of domains, NO_DOMAIN included. */
export const DOMAINS = 17

/** Why an access failed; "external" is an abort of the access itself, "externalOnWalk" of a table read. */
export type FaultKind =
  | "alignment"
  | "translation"
  | "accessFlag"
  | "domain"
  | "permission"
  | "externalOnWalk"
  | "external"

/** A failed access, as the architecture's exception code gets it. */
export type Fault = {
  readonly kind: FaultKind
  /** Level of the descriptor that decided it, from 1; 0 if none did. */
  readonly level: number
  /** Domain of that descriptor; 0 where the format defines none. */
  readonly domain: number
}

/** A failed access of the guest, with what was tried. */
export type GuestFault = Fault & {
  /** Address of the first byte that could not be accessed, unsigned. */
  readonly va: number
  readonly write: boolean
  readonly fetch: boolean
  readonly privileged: boolean
}
