// The generic CPU, completed for the toy architecture: nothing of it needs more than what a CpuSystem says.

import { describe, expect, it } from "vitest"
import { assembleSource } from "../../cpu/isa/index.ts"
import { physicalAddress, virtualLow } from "../../mmu/address.ts"
import { Cpu } from "../../src/cpu.ts"
import type { CpuSystem } from "../../src/cpu-system.ts"
import { ENGINES, type Engine } from "../../src/engine.ts"
import { Machine } from "../../src/machine.ts"
import { dialect, R, toy } from "../cpu/isa/toy.ts"

const CODE = 0x1000
const HANDLER = 0x100
const NOWHERE = 0x4000_0000
/** The interrupt is masked while this register is not 0. */
const MASK = 5

function toySystem(cpu: Cpu): CpuSystem<"irq"> {
  const { state } = cpu
  const core = R.names.map((name, n) => ({ name, bits: 32, read: () => state.get(R, n) >>> 0 }))
  return {
    mmu: {
      walker: () => ({
        granule: 4096,
        physicalBits: 32,
        walk: (va, _kind, _level, into) => into.untranslated(physicalAddress(virtualLow(va)), "normal"),
      }),
      rotates: false,
      alignmentChecked: () => false,
    },
    pins: [{ name: "irq", exception: "trap", isEnabled: () => state.get(R, MASK) === 0 }],
    helpers: {},
    registers: { core },
    fault: ({ va }) => cpu.raise("fault", va),
    reset() {},
    enter: (entry) => state.set(toy.engine.PC, 0, Number(entry)),
  }
}

function toyMachine(engine: Engine, program: string) {
  const machine = new Machine({ name: "toy", clockRate: 1e9, log: () => {} })
  const memory = [{ name: "ram", base: 0, size: 0x1_0000, writable: true }]
  const jit = { tuning: { hotAfter: 1, regionsPerModule: 1 } }
  const cpu = new Cpu(machine, { name: "toy", arch: toy }, { memory, engine, jit }, toySystem)
  const place = (at: number, source: string) => cpu.write(at, assembleSource(source, dialect, { origin: at }).bytes)
  expect(place(HANDLER, "add r2, r2, #1\nadd r5, r5, #1\nidle: jump idle")).toBe(true)
  expect(place(CODE, program)).toBe(true)
  return { machine, cpu }
}

describe.each(ENGINES)("a CPU of an architecture without a system, on the %s", (engine) => {
  it("runs from where it is started, with the registers that it is given", () => {
    const { cpu } = toyMachine(engine, "loop: add r1, r1, #1\njump loop")
    cpu.start(CODE, { r1: 5 })
    expect(cpu.run(1001).executed).toBe(1001)
    expect([cpu.register("r1"), cpu.pc]).toEqual([506, CODE + 4])
    expect(cpu.registers()[0]!.registers[1]).toEqual({ name: "r1", value: 506, bits: 32 })
    expect(() => cpu.register("r99")).toThrow("toy has no register r99")
    expect(() => cpu.start(CODE, { r99: 1 })).toThrow("toy has no register r99")
  })

  it("takes an interrupt while its condition holds, and no other", () => {
    const { cpu } = toyMachine(engine, "loop: add r1, r1, #1\njump loop")
    const irq = cpu.pin("irq")
    cpu.start(CODE, { r5: 1 })
    irq.set(true)
    cpu.run(100)
    expect([cpu.isInterrupted, cpu.register("r2")]).toEqual([true, 0])
    cpu.start(CODE, { r5: 0 })
    cpu.run(100)
    expect([cpu.register("r2"), cpu.register("lr")]).toEqual([1, CODE])
    irq.set(false)
    expect(cpu.isInterrupted).toBe(false)
  })

  it("makes a failed access an exception of the architecture", () => {
    const { cpu } = toyMachine(engine, "add r1, r1, #1\nst r1, [r3, #0]")
    cpu.start(CODE, { r3: NOWHERE })
    cpu.run(10)
    expect([cpu.register("sp"), cpu.register("lr")]).toEqual([NOWHERE, CODE + 4])
  })

  it("makes a fetch from where nothing is such an exception as well", () => {
    const { cpu } = toyMachine(engine, "jump .")
    cpu.start(NOWHERE)
    cpu.run(10)
    expect([cpu.register("sp"), cpu.register("lr")]).toEqual([NOWHERE, NOWHERE])
  })
})

it("has a number on its machine, by which it is put to sleep", () => {
  const { machine, cpu } = toyMachine("interpreter", "loop: add r1, r1, #1\njump loop")
  const other = new Cpu(machine, { name: "toy", arch: toy }, { memory: [] }, toySystem)
  expect([cpu.number, other.number]).toEqual([0, 1])
  cpu.start(CODE)
  machine.wait(1)
  expect(machine.slice(10)).toEqual({ kind: "running", isPaused: false })
  machine.wait(0)
  expect(machine.slice(10)).toEqual({ kind: "idle", untilNs: undefined })
  expect(() => machine.wait(2)).toThrow("machine toy has no CPU 2")
})
