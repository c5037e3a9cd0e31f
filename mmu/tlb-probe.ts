// The software TLB's probe in generated code (layout: tlb.ts).

import { type Code, MEMORY, OP } from "../cpu/wasm/index.ts"
import { PAGE_BYTES, PAGE_SHIFT } from "./address.ts"
import { FETCH_TABLE, READ_TABLE, TABLE_BYTES, WRITE_TABLE } from "./tlb.ts"

/** What takes part in a probe: locals of the generated function, and code that pushes the address of the block to probe. */
export type Probe = { readonly address: number; readonly entry: number; readonly pushBlock: () => void }

/**
 * Writes code that leaves on the stack whether the TLB holds the page and the address is a multiple of the size;
 * the entry is in its local then, for `pushHostAddress`.
 */
export function emitProbe(code: Code, probe: Probe, bytes: number, kind: "read" | "write"): void {
  emitEntry(code, probe, kind)
  if (bytes > 1) code.get(probe.address).u8(OP.i32Or)
  code
    .i32(Math.max(bytes - 1, 1))
    .u8(OP.i32And)
    .u8(OP.i32Eqz)
}

/**
 * Writes code that leaves on the stack whether so many bytes at the address are not all in one page that the TLB holds, or
 * the address is not aligned as told; else the entry is in its local.
 */
export function emitMissTest(
  code: Code,
  probe: Probe,
  { bytes, alignment }: { readonly bytes: number; readonly alignment: number },
  kind: "read" | "write",
): void {
  emitEntry(code, probe, kind)
  if (bytes === 1) {
    code.i32(1).u8(OP.i32And)
    return
  }
  code.get(probe.address).u8(OP.i32Or)
  if (alignment >= bytes) {
    code.i32(bytes - 1).u8(OP.i32And)
    return
  }
  // An entry that is not valid has all bits set.
  code.i32(PAGE_BYTES - 1).u8(OP.i32And)
  // The bits that have to be zero become the highest.
  const shift = Math.log2(alignment)
  if (shift > 0) code.i32(shift).u8(OP.i32Rotr)
  code.i32((PAGE_BYTES - bytes) >>> shift).u8(OP.i32GtU)
}

// Pushes the page's entry, which is in its local as well.
function emitEntry(code: Code, { address, entry, pushBlock }: Probe, kind: "read" | "write"): void {
  // An entry is 4 bytes: (address >>> 12) << 2 in two steps.
  code
    .get(address)
    .i32(PAGE_SHIFT - 2)
    .u8(OP.i32ShrU)
    .i32(0x3f_fffc)
    .u8(OP.i32And)
  pushBlock()
  code
    .u8(OP.i32Add)
    .memory(MEMORY.i32.load, kind === "write" ? WRITE_TABLE : READ_TABLE)
    .tee(entry)
}

/** Pushes the address in linear memory of what the probe found. */
export function pushHostAddress(code: Code, entry: number, address: number): void {
  code.get(entry).get(address).u8(OP.i32Add)
}

/** Bytes from the start of a block to its fetch table of that instruction set. */
export const fetchTable = (isa: number): number => FETCH_TABLE + isa * TABLE_BYTES
