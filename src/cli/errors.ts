// What the command says when it cannot do its work, always in one line, and the exit status for it.

import { printable } from "../../firmware/printable.ts"
import type { SystemError } from "../host/outlet.ts"
import { EXIT, outputStatus } from "./exit-codes.ts"
import { reasonOf } from "./input.ts"

/** Output that cannot be written. */
export class OutputError extends Error {
  override readonly name = "OutputError"
  readonly status: number

  /** `name` is what the user calls the output. */
  constructor(name: string, error: SystemError) {
    super(`${name} cannot be written: ${reasonOf(error)}.`)
    this.status = outputStatus(error)
  }
}

/** Statuses of the errors that have one; others are faults of the emulator. */
const STATUSES: Readonly<Record<string, number>> = {
  ImageError: EXIT.usage,
  UsageError: EXIT.usage,
  WiringError: EXIT.usage,
  TimeoutError: EXIT.limit,
}

/** The exit status for an error. */
export function statusOf(error: unknown): number {
  if (error instanceof OutputError) return error.status
  return (error instanceof Error ? STATUSES[error.name] : undefined) ?? EXIT.internal
}

/** Prints a message on standard error in one line, with control characters escaped. */
export function report(message: string): void {
  process.stderr.write(`emu: ${printable(message)}\n`)
}

/** Prints an error; of a fault of the emulator, the stack as well. */
export function reportError(error: unknown): void {
  if (error instanceof OutputError && error.status === EXIT.pipe) return
  if (statusOf(error) === EXIT.internal)
    process.stderr.write(`emu: internal error: ${(error instanceof Error && error.stack) || error}\n`)
  else report((error as Error).message)
}
