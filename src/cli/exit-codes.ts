// Exit statuses of the command, as the README lists them.

import { constants } from "node:os"
import type { SystemError } from "../host/outlet.ts"
import type { SessionResult } from "../session.ts"

export const EXIT = {
  /** Everything expected was seen, or the guest switched itself off. */
  ok: 0,
  /** The guest panicked, stopped its CPU for good, or ended before everything expected was seen. */
  guest: 1,
  /** The command line or an input file is wrong. */
  usage: 2,
  /** A text given by --fail-on appeared. */
  failOn: 3,
  /** --timeout or --max-instructions was reached. */
  limit: 4,
  /** A fault of the emulator itself (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** Output cannot be written (EX_IOERR of sysexits.h). */
  output: 74,
  /** The reader of the output has gone: what a shell shows for a death by SIGPIPE. */
  pipe: 128 + constants.signals.SIGPIPE,
} as const

/** The exit status of a run whose output could be written. */
export function exitCodeOf({ outcome, status = 0 }: SessionResult): number {
  if (outcome === "failed" && status !== 0) return guestStatus(status)
  return {
    matched: EXIT.ok,
    off: EXIT.ok,
    quit: EXIT.ok,
    failed: EXIT.guest,
    panic: EXIT.guest,
    failOn: EXIT.failOn,
    limit: EXIT.limit,
  }[outcome]
}

/** A status of the guest as one of a process, which has eight bits; no failure becomes 0. */
const guestStatus = (status: number): number => status & 0xff || EXIT.guest

/** The exit status when output could not be written. */
export const outputStatus = ({ code }: SystemError): number => (code === "EPIPE" ? EXIT.pipe : EXIT.output)
