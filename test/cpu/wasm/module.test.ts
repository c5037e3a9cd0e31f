// The WebAssembly writer against binaryen: what it writes is valid, and reads back as what was meant.

import binaryen from "binaryen"
import { describe, expect, it } from "vitest"
import { Code, MEMORY, Module, OP } from "../../../cpu/wasm/index.ts"

function sample(): Uint8Array {
  const module = new Module()
  module.importMemory("emu", "memory", 1, 2)
  const callback = module.importFunction("emu", "callback", { params: ["i32"], result: "i32" })
  const unary = module.typeIndex({ params: ["i32"], result: "i32" })
  const square = new Code().get(0).get(0).u8(0x6c)
  const body = new Code()
  body.block().loop().get(0).u8(OP.i32Eqz).brIf(1)
  body.get(1).get(0).i32(0).callIndirect(unary).u8(OP.i32Add).set(1)
  body.get(0).i32(1).u8(OP.i32Sub).set(0).br(0).end().end()
  body.i32(0).get(1).memory(MEMORY.i32.store, 8)
  body.i32(0).memory(MEMORY.i32.load, 8).call(callback)
  const main = module.addFunction({ params: ["i32"], result: "i32" }, ["i32"], body, "sum")
  module.setTable([module.addFunction({ params: ["i32"], result: "i32" }, [], square)])
  expect(main).toBe(1)
  return module.encode()
}

describe("the module writer", () => {
  it("writes a module that binaryen accepts", () => {
    const module = binaryen.readBinary(sample())
    module.setFeatures(binaryen.Features.All)
    expect(module.validate()).toBe(1)
    expect(module.emitText()).toContain('(import "emu" "callback"')
    module.dispose()
  })

  it("writes a module that computes what it says", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 })
    const callback = (x: number) => x + 1
    const instance = new WebAssembly.Instance(new WebAssembly.Module(sample() as BufferSource), {
      emu: { memory, callback },
    })
    const sum = instance.exports["sum"] as (n: number) => number
    // The sum of the first ten squares, and one more from the callback.
    expect(sum(10)).toBe(386)
  })

  it("writes LEB128 numbers as the specification's examples do", () => {
    expect([...new Code().u32(624485).bytes()]).toEqual([0xe5, 0x8e, 0x26])
    expect([...new Code().s32(-123456).bytes()]).toEqual([0xc0, 0xbb, 0x78])
    expect([...new Code().s64(-1n).bytes()]).toEqual([0x7f])
    expect([...new Code().s32(64).bytes()]).toEqual([0xc0, 0x00])
  })
})
