// Domains, the permission groups of the short-descriptor formats. ARM DDI 0406C, B3.7.3 and B4.1.43 (DACR).

import type { GroupAccess, PermissionGroups } from "../permission-groups.ts"
import { AS_MAPPED, NO_ACCESS, UNCHECKED } from "../permission-groups.ts"

/** Number of domains. */
export const DOMAINS = 16

/** By a domain's field of DACR: No access, Client, reserved (no access), Manager. */
const ACCESS: readonly GroupAccess[] = [NO_ACCESS, AS_MAPPED, NO_ACCESS, UNCHECKED]

/** Access of a domain before DACR is written for the first time. */
export const INITIAL_DOMAIN_ACCESS = AS_MAPPED
const INITIAL_DACR = 0x5555_5555

/** DACR, as it acts on permission groups. */
export class Domains {
  readonly #groups: PermissionGroups
  #dacr = INITIAL_DACR

  /** The groups begin with INITIAL_DOMAIN_ACCESS. */
  constructor(groups: PermissionGroups) {
    this.#groups = groups
  }

  /** Gives each domain the access that a value of DACR says. */
  setDacr(dacr: number): void {
    const changed = dacr ^ this.#dacr
    this.#dacr = dacr
    for (let bits = (changed | (changed >>> 1)) & 0x5555_5555; bits !== 0; bits &= bits - 1) {
      const shift = 31 - Math.clz32(bits & -bits)
      this.#groups.set(shift / 2, ACCESS[(dacr >>> shift) & 3]!)
    }
  }
}
