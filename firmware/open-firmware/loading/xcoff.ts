// XCOFF programs, as Power Macintoshes load them (AIX Files Reference, "XCOFF Object File Format"; 32-bit).

import { ByteReader } from "../../byte-reader.ts"
import { hex, ImageError } from "../../image-error.ts"
import type { ClientImage, LoadedSegment } from "./client-image.ts"

const MAGIC = 0x01df
const FILE_HEADER_BYTES = 20
/** The auxiliary header of an executable has at least these bytes. */
const MIN_AUXILIARY_BYTES = 28
const SECTION_BYTES = 40
const SECTION_TEXT = 0x20
const SECTION_DATA = 0x40
const SECTION_BSS = 0x80

/** Whether a file starts like a 32-bit XCOFF file. */
export function isXcoff(bytes: Uint8Array): boolean {
  return bytes.length >= FILE_HEADER_BYTES && ((bytes[0]! << 8) | bytes[1]!) === MAGIC
}

/** Reads a program; sections lie at their virtual addresses, and the entry point is a procedure descriptor. */
export function readXcoffImage(bytes: Uint8Array): ClientImage {
  const file = new ByteReader(bytes, "XCOFF file", "big")
  const sectionCount = file.u16(2, "header")
  const auxiliaryBytes = file.u16(16, "header")
  if (auxiliaryBytes < MIN_AUXILIARY_BYTES) {
    throw new ImageError("The XCOFF file has no entry point; link it as an executable.")
  }
  const descriptor = file.u32(FILE_HEADER_BYTES + 16, "entry point")
  const segments: LoadedSegment[] = []
  for (let i = 0; i < sectionCount; i++) {
    const segment = readSection(file, FILE_HEADER_BYTES + auxiliaryBytes + i * SECTION_BYTES)
    if (segment) segments.push(segment)
  }
  refuseOverlaps(segments)
  return { segments, ...followDescriptor(segments, descriptor) }
}

function readSection(file: ByteReader, at: number): LoadedSegment | undefined {
  const kind = file.u32(at + 36, "section table") & 0xffff
  const memoryBytes = file.u32(at + 16, "section table")
  if ((kind & (SECTION_TEXT | SECTION_DATA | SECTION_BSS)) === 0 || memoryBytes === 0) return undefined
  const address = file.u32(at + 12, "section table")
  if (address + memoryBytes > 2 ** 32) throw new ImageError("A section of the XCOFF file runs past the address space.")
  const fileBytes = kind & SECTION_BSS ? 0 : memoryBytes
  return { address, memoryBytes, bytes: file.slice(file.u32(at + 20, "section table"), fileBytes, "section") }
}

function refuseOverlaps(segments: readonly LoadedSegment[]): void {
  const sorted = segments.toSorted((a, b) => a.address - b.address)
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i - 1]!.address + sorted[i - 1]!.memoryBytes > sorted[i]!.address) {
      throw new ImageError(`Two sections of the XCOFF file overlap at ${hex(sorted[i]!.address)}; link it again.`)
    }
  }
}

/** A procedure descriptor: the address of the code, then that of the table of contents. */
function followDescriptor(segments: readonly LoadedSegment[], descriptor: number): { entry: number; toc: number } {
  for (const { address, bytes } of segments) {
    const at = descriptor - address
    if (at >= 0 && at + 8 <= bytes.length) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      return { entry: view.getUint32(at), toc: view.getUint32(at + 4) }
    }
  }
  throw new ImageError(`The entry point ${hex(descriptor)} of the XCOFF file lies in none of its sections.`)
}
