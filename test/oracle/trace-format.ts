// The text that QEMU writes for each instruction under `-singlestep -d cpu[,fpu],nochain`, parsed as bytes.
//
// A record is the state before an instruction, hence after the one before it:
//   R00=00000000 R01=… (four lines of four)
//   PSR=400001d3 -Z-- A svc32
//   s00=00000000 s01=00000000 d00=0000000000000000 (one line for each D register that the CPU has; `fpu` only)
//   FPSCR: 00000000                                (`fpu` only)
// Every record of a run has the same length, which makes fixed offsets possible.

import type { StateRecord } from "./state-record.ts"

/** A trace that does not look as described above. */
export class TraceFormatError extends Error {}

const NEWLINE = 10
const CORE_BYTES = 4 * 52
const D_LINE_BYTES = 47
/** Bytes from the start of a D register's line to the digits of the double. */
const D_DIGITS_AT = 30

/** Where the fields of a run's records are, in bytes from the start of a record. */
export type TraceLayout = { bytes: number; doublesAt: number; doubles: number; fpscrAt: number }

/** Reads the layout off the first record; undefined while `text` is too short to tell. */
export function layoutOf(text: Uint8Array, length: number, fpu: boolean): TraceLayout | undefined {
  const psrEnd = text.subarray(0, length).indexOf(NEWLINE, CORE_BYTES)
  if (psrEnd < 0) return undefined
  const doublesAt = psrEnd + 1
  if (!fpu) return { bytes: doublesAt, doublesAt, doubles: 0, fpscrAt: 0 }
  let at = doublesAt
  for (;;) {
    if (at >= length) return undefined
    if (text[at] !== 0x73 /* s */) break
    at += D_LINE_BYTES
  }
  return { bytes: at + 16, doublesAt, doubles: (at - doublesAt) / D_LINE_BYTES, fpscrAt: at + 7 }
}

/** The value of eight lower-case hexadecimal digits. */
function word(text: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + 8; i++) {
    const char = text[i]!
    // "0" is 0x30 and "a" is 0x61: bit 6 tells letters, whose low nibble counts from 1.
    value = (value << 4) | ((char & 15) + (char >> 6) * 9)
  }
  return value
}

/** Parses the record at `at` into `into`; D registers that the CPU lacks keep their value. */
export function parseRecord(text: Uint8Array, at: number, layout: TraceLayout, into: StateRecord): void {
  if (text[at] !== 0x52 || text[at + CORE_BYTES] !== 0x50 || text[at + layout.bytes - 1] !== NEWLINE) {
    const shown = Buffer.from(text.subarray(at, at + 60)).toString("latin1")
    throw new TraceFormatError(`the trace has an unknown line: ${JSON.stringify(shown)}`)
  }
  const { r, d } = into
  for (let i = 0, from = at + 4; i < 16; i++, from += 13) r[i] = word(text, from)
  into.cpsr = word(text, at + CORE_BYTES + 4) >>> 0
  if (layout.fpscrAt === 0) return
  const end = layout.doubles * 2
  for (let i = 0, from = at + layout.doublesAt + D_DIGITS_AT; i < end; i += 2, from += D_LINE_BYTES) {
    d[i + 1] = word(text, from)
    d[i] = word(text, from + 8)
  }
  into.fpscr = word(text, at + layout.fpscrAt) >>> 0
}
