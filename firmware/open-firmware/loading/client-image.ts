// Programs that Open Firmware starts: 32-bit PowerPC ELF files (IEEE 1275 PowerPC Processor Binding, section 8).

import { hex, ImageError } from "../../image-error.ts"
import { ELF_MACHINE, elfMachineName, parseElf, physicalEntry } from "../../loader/elf.ts"
import { describeTarget } from "../../loader/target.ts"

/** A piece of a program at a physical address; memory beyond its bytes is zero. */
export interface LoadedSegment {
  readonly address: number
  readonly bytes: Uint8Array
  readonly memoryBytes: number
}

/** A program in pieces, and the physical address of its first instruction. */
export interface ClientImage {
  readonly segments: readonly LoadedSegment[]
  readonly entry: number
}

/** Reads an ELF file; ImageError unless it is a 32-bit big-endian PowerPC executable. */
export function readElfImage(bytes: Uint8Array): ClientImage {
  const elf = parseElf(bytes)
  if (elf.class !== 32 || elf.endian !== "big" || elf.machine !== ELF_MACHINE.PPC) {
    const target = describeTarget({ architecture: elfMachineName(elf.machine), bits: elf.class, byteOrder: elf.endian })
    throw new ImageError(`The ELF file is for ${target}; this board runs PowerPC, 32 bits, big-endian.`)
  }
  if (elf.segments.length === 0) throw new ImageError("The ELF file has nothing to load; link it as an executable.")
  const segments = elf.segments.map((segment) => ({
    address: Number(segment.physicalAddress),
    bytes: segment.bytes,
    memoryBytes: Number(segment.memorySize),
  }))
  return { segments, entry: Number(physicalEntry(elf)) }
}

/** The address behind the last byte of a program. */
export function imageEnd({ segments }: ClientImage): number {
  return Math.max(...segments.map(({ address, memoryBytes }) => address + memoryBytes))
}

/** ImageError unless every segment lies below `limit`, where the firmware's own memory starts. */
export function requireRoom({ segments }: ClientImage, limit: number): void {
  for (const { address, memoryBytes } of segments) {
    if (address + memoryBytes > limit) {
      throw new ImageError(
        `The program needs memory from ${hex(address)} to ${hex(address + memoryBytes)}, but the memory for programs ` +
          `ends at ${hex(limit)}; give the machine more memory.`,
      )
    }
  }
}
