// The exit status of `emu boot`: the guest's own, a panic's, and the lines that tell them apart.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { exitCodeOf } from "../../src/cli/exit-codes.ts"
import { quietEnvironment, startEmu } from "./built-emu.ts"
import { ender, printer, resetter } from "./small-guests.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-status-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, contents: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

const PANIC = "Kernel panic - not syncing: no init found"
const panics = file("panics.elf", printer(`${PANIC}\n`))
const reboots = file("reboots.elf", resetter(`${PANIC}\n`))

const boot = (image: string, words: readonly string[], CI = "") =>
  startEmu(["boot", image, "-M", "virt", "--engine", "evaluator", ...words], {
    env: { ...quietEnvironment(), CI },
    stdio: ["ignore", "pipe", "pipe"],
  }).ending

describe("a guest's status", () => {
  it.each([
    [2, 2],
    [300, 44],
  ])("is passed on, with a line that says so: %i", async (status, expected) => {
    const image = file(`ends-${status}.elf`, ender("", status))
    expect(await boot(image, ["--semihosting"])).toMatchObject({
      status: expected,
      err: `emu: the guest ended with status ${status}\n`,
    })
  })

  it("is that of the command where something expected is missing, too", async () => {
    expect(await boot(file("ends-7.elf", ender("a\n", 7)), ["--semihosting", "--expect", "never"])).toMatchObject({
      status: 7,
      err: "emu: the guest ended with status 7 before the console showed /never/\n",
    })
  })

  const base = { reason: "", instructions: 0, virtualSeconds: 0 }
  it.each([
    ["its low eight bits", 0x1ff, 255],
    ["none that is 0 if it is not", 256, 1],
    ["those of a negative number", -1, 255],
    ["1 if there is none", undefined, 1],
    ["1 where something was missing at status 0", 0, 1],
  ])("gives the command %s", (_, status, expected) => {
    expect(exitCodeOf({ ...base, outcome: "failed", status })).toBe(expected)
  })

  it("does not replace what the emulator has found", () => {
    expect(exitCodeOf({ ...base, outcome: "failOn", status: 9 })).toBe(3)
    expect(exitCodeOf({ ...base, outcome: "panic", status: 9 })).toBe(1)
  })
})

describe("a kernel panic", () => {
  it.each([
    ["with --panic=fail", panics, ["--panic=fail"], ""],
    ["with QEMU's -action", panics, ["-action", "panic=exit-failure"], ""],
    ["with --action", panics, ["--action=panic=exit-failure"], ""],
    ["in CI", panics, [], "true"],
    ["in a test that would pass", panics, ["--fail-on", "never"], ""],
    ["without reboot", reboots, ["--no-reboot", "--panic=fail"], ""],
    ["with reboot", reboots, ["--panic=fail"], ""],
  ])("ends with status 1 %s", async (_, image, words, CI) => {
    expect(await boot(image, words, CI)).toMatchObject({
      status: 1,
      out: `${PANIC}\n`,
      err: `emu: the guest panicked: "${PANIC}"\n`,
    })
  })

  it("is ignored elsewhere", async () => {
    expect(await boot(panics, [])).toMatchObject({ status: 0, err: "" })
    expect(await boot(panics, ["--panic=ignore"], "1")).toMatchObject({ status: 0, err: "" })
  })
})
