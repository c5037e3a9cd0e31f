// The evaluator of the IR on hand-made blocks.

import { describe, expect, it } from "vitest"
import {
  Builder,
  defineState,
  type EvaluatorPort,
  evaluate,
  GuestFault,
  StateView,
  type Value,
} from "../../../cpu/ir/index.ts"

const layout = defineState({ R: { type: "i32", count: 16 }, L: { type: "i64", count: 2 }, F: { type: "f64" } })
const { R, L, F } = layout.files
const context = { addressType: "i32", length: 4, pc: 0x1000 } as const

function machine() {
  const state = new StateView(layout, new ArrayBuffer(layout.size))
  const log: string[] = []
  const port: EvaluatorPort = {
    get: (file, index) => state.read(file, index),
    set: (file, index, value) => state.write(file, index, value),
    time: () => 0,
    load(access, address) {
      log.push(`load${access.bytes} ${address}`)
      if (Number(address) < 0) throw new GuestFault("fault", [address])
      return access.bytes === 8 ? 77n : 77
    },
    store: (access, address, value) => void log.push(`store${access.bytes} ${address} ${value}`),
    call(helper, args): Value | undefined {
      log.push(`${helper.name} ${args}`)
      return helper.result && 5
    },
  }
  const run = (record: (b: Builder) => void) => {
    const b = new Builder(context)
    record(b)
    return evaluate(b.block, port)
  }
  return { state, log, run }
}

describe("evaluate", () => {
  it("computes pure values and writes registers of each type", () => {
    const { state, run } = machine()
    state.set(R, 1, -5)
    state.setLong(L, 0, 1n << 40n)
    const outcome = run((b) => {
      b.setReg(R, 2, b.shrU(b.reg(R, 1), b.i32(4)))
      b.setReg(L, 1, b.mul(b.reg(L, 0), b.i64(-3)))
      b.set(F, b.op("f64.sqrt", b.f64(2)))
    })
    expect(outcome).toEqual({ kind: "next", attend: false })
    expect(state.get(R, 2)).toBe(0x0fff_ffff)
    expect(state.getLong(L, 1)).toBe(-3n << 40n)
    expect(state.get(F)).toBe(Math.SQRT2)
  })

  it("reads a register when the program does, not when the value is used", () => {
    const { state, run } = machine()
    state.set(R, 1, 10)
    run((b) => {
      const before = b.reg(R, 1)
      b.setReg(R, 1, b.i32(20))
      b.setReg(R, 2, b.add(before, b.i32(1)))
    })
    expect(state.get(R, 2)).toBe(11)
  })

  it("takes one side of an if and carries results out in variables", () => {
    const { state, run } = machine()
    run((b) => {
      const result = b.variable(b.i32(1))
      b.if(
        b.reg(R, 0),
        () => b.assign(result, b.i32(2)),
        () => b.assign(result, b.i32(3)),
      )
      b.setReg(R, 5, b.read(result))
    })
    expect(state.get(R, 5)).toBe(3)
  })

  it("visits the bits of a mask, lowest first, with values of each round", () => {
    const { state, log, run } = machine()
    state.set(R, 0, 0x8000_0005 | 0)
    run((b) => {
      const address = b.variable(b.i32(100))
      b.forEachBit(b.reg(R, 0), (bit) => {
        const at = b.read(address)
        b.store(4, at, b.add(bit, b.i32(0)))
        b.assign(address, b.add(at, b.i32(4)))
      })
    })
    expect(log).toEqual(["store4 100 0", "store4 104 2", "store4 108 31"])
  })

  it("tells how the block ended", () => {
    const { run } = machine()
    expect(run((b) => b.branch(b.nextPc(), b.i32(1)))).toEqual({
      kind: "branch",
      target: 0x1004,
      context: 1,
      attend: false,
    })
    expect(run((b) => b.raise("trap", b.i32(7)))).toEqual({ kind: "raise", exception: "trap", args: [7] })
    expect(
      run((b) => {
        b.attend()
        b.exit("wait")
      }),
    ).toEqual({ kind: "exit", reason: "wait", attend: true })
  })

  it("stops at a fault and keeps what was written before", () => {
    const { state, log, run } = machine()
    expect(() =>
      run((b) => {
        b.store(1, b.i32(8), b.i32(1))
        b.setReg(R, 1, b.load(4, b.i32(-1)))
      }),
    ).toThrow(GuestFault)
    expect(log).toEqual(["store1 8 1", "load4 -1"])
    expect(state.get(R, 1)).toBe(0)
  })

  it("calls helpers with values", () => {
    const { state, log, run } = machine()
    run((b) => {
      b.perform({ name: "tell", params: ["i32", "i64"], result: undefined, mayFault: false }, b.i32(1), b.i64(2))
      b.setReg(R, 3, b.call({ name: "ask", params: [], result: "i32", mayFault: false }))
    })
    expect(log).toEqual(["tell 1,2", "ask "])
    expect(state.get(R, 3)).toBe(5)
  })

  it("binds the operands of a variant", () => {
    const { state, log } = machine()
    const b = new Builder({ addressType: "i32", length: 4 })
    const field = { kind: "field", type: "i32", bits: { low: 12, width: 4 } } as const
    b.setReg(R, field, b.add(b.pc(), { kind: "derived", type: "i32" }))
    const port = {
      get: () => 0,
      set: (file: typeof R, n: number, v: Value) => state.write(file, n, v),
    } as unknown as EvaluatorPort
    evaluate(b.block, port, { field: ({ low }) => low - 8, derived: 100, pc: 0x2000 })
    expect(state.get(R, 4)).toBe(0x2064)
    expect(log).toEqual([])
  })

  it("shares values without computing them twice over", () => {
    const { state, run } = machine()
    state.set(R, 0, 1)
    run((b) => {
      let x = b.reg(R, 0)
      for (let n = 0; n < 64; n++) x = b.xor(b.add(x, x), x)
      b.setReg(R, 1, x)
    })
    let expected = 1
    for (let n = 0; n < 64; n++) expected = ((expected + expected) ^ expected) | 0
    expect(state.get(R, 1)).toBe(expected)
  })
})
