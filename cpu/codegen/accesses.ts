// Memory accesses as generated code names them to the slow path: by a number.

import type { Access } from "../ir/index.ts"
import { ALIGNMENTS } from "./layout.ts"

/** Number that stands for an access in calls to the slow path. */
export function accessCode(a: Access): number {
  return a.bytes | (a.signed ? 16 : 0) | (ALIGNMENTS.indexOf(a.align) << 5) | (a.asUser ? 128 : 0)
}

/** The access that a code stands for. */
export const ACCESSES: readonly Access[] = Array.from({ length: 256 }, (_, code) => ({
  bytes: (code & 15) as Access["bytes"],
  signed: (code & 16) !== 0,
  align: ALIGNMENTS[(code >> 5) & 3] ?? "any",
  asUser: (code & 128) !== 0,
}))
