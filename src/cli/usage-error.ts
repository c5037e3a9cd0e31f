// A mistake on the command line.

import { printable } from "../../firmware/printable.ts"

/** One printable line that names the mistake. */
export class UsageError extends Error {
  override readonly name = "UsageError"

  constructor(message: string) {
    super(printable(message))
  }
}
