// The result of an address translation operation in PAR (ARM DDI 0406C, B4.1.112).

import { faultStatus } from "../../../mmu/arm/fault-status.ts"
import type { Walk } from "../../../mmu/walk.ts"

const F = 1n
const SS = 1n << 1n
const LPAE = 1n << 11n
const SUPERSECTION_LOG2 = 24
const PAGE_MASK = ~0xfffn

/** PAR after a walk: 32 bits in the short-descriptor format, 64 in the long one. */
export function attributesForPar(walk: Walk, done: boolean, long: boolean, write: boolean): bigint {
  if (!done) {
    const fault = { kind: walk.fault ?? ("permission" as const), level: walk.level }
    const status = BigInt(faultStatus(fault, { long, v5: false, write, fetch: true }))
    const fs = long ? status & 0x3fn : ((status >> 10n) << 4n) | (status & 0xfn)
    return F | (fs << 1n) | (long ? LPAE : 0n)
  }
  const page = BigInt(walk.pa) & PAGE_MASK
  if (!long) {
    // Of a supersection, PAR gives bits [31:24] and [39:32] of the address.
    const isSupersection = walk.sizeLog2 === SUPERSECTION_LOG2
    return isSupersection ? (page & 0xff00_0000n) | ((page >> 16n) & 0xff_0000n) | SS : page & 0xffff_ffffn
  }
  const [attribute, shareability] = [BigInt(walk.attributes >> 2), BigInt(walk.attributes & 3)]
  return page | LPAE | (attribute << 56n) | (shareability << 7n)
}
