// The prompt over the live tree, and how clients come to it and go on.

import { describe, expect, it } from "vitest"
import { type FakeBoard, FakeClient, fakeBoard } from "./fake-board.ts"
import { driveOf, fixture } from "./images.ts"
import { g3beige, mac99 } from "./macs.ts"

const CD = "/pci@80000000/mac-io@10/ata-3@21000/cdrom@0"

/** Types a line, and lets the firmware work until it waits or ends; what the console shows meanwhile. */
function typed(board: FakeBoard, line: string): string {
  const before = board.output().length
  board.type(`${line}\r`)
  for (let i = 0; i < 1000; i++) if (board.firmware.call(0).kind !== "again") break
  return board.output().slice(before)
}

function atPrompt(mac = g3beige): FakeBoard {
  const board = fakeBoard(mac, { ramBytes: 32 << 20, drives: { cd: driveOf(fixture("hybrid.iso")) } })
  board.firmware.startPrompt()
  typed(board, "")
  return board
}

describe("the prompt", () => {
  it("calculates", () => {
    expect(typed(atPrompt(), "2 3 + .")).toContain("5 \r\nok ")
  })

  it("walks the tree", () => {
    const board = atPrompt(mac99)
    typed(board, "dev /openprom")
    expect(typed(board, ".properties")).toContain("OpenFirmware 3")
    expect(typed(board, "dev /packages ls")).toContain("disk-label")
    expect(typed(board, "dev scca pwd")).toContain("/pci@f2000000/mac-io@c/escc@13000/ch-a@13020")
  })

  it("opens devices and calls their methods", () => {
    const board = atPrompt()
    typed(board, '0 value disk " cd:0" open-dev to disk hex')
    expect(typed(board, '" block-size" disk $call-method .')).toContain("800")
    expect(typed(board, '2000 alloc-mem value b b 10 0 1 " read-blocks" disk $call-method .')).toMatch(/\b1\b/)
    expect(typed(board, '" fly" disk $call-method')).toMatch(/fly/)
  })

  it("makes nodes with a unit address of their own", () => {
    const board = atPrompt()
    typed(
      board,
      'hex dev /pci new-device " toy" device-name 0 0 1800 encode-phys 0 encode-int encode+ 0 encode-int encode+ " reg" property finish-device',
    )
    expect(board.firmware.tree.find("/pci/toy@3")?.path).toBe("/pci@80000000/toy@3")
  })

  it("keeps configuration variables in /options and in the NVRAM", () => {
    const bytes = new Uint8Array(0x2000)
    const nvram = {
      size: bytes.length,
      read: (offset: number) => bytes[offset]!,
      write: (offset: number, value: number) => {
        bytes[offset] = value
      },
    }
    const start = () => {
      const board = fakeBoard(g3beige, { ramBytes: 32 << 20, ports: { nvram } })
      board.firmware.startPrompt()
      typed(board, "")
      return board
    }
    const board = start()
    typed(board, "setenv boot-device cd:,\\x")
    expect(board.firmware.tree.find("/options")!.text("boot-device")).toBe("cd:,\\x")
    const next = start()
    expect(next.firmware.tree.find("/options")!.text("boot-device")).toBe("cd:,\\x")
    expect(typed(next, "printenv boot-device")).toContain("cd:,\\x")
    typed(next, "set-default boot-device")
    expect(start().firmware.tree.find("/options")!.text("boot-device")).toContain(":tbxi")
  })

  it("boots", () => {
    const board = atPrompt()
    board.type("boot cd:,\\\\:tbxi\r")
    const outcome = board.call(0)
    expect(outcome).toMatchObject({ kind: "start", program: { entry: 0x20_0000 } })
    expect(board.firmware.tree.find("/chosen")!.text("bootpath")).toBe(`${CD}:,\\boot\\deep\\program.elf`)
  })

  it.each([
    ["power-off", "power off"],
    ["shut-down", "power off"],
    ["reset-all", "reset"],
  ])("ends the machine by %s", (command, event) => {
    const board = atPrompt()
    typed(board, command)
    expect(board.events).toEqual([event])
    expect(board.firmware.call(0).kind).toBe("wait")
  })

  it("survives endless loops and broken stacks", () => {
    const board = atPrompt()
    expect(typed(board, "drop drop drop")).toMatch(/underflow/i)
    board.type(": spin begin again ; spin\r")
    for (let i = 0; i < 20; i++) expect(["again", "wait"]).toContain(board.firmware.call(0).kind)
  })
})

describe("a client", () => {
  it("enters the prompt, and goes on by go", () => {
    const board = fakeBoard(g3beige, { ramBytes: 32 << 20 })
    const array = 0x10_0000
    board.ram.set(new TextEncoder().encode("enter\0"), array + 64)
    new DataView(board.ram.buffer).setUint32(array, array + 64)
    expect(board.firmware.call(array).kind).not.toBe("return")
    expect(typed(board, "1 2 + .")).toContain("3")
    board.type("go\r")
    expect(board.call(array)).toEqual({ kind: "return", value: 0 })
    expect(new FakeClient(board).prom("milliseconds", 1)).toBe(1234)
  })

  it("does not go on after exit", () => {
    const board = fakeBoard(g3beige, { ramBytes: 32 << 20 })
    const array = 0x10_0000
    board.ram.set(new TextEncoder().encode("exit\0"), array + 64)
    new DataView(board.ram.buffer).setUint32(array, array + 64)
    board.firmware.call(array)
    expect(typed(board, "go")).toMatch(/no program/i)
    expect(typed(board, "1 2 + .")).toContain("3")
  })

  it("boots another program by the service boot", () => {
    const board = fakeBoard(g3beige, { ramBytes: 32 << 20, drives: { cd: driveOf(fixture("hybrid.iso")) } })
    const array = 0x10_0000
    board.ram.set(new TextEncoder().encode("boot\0cd:,\\boot\\deep\\program.elf x y\0"), array + 64)
    const view = new DataView(board.ram.buffer)
    ;[array + 64, 1, 0, array + 69].forEach((cell, i) => {
      view.setUint32(array + i * 4, cell)
    })
    expect(board.call(array)).toMatchObject({ kind: "start", program: { entry: 0x20_0000 } })
    expect(board.firmware.tree.find("/chosen")!.text("bootargs")).toBe("x y")
  })

  it("evaluates an endless loop without end, a slice at a time", () => {
    const board = fakeBoard(g3beige, { ramBytes: 32 << 20 })
    const array = 0x10_0000
    board.ram.set(new TextEncoder().encode("interpret\0begin again\0"), array + 64)
    const view = new DataView(board.ram.buffer)
    ;[array + 64, 1, 1, array + 74].forEach((cell, i) => {
      view.setUint32(array + i * 4, cell)
    })
    for (let i = 0; i < 20; i++) expect(board.firmware.call(array).kind).toBe("again")
  })
})

describe("a client that polls", () => {
  const array = 0x10_0000

  /** Calls a service on end; the kinds of outcome in order. */
  function poll(board: FakeBoard, service: string, args: readonly number[], times: number): string[] {
    board.ram.set(new TextEncoder().encode(`${service}\0`), array + 64)
    const view = new DataView(board.ram.buffer)
    ;[array + 64, args.length, 1, ...args].forEach((cell, i) => {
      view.setUint32(array + i * 4, cell)
    })
    return Array.from({ length: times }, () => board.firmware.call(array).kind)
  }

  it("for the time sleeps until the next millisecond", () => {
    const board = fakeBoard(g3beige, { ramBytes: 16 << 20 })
    expect(poll(board, "milliseconds", [], 6)).toEqual(["return", "return", "wait", "return", "wait", "return"])
    expect(board.firmware.call(array)).toEqual({ kind: "wait", untilMs: 1235 })
  })

  it("for a key sleeps for a moment, unless one has come", () => {
    const board = fakeBoard(g3beige, { ramBytes: 16 << 20 })
    const stdin = board.firmware.tree.find("/chosen")!.cells("stdin")[0]!
    const read = [stdin, array + 128, 1]
    expect(poll(board, "read", read, 4)).toEqual(["return", "wait", "return", "wait"])
    board.type("ab")
    expect(poll(board, "read", read, 4)).toEqual(["return", "return", "return", "wait"])
  })

  it("does not sleep between other calls", () => {
    const board = fakeBoard(g3beige, { ramBytes: 16 << 20 })
    for (let i = 0; i < 5; i++) {
      expect(poll(board, "milliseconds", [], 1)).toEqual(["return"])
      expect(poll(board, "peer", [0], 1)).toEqual(["return"])
    }
  })
})
