// Firmware images for boards with a ROM at the end of the address space: an ELF file, or the bytes of the ROM.

import { hex, ImageError } from "../image-error.ts"
import { isElf, parseElf } from "./elf.ts"

/**
 * The contents of a ROM of `size` bytes at `base`. An ELF file is loaded at its physical addresses; other bytes are the
 * end of the ROM. ImageError if they do not fit.
 */
export function romContents(image: Uint8Array, base: number, size: number): Uint8Array {
  const rom = new Uint8Array(size)
  if (!isElf(image)) {
    if (image.length > size) throw new ImageError(`The firmware is ${image.length} bytes; the ROM has ${size}.`)
    rom.set(image, size - image.length)
    return rom
  }
  for (const { physicalAddress, bytes } of parseElf(image).segments) {
    const at = Number(physicalAddress) - base
    if (at < 0 || at + bytes.length > size)
      throw new ImageError(`The firmware's segment at ${hex(physicalAddress)} lies outside of the ROM at ${hex(base)}.`)
    rom.set(bytes, at)
  }
  return rom
}
