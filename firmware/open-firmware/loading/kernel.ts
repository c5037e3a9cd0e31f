// A kernel given by the user, placed in memory as a boot loader would (Linux: Documentation/powerpc/bootwrapper.rst).

import { hex, ImageError, sizeText } from "../../image-error.ts"
import type { ClientMemory } from "../memory/client-memory.ts"
import type { MemoryMap } from "../memory/memory-map.ts"
import { type ClientImage, imageEnd, placeImage, readClientImage } from "./client-image.ts"

/** A kernel with what it gets. */
export interface KernelRequest {
  /** An ELF or XCOFF file without compression around it. */
  readonly kernel: Uint8Array
  readonly initrd?: Uint8Array
  readonly commandLine?: string
}

/** Where the kernel lies, and its RAM disk with a size of 0 if there is none. */
export interface PlacedKernel {
  readonly image: ClientImage
  readonly initrdStart: number
  readonly initrdBytes: number
}

/** The kernel may use this much memory behind itself before it looks where its RAM disk is. */
const GAP_BYTES = 1 << 20
const PAGE_BYTES = 4096

/** Copies a kernel and its RAM disk to memory; ImageError if it cannot run here or does not fit. */
export function placeKernel({ kernel, initrd }: KernelRequest, memory: ClientMemory, map: MemoryMap): PlacedKernel {
  const image = readClientImage(kernel)
  if (!image) throw new ImageError("The image is neither an ELF file nor an XCOFF file, which Open Firmware starts.")
  placeImage(image, memory, map)
  if (!initrd || initrd.length === 0) return { image, initrdStart: 0, initrdBytes: 0 }
  const end = imageEnd(image)
  const limit = map.programLimit
  const initrdStart = Math.ceil((end + GAP_BYTES) / PAGE_BYTES) * PAGE_BYTES
  if (initrdStart + initrd.length > limit) {
    throw new ImageError(
      `The initrd of ${sizeText(initrd.length)} does not fit between the kernel, which ends at ${hex(end)}, and the ` +
        `end of the memory at ${hex(limit)}; give the machine more memory.`,
    )
  }
  memory.setBytes(initrdStart, initrd)
  map.occupy(initrdStart, initrd.length)
  return { image, initrdStart, initrdBytes: initrd.length }
}
