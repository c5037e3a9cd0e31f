// ISO 9660 volumes with Rock Ridge names, read-only (ECMA-119; IEEE P1282, section 4.1.4).

import { asciiText } from "../../byte-reader.ts"
import { ImageError } from "../../image-error.ts"
import { type ByteSource, windowOf } from "./byte-source.ts"
import type { DirectoryEntry, FileSystem } from "./file-system.ts"

const SECTOR = 2048
const FIRST_DESCRIPTOR = 16
const KIND_PRIMARY = 1
const KIND_END = 255
const FLAG_DIRECTORY = 2
const ROOT_RECORD = 156
/** Bytes of a directory at most; a larger one is taken for damaged. */
const MAX_DIRECTORY_BYTES = 1 << 24

/** Mounts a volume; undefined if this is no ISO 9660 volume. */
export function mountIso9660(volume: ByteSource): FileSystem | undefined {
  for (
    let sector = FIRST_DESCRIPTOR;
    (sector + 1) * SECTOR <= volume.size && sector < FIRST_DESCRIPTOR + 64;
    sector++
  ) {
    const bytes = volume.read(sector * SECTOR, SECTOR)
    if (asciiText(bytes.subarray(1, 6)) !== "CD001" || bytes[0] === KIND_END) return undefined
    if (bytes[0] === KIND_PRIMARY) return new IsoVolume(volume, bytes)
  }
  return undefined
}

interface DirectoryRecord {
  readonly name: string
  readonly sector: number
  readonly size: number
  readonly isDirectory: boolean
}

/** Folders are numbered by their first sector. */
class IsoVolume implements FileSystem {
  readonly root: number
  readonly blessed = undefined
  readonly #volume: ByteSource
  /** Sizes of the folders that have been seen, by their first sector. */
  readonly #sizes = new Map<number, number>()

  constructor(volume: ByteSource, descriptor: Uint8Array) {
    this.#volume = volume
    const root = parseRecord(descriptor.subarray(ROOT_RECORD, ROOT_RECORD + 34))
    this.root = root.sector
    this.#sizes.set(root.sector, root.size)
  }

  list(folder: number): DirectoryEntry[] {
    const entries: DirectoryEntry[] = []
    for (const { name, sector, size, isDirectory } of this.#records(folder)) {
      if (isDirectory) {
        this.#sizes.set(sector, size)
        entries.push({ kind: "folder", name, id: sector })
      } else {
        entries.push({ kind: "file", name, type: "", open: () => windowOf(this.#volume, sector * SECTOR, size) })
      }
    }
    return entries
  }

  *#records(folder: number): Generator<DirectoryRecord> {
    const size = this.#sizes.get(folder) ?? 0
    if (size > MAX_DIRECTORY_BYTES) throw damaged("a directory is too large")
    const bytes = this.#volume.read(folder * SECTOR, size)
    for (let at = 0; at < bytes.length; ) {
      const length = bytes[at]!
      if (length === 0) {
        // A record does not cross sectors; the rest of this one is empty.
        at = (Math.floor(at / SECTOR) + 1) * SECTOR
        continue
      }
      if (length < 34 || at + length > bytes.length) throw damaged("a directory record has no place")
      const record = parseRecord(bytes.subarray(at, at + length))
      if (record.name !== "\0" && record.name !== "\x01") yield record
      at += length
    }
  }
}

function parseRecord(bytes: Uint8Array): DirectoryRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const nameBytes = bytes[32]!
  if (33 + nameBytes > bytes.length) throw damaged("a name has no place")
  const plain = asciiText(bytes.subarray(33, 33 + nameBytes)).replace(/\.?;\d+$/, "")
  // The system use area starts at an even offset.
  const name = rockRidgeName(bytes.subarray(33 + nameBytes + ((nameBytes + 1) & 1))) ?? plain
  return { name, sector: view.getUint32(6), size: view.getUint32(14), isDirectory: (bytes[25]! & FLAG_DIRECTORY) !== 0 }
}

/** The name in NM entries of a system use area; undefined without one. */
function rockRidgeName(area: Uint8Array): string | undefined {
  let name: string | undefined
  for (let at = 0; at + 4 <= area.length; ) {
    const length = area[at + 2]!
    if (length < 4 || at + length > area.length) break
    if (asciiText(area.subarray(at, at + 2)) === "NM")
      name = (name ?? "") + asciiText(area.subarray(at + 5, at + length))
    at += length
  }
  return name
}

function damaged(problem: string): ImageError {
  return new ImageError(`The ISO 9660 volume is damaged: ${problem}.`)
}
