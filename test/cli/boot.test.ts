// `emu boot` without an image: the monitor, twice.

import { describe, expect, it } from "vitest"
import { ENGINES } from "../../src/engine.ts"
import { spawnEmu } from "./run-emu.ts"

describe("emu boot without an image", () => {
  it("runs the monitor's checks and ends with status 0, twice alike", () => {
    const first = spawnEmu(["boot", "--stats"])
    expect(first.out).toMatch(/^emu monitor\r\ncpu: Cortex-A15 /)
    expect(first.out).toMatch(/\r\nmonitor: all checks passed\r\n$/)
    expect(first.status).toBe(0)
    expect(first.err).toMatch(/^run +instructions +[1-9][0-9]{4,}$/m)
    const second = spawnEmu(["boot", "--stats"])
    // Only the time that translation takes is the host's.
    const counters = ({ err }: typeof first) => err.replace(/^jit +translationMs .*$/m, "")
    expect([second.out, counters(second)]).toEqual([first.out, counters(first)])
  })

  it("runs them the same on every engine: the same bytes after the same number of instructions", () => {
    const [first, ...others] = ENGINES.map((engine) => {
      const { status, out, err } = spawnEmu(["boot", "--engine", engine, "--stats"])
      return { status, out, run: err.match(/^(?:run|exits) .*$/gm) }
    })
    expect(first!.status).toBe(0)
    expect(first!.run!.length).toBeGreaterThan(3)
    for (const other of others) expect(other).toEqual(first)
  })

  it("takes commands from standard input", () => {
    const { status, out, err } = spawnEmu(["boot", "--append", ""], "ticks\roff\r")
    expect(err).toBe("")
    expect(out).toMatch(/emu> ticks\r\n[0-9]+ ticks, [0-9.]+ s; clock [0-9]+\r\nemu> off\r\n$/)
    expect(status).toBe(0)
  })

  it("ends with status 1 if a command fails", () => {
    const { status, out } = spawnEmu(["boot", "--append", "frob"])
    expect(out).toContain("no command frob (help lists them)")
    expect(status).toBe(1)
  })
})
