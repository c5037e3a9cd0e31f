// Programs that Open Firmware starts, as pieces of memory (IEEE 1275 PowerPC Processor Binding, section 8).

import { hex, ImageError } from "../../image-error.ts"
import { isElf } from "../../loader/elf.ts"
import type { ClientMemory } from "../memory/client-memory.ts"
import type { MemoryMap } from "../memory/memory-map.ts"
import { readElfImage } from "./elf-image.ts"
import { isXcoff, readXcoffImage } from "./xcoff.ts"

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
  /** Address of the table of contents, for r2; only XCOFF programs have one. */
  readonly toc?: number
}

/** Reads a program of a format that the firmware knows; undefined for another, ImageError if it cannot run. */
export function readClientImage(bytes: Uint8Array): ClientImage | undefined {
  if (isElf(bytes)) return readElfImage(bytes)
  return isXcoff(bytes) ? readXcoffImage(bytes) : undefined
}

/** The address behind the last byte of a program. */
export function imageEnd({ segments }: ClientImage): number {
  return Math.max(...segments.map(({ address, memoryBytes }) => address + memoryBytes))
}

/** Copies a program to memory and takes that memory away from claims; ImageError if it is not all below `limit`. */
export function placeImage(image: ClientImage, memory: ClientMemory, map: MemoryMap): void {
  requireRoom(image, map.programLimit)
  for (const { address, bytes, memoryBytes } of image.segments) {
    memory.setBytes(address, bytes)
    memory.clear(address + bytes.length, memoryBytes - bytes.length)
    map.occupy(address, memoryBytes)
  }
}

function requireRoom({ segments }: ClientImage, limit: number): void {
  for (const { address, memoryBytes } of segments) {
    if (address + memoryBytes > limit) {
      throw new ImageError(
        `The program needs memory from ${hex(address)} to ${hex(address + memoryBytes)}, but the memory for programs ` +
          `ends at ${hex(limit)}; give the machine more memory.`,
      )
    }
  }
}
