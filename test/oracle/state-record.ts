// What a CPU looks like between two instructions, as far as a trace of the reference tells.

/** State between two instructions. `d` holds D0 to D31 as pairs of words, low word first. */
export type StateRecord = {
  /** r0 to r15 of the current mode; r15 is the address of the next instruction. */
  readonly r: Uint32Array
  cpsr: number
  fpscr: number
  readonly d: Uint32Array
}

/** A record of zeros. */
export function emptyRecord(): StateRecord {
  return { r: new Uint32Array(16), cpsr: 0, fpscr: 0, d: new Uint32Array(64) }
}

/** Copies `from` into `into`. */
export function copyRecord(from: StateRecord, into: StateRecord): void {
  into.r.set(from.r)
  into.d.set(from.d)
  into.cpsr = from.cpsr
  into.fpscr = from.fpscr
}

/** The address of the next instruction. */
export const pcOf = (record: StateRecord): number => record.r[15]!
