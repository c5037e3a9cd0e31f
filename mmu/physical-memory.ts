// Guest physical memory: RAM inside the host buffer, everything else through the bus; tells who holds code of written pages.

import type { PhysicalAddress } from "./address.ts"
import { PAGE_BYTES, pageOffset, physicalPage, physicalPlus } from "./address.ts"

/** What stands at physical addresses. */
export type Bus = {
  /** Reads 1, 2 or 4 bytes of a device, little-endian; undefined is an external abort. */
  read(pa: PhysicalAddress, bytes: number): number | undefined
  /** Writes 1, 2 or 4 bytes to a device, or to memory that is not writable; false is an external abort. */
  write(pa: PhysicalAddress, bytes: number, value: number): boolean
}

/** Who keeps predecoded or translated code of guest pages. */
export type CodePages = {
  /** Whether code of a physical page, given by number (address / 4096), was decoded. */
  holdsCode(page: number): boolean
  /** Bytes of such a page changed; they lie within one page, and are in RAM already. */
  written(pa: PhysicalAddress, bytes: number): void
}

/** What a PhysicalMemory is made of. */
export type PhysicalPorts = {
  readonly buffer: ArrayBuffer
  readonly bus: Bus
  /** Offset in the buffer of the 4 KiB page of RAM or readable ROM at a physical address; -1 if there is none. */
  readonly ramHost: (pa: PhysicalAddress) => number
  /** Whether that page may be written directly. */
  readonly isWritableRam: (pa: PhysicalAddress) => boolean
  readonly codePages: CodePages
}

/** Memory as the CPU's slow path, the walkers and DMA see it. */
export class PhysicalMemory {
  readonly ports: PhysicalPorts
  readonly view: DataView
  private readonly bytes: Uint8Array

  constructor(ports: PhysicalPorts) {
    this.ports = ports
    this.view = new DataView(ports.buffer)
    this.bytes = new Uint8Array(ports.buffer)
  }

  /** Reads 1, 2 or 4 bytes within one page, little-endian, of memory or a device; undefined is an external abort. */
  read(pa: PhysicalAddress, bytes: number): number | undefined {
    const page = this.ports.ramHost(pa)
    return page < 0 ? this.ports.bus.read(pa, bytes) : this.readHost(page + pageOffset(pa), bytes)
  }

  /** Writes 1, 2 or 4 bytes within one page, little-endian; false is an external abort. */
  write(pa: PhysicalAddress, bytes: number, value: number): boolean {
    const page = this.ports.ramHost(pa)
    if (page < 0 || !this.ports.isWritableRam(pa)) return this.ports.bus.write(pa, bytes, value)
    this.writeHost(page + pageOffset(pa), bytes, value)
    this.changed(pa, bytes)
    return true
  }

  /** Tells the owner of a page's code that bytes within the page changed, if it has one. */
  changed(pa: PhysicalAddress, bytes: number): void {
    const { codePages } = this.ports
    if (codePages.holdsCode(physicalPage(pa))) codePages.written(pa, bytes)
  }

  /** Reads a word for a page-table walk: RAM, ROM or a device; undefined is an external abort. */
  readonly read32 = (pa: PhysicalAddress): number | undefined => this.read(pa, 4)

  /** Copies memory for a device; false, with the rest untouched, at the first page that is not memory. */
  physicalRead(pa: PhysicalAddress, into: Uint8Array): boolean {
    for (let done = 0; done < into.length; ) {
      const at = physicalPlus(pa, done)
      const page = this.ports.ramHost(at)
      if (page < 0) return false
      const length = Math.min(into.length - done, PAGE_BYTES - pageOffset(at))
      const host = page + pageOffset(at)
      into.set(this.bytes.subarray(host, host + length), done)
      done += length
    }
    return true
  }

  /** Writes memory for a device and reports changed code; false, with the rest unwritten, at the first page that is not RAM. */
  physicalWrite(pa: PhysicalAddress, from: Uint8Array): boolean {
    for (let done = 0; done < from.length; ) {
      const at = physicalPlus(pa, done)
      const page = this.ports.ramHost(at)
      if (page < 0 || !this.ports.isWritableRam(at)) return false
      const length = Math.min(from.length - done, PAGE_BYTES - pageOffset(at))
      this.bytes.set(from.subarray(done, done + length), page + pageOffset(at))
      this.changed(at, length)
      done += length
    }
    return true
  }

  /** Reads 1, 2 or 4 bytes of the buffer, zero-extended but for words, which are signed. */
  readHost(host: number, bytes: number): number {
    if (bytes === 4) return this.view.getInt32(host, true)
    return bytes === 1 ? this.view.getUint8(host) : this.view.getUint16(host, true)
  }

  /** Writes the low 1, 2 or 4 bytes of a value to the buffer. */
  writeHost(host: number, bytes: number, value: number): void {
    if (bytes === 4) this.view.setInt32(host, value, true)
    else if (bytes === 1) this.view.setUint8(host, value)
    else this.view.setUint16(host, value, true)
  }
}
