#!/usr/bin/env node
// The `emu` command: parses the command line and hands over to one file per subcommand.

import { tuneV8 } from "../host/v8.ts"
import { EXIT } from "./exit-codes.ts"

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

process.stdout.on("error", () => process.exit(EXIT.ok))
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const { name, message } = error as Error
  const expected = ["ImageError", "UsageError", "WiringError"].includes(name)
  process.stderr.write(expected ? `emu: ${message}\n` : `emu: internal error: ${(error as Error).stack ?? error}\n`)
  process.exitCode = expected ? EXIT.usage : EXIT.internal
}
