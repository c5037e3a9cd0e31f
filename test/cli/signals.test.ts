// How `emu boot` ends from outside: Ctrl-A x, signals, a terminal that is closed.

import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { builtEmu, quietEnvironment, startEmu } from "./built-emu.ts"
import { busy, flood, idler } from "./small-guests.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-signals-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, contents: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

// The guest's text ends without a line feed: what is printed last must not get lost.
const idle = file("idle.elf", idler("ready"))
const loop = file("loop.elf", busy("ready"))
const words = (image: string, ...more: string[]) => ["boot", image, "-M", "virt", "--engine", "evaluator", ...more]

/** Seconds within which the command ends on a busy host; on an idle one it takes a tenth. */
const SOON = 3

type Action = readonly [action: string, argument?: string | number]
type Result = {
  readonly out: string
  readonly raw?: boolean
  readonly isRestored?: boolean
  readonly seconds: number
  readonly signal: string | null
  readonly status: number | null
}

/** Runs the command on a terminal; a leader of its session gets SIGHUP when the terminal is closed. */
function onTerminal(kind: "leader" | "guest", script: readonly Action[], args: readonly string[]): Result {
  const command = [process.execPath, builtEmu(), ...args]
  const python = new URL("on-terminal.py", import.meta.url).pathname
  const { stdout, stderr } = spawnSync("python3", [python, kind, JSON.stringify(script), ...command], {
    encoding: "utf8",
    env: quietEnvironment(),
    timeout: 58_000,
  })
  expect(stderr).toBe("")
  return JSON.parse(stdout)
}

const python = spawnSync("python3", ["-c", "import pty, termios"], { timeout: 10_000 })
const missing = python.status === 0 ? undefined : "python3 with its module pty is not there"

describe.skipIf(missing)(`emu boot on a terminal${missing ? ` (SKIPPED: ${missing})` : ""}`, () => {
  it.each([
    ["an idle guest", idle],
    ["a busy guest", loop],
  ])("quits with status 0 on Ctrl-A x, and restores the terminal: %s", (_, image) => {
    const result = onTerminal("leader", [["see", "ready"], ["raw"], ["type", "\x01x"]], words(image))
    expect(result).toMatchObject({ status: 0, raw: true, isRestored: true, out: "ready" })
    expect(result.seconds).toBeLessThan(SOON)
  })

  it.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])("dies of %s, and restores the terminal", (signal) => {
    const script: Action[] = [["see", "ready"], ["raw"], ["signal", signal]]
    const result = onTerminal("leader", script, words(idle))
    expect(result).toMatchObject({ signal, raw: true, isRestored: true, out: "ready" })
    expect(result.seconds).toBeLessThan(SOON)
  })

  it.each([
    ["an idle guest", idle, []],
    ["a busy guest", loop, []],
    ["a test", idle, ["--expect", "never", "--real-time"]],
  ])("dies of SIGHUP when its terminal is closed: %s", (_, image, more) => {
    const result = onTerminal("leader", [["see", "ready"], ["close"]], words(image, ...more))
    expect(result).toMatchObject({ signal: "SIGHUP" })
    expect(result.seconds).toBeLessThan(SOON)
  })

  it("does so where no signal tells it", () => {
    const result = onTerminal("guest", [["see", "ready"], ["close"]], words(idle))
    expect(result).toMatchObject({ signal: "SIGHUP" })
    expect(result.seconds).toBeLessThan(SOON)
  })

  it("does so where the terminal is not even read", () => {
    const more = ["--expect", "never", "--timeout", "8"]
    const result = onTerminal("guest", [["see", "ready"], ["close"]], words(loop, ...more))
    expect(result).toMatchObject({ signal: "SIGHUP" })
  })
})

describe.skipIf(missing)(`a terminal that has stopped output${missing ? ` (SKIPPED: ${missing})` : ""}`, () => {
  const endless = file("endless.elf", flood("ready 0123456789abcdef\n", 0))

  it("does not stop the limit of time", () => {
    const script: Action[] = [["see", "ready"], ["deaf"]]
    const result = onTerminal("leader", script, words(endless, "--timeout", "6", "--expect", "never"))
    expect(result).toMatchObject({ status: 4 })
  })

  it("does not stop signals", () => {
    const script: Action[] = [["see", "ready"], ["deaf"], ["sleep", 3], ["signal", "SIGTERM"]]
    const result = onTerminal("leader", script, words(endless))
    expect(result).toMatchObject({ signal: "SIGTERM", isRestored: true })
    expect(result.seconds).toBeLessThan(SOON)
  })
})

describe("emu boot in a pipe", () => {
  it.each([
    ["SIGINT", idle, ["--real-time"]],
    ["SIGTERM", loop, ["--expect", "never"]],
    ["SIGHUP", loop, ["--fail-on", "never"]],
  ] as const)("dies of %s, with all output written", async (signal, image, more) => {
    const { child, ending, shows } = startEmu(words(image, ...more))
    await shows("ready")
    const sent = performance.now()
    child.kill(signal)
    expect(await ending).toEqual({ status: null, signal, out: "ready", err: "" })
    expect(performance.now() - sent).toBeLessThan(1000 * SOON)
  })
})
