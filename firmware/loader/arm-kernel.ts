// The place in RAM of a 32-bit ARM kernel, by format (Linux: Documentation/arm/booting.rst, section 4).

import { hex, ImageError } from "../image-error.ts"
import { ELF_MACHINE, parseElf, physicalEntry } from "./elf.ts"
import { describeImage, recognise } from "./recognise.ts"
import type { UImage } from "./uimage.ts"
import {
  UIMAGE_ARCHITECTURE_ARM,
  UIMAGE_HEADER_BYTES,
  UIMAGE_TYPE_KERNEL,
  UIMAGE_TYPE_KERNEL_NOLOAD,
} from "./uimage.ts"
import { parseZimage } from "./zimage.ts"

/** Bytes to load into memory, followed by zeros up to `size`. */
export interface Load {
  /** Physical address. */
  address: number
  bytes: Uint8Array
  size: number
}

/** A kernel and its place, without initrd and device tree. */
export interface PlacedKernel {
  loads: Load[]
  /** Physical address of the first instruction. */
  entry: number
  /** Whether the first instruction is in Thumb state. */
  thumb: boolean
  /** The range that the kernel writes before it reads its parameters: its own bytes, and the unpacked kernel. */
  low: number
  high: number
  /** Whether it is known to be Linux. False for an ELF file, which may be any program. */
  isLinux: boolean
  notes: string[]
}

/** An uncompressed kernel starts at this offset from the base of RAM. */
const TEXT_OFFSET = 0x8000
/** QEMU's place for a zImage, which moves itself out of its own way. */
const ZIMAGE_OFFSET = 0x1_0000
/** QEMU's place for a uImage that runs anywhere. */
const NOLOAD_OFFSET = 0x200_0000
/** Stack, heap and page tables of the unpacking code, beside its copy of the zImage. */
const UNPACKER_BYTES = 0x4_0000

/** Places a kernel for RAM at `ramBase`; ImageError if it is not an ARM kernel. Compressed files must be unpacked first. */
export function placeKernel(bytes: Uint8Array, ramBase: number): PlacedKernel {
  const kind = recognise(bytes)
  switch (kind.format) {
    case "zimage":
      return placeZimage(bytes, ramBase, ramBase + ZIMAGE_OFFSET)
    case "raw":
      return place(bytes, ramBase + TEXT_OFFSET, [`No known header: started as an uncompressed kernel.`])
    case "elf":
      return placeElf(bytes)
    case "uimage":
      return placeUimage(kind, ramBase)
    case "pe":
      throw new ImageError(`The kernel is a ${describeImage(kind)}; start it from firmware (--bios) instead.`)
    case "linux-image":
    case "device-tree":
    case "cpio":
      throw new ImageError(`The kernel is no 32-bit ARM kernel but: ${describeImage(kind)}; give an ARM zImage.`)
    default:
      throw new ImageError(`The kernel is still compressed (${describeImage(kind)}); unpack it first.`)
  }
}

function place(bytes: Uint8Array, address: number, notes: string[] = []): PlacedKernel {
  const size = bytes.length
  return {
    loads: [{ address, bytes, size }],
    entry: address,
    thumb: false,
    low: address,
    high: address + size,
    isLinux: true,
    notes,
  }
}

function placeZimage(bytes: Uint8Array, ramBase: number, address: number): PlacedKernel {
  const image = parseZimage(bytes)
  const placed = place(bytes, address)
  if (image.endian === "big") placed.notes.push("The kernel is big-endian.")
  if (image.appended > 0) {
    placed.notes.push(`${image.appended} bytes follow the zImage: perhaps a device tree of its own, which it prefers.`)
  }
  if (image.start !== 0) placed.notes.push(`The zImage was linked to run at ${hex(image.start)} only.`)
  if (image.unpackedSize !== undefined) {
    const unpackedEnd = ramBase + TEXT_OFFSET + image.unpackedSize
    // If the unpacked kernel would overwrite the zImage, the zImage first copies itself behind it.
    const copyEnd = unpackedEnd > address ? unpackedEnd + bytes.length + UNPACKER_BYTES : 0
    placed.low = Math.min(placed.low, ramBase + TEXT_OFFSET)
    placed.high = Math.max(placed.high, unpackedEnd + (image.zeroedSize ?? 0), copyEnd)
  }
  return placed
}

function placeElf(bytes: Uint8Array): PlacedKernel {
  const elf = parseElf(bytes)
  if (elf.machine !== ELF_MACHINE.ARM || elf.class !== 32 || elf.endian !== "little") {
    throw new ImageError(`The kernel is no little-endian 32-bit ARM file but: ${describeImage(recognise(bytes))}.`)
  }
  if (elf.segments.length === 0) {
    throw new ImageError(
      "The ELF file has nothing to load: it is not linked into an executable; link it, or give a zImage.",
    )
  }
  const loads = elf.segments.map((segment) => ({
    address: Number(segment.physicalAddress),
    bytes: segment.bytes,
    size: Number(segment.memorySize),
  }))
  const entry = Number(physicalEntry(elf))
  return {
    loads,
    entry: entry - (entry % 2),
    thumb: entry % 2 === 1,
    low: loads.reduce((low, { address }) => Math.min(low, address), Infinity),
    high: loads.reduce((high, { address, size }) => Math.max(high, address + size), 0),
    isLinux: false,
    notes: [],
  }
}

function placeUimage(image: UImage & { architectureName: string; typeName: string }, ramBase: number): PlacedKernel {
  if (image.architecture !== UIMAGE_ARCHITECTURE_ARM) {
    throw new ImageError(`The uImage holds a program for ${image.architectureName}, not ARM; give an ARM kernel.`)
  }
  if (image.compression !== "none") {
    throw new ImageError(`The kernel in the uImage is still compressed (${image.compression}); unpack it first.`)
  }
  const runsAnywhere = image.type === UIMAGE_TYPE_KERNEL_NOLOAD
  if (image.type !== UIMAGE_TYPE_KERNEL && !runsAnywhere) {
    throw new ImageError(`The uImage holds no kernel but a ${image.typeName}; give a uImage of type kernel.`)
  }
  // Such an image stays in place with its header; its entry point counts from the payload.
  const address = runsAnywhere ? ramBase + NOLOAD_OFFSET + UIMAGE_HEADER_BYTES : image.loadAddress
  const entry = runsAnywhere ? address + image.entry : image.entry
  if (entry < address || entry >= address + image.payload.length) {
    throw new ImageError(`The uImage starts at ${hex(entry)}, outside its payload at ${hex(address)}; make it again.`)
  }
  const inside = recognise(image.payload)
  const placed =
    inside.format === "zimage" ? placeZimage(image.payload, ramBase, address) : place(image.payload, address)
  return { ...placed, entry }
}
