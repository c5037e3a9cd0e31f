#!/usr/bin/env node
// The `emu` command: parses the command line and hands over to one file per subcommand.

import { endByHangUp } from "../host/terminal.ts"
import { tuneV8 } from "../host/v8.ts"
import { reportError, statusOf } from "./errors.ts"
import { EXIT } from "./exit-codes.ts"
import { watchStandardOutput } from "./standard-output.ts"

declare const EMU_VERSION: string | undefined
const version = typeof EMU_VERSION === "string" ? EMU_VERSION : "development"

async function main(words: string[]): Promise<number> {
  // Answered before anything is loaded.
  if (words[0] === "--version" || words[0] === "-V") {
    process.stdout.write(`${version}\n`)
    return EXIT.ok
  }
  tuneV8()
  const { run } = await import("./commands.ts")
  return run(words, version)
}

endByHangUp()
watchStandardOutput()
// A closed standard error must not change the exit status.
process.stderr.on("error", () => {})
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  reportError(error)
  process.exitCode = statusOf(error)
  // What was not done in time may go on for ever.
  if (process.exitCode === EXIT.limit) process.exit()
}
