// ELF executables, 32-bit and 64-bit, both byte orders (System V ABI, chapters 4 and 5).

import { ByteReader, type Endian } from "../byte-reader.ts"
import { hex, ImageError } from "../image-error.ts"
import { type ElfSymbol, readSymbols } from "./elf-symbols.ts"
import type { ArchitectureName } from "./target.ts"

/** A loadable segment; addresses and `memorySize` are in bytes, and memory beyond `bytes` is zero. */
export interface ElfSegment {
  virtualAddress: bigint
  physicalAddress: bigint
  /** A view into the file. */
  bytes: Uint8Array
  memorySize: bigint
  readable: boolean
  writable: boolean
  executable: boolean
}

/** The contents of the ELF header alone. */
export interface ElfHeader {
  class: 32 | 64
  endian: Endian
  /** e_machine; `elfMachineName` names it. */
  machine: number
  /** e_type: 1 relocatable, 2 executable, 3 shared object. */
  type: number
  /** e_flags. */
  flags: number
  /** Entry point, a virtual address. */
  entry: bigint
}

/** A parsed ELF file. */
export interface ElfImage extends ElfHeader {
  /** PT_LOAD segments that occupy memory, in file order. */
  segments: ElfSegment[]
  /** The symbol table, read when called; empty for a stripped file; ImageError if damaged. */
  symbols(): ElfSymbol[]
}

export const ELF_MACHINE = {
  SPARC: 2,
  386: 3,
  MIPS: 8,
  PPC: 20,
  PPC64: 21,
  S390: 22,
  ARM: 40,
  SPARCV9: 43,
  IA_64: 50,
  X86_64: 62,
  AARCH64: 183,
  RISCV: 243,
} as const

const MACHINE_NAMES: Readonly<Record<number, ArchitectureName>> = {
  [ELF_MACHINE.SPARC]: "SPARC",
  [ELF_MACHINE[386]]: "x86",
  [ELF_MACHINE.MIPS]: "MIPS",
  [ELF_MACHINE.PPC]: "PowerPC",
  [ELF_MACHINE.PPC64]: "PowerPC",
  [ELF_MACHINE.S390]: "S/390",
  [ELF_MACHINE.ARM]: "ARM",
  [ELF_MACHINE.SPARCV9]: "SPARC",
  [ELF_MACHINE.IA_64]: "IA-64",
  [ELF_MACHINE.X86_64]: "x86-64",
  [ELF_MACHINE.AARCH64]: "AArch64",
  [ELF_MACHINE.RISCV]: "RISC-V",
}

/** The architecture of an e_machine number, or its number. */
export function elfMachineName(machine: number): string {
  return MACHINE_NAMES[machine] ?? `machine ${machine}`
}

const WHAT = "ELF file"
const PT_LOAD = 1
const PN_XNUM = 0xffff

/** Whether the file starts with the ELF magic number. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46
}

/** Reads only the ELF header; ImageError if it is malformed. */
export function parseElfHeader(bytes: Uint8Array): ElfHeader {
  return openElf(bytes).header
}

/** Parses an ELF file; ImageError if a part is truncated, overlaps or overflows. */
export function parseElf(bytes: Uint8Array): ElfImage {
  const { file, header } = openElf(bytes)
  const segments = readSegments(file, header)
  refuseOverlaps(segments)
  return { ...header, segments, symbols: () => readSymbols(file, header.class) }
}

/** The physical address of the entry point: its segment's physical address plus the offset into that segment. */
export function physicalEntry(elf: ElfImage): bigint {
  for (const { virtualAddress, physicalAddress, memorySize } of elf.segments) {
    if (elf.entry >= virtualAddress && elf.entry < virtualAddress + memorySize) {
      return elf.entry - virtualAddress + physicalAddress
    }
  }
  throw new ImageError(`ELF file cannot be started: its entry point ${hex(elf.entry)} lies in none of its segments.`)
}

function openElf(bytes: Uint8Array): { file: ByteReader; header: ElfHeader } {
  if (!isElf(bytes)) throw new ImageError("This is not an ELF file: it does not start with 7f 45 4c 46.")
  const ident = new ByteReader(bytes, WHAT, "little")
  const width = ident.u8(4, "class")
  if (width !== 1 && width !== 2) throw damaged(`its class is ${width}, not 1 (32-bit) or 2 (64-bit)`)
  const order = ident.u8(5, "byte order")
  if (order !== 1 && order !== 2) throw damaged(`its byte order is ${order}, not 1 (little) or 2 (big)`)
  const endian = order === 1 ? "little" : "big"
  const file = new ByteReader(bytes, WHAT, endian)
  const wide = width === 2
  file.require(0, wide ? 64 : 52, "header")
  const header: ElfHeader = {
    class: wide ? 64 : 32,
    endian,
    type: file.u16(16, "header"),
    machine: file.u16(18, "header"),
    flags: file.u32(wide ? 48 : 36, "header"),
    entry: wide ? file.u64(24, "header") : BigInt(file.u32(24, "header")),
  }
  return { file, header }
}

function readSegments(file: ByteReader, header: ElfHeader): ElfSegment[] {
  const wide = header.class === 64
  const tableAt = wide ? file.offset64(32, "program header offset") : file.u32(28, "header")
  const entryBytes = file.u16(wide ? 54 : 42, "header")
  const count = file.u16(wide ? 56 : 44, "header")
  if (count === 0) return []
  if (count === PN_XNUM) throw new ImageError(`${WHAT} has 65535 or more program headers; link it with fewer segments.`)
  if (entryBytes < (wide ? 56 : 32)) throw damaged(`its program headers have ${entryBytes} bytes each`)
  file.require(tableAt, count * entryBytes, "program headers")
  const segments: ElfSegment[] = []
  for (let i = 0; i < count; i++) {
    const segment = readSegment(file, tableAt + i * entryBytes, wide)
    if (segment && segment.memorySize > 0n) segments.push(segment)
  }
  return segments
}

function readSegment(file: ByteReader, at: number, wide: boolean): ElfSegment | undefined {
  const what = "program headers"
  if (file.u32(at, what) !== PT_LOAD) return undefined
  const address = (at64: number, at32: number): bigint => {
    return wide ? file.u64(at + at64, what) : BigInt(file.u32(at + at32, what))
  }
  const virtualAddress = address(16, 8)
  const physicalAddress = address(24, 12)
  const memorySize = address(40, 20)
  const flags = file.u32(at + (wide ? 4 : 24), what)
  const offset = wide ? file.offset64(at + 8, "segment offset") : file.u32(at + 4, what)
  const size = wide ? file.offset64(at + 32, "segment size") : file.u32(at + 16, what)
  const name = `segment at ${hex(physicalAddress)}`
  if (BigInt(size) > memorySize) throw damaged(`its ${name} has more bytes in the file than in memory`)
  const space = 1n << (wide ? 64n : 32n)
  if (virtualAddress + memorySize > space || physicalAddress + memorySize > space) {
    throw damaged(`its ${name} runs past the end of the address space`)
  }
  return {
    virtualAddress,
    physicalAddress,
    bytes: file.slice(offset, size, name),
    memorySize,
    readable: (flags & 4) !== 0,
    writable: (flags & 2) !== 0,
    executable: (flags & 1) !== 0,
  }
}

function refuseOverlaps(segments: readonly ElfSegment[]): void {
  const sorted = segments.toSorted((a, b) => (a.physicalAddress < b.physicalAddress ? -1 : 1))
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!
    const after = sorted[i]!
    if (before.physicalAddress + before.memorySize > after.physicalAddress) {
      throw new ImageError(
        `ELF file cannot be loaded: its segments at physical addresses ${hex(before.physicalAddress)} and ` +
          `${hex(after.physicalAddress)} overlap; link it again.`,
      )
    }
  }
}

function damaged(problem: string): ImageError {
  return new ImageError(`${WHAT} is damaged: ${problem}; get the file again.`)
}
