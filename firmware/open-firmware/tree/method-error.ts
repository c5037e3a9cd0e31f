// How a method fails: with a code of Forth's `throw`.

/** Ends a method; the caller sees `code` as the result of its catch. */
export class MethodError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** Codes of throws that Forth defines (ANS X3.215-1994, table 9.2). */
export const THROW = {
  STACK_UNDERFLOW: -4,
  MEMORY_FAULT: -9,
  OUT_OF_RANGE: -11,
  UNDEFINED_WORD: -13,
  UNSUPPORTED: -21,
  BAD_ARGUMENT: -24,
} as const
