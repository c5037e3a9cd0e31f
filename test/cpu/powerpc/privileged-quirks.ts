// Where QEMU 7.2 departs from the manuals, with what they want instead.

import { readFileSync } from "node:fs"

const rows = readFileSync(new URL("privileged-quirks.txt", import.meta.url), "utf8").split("\n")

/** The records that the manuals want, by the name of the case. */
export const quirks: ReadonlyMap<string, string> = new Map(
  rows.filter((row) => row.includes(" = ")).map((row) => row.split(" = ") as [string, string]),
)
