// ADB: expected values from the Guide to the Macintosh Family Hardware, chapter 8.
import { describe, expect, it } from "vitest"
import { CharLink } from "../../devices/kit/index.ts"
import { adb, adbCommand, isPollWorthwhile, poll } from "../../devices/macio/adb.ts"

function make() {
  const bus = adb()
  const [keyboard, mouse] = [new CharLink(), new CharLink()]
  const ports = { keyboard, mouse }
  const command = (...bytes: number[]) => adbCommand(bus, ports, bytes)
  const press = (...codes: number[]) => keyboard.feed(Uint8Array.from(codes))
  const move = (buttons: number, dx: number, dy: number) => mouse.feed(Uint8Array.of(buttons, dx & 0xff, dy & 0xff))
  return { bus, ports, command, press, move, keyboard, mouse }
}

const TALK = (address: number, register: number) => (address << 4) | 0xc | register
const LISTEN = (address: number, register: number) => (address << 4) | 0x8 | register
const FLUSH = (address: number) => (address << 4) | 1

describe("the ADB keyboard", () => {
  it("gives two keys at a time, or one and 0xff", () => {
    const { command, press } = make()
    press(0x00, 0x80, 0x01)
    expect([command(TALK(2, 0)), command(TALK(2, 0)), command(TALK(2, 0))]).toEqual([[0, 0x80], [1, 0xff], undefined])
  })

  it("gives the power key both bytes", () => {
    const { command, press } = make()
    press(0x01, 0x7f, 0xff)
    expect([command(TALK(2, 0)), command(TALK(2, 0)), command(TALK(2, 0))]).toEqual([
      [1, 0xff],
      [0x7f, 0x7f],
      [0xff, 0xff],
    ])
  })

  it("shows modifier keys and lights in register 2, 0 for pressed and lit", () => {
    const { command, press } = make()
    expect(command(TALK(2, 2))).toEqual([0xff, 0xff])
    press(0x38, 0x37)
    command(TALK(2, 0))
    expect(command(TALK(2, 2))).toEqual([0xfa, 0xff])
    command(LISTEN(2, 2), 0, 0x05)
    expect(command(TALK(2, 2))).toEqual([0xfa, 0xfd])
  })

  it("tells right modifier keys from left ones in handler 3 alone", () => {
    const { command, press } = make()
    press(0x7b, 0xfb)
    expect(command(TALK(2, 0))).toEqual([0x38, 0xb8])
    command(LISTEN(2, 3), 0x22, 3)
    press(0x7b, 0xfb)
    expect([command(TALK(2, 3)), command(TALK(2, 0))]).toEqual([
      [0x62, 3],
      [0x7b, 0xfb],
    ])
  })

  it("forgets waiting keys when it is flushed", () => {
    const { command, press } = make()
    press(1, 2, 3)
    command(FLUSH(2))
    expect(command(TALK(2, 0))).toBeUndefined()
  })
})

describe("the ADB mouse", () => {
  it("sums movements within what seven bits hold, and sends the rest next", () => {
    const { command, move } = make()
    for (let n = 0; n < 3; n++) move(0, 60, -60)
    // 180 right and up: twice the most, and what is left of it.
    const answers = [1, 2, 3, 4].map(() => command(TALK(3, 0)))
    expect(answers).toEqual([[0xc0, 0xbf], [0xc0, 0xbf], [0xcc, 0xb6], undefined])
  })

  it("loses no click between two answers", () => {
    const { command, move } = make()
    move(1, 0, 0)
    move(0, 0, 0)
    move(2, 1, 0)
    expect([command(TALK(3, 0)), command(TALK(3, 0)), command(TALK(3, 0))]).toEqual([
      [0x00, 0x80],
      [0x80, 0x80],
      [0x80, 0x01],
    ])
  })
})

describe("the ADB bus", () => {
  it("moves a device to another address by register 3, and back by a reset", () => {
    const { command } = make()
    command(LISTEN(2, 3), 0x2f, 0xfe)
    expect([command(TALK(2, 3)), command(TALK(15, 3))]).toEqual([undefined, [0x6f, 2]])
    command(0x00)
    expect(command(TALK(2, 3))).toEqual([0x62, 2])
  })

  it("ignores handlers that a device does not have, and short data", () => {
    const { command } = make()
    command(LISTEN(3, 3), 0x23, 4)
    command(LISTEN(3, 3), 0x27)
    expect(command(TALK(3, 3))).toEqual([0x63, 1])
    command(LISTEN(3, 3), 0x23, 2)
    expect(command(TALK(3, 3))).toEqual([0x63, 2])
  })

  it("polls devices in turn", () => {
    const { bus, ports, press, move } = make()
    press(1, 0x81, 2, 0x82)
    move(0, 1, 1)
    expect(isPollWorthwhile(bus, ports, 0x0008)).toBe(true)
    expect([poll(bus, ports, 0xffff), poll(bus, ports, 0xffff), poll(bus, ports, 0xffff)]).toEqual([
      [0x2c, 1, 0x81],
      [0x3c, 0x81, 0x81],
      [0x2c, 2, 0x82],
    ])
    expect([poll(bus, ports, 0xffff), isPollWorthwhile(bus, ports, 0xffff)]).toEqual([undefined, false])
  })
})
