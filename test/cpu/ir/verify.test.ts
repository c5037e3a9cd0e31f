// The printer and the verifier of the IR.

import { describe, expect, it } from "vitest"
import {
  Builder,
  defineState,
  type Helper,
  type Node,
  printBlock,
  type Statement,
  type VerifyOptions,
  verify,
} from "../../../cpu/ir/index.ts"

const { R, Q, Z } = defineState({
  R: { type: "i32", count: 16 },
  Q: { type: "i64" },
  Z: { type: "i32", bits: 1 },
}).files
const mayFault: Helper = { name: "translate", params: ["i32"], result: "i32", mayFault: true }
const writes: Helper = { name: "setMode", params: [], result: undefined, mayFault: false }

function recorded(record: (b: Builder) => void): Builder {
  const b = new Builder({ addressType: "i32", length: 4 })
  record(b)
  return b
}

const check = (record: (b: Builder) => void, options: Partial<VerifyOptions> = {}) =>
  verify(recorded(record).block, { addressType: "i32", ...options })

describe("printBlock", () => {
  it("prints a statement a line, with shared values named", () => {
    const { block } = recorded((b) => {
      const sum = b.add(b.reg(R, 1), b.reg(R, { kind: "field", type: "i32", bits: { low: 16, width: 4 } }))
      b.setReg(R, 2, sum)
      b.set(Z, b.eqz(sum))
      const v = b.variable(b.i32(0x12345))
      b.if(
        b.get(Z),
        () => b.store(2, sum, b.read(v), { align: "required", asUser: true }),
        () => b.perform(writes),
      )
      b.forEachBit(b.load(1, b.i32(-4096), { signed: true }), (bit) => b.assign(v, bit))
      b.set(Q, b.i64(-1))
      b.attend()
      b.branch(b.pc(), b.call(mayFault, b.i32(5)))
    })
    expect(printBlock(block)).toBe(
      [
        "%0 = R[1]",
        "%1 = R[word<19:16>]",
        "$0 = i32.add(%0, %1)",
        "R[2] = $0",
        "Z = i32.eqz($0)",
        "v0 = 0x12345",
        "%2 = Z",
        "if %2",
        "  %3 = v0",
        "  store2.required.user $0, %3",
        "else",
        "  setMode()",
        "%4 = load1s 0xfffff000",
        "for v1 in bits of %4",
        "  %5 = v1",
        "  v0 = %5",
        "Q = -1L",
        "attend",
        "%6 = translate(5)",
        "branch pc in %6",
      ].join("\n"),
    )
  })
})

describe("verify", () => {
  it("passes what keeps to the rules", () => {
    check((b) => {
      const loaded = b.variable(b.i32(0))
      b.if(b.reg(R, 0), () => b.assign(loaded, b.load(4, b.reg(R, 1))))
      b.setReg(R, 2, b.read(loaded))
      b.if(
        b.eqz(b.read(loaded)),
        () => b.branch(b.i32(0)),
        () => b.exit("wait"),
      )
    })
  })

  it.each<[string, (b: Builder) => void]>([
    ["a register", (b) => b.setReg(R, 1, b.i32(0))],
    ["memory", (b) => b.store(4, b.i32(0), b.i32(0))],
    ["what a helper changes", (b) => b.perform(writes)],
  ])("finds %s written before an access that can fault", (_, write) => {
    const record = (b: Builder) => {
      write(b)
      b.load(4, b.i32(0))
    }
    expect(() => check(record)).toThrow("state is written before a load that can fault")
    check(record, { restartable: true })
  })

  it("finds it on one path, in the next round of a loop, before helpers and exceptions", () => {
    expect(() =>
      check((b) => {
        b.if(b.reg(R, 0), () => b.setReg(R, 1, b.i32(0)))
        b.call(mayFault, b.i32(0))
      }),
    ).toThrow("before a call")
    expect(() => check((b) => b.forEachBit(b.reg(R, 0), (bit) => b.store(4, bit, bit)))).toThrow("before a store")
    expect(() =>
      check((b) => {
        b.setReg(R, 1, b.i32(0))
        b.raise("trap")
      }),
    ).toThrow("before a raise")
  })

  it("follows paths: a branch keeps its writes from what comes after", () => {
    check((b) => {
      b.if(b.reg(R, 0), () => {
        b.setReg(R, 1, b.i32(0))
        b.branch(b.i32(0))
      })
      b.load(4, b.i32(0))
    })
  })

  it("does not count scratch registers", () => {
    const record = (b: Builder) => {
      b.setReg(R, 15, b.i32(0))
      b.load(4, b.i32(0))
    }
    expect(() => check(record)).toThrow("before a load")
    check(record, { scratch: [{ file: R, index: 15 }] })
  })

  it("finds what follows the end of a path", () => {
    expect(() =>
      check((b) => {
        b.branch(b.i32(0))
        b.setReg(R, 0, b.i32(0))
      }),
    ).toThrow("set after the end of its path")
    expect(() =>
      check((b) => {
        b.if(
          b.reg(R, 0),
          () => b.branch(b.i32(0)),
          () => b.raise("trap"),
        )
        b.attend()
      }),
    ).toThrow("attend after the end")
  })

  it("finds values used where they have not happened", () => {
    expect(() =>
      check((b) => {
        let inner: Node = b.i32(0)
        b.if(b.reg(R, 0), () => {
          inner = b.reg(R, 1)
        })
        b.setReg(R, 2, b.add(inner, inner))
      }),
    ).toThrow("a get is used where it has not happened on every path")
  })

  it("finds indices that may reach outside, wrong types, and constants that are none", () => {
    const zero: Node = { kind: "const", type: "i32", value: 0 }
    const long: Node = { kind: "const", type: "i64", value: 0n }
    const wild: Node = { kind: "derived", type: "i32" }
    const broken = (s: Statement) => () => verify([s], { addressType: "i32" })
    expect(broken({ kind: "set", file: R, index: wild, value: zero })).toThrow("may be past its 16 registers")
    expect(broken({ kind: "set", file: R, index: { ...zero, value: 16 } as Node, value: zero })).toThrow("may be past")
    expect(broken({ kind: "set", file: R, index: zero, value: long })).toThrow("R: i64, not i32")
    expect(broken({ kind: "branch", target: long, context: undefined })).toThrow("branch: i64, not i32")
    expect(broken({ kind: "perform", helper: mayFault, args: [] })).toThrow("translate takes 1 arguments, not 0")
    expect(
      broken({ kind: "set", file: Z, index: zero, value: { kind: "const", type: "i32", value: 2 ** 31 } }),
    ).toThrow("2147483648 is no i32")
  })

  it("prints the block that is broken", () => {
    expect(() =>
      check((b) => {
        b.exit("wait")
        b.attend()
      }),
    ).toThrow("attend after the end of its path\nexit wait\nattend")
  })
})
