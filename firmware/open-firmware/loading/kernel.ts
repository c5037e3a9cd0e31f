// A kernel given by the user, placed in memory as a boot loader would (Linux: Documentation/powerpc/booting.rst).

import { hex, ImageError, sizeText } from "../../image-error.ts"
import type { ClientMemory } from "../memory/client-memory.ts"
import type { MemoryMap } from "../memory/memory-map.ts"
import { type ClientImage, imageEnd, readElfImage, requireRoom } from "./client-image.ts"

/** A kernel with what it gets. */
export interface KernelRequest {
  /** An ELF file without compression around it. */
  readonly kernel: Uint8Array
  readonly initrd?: Uint8Array
  readonly commandLine?: string
}

/** Where the kernel lies: its first instruction, and its RAM disk with a size of 0 if there is none. */
export interface PlacedKernel {
  readonly entry: number
  readonly initrdStart: number
  readonly initrdBytes: number
}

/** The kernel may use this much memory behind itself before it looks where its RAM disk is. */
const GAP_BYTES = 1 << 20
const PAGE_BYTES = 4096

/** Copies a kernel and its RAM disk to memory; `limit` is where the firmware's own memory starts. */
export function placeKernel(request: KernelRequest, memory: ClientMemory, map: MemoryMap, limit: number): PlacedKernel {
  const image = readElfImage(request.kernel)
  requireRoom(image, limit)
  const initrdBytes = request.initrd?.length ?? 0
  const initrdStart = initrdBytes === 0 ? 0 : Math.ceil((imageEnd(image) + GAP_BYTES) / PAGE_BYTES) * PAGE_BYTES
  if (initrdStart + initrdBytes > limit) {
    throw new ImageError(
      `The initrd of ${sizeText(initrdBytes)} does not fit between the kernel, which ends at ${hex(imageEnd(image))}, ` +
        `and the end of the memory at ${hex(limit)}; give the machine more memory.`,
    )
  }
  placeImage(image, memory, map)
  if (request.initrd && initrdBytes > 0) {
    memory.setBytes(initrdStart, request.initrd)
    map.occupy(initrdStart, initrdBytes)
  }
  return { entry: image.entry, initrdStart, initrdBytes }
}

/** Copies a program to memory and takes that memory away from claims. */
export function placeImage({ segments }: ClientImage, memory: ClientMemory, map: MemoryMap): void {
  for (const { address, bytes, memoryBytes } of segments) {
    memory.setBytes(address, bytes)
    memory.clear(address + bytes.length, memoryBytes - bytes.length)
    map.occupy(address, memoryBytes)
  }
}
