// A mistake in how a board is put together.

/** Parts that do not fit together: `message` is one line that names them. */
export class WiringError extends Error {
  override readonly name = "WiringError"
}
