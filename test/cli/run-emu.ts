// Runs the `emu` command for tests: in this process, or as the user starts it.

import { spawnSync } from "node:child_process"
import { run } from "../../src/cli/commands.ts"

// A process runs one command, and here many: each leaves its listeners.
process.setMaxListeners(0)
process.stdout.setMaxListeners(0)

/** What came of a command that ran in this process. */
export type CommandResult = {
  readonly status: number | undefined
  readonly out: string
  /** What the command threw, which the entry point turns into one line and an exit status. */
  readonly error: Error | undefined
}

/** Runs a command in this process. */
export async function runCommand(...words: string[]): Promise<CommandResult> {
  let out = ""
  const { write } = process.stdout
  process.stdout.write = ((text: string | Uint8Array, done?: () => void) => {
    out += typeof text === "string" ? text : new TextDecoder().decode(text)
    done?.()
    return true
  }) as typeof write
  try {
    return { status: await run(words, "test"), out, error: undefined }
  } catch (error) {
    return { status: undefined, out, error: error as Error }
  } finally {
    process.stdout.write = write
  }
}

/** Starts the command in a process of its own, with that standard input. */
export function spawnEmu(words: readonly string[], input = ""): { status: number | null; out: string; err: string } {
  const main = new URL("../../src/cli/main.ts", import.meta.url).pathname
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", main, ...words], {
    encoding: "utf8",
    input,
    timeout: 50_000,
  })
  return { status, out: stdout, err: stderr }
}
