// Numbers for kinds of memory access: generated code passes one to the slow path.

import type { Access } from "../ir/index.ts"
import { ALIGNMENTS } from "./layout.ts"

/** Encodes a kind of access of up to 8 bytes in 8 bits, for calls of the slow path. */
export function accessCode(a: Access): number {
  return a.bytes | (a.signed ? 16 : 0) | (ALIGNMENTS.indexOf(a.align) << 5) | (a.asUser ? 128 : 0)
}

/** The kind of access for each number that `accessCode` gives. */
export const ACCESSES: readonly Access[] = Array.from({ length: 256 }, (_, code) => ({
  bytes: (code & 15) as Access["bytes"],
  signed: (code & 16) !== 0,
  align: ALIGNMENTS[(code >> 5) & 3] ?? "any",
  asUser: (code & 128) !== 0,
}))
