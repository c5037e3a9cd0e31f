// Slices that the host cuts short: the guest, its time and the ends of slices are as without.

import { expect, it } from "vitest"
import { prepare } from "../../src/boot.ts"
import { defaultGuest } from "../../src/cli/default-guest.ts"
import { ENGINES, type Engine } from "../../src/engine.ts"
import { firmware } from "../guests/programs.ts"

const SLICE = 50_000

/** Where each slice of the monitor's self test ends, with pauses as the host wants them. */
async function endsOfSlices(engine: Engine, isOverdue: () => boolean) {
  const { image, append, machine: kind } = defaultGuest("arm", false)
  const jit = { tuning: { hotAfter: 50, regionsPerModule: 1 } }
  const { board } = await prepare({ image, append, machine: kind, semihosting: true, engine, jit })
  const { machine, cpu } = board
  const ends: string[] = []
  let pauses = 0
  for (let n = 0; n < 400; ) {
    const slice = machine.slice(SLICE, isOverdue)
    if (slice.kind === "stopped") break
    if (slice.kind === "idle") {
      if (slice.untilNs === undefined) break
      machine.skipTo(slice.untilNs)
    }
    if (slice.kind === "running" && slice.isPaused) {
      pauses++
      continue
    }
    ends.push(`${machine.instructions} ${machine.nowNs} ${cpu.pc} ${cpu.register("sp")}`)
    n++
  }
  return { ends, pauses }
}

it.each(ENGINES)(
  "the %s is paused whenever it looks at the clock, and does the same",
  { timeout: 120_000 },
  async (engine) => {
    const whole = await endsOfSlices(engine, () => false)
    const cut = await endsOfSlices(engine, () => true)
    expect(whole.ends.length).toBeGreaterThan(10)
    expect(cut.ends).toEqual(whole.ends)
    expect([whole.pauses, cut.pauses > 100]).toEqual([0, true])
  },
)

it("a run is paused where every fetch aborts, in the handler of such aborts too", async () => {
  const source = `
        ldr   r0, =0xf0000000
        mcr   p15, 0, r0, c12, c0, 0    @ VBAR
        bx    r0`
  const { board } = await prepare(firmware(source))
  let pauses = 0
  for (let n = 0; n < 100; n++) {
    const before = board.machine.instructions
    const slice = board.machine.slice(SLICE, () => true)
    expect(board.machine.instructions - before).toBeLessThan(100)
    if (slice.kind === "running" && slice.isPaused) pauses++
  }
  expect(pauses).toBe(100)
})
