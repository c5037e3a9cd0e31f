// Magic numbers.

/** Whether those bytes stand at an offset. */
export function startsAt(bytes: Uint8Array, at: number, magic: readonly number[]): boolean {
  return magic.every((byte, n) => bytes[at + n] === byte)
}

/** Whether a file starts with those bytes. */
export function starts(bytes: Uint8Array, ...magic: readonly number[]): boolean {
  return startsAt(bytes, 0, magic)
}
