// Memory accesses as generated code names them: a number for the slow path, the opcode for the fast one.

import type { Access } from "../ir/index.ts"
import { MEMORY } from "../wasm/index.ts"
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

/** The opcode that makes the access in linear memory. */
export function memoryOpcode({ bytes, signed }: Access, kind: "read" | "write"): number {
  const { i32, i64 } = MEMORY
  if (kind === "write") return { 1: i32.store8, 2: i32.store16, 4: i32.store, 8: i64.store }[bytes]
  return { 1: signed ? i32.load8S : i32.load8U, 2: signed ? i32.load16S : i32.load16U, 4: i32.load, 8: i64.load }[bytes]
}
