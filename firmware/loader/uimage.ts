// Legacy U-Boot images: a 64-byte big-endian header before one payload (U-Boot, include/image.h, "Legacy Image Header").

import { ByteReader } from "../byte-reader.ts"
import { ByteWriter } from "../byte-writer.ts"
import { crc32 } from "../crc32.ts"
import { hex, ImageError } from "../image-error.ts"
import type { ArchitectureName } from "./target.ts"

/** Header and payload of a uImage; addresses are physical. */
export interface UImage {
  name: string
  /** Seconds since 1970, as the header has it. */
  time: number
  loadAddress: number
  entry: number
  /** Number of the operating system; 5 is Linux. */
  os: number
  /** Number of the architecture; 2 is ARM. */
  architecture: number
  /** 2 kernel, 14 kernel that runs where it is, 3 initrd, 4 several files. */
  type: number
  compression: UImageCompression
  /** A view into the file. */
  payload: Uint8Array
}

/** How the payload is compressed. */
export type UImageCompression = "none" | "gzip" | "bzip2" | "lzma" | "lzo" | "lz4" | "zstd"

export const UIMAGE_MAGIC = 0x2705_1956
export const UIMAGE_HEADER_BYTES = 64
export const UIMAGE_OS_LINUX = 5
export const UIMAGE_ARCHITECTURE_ARM = 2
export const UIMAGE_TYPE_KERNEL = 2
export const UIMAGE_TYPE_KERNEL_NOLOAD = 14

const WHAT = "uImage"
const COMPRESSIONS: readonly UImageCompression[] = ["none", "gzip", "bzip2", "lzma", "lzo", "lz4", "zstd"]
const TYPES: Record<number, string> = {
  1: "standalone program",
  2: "kernel",
  3: "initrd",
  4: "multi-file image",
  5: "firmware",
  6: "script",
  7: "file system",
  8: "device tree",
  14: "kernel without load address",
}
const ARCHITECTURES: Readonly<Record<number, ArchitectureName>> = {
  2: "ARM",
  3: "x86",
  4: "IA-64",
  5: "MIPS",
  7: "PowerPC",
  22: "AArch64",
  24: "x86-64",
  26: "RISC-V",
}

/** The name of a uImage type number, or its number. */
export function uimageTypeName(type: number): string {
  return TYPES[type] ?? `type ${type}`
}

/** The name of a uImage architecture number, or its number. */
export function uimageArchitectureName(architecture: number): string {
  return ARCHITECTURES[architecture] ?? `architecture ${architecture}`
}

/** Whether the file starts with the uImage magic number. */
export function isUimage(bytes: Uint8Array): boolean {
  return bytes[0] === 0x27 && bytes[1] === 0x05 && bytes[2] === 0x19 && bytes[3] === 0x56
}

/** Parses a uImage and checks both of its CRCs; ImageError if anything is wrong. */
export function parseUimage(bytes: Uint8Array): UImage {
  const file = new ByteReader(bytes, WHAT, "big")
  file.require(0, UIMAGE_HEADER_BYTES, "header")
  if (!isUimage(bytes)) throw new ImageError("This is not a uImage: it does not start with 27 05 19 56.")
  const header = file.slice(0, UIMAGE_HEADER_BYTES, "header").slice()
  header.fill(0, 4, 8)
  expectCrc("header", file.u32(4, "header"), header)
  const payload = file.slice(UIMAGE_HEADER_BYTES, file.u32(12, "header"), "payload")
  expectCrc("payload", file.u32(24, "header"), payload)
  const compression = COMPRESSIONS[file.u8(31, "header")]
  if (!compression) {
    throw new ImageError(`uImage has the unknown compression ${file.u8(31, "header")}; make it again with another.`)
  }
  return {
    name: file.text(32, 32, "header"),
    time: file.u32(8, "header"),
    loadAddress: file.u32(16, "header"),
    entry: file.u32(20, "header"),
    os: file.u8(28, "header"),
    architecture: file.u8(29, "header"),
    type: file.u8(30, "header"),
    compression,
    payload,
  }
}

/** Makes a uImage with both CRCs; a name longer than 32 bytes is cut. */
export function encodeUimage(image: UImage): Uint8Array {
  const rest = new ByteWriter("big")
  rest.append(Uint8Array.of(image.os, image.architecture, image.type, COMPRESSIONS.indexOf(image.compression)))
  rest.append(Uint8Array.from({ length: 32 }, (_, i) => image.name.charCodeAt(i) || 0))
  const header = (crc: number): ByteWriter => {
    const out = new ByteWriter("big")
    const { time, payload, loadAddress, entry } = image
    for (const word of [UIMAGE_MAGIC, crc, time, payload.length, loadAddress, entry, crc32(payload)]) out.u32(word)
    out.append(rest.finish())
    return out
  }
  const out = header(crc32(header(0).finish()))
  out.append(image.payload)
  return out.finish()
}

function expectCrc(part: string, said: number, bytes: Uint8Array): void {
  const found = crc32(bytes)
  if (said === found) return
  throw new ImageError(
    `uImage is damaged: the CRC of its ${part} is ${hex(found)}, not ${hex(said)} as its header says; get the file again.`,
  )
}
