// A mistake in how a board is put together.

import { printable } from "../firmware/printable.ts"

/** Parts that do not fit together: `message` is one printable line that names them. */
export class WiringError extends Error {
  override readonly name = "WiringError"

  constructor(message: string) {
    super(printable(message))
  }
}
