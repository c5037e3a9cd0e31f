// Addresses of a 32-bit guest: virtual and physical ones are different types, so that mixing them does not compile.

declare const virtualBrand: unique symbol
declare const physicalBrand: unique symbol

/** A guest virtual address of 32 bits, held as a signed or an unsigned number: use bit operations only. */
export type VirtualAddress = number & { readonly [virtualBrand]: true }

/** A guest physical address of up to 40 bits, never negative: no bit operation on it keeps more than 32 bits. */
export type PhysicalAddress = number & { readonly [physicalBrand]: true }

/** Bytes of the smallest unit that the software TLB and the shadow tables translate. */
export const PAGE_BYTES = 4096

/** log2 of PAGE_BYTES. */
export const PAGE_SHIFT = 12

const WORD = 0x1_0000_0000

/** The low 32 bits of a number, as a virtual address between 0 and 2^32 - 1. */
export function virtualAddress(value: number): VirtualAddress {
  return (value >>> 0) as VirtualAddress
}

/** A non-negative number of at most 40 bits, as a physical address. */
export function physicalAddress(value: number): PhysicalAddress {
  return value as PhysicalAddress
}

/** The physical address whose bits [31:0] are `low` and whose bits [39:32] are the low 8 bits of `high`. */
export function physicalFromWords(high: number, low: number): PhysicalAddress {
  return ((high & 0xff) * WORD + (low >>> 0)) as PhysicalAddress
}

/** Number of the 4 KiB page that holds a physical address. */
export function physicalPage(pa: PhysicalAddress): number {
  return Math.floor(pa / PAGE_BYTES)
}

/** First address of a physical page, given by number. */
export function physicalPageAddress(page: number): PhysicalAddress {
  return (page * PAGE_BYTES) as PhysicalAddress
}

/** Offset of an address, virtual or physical, within its 4 KiB page. */
export function pageOffset(address: VirtualAddress | PhysicalAddress): number {
  return address & (PAGE_BYTES - 1)
}

/** The physical address some bytes further on. */
export function physicalPlus(pa: PhysicalAddress, bytes: number): PhysicalAddress {
  return (pa + bytes) as PhysicalAddress
}

/** The virtual address some bytes further on, wrapping at 2^32. */
export function virtualPlus(va: VirtualAddress, bytes: number): VirtualAddress {
  return ((va + bytes) >>> 0) as VirtualAddress
}
