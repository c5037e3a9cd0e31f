// Self-extracting ARM Linux kernels (the zImage header at offset 0x24 and the tag table that it points to).

import { ByteReader, type Endian } from "../byte-reader.ts"
import { hex, ImageError } from "../image-error.ts"
import { isPe } from "./pe.ts"

/** The contents of a zImage's header; sizes in bytes. */
export interface ZImage {
  /** Byte order of the kernel's data. */
  endian: Endian
  /** Address at which the image was linked to run; 0 if it runs anywhere. */
  start: number
  /** Bytes of the image, without anything appended to it. */
  size: number
  /** Bytes that follow the image in the file, such as an appended device tree. */
  appended: number
  /** Whether the image is also an EFI application. */
  hasEfiStub: boolean
  /** Bytes of the unpacked kernel and of its zeroed memory, if the image has them. */
  unpackedSize?: number
  zeroedSize?: number
}

const WHAT = "zImage"
const MAGIC = 0x016f_2818
const HEADER_END = 0x34
const TABLE_MAGIC = 0x4545_4545
const TAG_KERNEL_SIZE = 0x5a53_4c4b

/** Whether the zImage magic number is at offset 0x24. */
export function isZimage(bytes: Uint8Array): boolean {
  return bytes[0x24] === 0x18 && bytes[0x25] === 0x28 && bytes[0x26] === 0x6f && bytes[0x27] === 0x01
}

/** Reads the header of a zImage; ImageError if the file is shorter than the header says. */
export function parseZimage(bytes: Uint8Array): ZImage {
  if (!isZimage(bytes)) throw new ImageError(`This is not a zImage: ${hex(MAGIC)} does not stand at offset 0x24.`)
  const file = new ByteReader(bytes, WHAT, "little")
  const start = file.u32(0x28, "header")
  const end = file.u32(0x2c, "header")
  if (end <= start) throw new ImageError(`${WHAT} is damaged: it ends at ${hex(end)}, before it starts; get it again.`)
  const size = end - start
  if (size < HEADER_END) throw new ImageError(`${WHAT} is damaged: its header says ${size} bytes; get it again.`)
  file.require(0, size, "code")
  return {
    endian: readEndian(file),
    start,
    size,
    appended: bytes.length - size,
    hasEfiStub: isPe(bytes),
    ...readKernelSize(file, size),
  }
}

// The word is 0x04030201 in the byte order of the kernel; images from before it was introduced have code here.
function readEndian(file: ByteReader): Endian {
  return file.u32(0x30, "header") === 0x0102_0304 ? "big" : "little"
}

/** The kernel-size tag: words (count, tag, offset of the unpacked size, zeroed bytes …), since Linux 4.15. */
function readKernelSize(file: ByteReader, size: number): { unpackedSize?: number; zeroedSize?: number } {
  if (size < 0x3c || file.u32(0x34, "header") !== TABLE_MAGIC) return {}
  const table = file.u32(0x38, "header")
  if (table > size - 16 || file.u32(table + 4, "tag table") !== TAG_KERNEL_SIZE) return {}
  const sizeAt = file.u32(table + 8, "tag table")
  if (sizeAt > size - 4) return {}
  return { unpackedSize: file.u32(sizeAt, "unpacked size"), zeroedSize: file.u32(table + 12, "tag table") }
}
