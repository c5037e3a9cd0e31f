// The drives of a Macintosh in its device tree.

import type { Drive } from "../../../devices/kit/index.ts"
import type { DriveDescription } from "../../../firmware/open-firmware/index.ts"

/** The drives as the device tree describes them. */
export function describeDrives(drives: readonly (Drive | undefined)[]): DriveDescription[] {
  return drives.flatMap((drive, place): DriveDescription[] =>
    drive ? [{ channel: (place >> 1) as 0 | 1, unit: (place & 1) as 0 | 1, kind: drive.media }] : [],
  )
}

/** The drives by the path of their node below that of the I/O chip. */
export function drivesByPath(macIo: string, drives: readonly (Drive | undefined)[]): Record<string, Drive> {
  return Object.fromEntries(
    drives.flatMap((drive, place) =>
      drive
        ? [[`${macIo}/ata-3@2${place >> 1}000/${drive.media === "disk" ? "disk" : "cdrom"}@${place & 1}`, drive]]
        : [],
    ),
  )
}
