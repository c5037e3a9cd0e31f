// The drives that the command line names: `--drive file=disk.img,media=disk`, `--hda disk.img`, `--cdrom disc.iso`.

import { statSync } from "node:fs"
import { OverlayBlock } from "../../devices/block/overlay-block.ts"
import type { BlockPort } from "../../devices/kit/index.ts"
import { ImageError } from "../../firmware/image-error.ts"
import { FileBlock } from "../host/file-block.ts"
import type { DriveOptions } from "../machines/index.ts"
import { report } from "./errors.ts"
import { reasonOf } from "./input.ts"
import { parseOneOf, parseSettings, parseWhole } from "./settings.ts"

const shortcut = (describe: string) => ({ type: "string", value: "FILE", oneDash: true, describe }) as const

/** The options that add drives. */
export const driveOptions = {
  drive: {
    type: "string",
    array: true,
    nargs: 1,
    oneDash: true,
    value: "file=FILE,...",
    describe:
      "drive with a raw image: file=FILE, and if wanted media=disk or cdrom, index=N, readonly=on, snapshot=on; repeatable",
  },
  hda: shortcut("disk at place 0: --drive file=FILE,index=0"),
  hdb: shortcut("disk at place 1"),
  hdc: shortcut("disk at place 2"),
  hdd: shortcut("disk at place 3"),
  cdrom: shortcut("disc at place 2: --drive file=FILE,index=2,media=cdrom"),
} as const

const PLACES = { hda: 0, hdb: 1, hdc: 2, hdd: 3 } as const

/** What the options say, before any file is opened. */
type Wanted = {
  readonly file: string | undefined
  readonly media: "disk" | "cdrom"
  readonly index: number | undefined
  readonly isReadOnly: boolean
  readonly isSnapshot: boolean
}

/** Values of the options. */
export type DriveArguments = { readonly [name in keyof typeof driveOptions]?: string | readonly string[] | undefined }

/** The drives that the user asked for, with their files open. */
export function openDrives(args: DriveArguments): DriveOptions[] {
  const wanted: Wanted[] = []
  for (const [name, index] of Object.entries(PLACES)) {
    const file = args[name as keyof typeof PLACES] as string | undefined
    if (file !== undefined) wanted.push({ file, media: "disk", index, isReadOnly: false, isSnapshot: false })
  }
  if (args.cdrom !== undefined)
    wanted.push({ file: args.cdrom as string, media: "cdrom", index: 2, isReadOnly: true, isSnapshot: false })
  for (const text of (args.drive ?? []) as readonly string[]) wanted.push(parseDrive(text))
  return wanted.map(open)
}

function parseDrive(text: string): Wanted {
  const names = ["file", "format", "if", "index", "media", "readonly", "snapshot"] as const
  const settings = parseSettings("--drive", text, names)
  parseOneOf("--drive", "format", settings.format ?? "raw", ["raw"])
  parseOneOf("--drive", "if", settings.if ?? "ide", ["ide"])
  const media = parseOneOf("--drive", "media", settings.media ?? "disk", ["disk", "cdrom"])
  const isOn = (name: "readonly" | "snapshot") =>
    parseOneOf("--drive", name, settings[name] ?? "off", ["on", "off"]) === "on"
  return {
    file: settings.file,
    media,
    index: settings.index === undefined ? undefined : parseWhole("--drive", "index", settings.index),
    isReadOnly: isOn("readonly") || media === "cdrom",
    isSnapshot: isOn("snapshot"),
  }
}

function open({ file, media, index, isReadOnly, isSnapshot }: Wanted): DriveOptions {
  const name = `The ${media === "disk" ? "disk" : "disc"} image${file === undefined ? "" : ` ${file === "" ? '""' : file}`}`
  if (file === undefined) return { media, index, name }
  return { media, index, name, image: openFile(file, name, isReadOnly, isSnapshot) }
}

function openFile(path: string, name: string, isReadOnly: boolean, isSnapshot: boolean): BlockPort {
  const isOnlyRead = isReadOnly || isSnapshot
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) throw new ImageError(`${name} is a directory; name a file.`)
    if (!stat.isFile()) throw new ImageError(`${name} is a device or a pipe; name a file.`)
    const file = new FileBlock(path, isOnlyRead, ({ what, error }) => {
      report(`${name} cannot be ${what}: ${reasonOf(error)}; the guest gets an error`)
    })
    return isSnapshot && !isReadOnly ? new OverlayBlock(file) : file
  } catch (error) {
    if (error instanceof ImageError) throw error
    const { code } = error as NodeJS.ErrnoException
    const isRefused = !isOnlyRead && (code === "EACCES" || code === "EROFS")
    const hint = isRefused ? " (readonly=on and snapshot=on do not write to it)" : ""
    throw new ImageError(`${name} cannot be opened: ${reasonOf(error)}${hint}.`)
  }
}
