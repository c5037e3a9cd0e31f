// `--screenshot FILE`: what the board's screen shows at the end of the run, as a PNG file.

import { writeFileSync } from "node:fs"
import { encodePng } from "../host/png.ts"
import type { Board } from "../machines/index.ts"
import { OutputError, report, reportError } from "./errors.ts"
import { EXIT } from "./exit-codes.ts"
import { UsageError } from "./usage-error.ts"

/** UsageError if a picture is wanted of a board without a screen. */
export function checkScreenshot(path: string | undefined, { machine, screen }: Board): void {
  if (path !== undefined && !screen) throw new UsageError(`--screenshot: ${machine.name} has no screen.`)
}

/** Writes the picture. Gives the exit status for that: not 0 if there is no picture or no file. */
export function takeScreenshot(path: string, { screen }: Board): number {
  const picture = screen?.picture()
  if (!picture) {
    report(`the screen shows nothing, so ${path} is not written`)
    return EXIT.guest
  }
  try {
    writeFileSync(path, encodePng(picture))
    return EXIT.ok
  } catch (error) {
    const failure = new OutputError(path, error as NodeJS.ErrnoException)
    reportError(failure)
    return failure.status
  }
}
