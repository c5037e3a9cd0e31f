// The one error for bad input: images, device trees, and requests that they cannot meet.

/** Bad input: `message` is one line that names the problem and a remedy. */
export class ImageError extends Error {
  override readonly name = "ImageError"
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
