// Apple partition maps (Inside Macintosh: Devices, chapter 3, "Partitions").

import { asciiText } from "../../byte-reader.ts"
import type { ByteSource } from "./byte-source.ts"

/** A partition; its number counts from 1, as in "hd:2". */
export interface Partition {
  readonly number: number
  readonly name: string
  /** "Apple_HFS", "Apple_Bootstrap" and so on. */
  readonly type: string
  readonly start: number
  readonly size: number
}

const SIGNATURE = 0x504d
const ENTRY_BYTES = 512
/** A map of more entries is taken for damaged. */
const MAX_ENTRIES = 256

/** The partitions of a disk; none without a map. Parts beyond the end of the disk are cut off. */
export function readApplePartitions(disk: ByteSource): Partition[] {
  // Hard disks count blocks of 512 bytes. CD-ROMs may count blocks of 2048.
  for (const blockBytes of [512, 2048]) {
    const partitions = readMap(disk, blockBytes)
    if (partitions.length > 0) return partitions
  }
  return []
}

function readMap(disk: ByteSource, blockBytes: number): Partition[] {
  const partitions: Partition[] = []
  let count = 1
  for (let number = 1; number <= count; number++) {
    const at = number * blockBytes
    if (at + ENTRY_BYTES > disk.size) break
    const bytes = disk.read(at, ENTRY_BYTES)
    const view = new DataView(bytes.buffer, bytes.byteOffset, ENTRY_BYTES)
    if (view.getUint16(0) !== SIGNATURE) break
    count = Math.min(view.getUint32(4), MAX_ENTRIES)
    const start = Math.min(view.getUint32(8) * blockBytes, disk.size)
    const size = Math.min(view.getUint32(12) * blockBytes, disk.size - start)
    partitions.push({ number, name: fixedText(bytes, 16), type: fixedText(bytes, 48), start, size })
  }
  return partitions
}

function fixedText(bytes: Uint8Array, at: number): string {
  const field = bytes.subarray(at, at + 32)
  const end = field.indexOf(0)
  return asciiText(end < 0 ? field : field.subarray(0, end))
}
