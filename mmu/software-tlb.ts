// Chooses the shape of the software TLB by the width of the architecture's addresses.

import type { SoftwareTlb, TlbOptions } from "./tlb.ts"
import { FlatTlb } from "./tlb-flat.ts"
import { TaggedTlb } from "./tlb-tagged.ts"

/** A TLB at an offset in linear memory; its probe is `probeOf(addressType)`. */
export function softwareTlb(
  addressType: "i32" | "i64",
  buffer: ArrayBuffer,
  origin: number,
  options: TlbOptions,
): SoftwareTlb {
  return addressType === "i64" ? new TaggedTlb(buffer, origin, options) : new FlatTlb(buffer, origin, options)
}
