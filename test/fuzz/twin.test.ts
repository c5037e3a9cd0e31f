// Lockstep of two QEMUs, one of which may be made to lie.
import { describe, expect, it } from "vitest"
import { assemble, assemblerUnavailable } from "../oracle/assemble.ts"
import { unavailable } from "../oracle/qemu.ts"
import { copyRecord, pcOf, type StateRecord } from "../oracle/state-record.ts"
import type { TraceRun } from "../oracle/trace.ts"
import { Random } from "../support/random.ts"
import { buildImage, type Image, type Program } from "./image.ts"
import { compareMemory, type ImageStepper, runLockstep, startReference } from "./lockstep.ts"

const why = unavailable() ?? assemblerUnavailable()

/** A second QEMU as the subject; `spoil` may change its states. */
async function twin(
  image: Image,
  runs: TraceRun[],
  spoil: (state: StateRecord) => void = () => {},
): Promise<ImageStepper> {
  const run = await startReference(image, { fpu: true })
  runs.push(run)
  const records = run.records()
  let current = records.next().value as StateRecord
  return {
    step() {
      const { value } = records.next()
      if (value) current = value
    },
    state(into) {
      copyRecord(current, into)
      spoil(into)
    },
    memory: (address, length) => run.memory(address, length),
  }
}

/** Random data processing on registers: no branches, no memory. */
function arithmetic(random: Random): Program {
  const words = Uint32Array.from({ length: 30 }, () => {
    const opcode = random.below(16)
    const setsFlags = (opcode & 12) === 8 || random.chance(50) ? 1 : 0
    // Compares have no destination, and MOV and MVN no first operand: those bits must be zero.
    const rd = (opcode & 12) === 8 ? 0 : random.below(13)
    const rn = (opcode & 13) === 13 ? 0 : random.below(15)
    const registers = (rn << 16) | (rd << 12) | random.below(15)
    return (
      0xe000_0000 | (opcode << 21) | (setsFlags << 20) | registers | (random.below(32) << 7) | (random.below(4) << 5)
    )
  })
  return { words: new Uint8Array(words.buffer), thumb: false, seedState: random.u32() }
}

async function withTwin<T>(body: (runs: TraceRun[]) => Promise<T>): Promise<T> {
  const runs: TraceRun[] = []
  try {
    return await body(runs)
  } finally {
    for (const run of runs) await run.close()
  }
}

describe.skipIf(why)(`runLockstep${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  const random = new Random(3)
  const programs = Array.from({ length: 50 }, () => arithmetic(random))
  const image = buildImage(programs, { seed: 9 })

  it("finds no difference between two runs of the same reference, memory included", async () => {
    await withTwin(async (runs) => {
      const result = await runLockstep(image, (part) => twin(part, runs), { fpu: true })
      expect(result).toMatchObject({ differences: [], unfinished: [], memory: [] })
      expect(result.compared).toBeGreaterThan(50 * 100)
      expect(runs).toHaveLength(1)
    })
  })

  it("reports the instruction of each difference and goes on with the next program", async () => {
    const wrongAt = [image.runs[7]!.code + 8, image.runs[31]!.code + 40]
    await withTwin(async (runs) => {
      const spoil = (state: StateRecord): void => {
        if (wrongAt.includes(pcOf(state))) state.r[5]! ^= 0x100
      }
      const { differences } = await runLockstep(image, (part) => twin(part, runs, spoil), { fpu: true })
      expect(differences.map(({ program, pc, field }) => ({ program, pc, field }))).toEqual([
        { program: 7, pc: wrongAt[0]! - 4, field: "r5" },
        { program: 31, pc: wrongAt[1]! - 4, field: "r5" },
      ])
      expect([...differences[0]!.instruction]).toEqual([...programs[7]!.words.subarray(4, 8)])
      expect(runs).toHaveLength(3)
    })
  })

  it("leaves programs that loop or wait, and reports them", async () => {
    const odd = ["b .", "wfi", "nop"].map(
      (source): Program => ({ words: assemble(source), thumb: false, seedState: 1 }),
    )
    const stuck = buildImage([programs[0]!, ...odd, programs[1]!], { seed: 1 })
    await withTwin(async (runs) => {
      const result = await runLockstep(stuck, (part) => twin(part, runs), { recordsPerProgram: 500, stallMs: 200 })
      expect(result).toMatchObject({ differences: [], unfinished: [1, 2], cut: [1, 2], memory: [] })
    })
  })

  it("compares the memory of a program that loops", async () => {
    const looping: Program = { words: assemble("loop: add r1, r1, #1\nb loop"), thumb: false, seedState: 1 }
    const stuck = buildImage([programs[0]!, looping], { seed: 1 })
    const { address } = stuck.layout.data
    await withTwin(async (runs) => {
      const spoilt = async (part: Image): Promise<ImageStepper> => {
        const stepper = await twin(part, runs)
        const memory = (at: number, length: number): Uint8Array => {
          const bytes = stepper.memory!(at, length)
          if (at <= address && address < at + length) bytes[address - at]! ^= 1
          return bytes
        }
        return { ...stepper, memory }
      }
      const result = await runLockstep(stuck, spoilt, { recordsPerProgram: 500 })
      expect(result).toMatchObject({ unfinished: [1], cut: [1], memory: [{ address }] })
    })
  })
})

describe("compareMemory", () => {
  it("names the run whose data differs", () => {
    const program: Program = { words: new Uint8Array(4), thumb: false, seedState: [1, 2, 3] }
    const image = buildImage([program], { seed: 1 })
    const expected = new Uint8Array(image.ramBytes)
    const actual = expected.slice()
    actual[0x10] = 1
    actual[image.runs[1]!.data + 5] = 2
    expect(compareMemory(expected, actual, image)).toEqual([
      { address: 0x10, expected: 0, actual: 1 },
      { address: image.runs[1]!.data + 5, expected: 0, actual: 2, run: 1 },
    ])
  })
})
