// Finds guest images and host tools that tests use if they are there.

import { existsSync } from "node:fs"
import { delimiter, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const PROJECT = resolve(fileURLToPath(import.meta.url), "../../..")

/** The folders that may hold guests: those that EMU_GUESTS lists, then one beside the project. */
export function guestFolders(): string[] {
  const listed = (process.env["EMU_GUESTS"] ?? "").split(delimiter).filter((folder) => folder !== "")
  return [...listed, resolve(PROJECT, "../shared/guests")]
}

/** The path of a guest file ("arm/virt-zImage"), or undefined if no guest folder has it. */
export function findGuest(name: string): string | undefined {
  return guestFolders()
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))
}

/** The path of a program on PATH, or undefined. */
export function findTool(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "")
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/**
 * The reason why a test that needs these guests and tools cannot run; undefined if it can. The reason is printed once on
 * standard error, so that no test is skipped silently.
 */
export function skipReason(needs: { guests?: readonly string[]; tools?: readonly string[] }): string | undefined {
  const guests = (needs.guests ?? []).filter((name) => !findGuest(name))
  const tools = (needs.tools ?? []).filter((name) => !findTool(name))
  if (guests.length === 0 && tools.length === 0) return undefined
  const parts = []
  if (guests.length > 0) parts.push(`no guest ${guests.join(", ")} (test/guests/README.md tells where to get it)`)
  if (tools.length > 0) parts.push(`no program ${tools.join(", ")} on PATH`)
  const reason = parts.join("; ")
  process.stderr.write(`SKIPPED: ${reason}\n`)
  return reason
}
