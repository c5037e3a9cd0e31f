// How generated code looks the software TLB up: one object for each shape of it. No engine knows the layout.

import { type Code, MEMORY, OP } from "../cpu/wasm/index.ts"
import { PAGE_BYTES, PAGE_SHIFT } from "./address.ts"
import { BLOCK_BYTES, FETCH_TABLE, READ_TABLE, TABLE_BYTES, TLB_BYTES, WRITE_TABLE } from "./tlb.ts"

/**
 * What takes part in a lookup: the local of the virtual address, a local for what is found (i32), and code that pushes
 * the address of the block to probe.
 */
export type Lookup = { readonly address: number; readonly entry: number; readonly pushBlock: () => void }

/** Bytes accessed, and the power of two of which the address must be a multiple. */
export type Extent = { readonly bytes: number; readonly alignment: number }

/** The probe of a TLB of one shape. */
export type TlbProbe = {
  /** Type of virtual addresses. */
  readonly addressType: "i32" | "i64"
  /** Bytes from one block to the next; a block belongs to each privilege, and the last one is always empty. */
  readonly blockBytes: number
  /** Bytes of all blocks. */
  readonly bytes: number
  /**
   * Writes code that leaves on the stack whether the extent at the address is not all in one page that the TLB holds, or
   * not aligned; else what was found is in its local.
   */
  emitMissTest(code: Code, lookup: Lookup, extent: Extent, kind: "read" | "write"): void
  /** Pushes the address in linear memory (i32) of what the lookup found. */
  pushHostAddress(code: Code, entry: number, address: number): void
  /**
   * Pushes the pointer of the predecoded page (i32) that the TLB holds for fetches at an address, or 0. `isa` is the
   * number of the instruction set, or code that pushes it.
   */
  pushFetchEntry(
    code: Code,
    lookup: { readonly pushAddress: () => void; readonly pushBlock: () => void; readonly isa: number | (() => void) },
  ): void
}

// An entry is 4 bytes: (address >>> 12) << 2 in two steps.
function pushIndex(code: Code): void {
  code
    .i32(PAGE_SHIFT - 2)
    .u8(OP.i32ShrU)
    .i32(0x3f_fffc)
    .u8(OP.i32And)
}

/** The probe of the flat tables of 32-bit guests (layout: tlb.ts). */
export const flatProbe: TlbProbe = {
  addressType: "i32",
  blockBytes: BLOCK_BYTES,
  bytes: TLB_BYTES,
  emitMissTest(code, { address, entry, pushBlock }, { bytes, alignment }, kind) {
    code.get(address)
    pushIndex(code)
    pushBlock()
    code
      .u8(OP.i32Add)
      .memory(MEMORY.i32.load, kind === "write" ? WRITE_TABLE : READ_TABLE)
      .tee(entry)
    if (bytes === 1) {
      code.i32(1).u8(OP.i32And)
      return
    }
    code.get(address).u8(OP.i32Or)
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
  },
  pushHostAddress(code, entry, address) {
    code.get(entry).get(address).u8(OP.i32Add)
  },
  pushFetchEntry(code, { pushAddress, pushBlock, isa }) {
    pushAddress()
    pushIndex(code)
    pushBlock()
    code.u8(OP.i32Add)
    if (typeof isa === "number") {
      code.memory(MEMORY.i32.load, FETCH_TABLE + isa * TABLE_BYTES)
      return
    }
    isa()
    code.i32(Math.log2(TABLE_BYTES)).u8(OP.i32Shl).u8(OP.i32Add).memory(MEMORY.i32.load, FETCH_TABLE)
  },
}

/** The probe for addresses of that type. */
export function probeOf(_addressType: "i32" | "i64"): TlbProbe {
  return flatProbe
}
