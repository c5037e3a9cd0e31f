// Modes and the status register as one value: the TypeScript twin, and reset.

import { describe, expect, it } from "vitest"
import { arm, GPR, MODE, MODES, readCpsrValue, state, writeCpsrValue } from "../../../cpu/arm/index.ts"
import { bankIndex, bankOf, isMode } from "../../../cpu/arm/system/modes.ts"
import { readCpsr, writeCpsr } from "../../../cpu/arm/system/psr.ts"
import { Builder, evaluate, StateView } from "../../../cpu/ir/index.ts"
import { allValues } from "../../../cpu/isa/encode.ts"

function machine() {
  const view = new StateView(state, new ArrayBuffer(state.size))
  view.reset()
  const run = (record: (b: Builder) => void) => {
    const b = new Builder({ addressType: "i32", length: 4, pc: 0 })
    record(b)
    return evaluate(b.block, {
      get: (file, index) => view.read(file, index),
      set: (file, index, value) => view.write(file, index, value),
      time: () => 0,
      load: () => 0,
      store() {},
      call: () => undefined,
    })
  }
  return { view, run }
}

const modes = Object.values(MODES).filter(isMode)

describe("the twin of the status register", () => {
  it.each(modes.flatMap((from) => modes.map((to) => [from, to] as const)))(
    "exchanges the same registers from mode %i to %i",
    (from, to) => {
      const [ours, twin] = [machine(), machine()]
      for (const { view } of [ours, twin]) {
        writeCpsrValue(view, from)
        for (const file of [state.files.GPR, state.files.SP_BANK, state.files.LR_BANK, state.files.HIGH_BANK]) {
          for (let n = 0; n < file.count; n++) view.set(file, n, (file.offset << 8) | n)
        }
      }
      const value = 0xa80a_01c0 | to
      // From user mode, only the twin may change everything.
      if (from === MODES.usr) return expect(twin.view.get(MODE)).toBe(MODES.usr)
      ours.run((b) => writeCpsr(b, b.i32(value), b.i32(-1), () => {}))
      writeCpsrValue(twin.view, value)
      for (const file of state.list) {
        if (file.name === "CONTEXT" || file.storage !== file.name) continue
        for (let n = 0; n < file.count; n++) {
          expect(`${file.name}${n} ${ours.view.read(file, n)}`).toBe(`${file.name}${n} ${twin.view.read(file, n)}`)
        }
      }
    },
  )

  it("shows execution state, which instructions do not read", () => {
    const { view, run } = machine()
    writeCpsrValue(view, 0x0600_fc33)
    expect(readCpsrValue(view)).toBe(0x0600_fc33)
    expect(view.get(state.files.CONTEXT)).toBe(0xff)
    expect(view.get(state.files.ISA)).toBe(1)
    let seen = 0
    run((b) => b.set(state.files.PC, readCpsr(b)))
    seen = view.get(state.files.PC)
    expect(seen).toBe(0x13)
  })

  it("ignores illegal modes", () => {
    const { view } = machine()
    for (let mode = 0; mode < 32; mode++) {
      writeCpsrValue(view, mode)
      expect(isMode(view.get(MODE))).toBe(true)
    }
    expect([0, 0x16, 0x1a].some(isMode)).toBe(false)
  })

  it("agrees with the IR on banks", () => {
    const { view, run } = machine()
    for (let mode = 0; mode < 32; mode++) {
      run((b) => b.set(state.files.PC, bankIndex(b, b.i32(mode))))
      expect(view.get(state.files.PC)).toBe(bankOf(mode))
    }
  })
})

describe.each(["cortex-a15", "arm926"] as const)("%s", (model) => {
  const architecture = arm(model)

  it("has the exceptions of the manual", () => {
    const names = ["reset", "undefined", "svc", "prefetchAbort", "dataAbort", "irq", "fiq"]
    expect(Object.keys(architecture.exceptions)).toEqual(names)
  })

  it("goes to its reset vector in Supervisor mode with interrupts masked", () => {
    const { view, run } = machine()
    view.set(GPR, 14, 5)
    // TakeReset clears the exclusive monitor (B1.9.1).
    view.set(state.files.EXCLUSIVE, 0, 1)
    const outcome = run((b) => architecture.exceptions["reset"]!(b, { pc: b.i32(8), context: b.i32(0), args: [] }))
    expect(outcome).toMatchObject({ kind: "branch", target: 0, context: 0 })
    expect(readCpsrValue(view) & 0xff).toBe(0xd3)
    expect(view.get(state.files.EXCLUSIVE)).toBe(0)
  })

  it("decodes every word to something or nothing, without an error", () => {
    for (const format of architecture.formats) {
      for (let n = 0; n < 20_000; n++) {
        const word = Math.imul(n, 0x9e37_79b1)
        const { length } = format.decode(
          (offset) => (format.unit === 4 ? word : (word >>> (offset * 8)) & 0xffff),
          n & 0xff,
        )
        expect(format.lengths).toContain(length)
      }
    }
  })
})

describe("older and newer models", () => {
  const decodes = (model: "cortex-a15" | "arm926", word: number) =>
    arm(model).formats[0]!.decode(() => word, 0).decoded?.instruction.name

  it.each([
    ["movw", 0xe300_0000, true, false],
    ["ldrex", 0xe191_0f9f, true, false],
    ["rev", 0xe6bf_0f31, true, false],
    ["cpsid", 0xf10c_0080, true, false],
    ["dmb", 0xf57f_f05f, true, false],
    ["ldrd", 0xe1c1_20d0, true, true],
    ["bkpt", 0xe120_0070, true, true],
    ["bxj", 0xe12f_ff20, true, true],
  ])("%s belongs to those that have it", (_, word, newer, older) => {
    expect(decodes("cortex-a15", word) !== undefined).toBe(newer)
    expect(decodes("arm926", word) !== undefined).toBe(older)
  })

  it.each([
    ["bl", 0xf00d, 0xf926, true, true],
    ["bl", 0xf00d, 0xf126, true, false],
    ["bl", 0xf00d, 0xd926, true, false],
    ["blx", 0xf00d, 0xe926, true, true],
    ["blx", 0xf00d, 0xe126, true, false],
    ["blx", 0xf00d, 0xc926, true, false],
  ])("%s of %i and %i reaches as far as each has bits for", (name, first, second, newer, older) => {
    const decodesPair = (model: "cortex-a15" | "arm926") =>
      arm(model).formats[1]!.decode((at) => (at === 0 ? first : second), 0).decoded?.instruction.name ===
      `${name}{cond}`
    expect([decodesPair("cortex-a15"), decodesPair("arm926")]).toEqual([newer, older])
  })

  it("take a post-indexed halfword with W for an access as user mode, or leave it open", () => {
    const strh = (model: "cortex-a15" | "arm926") => arm(model).formats[0]!.decode(() => 0xe0e8_1aba, 0).decoded!
    expect(strh("cortex-a15").instruction.name).toBe("strht{cond}")
    const { instruction, ...word } = strh("arm926")
    expect(instruction.name).toBe("strh{cond}")
    expect(instruction.unpredictable(allValues(instruction, word, 0))).toBe(true)
  })

  it("wait for interrupts each in its own way", () => {
    const format = arm("arm926").formats[0]!
    const { decoded } = format.decode(() => 0xee07_0f90, 0)
    expect(decoded?.instruction.feature).toBe("pre7")
  })
})
