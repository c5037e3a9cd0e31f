// Semihosting calls; expected values from Arm's "Semihosting for AArch32 and AArch64".

import { describe, expect, it } from "vitest"
import { callSemihosting, type SemihostingPort } from "../../firmware/semihosting.ts"

/** A program's memory at 0x1000, and what the calls did. */
function machine(memory: Uint8Array | string, clocks: Partial<SemihostingPort> = {}) {
  const bytes = typeof memory === "string" ? new TextEncoder().encode(memory) : memory
  const done: (string | number)[] = []
  const port: SemihostingPort = {
    readByte: (address) => bytes[address - 0x1000],
    write: (text) => done.push(text),
    exit: (code) => done.push(code),
    ...clocks,
  }
  return { port, done }
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer)
}

describe("callSemihosting", () => {
  it("writes a character and a string", () => {
    const { port, done } = machine("hello\0rest")
    expect(callSemihosting(port, 0x03, 0x1001)).toBe(0)
    expect(callSemihosting(port, 0x04, 0x1000)).toBe(0)
    expect(done).toEqual(["e", "hello"])
  })

  it("passes bytes through as they are", () => {
    const { port, done } = machine(Uint8Array.of(0xc3, 0xa9, 0))
    callSemihosting(port, 0x04, 0x1000)
    expect(done).toEqual(["\xc3\xa9"])
  })

  it("stops at memory that cannot be read, and in a string without end", () => {
    const { port, done } = machine("abc")
    expect(callSemihosting(port, 0x04, 0x1000)).toBe(-1)
    expect(callSemihosting(port, 0x03, 0)).toBe(-1)
    expect(done).toEqual(["abc"])
    let written = 0
    const endless = { ...port, readByte: () => 0x61, write: (text: string) => (written += text.length) }
    expect(callSemihosting(endless, 0x04, 0)).toBe(-1)
    expect(written).toBe(1024 * 1024)
  })

  it("exits with success for ADP_Stopped_ApplicationExit only", () => {
    const { port, done } = machine("")
    callSemihosting(port, 0x18, 0x20026)
    callSemihosting(port, 0x18, 0x20023)
    expect(done).toEqual([0, 1])
  })

  it("exits with the status in the block", () => {
    const { port, done } = machine(words(0x20026, 42, 0x20026, 0xffff_ffff, 0x20024, 0))
    for (const at of [0, 8, 16]) expect(callSemihosting(port, 0x20, 0x1000 + at)).toBe(0)
    expect(done).toEqual([42, -1, 1])
    expect(callSemihosting(port, 0x20, 0x1014)).toBe(-1)
    expect(done).toHaveLength(3)
  })

  it("finds 64-bit fields in AArch64, for both kinds of exit", () => {
    const { port, done } = machine(words(0x20026, 0, 7, 0))
    callSemihosting(port, 0x18, 0x1000, { fieldBytes: 8 })
    callSemihosting(port, 0x20, 0x1000, { fieldBytes: 8 })
    expect(done).toEqual([7, 7])
  })

  it("tells the time if it has one", () => {
    expect(callSemihosting(machine("").port, 0x10, 0)).toBe(-1)
    expect(callSemihosting(machine("").port, 0x11, 0)).toBe(-1)
    const { port } = machine("", { clock: () => 250, time: () => 1_700_000_000 })
    expect(callSemihosting(port, 0x10, 0)).toBe(250)
    expect(callSemihosting(port, 0x11, 0)).toBe(1_700_000_000)
  })

  it("serves nothing else", () => {
    const { port, done } = machine("x\0")
    for (const operation of [0, 1, 2, 5, 6, 7, 0x12, 0x16, 0x30, 0x31, -1]) {
      expect(callSemihosting(port, operation, 0x1000)).toBe(-1)
    }
    expect(done).toEqual([])
  })
})
