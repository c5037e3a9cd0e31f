// What file systems have in common: folders, files with types, and paths through them.

import type { ByteSource } from "./byte-source.ts"
import { type FilePath, parseFilePath, sameName } from "./file-path.ts"

/** An entry of a folder. */
export type DirectoryEntry =
  | { readonly kind: "folder"; readonly name: string; readonly id: number }
  | {
      readonly kind: "file"
      readonly name: string
      /** Type of four characters; empty on file systems without types. */
      readonly type: string
      /** Opens the file's data. */
      open(): ByteSource
    }

/** A mounted file system, read-only. */
export interface FileSystem {
  readonly root: number
  /** The folder that holds the system to boot; undefined without one. */
  readonly blessed: number | undefined
  /** The entries of a folder; ImageError if the volume is damaged. */
  list(folder: number): readonly DirectoryEntry[]
}

/** Opens the file at a path ("\\:tbxi"); undefined if there is none. */
export function openFile(fileSystem: FileSystem, path: string): ByteSource | undefined {
  const parsed = parseFilePath(path)
  const folder = findFolder(fileSystem, parsed)
  if (folder === undefined) return undefined
  for (const entry of fileSystem.list(folder)) {
    if (entry.kind !== "file") continue
    const matches = parsed.type !== undefined ? entry.type === parsed.type : sameName(entry.name, parsed.name ?? "")
    if (matches) return entry.open()
  }
  return undefined
}

function findFolder(fileSystem: FileSystem, { fromBlessed, folders }: FilePath): number | undefined {
  let at = fromBlessed ? fileSystem.blessed : fileSystem.root
  for (const name of folders) {
    if (at === undefined) return undefined
    const entry = fileSystem.list(at).find((one) => one.kind === "folder" && sameName(one.name, name))
    at = entry?.kind === "folder" ? entry.id : undefined
  }
  return at
}
