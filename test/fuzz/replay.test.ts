// The engine gives the same states for many instructions at once as for one at a time. These cases need more than one instruction
// and no reference; other tests compare single instructions with the reference.

import { describe, expect, it } from "vitest"
import { GPR } from "../../cpu/arm/index.ts"
import { emptyRecord, pcOf } from "../oracle/state-record.ts"
import { Random } from "../support/random.ts"
import { buildImage, type Image, type Program } from "./image.ts"
import { otherEngines, type Repeater, Replay } from "./replay.ts"
import { Subject } from "./subject.ts"

const RAM_BYTES = 16 << 20

function thumb(...halfwords: number[]): Program {
  const words = new Uint8Array(Uint16Array.from(halfwords).buffer)
  return { words, thumb: true, seedState: Array.from({ length: 40 }, (_, n) => n), pointers: [0, 1] }
}

/** Runs an image to its end one instruction at a time, as a replay that can be repeated. */
function singly(subject: Subject, image: Image, others: readonly Repeater[] = []): Replay {
  const replay = new Replay(subject, image, new Random(1), others, 4)
  const state = emptyRecord()
  for (let n = 0; n < 100_000; n++) {
    replay.step()
    replay.state(state)
    if (pcOf(state) === image.symbols.get("done")) return replay
  }
  throw new Error("the image does not end")
}

describe("instructions at once", () => {
  const subject = new Subject("cortex-a15", RAM_BYTES)

  it.each([
    // it ne; ldrne r2, [r7]; movne r3, #1; adds r4, r4, #1: the handler of a fault resumes outside the block.
    ["a fault in an IT block", thumb(0xbf1c, 0x683a, 0x2301, 0x1c64)],
    // b to the second of itt ne; addne r2, #1; addne r3, #1, after the block has been executed.
    ["a branch into an IT block", thumb(0x2402, 0xbf1c, 0x3201, 0x3301, 0x3c01, 0xd1fb)],
    // itt ne; strne r2, [pc-relative into the block] is a store to the code's page: adr r5; strh r6, [r5, #2].
    ["a store into the block that is executed", thumb(0xa500, 0xbf1c, 0x806e, 0x1c64, 0x1c64)],
    // itttt at the end of a page, whose block continues in the next.
    [
      "an IT block across a page border",
      thumb(...new Array(2046).fill(0x1c64), 0xbf01, 0x3201, 0x3301, 0x3401, 0x3501),
    ],
  ])("agree with single steps: %s", (_, program) => {
    const image = buildImage([program], { seed: 3, ramBytes: RAM_BYTES })
    expect(singly(subject, image).departure()).toBeUndefined()
  })

  it("show the first place where they part", () => {
    const image = buildImage([thumb(0x1c64, 0x1c64)], { seed: 3, ramBytes: RAM_BYTES })
    const replay = singly(subject, image)
    // A machine with wrong results if it executes several instructions at once.
    let spoilt = false
    const { step, run, state, whole } = subject
    subject.step = () => {
      spoilt = false
      step.call(subject)
    }
    subject.run = (instructions) => {
      spoilt = instructions > 1
      return run.call(subject, instructions)
    }
    subject.state = (into) => {
      state.call(subject, into)
      if (spoilt) into.r[3]! ^= 1
    }
    subject.whole = () => {
      const bytes = whole.call(subject).slice()
      if (spoilt) bytes[0]! ^= 1
      return bytes
    }
    const departure = replay.departure()
    expect(departure?.index).toBeLessThan(10)
    expect(departure!.actual.r[3]).toBe(departure!.expected.r[3]! ^ 1)
  })

  it("repeat changes from outside at their places", () => {
    const image = buildImage([thumb(0x1c64, 0x1c64)], { seed: 3, ramBytes: RAM_BYTES })
    const own = new Subject("cortex-a15", RAM_BYTES)
    const replay = new Replay(own, image, new Random(1), [], 4)
    for (let n = 0; n < 400; n++) {
      if (n % 50 === 7) own.setSystem("DFAR", n)
      replay.step()
    }
    expect(replay.departure()).toBeUndefined()
  })
})

describe("engines that repeat a run", () => {
  const subject = new Subject("cortex-a15", RAM_BYTES)
  const image = buildImage([thumb(0xbf1c, 0x683a, 0x2301, 0x1c64, 0x6039)], { seed: 3, ramBytes: RAM_BYTES })
  const others = () => otherEngines("cortex-a15", RAM_BYTES, {})

  it("agree, and the JIT translates", () => {
    const engines = others()
    expect(singly(subject, image, engines).departure()).toBeUndefined()
    expect(engines[0]!.subject.cpu.jit!.stats.regions).toBeGreaterThan(10)
  })

  it.each([0, 1])("are found out if their registers differ (engine %i)", (n) => {
    const engines = others()
    const liar = engines[n]!
    const { run } = liar.subject
    liar.subject.run = (instructions) => {
      const executed = run.call(liar.subject, instructions)
      liar.subject.cpu.state.set(GPR, 3, 0x1234_5678)
      return executed
    }
    const departure = singly(subject, image, engines).departure()
    expect(departure).toMatchObject({ engine: liar.name })
    expect(departure!.actual.r[3]).toBe(0x1234_5678)
  })

  it("are found out if memory differs at the end", () => {
    const engines = others()
    const liar = engines[0]!
    const { run } = liar.subject
    liar.subject.run = (instructions) => {
      liar.subject.memory(0x40, 1)[0] = 0x99
      return run.call(liar.subject, instructions)
    }
    expect(singly(subject, image, engines).departure()).toMatchObject({ engine: liar.name, address: 0x40 })
  })
})
