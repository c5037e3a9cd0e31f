// PSCI calls of a machine with one CPU; expected values from ARM DEN 0022, chapter 5.

import { describe, expect, it } from "vitest"
import { callPsci, isPsciFunction, type PsciOptions } from "../../firmware/psci.ts"

function call(
  id: number,
  args: number[] = [],
  options?: PsciOptions,
): { result: number | undefined; effects: string[] } {
  const effects: string[] = []
  const port = {
    powerOff: () => effects.push("off"),
    reset: () => effects.push("reset"),
    suspend: () => effects.push("suspend"),
  }
  return { result: callPsci(port, id, args, options), effects }
}

const NOT_SUPPORTED = -1
const INVALID_PARAMETERS = -2
const ALREADY_ON = -4

describe("callPsci", () => {
  it("reports its version", () => {
    expect(call(0x8400_0000).result).toBe(0x1_0001)
    expect(call(0x8400_0000, [], { version: "0.2" }).result).toBe(2)
    expect(call(0x8400_0000, [], { version: "1.0" }).result).toBe(0x1_0000)
  })

  it("takes identifiers as signed numbers as well", () => {
    expect(call(0x8400_0000 | 0).result).toBe(0x1_0001)
  })

  it("turns the machine off and resets it, and does not return", () => {
    expect(call(0x8400_0008)).toEqual({ result: undefined, effects: ["off"] })
    expect(call(0x8400_0009)).toEqual({ result: undefined, effects: ["reset"] })
    expect(call(0x8400_0002)).toEqual({ result: undefined, effects: ["off"] })
  })

  it("suspends without power-down, and refuses reserved bits and higher levels", () => {
    expect(call(0x8400_0001, [0, 0, 0])).toEqual({ result: 0, effects: ["suspend"] })
    expect(call(0x8400_0001, [0x1_0000, 0x8000, 0])).toEqual({ result: 0, effects: ["suspend"] })
    expect(call(0x8400_0001, [0x100_0000])).toEqual({ result: INVALID_PARAMETERS, effects: [] })
    expect(call(0x8400_0001, [0x8000_0000])).toEqual({ result: INVALID_PARAMETERS, effects: [] })
  })

  it("finds its only CPU on and no other", () => {
    expect(call(0x8400_0003, [0, 0x8000]).result).toBe(ALREADY_ON)
    expect(call(0x8400_0003, [1, 0x8000]).result).toBe(INVALID_PARAMETERS)
    expect(call(0x8400_0003, [0x101], { affinity: 0x101 }).result).toBe(ALREADY_ON)
    expect(call(0x8400_0004, [0, 0]).result).toBe(0)
    expect(call(0x8400_0004, [1, 0]).result).toBe(INVALID_PARAMETERS)
    expect(call(0x8400_0004, [0x3, 1]).result).toBe(0)
    expect(call(0x8400_0004, [0x300, 1]).result).toBe(INVALID_PARAMETERS)
    expect(call(0x8400_0004, [0x300, 2]).result).toBe(0)
    expect(call(0x8400_0004, [0, 4]).result).toBe(INVALID_PARAMETERS)
  })

  it("has no trusted OS to migrate", () => {
    expect(call(0x8400_0006).result).toBe(2)
    expect(call(0x8400_0005, [0]).result).toBe(NOT_SUPPORTED)
  })

  it("lists its functions from version 1.0 on", () => {
    for (const id of [0, 1, 2, 3, 4, 6, 8, 9, 10]) expect(call(0x8400_000a, [0x8400_0000 + id]).result).toBe(0)
    for (const id of [5, 7, 11, 14, 18]) expect(call(0x8400_000a, [0x8400_0000 + id]).result).toBe(NOT_SUPPORTED)
    expect(call(0x8400_000a, [0x8000_0000]).result).toBe(NOT_SUPPORTED)
    expect(call(0x8400_000a, [0x8400_0000], { version: "0.2" }).result).toBe(NOT_SUPPORTED)
  })

  it("knows the 64-bit identifiers of the functions that have them", () => {
    expect(call(0xc400_0003, [0]).result).toBe(ALREADY_ON)
    expect(call(0xc400_0004, [0, 0]).result).toBe(0)
    expect(call(0xc400_0008)).toEqual({ result: NOT_SUPPORTED, effects: [] })
  })

  it("supports nothing else, and does nothing then", () => {
    for (const id of [0, 0x8400_000b, 0x8400_001f, 0x8400_0020, 0x8500_0000, 0xffff_ffff, 0x95c1_ba5e]) {
      expect(call(id)).toEqual({ result: NOT_SUPPORTED, effects: [] })
    }
  })
})

it("isPsciFunction knows the two ranges of identifiers", () => {
  for (const id of [0x8400_0000, 0x8400_001f, 0xc400_0000, 0xc400_001f, 0x8400_0000 | 0]) {
    expect(isPsciFunction(id)).toBe(true)
  }
  for (const id of [0x83ff_ffff, 0x8400_0020, 0xc400_0020, 0, 0x0400_0000]) expect(isPsciFunction(id)).toBe(false)
})
