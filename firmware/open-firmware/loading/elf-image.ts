// ELF programs for Open Firmware: 32-bit, big-endian, loaded at their physical addresses.

import { ImageError } from "../../image-error.ts"
import { ELF_MACHINE, elfMachineName, parseElf, physicalEntry } from "../../loader/elf.ts"
import { describeTarget } from "../../loader/target.ts"
import type { ClientImage } from "./client-image.ts"

/** Reads an ELF file; ImageError unless it is a 32-bit big-endian PowerPC executable. */
export function readElfImage(bytes: Uint8Array): ClientImage {
  const elf = parseElf(bytes)
  if (elf.class !== 32 || elf.endian !== "big" || elf.machine !== ELF_MACHINE.PPC) {
    const architecture = elfMachineName(elf.machine)
    const target = describeTarget({ architecture, bits: elf.class, byteOrder: elf.endian })
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
