// The 64-byte header of flat AArch64 and RISC-V Linux kernels (Linux: Documentation/arm64/booting.rst, riscv/boot-image-header.rst).

import { ByteReader } from "../byte-reader.ts"
import { isPe } from "./pe.ts"
import type { ArchitectureName } from "./target.ts"

/** The contents of the header; sizes in bytes. */
export interface LinuxImage {
  architecture: ArchitectureName
  /** Offset of the image from a 2 MiB boundary of RAM. */
  textOffset: bigint
  /** Memory that the kernel takes; 0 if the header does not say. */
  imageSize: bigint
  hasEfiStub: boolean
}

const MAGICS = { "ARM\x64": "AArch64", "RSC\x05": "RISC-V" } as const

/** Reads the header; undefined if neither magic number is at offset 0x38. */
export function parseLinuxImage(bytes: Uint8Array): LinuxImage | undefined {
  if (bytes.length < 64) return undefined
  const file = new ByteReader(bytes, "Linux Image", "little")
  const magic = String.fromCharCode(...file.slice(56, 4, "header"))
  if (magic !== "ARM\x64" && magic !== "RSC\x05") return undefined
  return {
    architecture: MAGICS[magic],
    textOffset: file.u64(8, "header"),
    imageSize: file.u64(16, "header"),
    hasEfiStub: isPe(bytes),
  }
}
