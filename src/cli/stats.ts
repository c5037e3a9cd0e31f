// `--stats`: counters of a run as text.

import { REGION_EXITS, type RegionProfile } from "../../cpu/jit/profile.ts"
import type { Booted } from "../boot.ts"
import type { SessionResult } from "../session.ts"
import { compareAddresses, hexAddress } from "./code-text.ts"
import type { Symbols } from "./symbols.ts"

/** Number of regions listed. */
const HOTTEST = 20

/** One line per counter, in groups; then the regions that executed most, if translated code has counted. */
export function formatStats({ board }: Booted, result: SessionResult, symbols: Symbols): string {
  const { machine, cpu } = board
  const groups: Record<string, Record<string, number | string>> = {
    run: {
      instructions: result.instructions,
      "virtual seconds": result.virtualSeconds.toFixed(6),
      "skipped while idle, s": (machine.skippedNs / 1e9).toFixed(6),
    },
    exits: machine.exits,
    ...cpu.stats(),
  }
  const profiles = cpu.jit?.profiles()
  if (profiles) Object.assign(groups, regionGroups(profiles, result.instructions))
  const lines = Object.entries(groups).flatMap(([group, counters]) =>
    Object.entries(counters).map(([name, value]) => `${group.padEnd(14)}${name.padEnd(26)}${valueText(value)}`),
  )
  if (profiles) lines.push(...hottest(profiles, result.instructions, symbols))
  return `${lines.join("\n")}\n`
}

const valueText = (value: number | string) =>
  typeof value === "number" && !Number.isInteger(value) ? value.toFixed(1) : value
const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

/** How much each engine executed, and why regions exited. */
export function regionGroups(profiles: readonly RegionProfile[], instructions: number) {
  const executed = sum(profiles.map((p) => p.executed))
  const share = (part: number) => `${part} (${percent(part, instructions)})`
  return {
    engines: { regions: share(executed), interpreter: share(instructions - executed) },
    regions: {
      entered: sum(profiles.map((p) => p.entered)),
      ...Object.fromEntries(REGION_EXITS.map((why) => [`exits: ${why}`, sum(profiles.map((p) => p.exits[why]))])),
    },
  }
}

/** A table of the regions that executed most. */
export function hottest(profiles: readonly RegionProfile[], instructions: number, symbols: Symbols): string[] {
  const shown = profiles
    .filter(({ executed }) => executed > 0)
    .sort((a, b) => b.executed - a.executed || compareAddresses(BigInt(a.address ?? 0), BigInt(b.address ?? 0)))
    .slice(0, HOTTEST)
  if (shown.length === 0) return []
  const rows = shown.map((p) => [
    percent(p.executed, instructions),
    String(p.executed),
    String(p.entered),
    String(p.length),
    `${p.format.padEnd(6)}${place(p.address, symbols)}`,
    mostExits(p),
  ])
  const head = ["share", "instructions", "entered", "length", "hottest regions", "exits"]
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, n) => (n < 4 ? cell.padStart(widths[n]!) : cell.padEnd(widths[n]!)))
      .join("  ")
      .trimEnd()
  return ["", line(head), ...rows.map(line)]
}

function place(address: number | bigint | undefined, symbols: Symbols): string {
  if (address === undefined) return "(all others that were invalidated)"
  const name = symbols.nameOf(address)
  return hexAddress(address) + (name === "" ? "" : ` <${name}>`)
}

/** The two most frequent reasons of exits, with their share. */
function mostExits({ exits }: RegionProfile): string {
  const all = sum(Object.values(exits))
  return REGION_EXITS.filter((why) => exits[why] > 0)
    .sort((a, b) => exits[b] - exits[a])
    .slice(0, 2)
    .map((why) => `${why} ${percent(exits[why], all)}`)
    .join(", ")
}
