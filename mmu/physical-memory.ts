// Guest physical memory: RAM inside the host buffer, all else through the bus. It reports writes to pages with code.

import type { ByteOrder } from "../cpu/isa/index.ts"
import type { PhysicalAddress } from "./address.ts"
import { PAGE_BYTES, pageOffset, physicalPage, physicalPlus } from "./address.ts"

/** The devices at physical addresses. Values are the numbers that the CPU sees, whatever its byte order is. */
export type Bus = {
  /** Reads 1, 2 or 4 bytes of a device; undefined is an external abort. */
  read(pa: PhysicalAddress, bytes: number): number | undefined
  /** Writes 1, 2 or 4 bytes to a device, or to memory that is not writable; false is an external abort. */
  write(pa: PhysicalAddress, bytes: number, value: number): boolean
}

/** The owner of predecoded or translated code of guest pages. */
export type CodePages = {
  /** Whether code of a physical page, given by number (address / 4096), was decoded. */
  holdsCode(page: number): boolean
  /** Bytes of such a page changed; they lie within one page, and are in RAM already. */
  written(pa: PhysicalAddress, bytes: number): void
}

/** What a PhysicalMemory works with. */
export type PhysicalPorts = {
  readonly buffer: ArrayBuffer
  /** Byte order of the guest, and so of RAM: a big-endian guest's RAM holds each aligned word as the host would. */
  readonly byteOrder: ByteOrder
  readonly bus: Bus
  /** Offset in the buffer of the 4 KiB page of RAM or readable ROM at a physical address; -1 if there is none. */
  readonly ramHost: (pa: PhysicalAddress) => number
  /** Whether that page may be written directly. */
  readonly isWritableRam: (pa: PhysicalAddress) => boolean
  readonly codePages: CodePages
}

const ZEROS = new Uint8Array(PAGE_BYTES)

/** Memory as the CPU's slow path, the walkers and DMA see it. It belongs to the machine, not to a CPU. */
export class PhysicalMemory {
  readonly isBigEndian: boolean
  readonly #ports: PhysicalPorts
  readonly #view: DataView
  readonly #bytes: Uint8Array
  /** By page of the buffer: 1 once it may have been written, for ever. The others still hold the host's zeros. */
  readonly #used: Uint8Array

  constructor(ports: PhysicalPorts) {
    this.isBigEndian = ports.byteOrder === "big"
    this.#ports = ports
    this.#view = new DataView(ports.buffer)
    this.#bytes = new Uint8Array(ports.buffer)
    this.#used = new Uint8Array(ports.buffer.byteLength / PAGE_BYTES)
  }

  /** Offset in the buffer of the page at an address, if it may be read directly; else -1. */
  readableHost(pa: PhysicalAddress): number {
    return this.#ports.ramHost(pa)
  }

  /** The same for writes. A page with decoded code gives -1, because its owner must learn of each write. */
  writableHost(pa: PhysicalAddress): number {
    const { ramHost, isWritableRam, codePages } = this.#ports
    const host = ramHost(pa)
    if (host < 0 || !isWritableRam(pa) || codePages.holdsCode(physicalPage(pa))) return -1
    this.#used[host / PAGE_BYTES] = 1
    return host
  }

  /** Reads 1, 2 or 4 bytes within one page, of memory or a device; undefined is an external abort. */
  read(pa: PhysicalAddress, bytes: number): number | undefined {
    const page = this.#ports.ramHost(pa)
    return page < 0 ? this.#ports.bus.read(pa, bytes) : this.readHost(page + pageOffset(pa), bytes)
  }

  /** Writes 1, 2 or 4 bytes within one page; false is an external abort. */
  write(pa: PhysicalAddress, bytes: number, value: number): boolean {
    const page = this.#ports.ramHost(pa)
    if (page < 0 || !this.#ports.isWritableRam(pa)) return this.#ports.bus.write(pa, bytes, value)
    this.#used[page / PAGE_BYTES] = 1
    this.writeHost(page + pageOffset(pa), bytes, value)
    this.#changed(pa, bytes)
    return true
  }

  /** Reads a word for a page-table walk: RAM, ROM or a device; undefined is an external abort. */
  readonly read32 = (pa: PhysicalAddress): number | undefined => this.read(pa, 4)

  /**
   * Copies memory for a device, in the guest's order of bytes. At the first page that is not memory it returns false and
   * leaves the rest of `into` untouched.
   */
  physicalRead(pa: PhysicalAddress, into: Uint8Array): boolean {
    for (let done = 0; done < into.length; ) {
      const at = physicalPlus(pa, done)
      const page = this.#ports.ramHost(at)
      if (page < 0) return false
      const length = Math.min(into.length - done, PAGE_BYTES - pageOffset(at))
      const host = page + pageOffset(at)
      if (this.isBigEndian) for (let i = 0; i < length; i++) into[done + i] = this.#bytes[(host + i) ^ 3]!
      else into.set(this.#bytes.subarray(host, host + length), done)
      done += length
    }
    return true
  }

  /**
   * Writes memory for a device, in the guest's order of bytes, and reports changed code. At the first page that is not
   * RAM it returns false, with the rest unwritten.
   */
  physicalWrite(pa: PhysicalAddress, from: Uint8Array): boolean {
    for (let done = 0; done < from.length; ) {
      const at = physicalPlus(pa, done)
      const page = this.#ports.ramHost(at)
      if (page < 0 || !this.#ports.isWritableRam(at)) return false
      const length = Math.min(from.length - done, PAGE_BYTES - pageOffset(at))
      const host = page + pageOffset(at)
      this.#used[page / PAGE_BYTES] = 1
      if (this.isBigEndian) for (let i = 0; i < length; i++) this.#bytes[(host + i) ^ 3] = from[done + i]!
      else this.#bytes.set(from.subarray(done, done + length), host)
      this.#changed(at, length)
      done += length
    }
    return true
  }

  /**
   * Zeroes memory, and reports changed code; false at the first page that is not RAM. Pages that were never written are not
   * touched, so that the host need not provide them.
   */
  physicalClear(pa: PhysicalAddress, bytes: number): boolean {
    for (let done = 0; done < bytes; ) {
      const at = physicalPlus(pa, done)
      const page = this.#ports.ramHost(at)
      if (page < 0 || !this.#ports.isWritableRam(at)) return false
      const length = Math.min(bytes - done, PAGE_BYTES - pageOffset(at))
      if (this.#used[page / PAGE_BYTES]) this.physicalWrite(at, ZEROS.subarray(0, length))
      done += length
    }
    return true
  }

  /** Reads 1, 2 or 4 bytes of a page of the buffer, zero-extended but for words, which are signed. */
  readHost(host: number, bytes: number): number {
    if (this.isBigEndian) return this.#readSwizzled(host, bytes)
    if (bytes === 4) return this.#view.getInt32(host, true)
    return bytes === 1 ? this.#bytes[host]! : this.#view.getUint16(host, true)
  }

  /** Writes the low 1, 2 or 4 bytes of a value to a page of the buffer. */
  writeHost(host: number, bytes: number, value: number): void {
    if (this.isBigEndian) this.#writeSwizzled(host, bytes, value)
    else if (bytes === 4) this.#view.setInt32(host, value, true)
    else if (bytes === 1) this.#bytes[host] = value
    else this.#view.setUint16(host, value, true)
  }

  /** Reads 8 bytes of a page of the buffer, unsigned, in the guest's byte order or the other one. */
  readHost64(host: number, isSwapped: boolean): bigint {
    if (!this.isBigEndian) return this.#view.getBigUint64(host, !isSwapped)
    const value = joined(this.#readSwizzled(host, 4), this.#readSwizzled(host + 4, 4))
    return isSwapped ? swapped64(value) : value
  }

  /** Writes the low 8 bytes of a value to a page of the buffer, in the guest's byte order or the other one. */
  writeHost64(host: number, value: bigint, isSwapped: boolean): void {
    const unsigned = BigInt.asUintN(64, value)
    if (!this.isBigEndian) {
      this.#view.setBigUint64(host, unsigned, !isSwapped)
      return
    }
    const stored = isSwapped ? swapped64(unsigned) : unsigned
    this.#writeSwizzled(host, 4, Number(stored >> 32n))
    this.#writeSwizzled(host + 4, 4, Number(stored & 0xffff_ffffn))
  }

  // Within each aligned word, the byte at the guest's address a stands at a ^ 3, an aligned halfword at a ^ 2. Pages are
  // multiples of 4 in the buffer, so that holds for offsets in it as well. Misaligned accesses go byte by byte.
  #readSwizzled(host: number, bytes: number): number {
    if ((host & (bytes - 1)) === 0) {
      if (bytes === 4) return this.#view.getInt32(host, true)
      return bytes === 1 ? this.#bytes[host ^ 3]! : this.#view.getUint16(host ^ 2, true)
    }
    let value = 0
    for (let i = 0; i < bytes; i++) value = (value << 8) | this.#bytes[(host + i) ^ 3]!
    return value
  }

  #writeSwizzled(host: number, bytes: number, value: number): void {
    if ((host & (bytes - 1)) !== 0) {
      for (let i = 0; i < bytes; i++) this.#bytes[(host + i) ^ 3] = value >>> (8 * (bytes - 1 - i))
    } else if (bytes === 4) this.#view.setInt32(host, value, true)
    else if (bytes === 1) this.#bytes[host ^ 3] = value
    else this.#view.setUint16(host ^ 2, value, true)
  }

  /** Reports changed bytes to the owner of the page's code, if the page has any. */
  #changed(pa: PhysicalAddress, bytes: number): void {
    const { codePages } = this.#ports
    if (codePages.holdsCode(physicalPage(pa))) codePages.written(pa, bytes)
  }
}

/** A doubleword of two words. */
export function joined(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}

/** The low 1, 2 or 4 bytes of a number in reverse order. */
export function swapped(bits: number, bytes: number): number {
  if (bytes === 1) return bits
  const halves = ((bits & 0xff) << 8) | ((bits >>> 8) & 0xff)
  return bytes === 2 ? halves : (halves << 16) | ((bits >>> 24) & 0xff) | ((bits >>> 8) & 0xff00)
}

function swapped64(value: bigint): bigint {
  const word = (shift: bigint) => swapped(Number((value >> shift) & 0xffff_ffffn), 4)
  return joined(word(0n), word(32n))
}
