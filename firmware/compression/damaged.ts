// The error of every decompressor, and what may follow a compressed file.

import { ImageError } from "../image-error.ts"

/** An error that says that a file ("gzip file") is damaged; `problem` begins with "its" or "it". */
export function damaged(what: string, problem?: string): ImageError {
  const detail = problem === undefined ? "" : `: ${problem}`
  return new ImageError(`The ${what} is truncated or damaged${detail}; get the file again.`)
}

/**
 * Whether what follows a complete file is no part of it: padding of 0 or 0xff, or the unpacked size in 32 bits, which the
 * build of Linux appends, and padding.
 */
export function isPadding(bytes: Uint8Array, at: number, unpackedBytes: number): boolean {
  const isFilled = (from: number) => [0, 0xff].some((fill) => bytes.subarray(from).every((byte) => byte === fill))
  if (isFilled(at)) return true
  const size = unpackedBytes >>> 0
  return [0, 8, 16, 24].every((shift, n) => bytes[at + n] === ((size >>> shift) & 0xff)) && isFilled(at + 4)
}
