// A host's end of keyboard and mouse: key codes from Inside Macintosh and Linux's adbhid, on the bus of adb.ts.
import { describe, expect, it } from "vitest"
import { adb, adbCommand } from "../../devices/macio/adb.ts"
import { ADB_KEYS, AdbInput } from "../../devices/macio/adb-input.ts"

const KEYS = 0x2c
const MOUSE = 0x3c

describe("AdbInput", () => {
  it("presses and releases keys", () => {
    const input = new AdbInput()
    input.key(ADB_KEYS.get("KeyQ")!, true)
    input.key(ADB_KEYS.get("KeyQ")!, false)
    expect(adbCommand(adb(), input, [KEYS])).toEqual([0x0c, 0x8c])
  })

  it("moves in steps that the bus can carry", () => {
    const input = new AdbInput()
    const bus = adb()
    expect(input.move(-300, 2, 1)).toBe(true)
    let [x, y] = [0, 0]
    for (;;) {
      const answer = adbCommand(bus, input, [MOUSE])
      if (answer === undefined) break
      expect(answer[0]! & 0x80).toBe(0)
      y += (answer[0]! << 25) >> 25
      x += (answer[1]! << 25) >> 25
    }
    expect([x, y]).toEqual([-300, 2])
  })

  it("refuses what nobody takes", () => {
    const input = new AdbInput()
    let count = 0
    while (input.key(1, true)) count++
    expect(count).toBe(384)
    count = 0
    while (input.move(1e9, Number.NEGATIVE_INFINITY, 0)) count++
    expect([count, input.mouse.waiting]).toEqual([14, 14 * 27])
  })

  it("names the keys of Apple's extended keyboard", () => {
    const codes = { KeyA: 0x00, KeyM: 0x2e, Enter: 0x24, Space: 0x31, Escape: 0x35, ArrowUp: 0x3e, F1: 0x7a, F12: 0x6f }
    const others = { Numpad9: 0x5c, Numpad5: 0x57, Delete: 0x75, Power: 0x7f, MetaRight: 0x37, ControlRight: 0x7d }
    for (const [name, code] of Object.entries({ ...codes, ...others }))
      expect([name, ADB_KEYS.get(name)]).toEqual([name, code])
    expect([ADB_KEYS.size, ADB_KEYS.has("-")]).toEqual([106, false])
  })
})
