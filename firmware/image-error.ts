// The one error for bad input: images, device trees, and requests that they cannot meet.

import { printable } from "./printable.ts"

/** Bad input: `message` is one printable line that names the problem and a remedy. */
export class ImageError extends Error {
  override readonly name = "ImageError"

  /** Escapes what the file put into `message`. */
  constructor(message: string) {
    super(printable(message))
  }
}

/** Writes an address, offset or size as hexadecimal digits with the usual prefix. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`
}

/** Writes a size in bytes in the largest unit that suits a reader (`2.7 MiB`). */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  const units = ["KiB", "MiB", "GiB", "TiB"]
  let value = bytes / 1024
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`
}
