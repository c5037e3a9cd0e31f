// Failures of standard output: a full disk, a reader that has gone. They end the command, and never with status 0.

import type { SystemError } from "../host/outlet.ts"
import { OutputError, reportError } from "./errors.ts"

let isWatched = true

/** Ends the command when standard output fails, unless another status than 0 has been decided on. */
export function watchStandardOutput(): void {
  process.stdout.on("error", (cause: SystemError) => {
    if (!isWatched) return
    const error = new OutputError("standard output", cause)
    reportError(error)
    process.exit(process.exitCode || error.status)
  })
}

/** From here on, the caller itself watches standard output. */
export function watchNoLonger(): void {
  isWatched = false
}
