// Registers seen from TypeScript.

import { describe, expect, it } from "vitest"
import { defineState, StateView } from "../../../cpu/ir/index.ts"

const layout = defineState({
  GPR: { type: "i32", count: 4, names: ["r0", "r1", "sp", "lr"] },
  N: { type: "i32", bits: 1, reset: 1 },
  D: { type: "i64", count: 2, reset: -1n, resets: { 1: 5n } },
  S: { type: "i32", count: 4, overlays: "D" },
  X: { type: "f32" },
})
const { GPR, N, D, S, X } = layout.files

describe("StateView", () => {
  it("keeps registers little endian at their offsets from the base", () => {
    const buffer = new ArrayBuffer(256)
    const view = new StateView(layout, buffer, 64)
    view.set(GPR, 1, 0x8899_aabb)
    expect([...new Uint8Array(buffer, 64 + GPR.offset + 4, 4)]).toEqual([0xbb, 0xaa, 0x99, 0x88])
    expect(view.get(GPR, 1)).toBe(0x8899_aabb | 0)
  })

  it("shows overlaid registers as parts of the others", () => {
    const view = new StateView(layout, new ArrayBuffer(256))
    view.setLong(D, 1, 0x1122_3344_5566_7788n)
    expect(view.get(S, 2)).toBe(0x5566_7788)
    expect(view.get(S, 3)).toBe(0x1122_3344)
  })

  it("resets to the declared values", () => {
    const view = new StateView(layout, new ArrayBuffer(256))
    view.set(GPR, 0, 9)
    view.reset()
    expect([view.get(GPR, 0), view.get(N), view.getLong(D), view.getLong(D, 1)]).toEqual([0, 1, -1n, 5n])
  })

  it("finds registers by name, file and number, or in other case", () => {
    const view = new StateView(layout, new ArrayBuffer(256))
    expect(view.find("sp")).toEqual({ file: GPR, index: 2 })
    expect(view.find("GPR[3]")).toEqual({ file: GPR, index: 3 })
    expect(view.find("n")).toEqual({ file: N, index: 0 })
    expect(view.find("d1")).toEqual({ file: D, index: 1 })
    expect(view.find("GPR[4]")).toBeUndefined()
    expect(view.find("q")).toBeUndefined()
  })

  it("follows a memory that grows", () => {
    const memory = new WebAssembly.Memory({ initial: 1 })
    const view = new StateView(layout, memory)
    view.set(GPR, 0, 42)
    memory.grow(1)
    expect(view.get(GPR, 0)).toBe(42)
    view.set(X, 0, 0.1)
    expect(view.get(X)).toBe(Math.fround(0.1))
  })

  it("refuses registers that do not exist, and the wrong width", () => {
    const view = new StateView(layout, new ArrayBuffer(256))
    expect(() => view.get(GPR, 4)).toThrow("GPR[4] does not exist")
    expect(() => view.get(D)).toThrow("use getLong")
    expect(() => view.setLong(GPR, 0, 1n)).toThrow("use set")
  })
})
