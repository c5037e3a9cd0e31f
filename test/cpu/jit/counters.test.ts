// A loop that polls a counter: each reading is that of its instruction, however the run is cut into slices, on every engine.

import { describe, expect, it } from "vitest"
import type { PhysicalAddress } from "../../../mmu/address.ts"
import { ArmCpu } from "../../../src/architectures/arm/index.ts"
import type { Engine } from "../../../src/engine.ts"
import { Machine } from "../../../src/machine.ts"
import { assemble } from "../../guests/programs.ts"

const READINGS = 2000
const BUFFER = 0x8000
/** Instructions before the first reading, and from one reading to the next. */
const BEFORE = 2
const APART = 4

const PROGRAM = `
    mov   r1, #0x8000
    add   r2, r1, #${READINGS * 4}
poll:
    mrrc  p15, 1, r4, r5, c14       @ CNTVCT
    str   r4, [r1], #4
    cmp   r1, r2
    bne   poll
    b     .`

/** The counter runs at 62.5 MHz, the CPU executes an instruction in 1 ns, and time includes the present instruction. */
const expected = Array.from({ length: READINGS }, (_, n) => Math.floor((BEFORE + n * APART + 1) / 16))

function run(engine: Engine, slice: number) {
  const machine = new Machine({ name: "bare", clockRate: 1e9, log: () => {} })
  const memory = [{ name: "ram", base: 0, size: 0x1_0000, writable: true }]
  const jit = { tuning: { hotAfter: 10, regionsPerModule: 1 }, count: true }
  const cpu = new ArmCpu(machine, { model: "cortex-a15", memory, semihosting: false, engine, jit })
  expect(cpu.write(0, assemble(PROGRAM, 0))).toBe(true)
  cpu.start(0)
  for (let left = BEFORE + READINGS * APART; left > 0; left -= slice) machine.slice(Math.min(slice, left))
  const readings = new Uint32Array(READINGS)
  expect(cpu.guest.physicalRead(BUFFER as PhysicalAddress, new Uint8Array(readings.buffer))).toBe(true)
  return { readings: [...readings], helperCalls: cpu.helperCalls, profiles: cpu.jit?.profiles() ?? [] }
}

describe.each<Engine>(["evaluator", "interpreter", "jit"])("a polling loop on the %s", (engine) => {
  it.each([1, 7, 100, 100_000])("reads the count of each instruction in slices of %i", (slice) => {
    expect(run(engine, slice).readings).toEqual(expected)
  })
})

it("stays in one region", () => {
  const { profiles, helperCalls } = run("jit", 100_000)
  expect(helperCalls).toBe(0)
  // The store exits at its first access to the buffer's second page, which is not in the TLB yet.
  expect(profiles.map(({ entered }) => entered)).toEqual([2])
  expect(profiles[0]!.executed).toBeGreaterThan(READINGS * APART * 0.9)
})
