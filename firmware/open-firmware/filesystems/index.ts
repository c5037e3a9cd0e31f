// Finds partitions and files on a disk: Apple partition maps, HFS Plus, HFS and ISO 9660.

import { type Partition, readApplePartitions } from "./apple-partitions.ts"
import { type ByteSource, windowOf } from "./byte-source.ts"
import type { DiskArguments } from "./file-path.ts"
import { type FileSystem, openFile } from "./file-system.ts"
import { mountHfs } from "./hfs.ts"
import { mountHfsPlus } from "./hfs-plus.ts"
import { mountIso9660 } from "./iso9660.ts"

/** What the arguments of a disk name: a file, a partition, or all of it. */
export interface Found {
  readonly source: ByteSource
  /** The partition in which it lies; 0 is the whole disk. */
  readonly partition: number
  /** Where a partition starts on the disk, in bytes; undefined for a file. */
  readonly start: number | undefined
}

/** Finds what arguments name; undefined if there is none. ImageError if a volume is damaged. */
export function findOnDisk(disk: ByteSource, { partition, path }: DiskArguments): Found | undefined {
  const partitions = readApplePartitions(disk)
  if (path === "") return findPartition(disk, partitions, partition ?? 0)
  const places = partition === undefined ? bootOrder(disk, partitions) : [findPartition(disk, partitions, partition)]
  for (const place of places) {
    const fileSystem = place && mount(place.source)
    const source = fileSystem && openFile(fileSystem, path)
    if (source) return { source, partition: place.partition, start: undefined }
  }
  return undefined
}

/** Mounts a volume of any kind; undefined if none is recognised. */
export function mount(volume: ByteSource): FileSystem | undefined {
  // A volume of HFS Plus may lie inside one of HFS.
  return mountHfsPlus(volume) ?? mountHfs(volume) ?? mountIso9660(volume)
}

function findPartition(disk: ByteSource, partitions: readonly Partition[], number: number): Found | undefined {
  if (number === 0) return { source: disk, partition: 0, start: 0 }
  const found = partitions.find((one) => one.number === number)
  return found && { source: windowOf(disk, found.start, found.size), partition: number, start: found.start }
}

/** Places to look for a file if no partition is given: HFS partitions in order, then the disk as one volume. */
function bootOrder(disk: ByteSource, partitions: readonly Partition[]): Found[] {
  const volumes = partitions.filter(({ type }) => type === "Apple_HFS" || type === "Apple_Bootstrap")
  return [...volumes.map(({ number }) => number), 0].flatMap((number) => findPartition(disk, partitions, number) ?? [])
}
