// Exit statuses of the command, as the README lists them.

import type { SessionResult } from "../session.ts"

export const EXIT = {
  /** Everything expected was seen, or the guest switched itself off. */
  ok: 0,
  /** The guest ended with another status, or before everything expected was seen. */
  guest: 1,
  /** The command line or an input file is wrong. */
  usage: 2,
  /** A text given by --fail-on appeared. */
  failOn: 3,
  /** --timeout or --max-instructions was reached. */
  limit: 4,
  /** A fault of the emulator itself. */
  internal: 70,
} as const

/** The exit status of a run. */
export function exitCodeOf({ outcome }: SessionResult): number {
  return { matched: EXIT.ok, off: EXIT.ok, quit: EXIT.ok, failed: EXIT.guest, failOn: EXIT.failOn, limit: EXIT.limit }[
    outcome
  ]
}
