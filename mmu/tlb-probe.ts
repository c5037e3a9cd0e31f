// The software TLB's probe in generated code (layout: tlb.ts).

import { type Code, MEMORY, OP } from "../cpu/wasm/index.ts"
import { PAGE_SHIFT } from "./address.ts"
import { FETCH_TABLE, READ_TABLE, TABLE_BYTES, WRITE_TABLE } from "./tlb.ts"

/** Locals of the generated function that take part in a probe. */
export type ProbeLocals = { readonly tlb: number; readonly address: number; readonly entry: number }

/** An access, as far as the probe looks at it. */
export type ProbedAccess = { readonly bytes: number; readonly asUser: boolean }

/**
 * Writes code that leaves on the stack whether the TLB holds the page and the address is a multiple of the size;
 * the entry is in its local then, for `pushHostAddress`.
 */
export function emitProbe(code: Code, local: ProbeLocals, access: ProbedAccess, kind: "read" | "write"): void {
  // An entry is 4 bytes: (address >>> 12) << 2 in two steps.
  code
    .get(local.address)
    .i32(PAGE_SHIFT - 2)
    .u8(OP.i32ShrU)
    .i32(0x3f_fffc)
    .u8(OP.i32And)
  code.get(local.tlb)
  if (access.asUser) code.i32(~(1 << 24)).u8(OP.i32And)
  code
    .u8(OP.i32Add)
    .memory(MEMORY.i32.load, kind === "write" ? WRITE_TABLE : READ_TABLE)
    .tee(local.entry)
  if (access.bytes > 1) code.get(local.address).u8(OP.i32Or)
  code
    .i32(Math.max(access.bytes - 1, 1))
    .u8(OP.i32And)
    .u8(OP.i32Eqz)
}

/** Pushes the address in linear memory of what the probe found. */
export function pushHostAddress(code: Code, entry: number, address: number): void {
  code.get(entry).get(address).u8(OP.i32Add)
}

/** Bytes from a regime's block to its fetch table of that instruction set. */
export const fetchTable = (isa: number): number => FETCH_TABLE + isa * TABLE_BYTES
