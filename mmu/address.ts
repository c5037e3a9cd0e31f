// Addresses of a guest: virtual and physical ones are different types, so that mixing them does not compile.

declare const virtualBrand: unique symbol
declare const virtualBrand64: unique symbol
declare const physicalBrand: unique symbol

/** A virtual address of 32 bits, signed or unsigned. */
export type VirtualAddress32 = number & { readonly [virtualBrand]: true }

/** A virtual address of 64 bits, signed or unsigned. Never convert a whole one to a number, which would round it. */
export type VirtualAddress64 = bigint & { readonly [virtualBrand64]: true }

/** A virtual address of a guest of either width. */
export type VirtualAddress = VirtualAddress32 | VirtualAddress64

/** A physical address of up to 50 bits, never negative. Bit operations would cut it to 32 bits: use arithmetic. */
export type PhysicalAddress = number & { readonly [physicalBrand]: true }

/** Bytes of the smallest unit that the software TLB and the shadow tables translate. */
export const PAGE_BYTES = 4096

/** log2 of PAGE_BYTES. */
export const PAGE_SHIFT = 12

/** Maximum width of a physical address in bits. */
export const MAX_PHYSICAL_BITS = 50

const WORD = 0x1_0000_0000

/** The low 32 bits of a number, as a virtual address between 0 and 2^32 - 1. */
export function virtualAddress(value: number): VirtualAddress32 {
  return (value >>> 0) as VirtualAddress32
}

/** The low 64 bits of a bigint, as a virtual address between 0 and 2^64 - 1. */
export function virtualAddress64(value: bigint): VirtualAddress64 {
  return BigInt.asUintN(64, value) as VirtualAddress64
}

/** A non-negative number of at most 50 bits, as a physical address. */
export function physicalAddress(value: number): PhysicalAddress {
  return value as PhysicalAddress
}

/** The physical address with `high`, at most 18 bits, above the 32 bits of `low`. */
export function physicalFromWords(high: number, low: number): PhysicalAddress {
  return (high * WORD + (low >>> 0)) as PhysicalAddress
}

/** The same address, between 0 and 2^32 - 1 or 2^64 - 1. */
export function unsigned(va: VirtualAddress): VirtualAddress {
  return typeof va === "number" ? virtualAddress(va) : virtualAddress64(va)
}

/** Bits [31:0] of a virtual address, unsigned. */
export function virtualLow(va: VirtualAddress): number {
  return typeof va === "number" ? va >>> 0 : Number(BigInt.asUintN(32, va))
}

/** Number of the 4 KiB page that holds a virtual address: 20 or 52 bits. */
export function pageNumber(va: VirtualAddress): number {
  return typeof va === "number" ? va >>> PAGE_SHIFT : Number(BigInt.asUintN(64, va) >> BigInt(PAGE_SHIFT))
}

/** Offset of an address, virtual or physical, within its 4 KiB page. */
export function pageOffset(address: VirtualAddress | PhysicalAddress): number {
  return typeof address === "number" ? address & (PAGE_BYTES - 1) : Number(BigInt.asUintN(PAGE_SHIFT, address))
}

/** The virtual address some bytes further on, wrapping at 2^32 or 2^64. */
export function virtualPlus(va: VirtualAddress, bytes: number): VirtualAddress {
  return typeof va === "number" ? virtualAddress(va + bytes) : virtualAddress64(va + BigInt(bytes))
}

/** Number of the 4 KiB page that holds a physical address. */
export function physicalPage(pa: PhysicalAddress): number {
  return Math.floor(pa / PAGE_BYTES)
}

/** First address of a physical page, given by number. */
export function physicalPageAddress(page: number): PhysicalAddress {
  return (page * PAGE_BYTES) as PhysicalAddress
}

/** The physical address some bytes further on. */
export function physicalPlus(pa: PhysicalAddress, bytes: number): PhysicalAddress {
  return (pa + bytes) as PhysicalAddress
}
