// The masks of rotate instructions (Programming Environments Manual, 4.2.1.4: MASK).

/** Ones from bit MB to bit ME, around the end of the word if ME is lower; bit 0 is the most significant. */
export function maskOf(MB: number, ME: number): number {
  const fromBegin = 0xffff_ffff >>> MB
  const toEnd = 0xffff_ffff << (31 - ME)
  return (MB <= ME ? fromBegin & toEnd : fromBegin | toEnd) | 0
}
