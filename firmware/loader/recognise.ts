// Recognises the kind of an image file by its magic numbers.

import type { Endian } from "../byte-reader.ts"
import { type Compression, compressionOf } from "../compression/index.ts"
import { starts } from "../compression/magic.ts"
import { ImageError, sizeText } from "../image-error.ts"
import { printable } from "../printable.ts"
import { elfMachineName, isElf, parseElfHeader } from "./elf.ts"
import { type LinuxImage, parseLinuxImage } from "./linux-image.ts"
import { isPe, parsePe, peMachineName, peSubsystemName } from "./pe.ts"
import { isUimage, parseUimage, type UImage, uimageArchitectureName, uimageTypeName } from "./uimage.ts"
import { isZimage, parseZimage, type ZImage } from "./zimage.ts"

/** The kind of a file, with the facts that select a machine for it. */
export type ImageKind =
  | { format: "elf"; class: 32 | 64; endian: Endian; machine: number; machineName: string; type: number }
  | ({ format: "zimage" } & ZImage)
  | ({ format: "linux-image" } & LinuxImage)
  | { format: "pe"; class: 32 | 64; machine: number; machineName: string; subsystem: number; subsystemName: string }
  | ({ format: "uimage"; architectureName: string; typeName: string } & UImage)
  | { format: Compression | "device-tree" | "cpio" | "raw" }

/**
 * Recognises `bytes`; without a known magic number they are "raw". ImageError if the file is empty, or damaged in the part
 * that shows its kind. A zImage with an EFI stub is a zImage.
 */
export function recognise(bytes: Uint8Array): ImageKind {
  if (bytes.length === 0) throw new ImageError("The image is empty; get the file again.")
  const compression = compressionOf(bytes)
  if (compression) return { format: compression }
  if (starts(bytes, 0xd0, 0x0d, 0xfe, 0xed)) return { format: "device-tree" }
  if (starts(bytes, 0x30, 0x37, 0x30, 0x37, 0x30) && [0x31, 0x32, 0x37].includes(bytes[5] ?? 0))
    return { format: "cpio" }
  if (isElf(bytes)) return describeElf(bytes)
  if (isUimage(bytes)) return describeUimage(bytes)
  if (isZimage(bytes)) return { format: "zimage", ...parseZimage(bytes) }
  const image = parseLinuxImage(bytes)
  if (image) return { format: "linux-image", ...image }
  return isPe(bytes) ? describePe(bytes) : { format: "raw" }
}

function describeElf(bytes: Uint8Array): ImageKind {
  const { class: width, endian, machine, type } = parseElfHeader(bytes)
  return { format: "elf", class: width, endian, machine, machineName: elfMachineName(machine), type }
}

function describeUimage(bytes: Uint8Array): ImageKind {
  const image = parseUimage(bytes)
  return {
    format: "uimage",
    architectureName: uimageArchitectureName(image.architecture),
    typeName: uimageTypeName(image.type),
    ...image,
  }
}

function describePe(bytes: Uint8Array): ImageKind {
  const { class: width, machine, subsystem } = parsePe(bytes)
  const machineName = peMachineName(machine)
  return { format: "pe", class: width, machine, machineName, subsystem, subsystemName: peSubsystemName(subsystem) }
}

/** One phrase for people ("ELF file, 32-bit big-endian PowerPC"). */
export function describeImage(kind: ImageKind): string {
  switch (kind.format) {
    case "elf":
      return `ELF file, ${kind.class}-bit ${kind.endian}-endian ${kind.machineName}`
    case "zimage":
      return `ARM Linux zImage, ${kind.endian}-endian, ${sizeText(kind.size)}${kind.hasEfiStub ? ", with EFI stub" : ""}`
    case "linux-image":
      return `${kind.architecture} Linux Image${kind.hasEfiStub ? ", with EFI stub" : ""}`
    case "pe":
      return `PE image, ${kind.machineName} ${kind.subsystemName}`
    case "uimage":
      return `uImage "${printable(kind.name)}", ${kind.architectureName} ${kind.typeName}, compression ${kind.compression}`
    case "device-tree":
      return "device tree blob"
    case "cpio":
      return "cpio archive"
    case "raw":
      return "raw binary"
    default:
      return `${kind.format} file`
  }
}
