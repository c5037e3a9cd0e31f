// Virtual time that passes without instructions: accesses to parts that take time, on every engine.

import { describe, expect, it } from "vitest"
import { assembleSource } from "../../cpu/isa/index.ts"
import { powerPc } from "../../cpu/powerpc/index.ts"
import { powerPcDialect } from "../../cpu/powerpc/text/dialect.ts"
import { raz } from "../../devices/misc/raz.ts"
import { PowerPcCpu } from "../../src/architectures/powerpc/index.ts"
import { Machine } from "../../src/machine.ts"

const CODE = 0x1000
const PART = 0x8000_0000
const NS = 500
const dialect = powerPcDialect(powerPc("750").formats[0]!)
const program = `
    lis   r3, ${PART >>> 16}
    mftb  r4, 268
    lwz   r5, 0(r3)
    lwz   r5, 0(r3)
    mftb  r6, 268
end:
    b     end
`

function run(engine: "evaluator" | "interpreter" | "jit", accessNs: number, instructions: number) {
  const machine = new Machine({ name: "sample", clockRate: 1e9, accessNs, log: () => {} })
  const memory = [{ name: "ram", base: 0, size: 0x1_0000, writable: true }]
  const cpu = new PowerPcCpu(machine, { model: "750", memory, engine })
  machine.add("part", raz, { at: PART, wires: {} })
  let rang: number | undefined
  machine.clock.alarm(() => (rang = machine.instructions)).set(700)
  cpu.write(CODE, assembleSource(program, dialect, { origin: CODE }).bytes)
  cpu.start(CODE)
  while (machine.instructions < instructions) machine.slice(instructions - machine.instructions)
  const ticks = Number(cpu.register("r6")) - Number(cpu.register("r4"))
  return { nowNs: machine.nowNs, ticks, rang }
}

describe.each(["evaluator", "interpreter", "jit"] as const)("on the %s", (engine) => {
  it("an access takes its time, which counters see within the run", () => {
    // The time base has 40 ns a tick: two accesses of 500 ns are 25 ticks.
    expect(run(engine, NS, 5)).toMatchObject({ nowNs: 5 + 2 * NS, ticks: 25 })
    expect(run(engine, 0, 5)).toMatchObject({ nowNs: 5, ticks: 0 })
  })

  it("an alarm that becomes due by it goes off behind the next instruction", () => {
    // 700 ns have passed with the second access, the fourth instruction; a run goes on for one instruction at least.
    expect(run(engine, NS, 100).rang).toBe(5)
    expect(run(engine, 0, 1000).rang).toBe(700)
  })
})
