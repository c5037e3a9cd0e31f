// PE/COFF images: headers and sections (Microsoft PE Format specification; UEFI Specification section 2.1.1).

import { ByteReader } from "../byte-reader.ts"
import { hex, ImageError } from "../image-error.ts"
import type { ArchitectureName } from "./target.ts"

/** One section; `virtualAddress` is relative to the image base, and memory beyond `bytes` is zero. */
export interface PeSection {
  name: string
  virtualAddress: number
  virtualSize: number
  /** A view into the file. */
  bytes: Uint8Array
  characteristics: number
}

/** A data directory: the place of a table, in bytes from the image base. */
export interface PeDirectory {
  virtualAddress: number
  size: number
}

/** A parsed PE image. */
export interface PeImage {
  machine: number
  /** 32 for PE32, 64 for PE32+. */
  class: 32 | 64
  subsystem: number
  characteristics: number
  imageBase: bigint
  /** Relative to the image base; 0 for an image without an entry point. */
  entryPoint: number
  /** Bytes of memory that the loaded image takes. */
  imageSize: number
  /** The bytes to load at the image base, a view into the file. */
  headers: Uint8Array
  sections: PeSection[]
  directories: PeDirectory[]
}

const MACHINE_NAMES: Readonly<Record<number, ArchitectureName>> = {
  332: "x86",
  448: "ARM",
  450: "ARM",
  452: "ARM",
  496: "PowerPC",
  512: "IA-64",
  20530: "RISC-V",
  20580: "RISC-V",
  34404: "x86-64",
  43620: "AArch64",
}

const SUBSYSTEM_NAMES: Record<number, string> = {
  2: "Windows",
  3: "Windows console",
  10: "EFI application",
  11: "EFI boot service driver",
  12: "EFI runtime driver",
}

/** The architecture of a COFF machine number, or its number. */
export function peMachineName(machine: number): string {
  return MACHINE_NAMES[machine] ?? `machine ${hex(machine)}`
}

/** The name of a subsystem number, or its number. */
export function peSubsystemName(subsystem: number): string {
  return SUBSYSTEM_NAMES[subsystem] ?? `subsystem ${subsystem}`
}

const WHAT = "PE image"
const COFF_BYTES = 24
const MOST_DIRECTORIES = 16

/** Whether the file starts with "MZ" and points at a PE signature inside itself. */
export function isPe(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x4d || bytes[1] !== 0x5a || bytes.length < 64) return false
  const at = bytes[60]! | (bytes[61]! << 8) | (bytes[62]! << 16) | (bytes[63]! << 24)
  return bytes[at] === 0x50 && bytes[at + 1] === 0x45 && bytes[at + 2] === 0 && bytes[at + 3] === 0
}

/** Parses a PE image; ImageError if a part is truncated or out of place. */
export function parsePe(bytes: Uint8Array): PeImage {
  if (!isPe(bytes)) throw new ImageError("This is not a PE image: it has no MZ header that leads to a PE signature.")
  const file = new ByteReader(bytes, WHAT, "little")
  const coff = file.u32(60, "header")
  const optional = coff + COFF_BYTES
  const optionalBytes = file.u16(coff + 20, "COFF header")
  file.require(optional, optionalBytes, "optional header")
  const magic = file.u16(optional, "optional header")
  if (magic !== 0x10b && magic !== 0x20b) throw damaged(`its optional header has magic number ${hex(magic)}`)
  const wide = magic === 0x20b
  const directoriesAt = optional + (wide ? 112 : 96)
  if (optional + optionalBytes < directoriesAt) throw damaged("its optional header is too short")
  const imageSize = file.u32(optional + 56, "optional header")
  const entryPoint = file.u32(optional + 16, "optional header")
  if (entryPoint >= imageSize && entryPoint !== 0) {
    throw damaged(`its entry point ${hex(entryPoint)} lies outside the image of ${hex(imageSize)} bytes`)
  }
  const headerBytes = file.u32(optional + 60, "optional header")
  if (headerBytes > imageSize) throw damaged("its headers are larger than the image")
  return {
    machine: file.u16(coff + 4, "COFF header"),
    class: wide ? 64 : 32,
    characteristics: file.u16(coff + 22, "COFF header"),
    subsystem: file.u16(optional + 68, "optional header"),
    imageBase: wide ? file.u64(optional + 24, "optional header") : BigInt(file.u32(optional + 28, "optional header")),
    entryPoint,
    imageSize,
    headers: file.slice(0, headerBytes, "headers"),
    sections: readSections(file, optional + optionalBytes, file.u16(coff + 6, "COFF header"), imageSize, headerBytes),
    directories: readDirectories(file, directoriesAt, optional + optionalBytes),
  }
}

function readDirectories(file: ByteReader, at: number, end: number): PeDirectory[] {
  const said = file.u32(at - 4, "optional header")
  const count = Math.min(said, MOST_DIRECTORIES)
  if (at + count * 8 > end) throw damaged(`its optional header is too short for ${said} data directories`)
  return Array.from({ length: count }, (_, i) => ({
    virtualAddress: file.u32(at + i * 8, "data directories"),
    size: file.u32(at + i * 8 + 4, "data directories"),
  }))
}

function readSections(file: ByteReader, at: number, count: number, imageSize: number, free: number): PeSection[] {
  file.require(at, count * 40, "section headers")
  const sections: PeSection[] = []
  for (let i = 0; i < count; i++) {
    const header = at + i * 40
    const name = file.text(header, 8, "section headers")
    const virtualAddress = file.u32(header + 12, "section headers")
    const rawSize = file.u32(header + 16, "section headers")
    // Some linkers leave the virtual size zero and mean the raw size.
    const virtualSize = file.u32(header + 8, "section headers") || rawSize
    if (virtualAddress < free) throw damaged(`its section ${i} (${name}) overlaps what stands before it`)
    if (virtualAddress + virtualSize > imageSize) throw damaged(`its section ${i} (${name}) ends outside the image`)
    const used = Math.min(rawSize, virtualSize)
    const bytes = file.slice(used ? file.u32(header + 20, "section headers") : 0, used, `section ${i} (${name})`)
    sections.push({
      name,
      virtualAddress,
      virtualSize,
      bytes,
      characteristics: file.u32(header + 36, "section headers"),
    })
    free = virtualAddress + virtualSize
  }
  return sections
}

function damaged(problem: string): ImageError {
  return new ImageError(`${WHAT} is damaged: ${problem}; get the file again.`)
}
