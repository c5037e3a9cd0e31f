// A user-level PowerPC program for the comparison with qemu-ppc: its code, the state before, and what came of it.

/** Registers that user programs have. Words are unsigned. */
export type Registers = {
  readonly gpr: Uint32Array
  readonly fpr: BigUint64Array
  readonly cr: number
  readonly xer: number
  readonly lr: number
  readonly ctr: number
}

/** A program that runs from `CODE` on and ends with a trap behind its last word. */
export type Program = { readonly words: readonly number[]; readonly before: Registers }

/** How a program ended, where, and the words of memory that it changed, by address. */
export type Outcome = {
  /** "endless" is a program that does not end or leaves its code, "changedCode" one that writes to it without icbi. */
  readonly end: "trap" | "illegal" | "access" | "alignment" | "endless" | "changedCode"
  readonly pc: number
  readonly after: Registers
  readonly stores: ReadonlyMap<number, number>
}

/** Most words of memory that an outcome tells. */
export const MAX_STORES = 1024
/** Where code stands. */
export const CODE = 0x8000
/** Most instructions of a program. */
export const MAX_WORDS = 256
/** Bytes from `CODE` on that are no data. */
export const CODE_BYTES = 0x1000
/** Bytes of memory, from address 0. */
export const MEMORY = 0x1_0000
/** Where pointers point to. */
export const DATA = { address: 0x2000, bytes: 0x2000 } as const

/** The word that stands at an address before a program, except in code. */
export const dataWord = (address: number): number => Math.imul(address + 4, 0x9e37_79b1) >>> 0

/** Whether an address is of code, which is not compared. */
export const isCode = (at: number): boolean => at >= CODE && at < CODE + CODE_BYTES

/** `tw 31, r0, r0`: always traps. */
export const TRAP = 0x7fe0_0008
