// Disks, partitions and files as bytes.

import { hex, ImageError } from "../../image-error.ts"
import type { DrivePort } from "../ports.ts"

/** Bytes that are read in pieces; a read beyond the end is an ImageError. */
export interface ByteSource {
  readonly size: number
  read(offset: number, length: number): Uint8Array
}

/** Bytes that a drive reads at once, so that small reads in a row cost one access. */
const CHUNK_BYTES = 65_536

/** All bytes of a drive. */
export function driveSource(drive: DrivePort): ByteSource {
  const size = drive.blocks * drive.blockBytes
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / drive.blockBytes))
  let chunkAt = -1
  let chunk: Uint8Array = new Uint8Array(0)
  const load = (block: number): void => {
    const first = block - (block % perChunk)
    if (first === chunkAt) return
    const bytes = drive.read(first, Math.min(perChunk, drive.blocks - first))
    if (!bytes) throw new ImageError(`The drive cannot read block ${first}.`)
    chunk = bytes
    chunkAt = first
  }
  return {
    size,
    read(offset, length) {
      requireInside("drive", size, offset, length)
      const out = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        load(Math.floor((offset + done) / drive.blockBytes))
        const from = offset + done - chunkAt * drive.blockBytes
        const part = chunk.subarray(from, from + length - done)
        out.set(part, done)
        done += part.length
      }
      return out
    },
  }
}

/** A part of another source. */
export function windowOf(source: ByteSource, start: number, size: number): ByteSource {
  return {
    size,
    read(offset, length) {
      requireInside("partition", size, offset, length)
      return source.read(start + offset, length)
    },
  }
}

/** A piece of a file on its volume, in bytes. */
export interface Extent {
  readonly start: number
  readonly size: number
}

/** A file of `size` bytes that lies in extents; what they lack reads as an error. */
export function extentsSource(volume: ByteSource, extents: readonly Extent[], size: number): ByteSource {
  return {
    size,
    read(offset, length) {
      requireInside("file", size, offset, length)
      const out = new Uint8Array(length)
      let done = 0
      let at = 0
      for (const extent of extents) {
        const from = offset + done - at
        if (done < length && from < extent.size) {
          const count = Math.min(length - done, extent.size - from)
          out.set(volume.read(extent.start + from, count), done)
          done += count
        }
        at += extent.size
      }
      if (done < length) throw new ImageError(`A file on the volume has no bytes at offset ${hex(offset + done)}.`)
      return out
    },
  }
}

/** A source over bytes in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(offset, length) {
      requireInside("file", bytes.length, offset, length)
      return bytes.slice(offset, offset + length)
    },
  }
}

function requireInside(what: string, size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new ImageError(`A read of ${hex(length)} bytes at ${hex(offset)} runs past the end of the ${what}.`)
  }
}
