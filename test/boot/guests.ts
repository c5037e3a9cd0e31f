// Boots real guests by the public API, for the tests of this folder.

import { readFileSync } from "node:fs"
import { describe } from "vitest"
import { type BootOptions, boot } from "../../src/index.ts"
import { findGuest, skipReason } from "../support/guests.ts"

/** A group of tests that needs guest files; without them it is skipped, and its title says why. */
export function describeGuests(title: string, guests: readonly string[], body: () => void): void {
  const missing = skipReason({ guests })
  describe.skipIf(missing)(missing === undefined ? title : `${title}: SKIPPED, ${missing}`, body)
}

/** Contents of a guest file that `describeGuests` has found. */
export function guestFile(name: string): Uint8Array {
  return readFileSync(findGuest(name)!)
}

/** What a run came to: its end, and the console's text without carriage returns and terminal control sequences. */
export type Run = {
  readonly outcome: string
  readonly reason: string
  readonly instructions: number
  readonly virtualSeconds: number
  /** The console, byte for byte. */
  readonly output: string
  readonly text: string
}

/** Boots, and ends at the latest after so many instructions. */
export async function run(options: BootOptions & { readonly maxInstructions: number }): Promise<Run> {
  const result = await boot(options)
  return { ...result, text: plain(result.output) }
}

const ESCAPE = "\x1b"
const CONTROL = new RegExp(`${ESCAPE}(?:\\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9])`, "g")

/** Text without carriage returns and terminal control sequences. */
export const plain = (output: string): string => output.replace(CONTROL, "").replaceAll("\r", "")

/** What Linux says when something has gone wrong in it. */
export const linuxTrouble = [/Kernel panic/, /Oops/, /BUG:/, /WARNING: CPU/, /Unable to handle/, /nobody cared/]
