// Exceptions of the Forth engine: throw codes (ANS X3.215-1994, table 9.2) and their messages.

/** Throw codes that the engine itself raises. */
export const THROW = {
  ABORT: -1,
  ABORT_WITH_MESSAGE: -2,
  STACK_OVERFLOW: -3,
  STACK_UNDERFLOW: -4,
  RETURN_STACK_OVERFLOW: -5,
  RETURN_STACK_UNDERFLOW: -6,
  DICTIONARY_FULL: -8,
  BAD_ADDRESS: -9,
  DIVISION_BY_ZERO: -10,
  OUT_OF_RANGE: -11,
  UNDEFINED_WORD: -13,
  COMPILE_ONLY: -14,
  MISSING_NAME: -16,
  STRING_TOO_LONG: -18,
  UNSUPPORTED: -21,
  UNBALANCED: -22,
  INTERRUPTED: -28,
  BAD_NAME_ARGUMENT: -32,
  BAD_FCODE: -256,
} as const

const MESSAGES: Readonly<Record<number, string>> = {
  [THROW.ABORT]: "Aborted",
  [THROW.STACK_OVERFLOW]: "Stack overflow",
  [THROW.STACK_UNDERFLOW]: "Stack underflow",
  [THROW.RETURN_STACK_OVERFLOW]: "Return stack overflow",
  [THROW.RETURN_STACK_UNDERFLOW]: "Return stack underflow",
  [THROW.DICTIONARY_FULL]: "Out of memory",
  [THROW.BAD_ADDRESS]: "Bad address",
  [THROW.DIVISION_BY_ZERO]: "Division by zero",
  [THROW.OUT_OF_RANGE]: "Result out of range",
  [THROW.UNDEFINED_WORD]: "Undefined word",
  [THROW.COMPILE_ONLY]: "Compilation only",
  [THROW.MISSING_NAME]: "A name is missing",
  [THROW.STRING_TOO_LONG]: "String too long",
  [THROW.UNSUPPORTED]: "Not supported",
  [THROW.UNBALANCED]: "Control structure is not balanced",
  [THROW.INTERRUPTED]: "Interrupted",
  [THROW.BAD_NAME_ARGUMENT]: "A word of the wrong kind",
  [THROW.BAD_FCODE]: "Bad FCode",
}

/** The message of a throw code. */
export function messageOf(code: number): string {
  return MESSAGES[code] ?? `Exception ${code}`
}

/** An error of the running Forth program; `code` is what `catch` returns, `message` what the user sees. */
export class ForthError extends Error {
  readonly code: number

  constructor(code: number, message: string = messageOf(code)) {
    super(message)
    this.name = "ForthError"
    this.code = code
  }
}

/** An address as error messages and listings show it. */
export const hexAddress = (address: number): string => (address >>> 0).toString(16).padStart(8, "0")

const LONGEST_NAME = 64

/** The error for a word that nothing defines. */
export function undefinedWord(name: string): ForthError {
  return new ForthError(THROW.UNDEFINED_WORD, `${name.slice(0, LONGEST_NAME)}: undefined word`)
}
