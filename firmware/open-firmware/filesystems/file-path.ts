// File names in the arguments of a boot device: "\boot\grub.elf", "\\:tbxi" (CHRP Binding, section 11.1.3).

/** A name as a boot device has it. */
export interface FilePath {
  /** Whether the path starts in the blessed folder, as two backslashes say. */
  readonly fromBlessed: boolean
  /** Names of the folders on the way. */
  readonly folders: readonly string[]
  /** The file's name; undefined if a type stands in its place. */
  readonly name: string | undefined
  /** The file's type of four characters; undefined if it does not matter. */
  readonly type: string | undefined
}

/** Arguments of a disk: which partition and which file. */
export interface DiskArguments {
  /** The number of the partition; 0 is the whole disk, undefined leaves it open. */
  readonly partition: number | undefined
  /** The file's path; empty if the partition itself is meant. */
  readonly path: string
}

/** Splits `[partition][,path]`; a path may stand without the comma if it starts with a backslash. */
export function parseDiskArguments(args: string): DiskArguments | undefined {
  const [, number = "", path] = /^(\d{0,4})(?:,(.*)|(\\.*))?$/s.exec(args) ?? []
  const direct = /^\\/.test(args) ? args : undefined
  if (path === undefined && direct === undefined && !/^\d{0,4}$/.test(args)) return undefined
  return { partition: number === "" ? undefined : Number(number), path: path ?? direct ?? "" }
}

/** Reads a path; folders are separated by backslashes. */
export function parseFilePath(path: string): FilePath {
  const fromBlessed = path.startsWith("\\\\")
  const parts = path.split("\\").filter((part) => part !== "")
  const last = parts.at(-1) ?? ""
  const isFolder = path.endsWith("\\")
  const folders = isFolder ? parts : parts.slice(0, -1)
  const type = last.startsWith(":") ? last.slice(1) : undefined
  return { fromBlessed, folders, name: type === undefined && !isFolder && last !== "" ? last : undefined, type }
}

/** Whether two names are the same on a file system that ignores case. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
