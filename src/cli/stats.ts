// `--stats`: counters of a run as text.

import type { Booted } from "../boot.ts"
import type { SessionResult } from "../session.ts"

/** One line per counter, in groups. */
export function formatStats({ board }: Booted, result: SessionResult): string {
  const { machine } = board
  const groups: Record<string, Record<string, number | string>> = {
    run: {
      instructions: result.instructions,
      "virtual seconds": result.virtualSeconds.toFixed(6),
      "skipped while idle, s": (machine.skippedNs / 1e9).toFixed(6),
    },
    exits: machine.exits,
    ...machine.cpu.stats(),
  }
  const lines = Object.entries(groups).flatMap(([group, counters]) =>
    Object.entries(counters).map(([name, value]) => `${group.padEnd(14)}${name.padEnd(26)}${value}`),
  )
  return `${lines.join("\n")}\n`
}
