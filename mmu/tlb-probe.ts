// The lookup of the software TLB in generated code: one probe for each shape. No engine knows the layout.

import { type Code, MEMORY, OP } from "../cpu/wasm/index.ts"
import { PAGE_BYTES, PAGE_SHIFT } from "./address.ts"
import { FLAT } from "./tlb-flat.ts"
import { TAGGED } from "./tlb-tagged.ts"

/**
 * What takes part in a lookup: the local of the virtual address, a local for what is found (i32), and code that pushes
 * the address of the block to probe.
 */
export type Lookup = { readonly address: number; readonly entry: number; readonly pushBlock: () => void }

/** Bytes accessed, and the alignment required of the address, a power of two. */
export type Extent = { readonly bytes: number; readonly alignment: number }

/** The probe of a TLB of one shape. */
export type TlbProbe = {
  /** Type of virtual addresses. */
  readonly addressType: "i32" | "i64"
  /** Bytes from one block to the next; a block belongs to each privilege level, and the last one is always empty. */
  readonly blockBytes: number
  /** Bytes of all blocks for a number of privilege levels. */
  bytes(levels: number): number
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

/** The probe for a width of virtual addresses. */
export function probeOf(addressType: "i32" | "i64"): TlbProbe {
  return addressType === "i64" ? taggedProbe : flatProbe
}

// An entry is 4 bytes: (address >>> 12) << 2 in two steps.
function pushFlatIndex(code: Code): void {
  code
    .i32(PAGE_SHIFT - 2)
    .u8(OP.i32ShrU)
    .i32(0x3f_fffc)
    .u8(OP.i32And)
}

/** The probe of the flat tables of 32-bit guests (layout: tlb-flat.ts). */
export const flatProbe: TlbProbe = {
  addressType: "i32",
  blockBytes: FLAT.blockBytes,
  bytes: (levels) => (levels + 1) * FLAT.blockBytes,
  emitMissTest(code, { address, entry, pushBlock }, { bytes, alignment }, kind) {
    code.get(address)
    pushFlatIndex(code)
    pushBlock()
    code.u8(OP.i32Add).memory(MEMORY.i32.load, FLAT[kind]).tee(entry)
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
    // Shifts the bits that must be zero to the top.
    const shift = Math.log2(alignment)
    if (shift > 0) code.i32(shift).u8(OP.i32Rotr)
    code.i32((PAGE_BYTES - bytes) >>> shift).u8(OP.i32GtU)
  },
  pushHostAddress(code, entry, address) {
    code.get(entry).get(address).u8(OP.i32Add)
  },
  pushFetchEntry(code, { pushAddress, pushBlock, isa }) {
    pushAddress()
    pushFlatIndex(code)
    pushBlock()
    code.u8(OP.i32Add)
    pushTable(code, isa, FLAT.tableBytes)
    code.memory(MEMORY.i32.load, fetchTable(FLAT, isa))
  },
}

// (page number ^ page number >>> foldShift) & mask, times the size of an entry.
function pushTaggedEntry(code: Code, pushAddress: () => void, pushBlock: () => void): void {
  pushAddress()
  pushAddress()
  code.i64(BigInt(TAGGED.foldShift)).u8(OP.i64ShrU).u8(OP.i64Xor).u8(OP.i32Wrap)
  code
    .i32(PAGE_SHIFT - TAGGED.entryShift)
    .u8(OP.i32ShrU)
    .i32(((1 << TAGGED.indexBits) - 1) << TAGGED.entryShift)
    .u8(OP.i32And)
  pushBlock()
  code.u8(OP.i32Add)
}

/** The probe of the tagged tables of 64-bit guests (layout: tlb-tagged.ts). */
export const taggedProbe: TlbProbe = {
  addressType: "i64",
  blockBytes: TAGGED.blockBytes,
  bytes: (levels) => (levels + 1) * TAGGED.blockBytes,
  emitMissTest(code, { address, entry, pushBlock }, { bytes, alignment }, kind) {
    const unit = Math.min(alignment, bytes)
    pushTaggedEntry(code, () => code.get(address), pushBlock)
    code.tee(entry).memory(MEMORY.i64.load, TAGGED[kind] + TAGGED.tag)
    // The page of the last unit of the extent, and the bits by which it may be misaligned: none, if it matches the tag.
    code.get(address)
    if (bytes > unit) code.i64(BigInt(bytes - unit)).u8(OP.i64Add)
    code
      .i64(BigInt(-PAGE_BYTES | (unit - 1)))
      .u8(OP.i64And)
      .u8(OP.i64Ne)
    code
      .get(entry)
      .memory(MEMORY.i32.load, TAGGED[kind] + TAGGED.value)
      .set(entry)
  },
  pushHostAddress(code, entry, address) {
    code.get(entry).get(address).u8(OP.i32Wrap).u8(OP.i32Add)
  },
  pushFetchEntry(code, { pushAddress, pushBlock, isa }) {
    const table = fetchTable(TAGGED, isa)
    const pushEntry = () => {
      pushTaggedEntry(code, pushAddress, pushBlock)
      pushTable(code, isa, TAGGED.tableBytes)
    }
    pushEntry()
    code.memory(MEMORY.i32.load, table + TAGGED.value).i32(0)
    pushEntry()
    code.memory(MEMORY.i64.load, table + TAGGED.tag)
    pushAddress()
    code.i64(BigInt(-PAGE_BYTES)).u8(OP.i64And).u8(OP.i64Eq).select()
  },
}

/** Adds the offset of an instruction set's table to the address on the stack, if the set is known only at run time. */
function pushTable(code: Code, isa: number | (() => void), tableBytes: number): void {
  if (typeof isa === "number") return
  isa()
  code.i32(Math.log2(tableBytes)).u8(OP.i32Shl).u8(OP.i32Add)
}

/** Offset in a block of an instruction set's fetch table; of the first one if the set is known only at run time. */
function fetchTable(layout: typeof FLAT | typeof TAGGED, isa: number | (() => void)): number {
  return layout.fetch + (typeof isa === "number" ? isa * layout.tableBytes : 0)
}
