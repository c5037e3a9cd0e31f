// The options of `emu boot`: the same in the help, in README.md and in the library.

import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import type { BootOptions } from "../../src/boot.ts"
import { bootOptions } from "../../src/cli/boot-options.ts"
import { spawnEmu } from "./run-emu.ts"

type OptionName = keyof typeof bootOptions

/** For each member of BootOptions the options that choose it: none if only code can. It must compile. */
const chosenBy: { readonly [member in keyof Required<BootOptions>]: readonly OptionName[] } = {
  image: [],
  bios: ["bios"],
  initrd: ["initrd"],
  dtb: ["dtb"],
  append: ["append"],
  machine: ["machine"],
  devices: ["device"],
  drives: ["drive", "hda", "hdb", "hdc", "hdd", "cdrom"],
  cpu: ["cpu"],
  memoryBytes: ["memory"],
  clockRate: ["clock-rate"],
  epochSeconds: [],
  semihosting: ["semihosting"],
  engine: ["engine"],
  jit: ["without-pass", "dump-region", "stats"],
  generated: [],
  profile: [],
  reboot: ["reboot"],
  onLog: ["trace"],
  host: [],
  expect: ["expect"],
  send: ["send"],
  failOn: ["fail-on"],
  panic: ["panic", "action"],
  maxInstructions: ["max-instructions"],
  timeoutSeconds: ["timeout"],
  startedMs: [],
  realTime: ["real-time"],
  onOutput: ["serial"],
  whenOutputTaken: ["serial"],
}

/** Options that concern no member: what is printed, and what is only checked. */
const OF_THE_COMMAND: readonly OptionName[] = ["arch", "symbols", "smp", "screenshot"]

/** The rows of the table, without what only marks or aligns text. */
function rowsOfReadme(): string[] {
  const [, section = ""] = readFileSync("README.md", "utf8").split("### Options of `emu boot`")
  const rows = section.split("\n\n")[1]!.split("\n").slice(2)
  return rows.map((row) => row.replaceAll("`", "").replace(/ +/g, " ").trim())
}

it("stand in README.md as in the table that the help is made from", () => {
  const rows = Object.entries<{ alias?: string; value?: string; default?: unknown; describe: string }>(bootOptions)
  const expected = rows.map(([name, { alias, value, default: usual, describe }]) => {
    const option = `--${usual === true ? "no-" : ""}${name}${value ? ` ${value}` : ""}`
    return `| ${alias ? `-${alias}, ` : ""}${option} | ${describe} |`
  })
  expect(rowsOfReadme()).toEqual(expected)
})

it("choose the members of BootOptions", () => {
  const known = new Set([...Object.values(chosenBy).flat(), ...OF_THE_COMMAND])
  expect([...known].sort()).toEqual(Object.keys(bootOptions).sort())
})

it("are printed by the help, each with its description", () => {
  const { out } = spawnEmu(["boot", "--help"])
  const text = out.replace(/\s+/g, " ")
  for (const [name, { describe }] of Object.entries(bootOptions)) {
    expect(text).toContain(`--${name}`)
    expect(text).toContain(describe.replace(/\s+/g, " "))
  }
})
