// What regions count, on programs that are known to execute certain instructions so many times.

import { describe, expect, it } from "vitest"
import type { RegionProfile } from "../../../cpu/jit/profile.ts"
import { prepare } from "../../../src/boot.ts"
import { drawBatch } from "../../fuzz/fuzz.ts"
import { Subject } from "../../fuzz/subject.ts"
import { AROUND, hotLoop, LOOP } from "../../guests/hot-loop.ts"
import { emptyRecord } from "../../oracle/state-record.ts"

const ROUNDS = 100_000
/** Rounds that the interpreter makes before the code is hot, and those at the ends of slices, generously. */
const COLD = 1000

async function run(body: string | undefined, jit: { count: boolean }) {
  const image = hotLoop(ROUNDS, body)
  const { board, run } = await prepare({
    image,
    machine: "virt",
    jit: { tuning: { hotAfter: 100, regionsPerModule: 1 }, ...jit },
  })
  const { outcome, instructions } = await run()
  expect(outcome).toBe("off")
  return { instructions, profiles: board.cpu.jit!.profiles() }
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
const exitsOf = ({ exits }: RegionProfile) => sum(Object.values(exits))

describe("regions that count", () => {
  it("count what they execute, and change no result", async () => {
    const { instructions, profiles } = await run(undefined, { count: true })
    expect(instructions).toBe(3 * ROUNDS + AROUND)
    const region = profiles!.find(({ address }) => address === LOOP)!
    expect(region).toMatchObject({ format: "A32" })
    expect(region.executed).toBeGreaterThan(3 * (ROUNDS - COLD))
    expect(region.executed).toBeLessThanOrEqual(3 * ROUNDS)
    // It exits where a slice ends, and perhaps once at the end of the loop.
    expect(exitsOf(region)).toBe(region.entered)
    expect(region.exits.budget).toBeGreaterThanOrEqual(region.entered - 1)
  })

  it("tell why they exit", async () => {
    // The flags of the serial port are in no TLB.
    const { profiles } = await run("ldr r1, [r3]", { count: true })
    const accesses = sum(profiles!.map(({ exits }) => exits.access))
    expect(accesses).toBeGreaterThan(ROUNDS - COLD)
    expect(accesses).toBeLessThanOrEqual(ROUNDS)
  })

  it("count nothing unless asked", async () => {
    const { instructions, profiles } = await run(undefined, { count: false })
    expect(instructions).toBe(3 * ROUNDS + AROUND)
    expect(profiles).toBeUndefined()
  })

  it("exit as often as they are entered, and do what the interpreter does", () => {
    const { image } = drawBatch(4, "a32", "cortex-a15")
    const draw = (engine: "interpreter" | "jit") => {
      const jit = { tuning: { hotAfter: 1, regionsPerModule: 1 }, count: true }
      const subject = new Subject("cortex-a15", image.ramBytes, engine, jit).load(image)
      let executed = 0
      while (executed < 50_000) executed += subject.run(10_000)
      const record = emptyRecord()
      subject.state(record)
      return { executed, record, profiles: subject.cpu.jit?.profiles() }
    }
    const counting = draw("jit")
    const plain = draw("interpreter")
    expect(counting.record).toEqual(plain.record)
    expect(counting.executed).toBe(plain.executed)
    const profiles = counting.profiles!
    expect(profiles.length).toBeGreaterThan(20)
    expect(profiles.filter((p) => exitsOf(p) !== p.entered)).toEqual([])
    expect(sum(profiles.map((p) => p.executed))).toBeLessThan(counting.executed)
  })
})
