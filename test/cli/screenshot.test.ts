// `--screenshot`: the file, and what is said if there is none.

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it, vi } from "vitest"
import { Screen } from "../../devices/kit/index.ts"
import { takeScreenshot } from "../../src/cli/screenshot.ts"
import type { Board } from "../../src/machines/index.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-screenshot-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** The status and the messages of a screenshot. */
function take(name: string, screen: Screen) {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true)
  const status = takeScreenshot(join(folder, name), { screen } as Board)
  const said = write.mock.calls.map(([text]) => String(text)).join("")
  write.mockRestore()
  return { status, said }
}

function screenOfOne(): Screen {
  const screen = new Screen()
  screen.connect(() => ({ width: 1, height: 1, rgb: Uint8Array.of(1, 2, 3) }))
  return screen
}

it("writes a PNG file of what the screen shows", () => {
  expect(take("one.png", screenOfOne())).toEqual({ status: 0, said: "" })
  expect(readFileSync(join(folder, "one.png")).subarray(1, 4).toString()).toBe("PNG")
})

it("says that the screen shows nothing, with status 1", () => {
  const { status, said } = take("none.png", new Screen())
  expect([status, said]).toEqual([
    1,
    expect.stringMatching(/^emu: the screen shows nothing, so .*none\.png is not written\n$/),
  ])
})

it("says that the file cannot be written, with status 74", () => {
  const { status, said } = take("nowhere/one.png", screenOfOne())
  expect([status, said]).toEqual([74, expect.stringMatching(/^emu: .*one\.png cannot be written: .*\n$/)])
})
