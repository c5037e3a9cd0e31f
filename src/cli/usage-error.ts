// A mistake on the command line.

/** One line that names the mistake. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}
