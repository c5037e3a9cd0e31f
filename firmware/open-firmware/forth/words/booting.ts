// Loading and starting programs, reset, time, banner (IEEE 1275-1994, sections 7.4.2, 7.4.3 and 7.4.7).

import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, hidden, type WordDefinition, word } from "../word.ts"

/** What the machine cannot do is an error message. */
function requirePort(port: unknown, message: string): void {
  if (port === undefined) throw new ForthError(THROW.UNSUPPORTED, message)
}

/** Does something on the machine; the text that comes back is an error. */
function check(problem: string | undefined): void {
  if (problem !== undefined) throw new ForthError(THROW.ABORT_WITH_MESSAGE, problem)
}

/** The rest of the line: device and arguments. */
function restOfLine(f: Forth): string {
  f.input.skipSpaces()
  const { address, length } = f.input.parse(0x0a)
  return f.memory.text(address, length).trim()
}

function load(f: Forth, parameters: string): void {
  const { system } = f
  requirePort(system.load, "This machine loads no programs")
  check(system.load?.(parameters))
}

function go(f: Forth): void {
  const { system } = f
  requirePort(system.go, "This machine starts no programs")
  if (system.isLoaded?.() === false) check("No program is loaded")
  check(system.go?.())
  f.suspend()
}

function banner(f: Forth): void {
  for (const line of f.system.banner?.() ?? []) f.terminal.line(line)
}

/** Waits until a time of the clock, which is below; both are unsigned. */
function wait(f: Forth, xt: number): void {
  const end = f.stack.peek(0) >>> 0
  const left = (end - f.system.milliseconds()) | 0
  if (left <= 0) f.stack.pop()
  else f.wait(xt, f.system.milliseconds() + left)
}

const now = (f: Forth) => Math.floor(f.system.milliseconds()) | 0

/** Words of starting and stopping. */
export const booting: readonly WordDefinition[] = [
  word("load", '"params<eol>" --', (f) => load(f, restOfLine(f))),
  word("boot", '"params<eol>" --', (f) => {
    load(f, restOfLine(f))
    f.execute(f.xt("(start)"))
  }),
  word("init-program", "--", (f) => check(f.system.initProgram?.())),
  word("go", "--", go),
  colon("(start)", "--", "init-program go"),
  word("state-valid", "-- a-addr", (f) => {
    const address = f.memory.slotAddress("state-valid")
    f.memory.setCell(address, f.system.isLoaded?.() ? -1 : 0)
    f.stack.push(address)
  }),
  word("reset-all", "--", (f) => {
    requirePort(f.system.reset, "This machine cannot be reset")
    f.system.reset?.()
    f.suspend()
  }),
  word("power-off", "--", (f) => {
    requirePort(f.system.powerOff, "This machine cannot be turned off")
    f.system.powerOff?.()
    f.suspend()
  }),
  colon("shut-down", "--", "power-off"),
  word("banner", "--", banner),
  // The firmware shows its banner and installs its console before scripts run.
  colon("suppress-banner", "--", "noop"),
  colon("install-console", "--", "noop"),
  word("probe-all", "--", (f) => f.system.probe?.()),
  colon("start-up", "--", "use-nvramrc? if nvramrc evaluate then auto-boot? if boot-command evaluate then"),
  word(".version", "--", (f) => f.terminal.line(f.system.version?.() ?? "Open Firmware")),
  word("get-msecs", "-- n", (f) => f.stack.push(now(f)), 0x125),
  hidden("(ms)", "end --", wait),
  colon("ms", "n --", "get-msecs + (ms)", 0x126),
]
