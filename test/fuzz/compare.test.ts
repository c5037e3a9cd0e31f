// The comparison of two runs, on runs that are lists of states.
import { describe, expect, it } from "vitest"
import { copyRecord, emptyRecord, type StateRecord } from "../oracle/state-record.ts"
import { type CompareOptions, compareRuns, type Stepper } from "./compare.ts"

type Sketch = { pc: number; r0?: number; cpsr?: number; lr?: number; d3?: number; fpscr?: number }

function record({ pc, r0 = 0, cpsr = 0x1d3, lr = 0, d3 = 0, fpscr = 0 }: Sketch): StateRecord {
  const made = emptyRecord()
  made.r[0] = r0
  made.r[14] = lr
  made.r[15] = pc
  made.d[7] = d3
  return Object.assign(made, { cpsr, fpscr })
}

/** Plays back prepared states; an adopted state replaces the current one. */
function player(states: readonly Sketch[]): Stepper & { steps: number; adopted: number } {
  let current = record(states[0]!)
  return {
    steps: 0,
    adopted: 0,
    step() {
      current = record(states[++this.steps] ?? { pc: 0xbad })
    },
    state: (into) => copyRecord(current, into),
    adopt(state) {
      this.adopted++
      copyRecord(state, current)
    },
  }
}

const compare = (reference: readonly Sketch[], subject: readonly Sketch[], options?: CompareOptions) =>
  compareRuns(reference.map(record), player(subject), options)

describe("compareRuns", () => {
  const straight: Sketch[] = [{ pc: 0 }, { pc: 4, r0: 1 }, { pc: 8, r0: 2 }]

  it("counts the states of two equal runs", () => {
    expect(compare(straight, straight)).toMatchObject({ compared: 3, last: -1 })
  })

  it("names the instruction, its bytes and the field of the first difference", () => {
    const wrong = [straight[0]!, straight[1]!, { pc: 8, r0: 3 }]
    const { difference } = compare(straight, wrong, { bytesAt: (address) => Uint8Array.of(address, 1, 2, 3) })
    expect(difference).toMatchObject({
      index: 2,
      program: -1,
      pc: 4,
      field: "r0",
      expected: 2,
      actual: 3,
      thumb: false,
    })
    expect([...difference!.instruction]).toEqual([4, 1, 2, 3])
    expect(difference!.before.r[0]).toBe(1)
    expect(difference!.expectedAfter.r[0]).toBe(2)
    expect(difference!.actualAfter.r[0]).toBe(3)
  })

  it.each([
    [{ pc: 4, cpsr: 0x2000_01d3 }, "cpsr"],
    [{ pc: 4, d3: 1 }, "d3.high"],
    [{ pc: 4, fpscr: 0x10 }, "fpscr"],
    [{ pc: 8, r0: 9 }, "r15"],
  ])("compares %o", (sketch, field) => {
    expect(compare([{ pc: 0 }, { pc: 4 }], [{ pc: 0 }, sketch], { fpu: true }).difference?.field).toBe(field)
  })

  it("leaves D registers and FPSCR alone unless told", () => {
    expect(compare([{ pc: 0, d3: 1, fpscr: 1 }], [{ pc: 0 }]).difference).toBeUndefined()
  })

  it("compares the first states too", () => {
    expect(compare([{ pc: 0, r0: 1 }], [{ pc: 0 }]).difference).toMatchObject({ index: 0, pc: 0, field: "r0" })
  })

  it("runs both up to the starting point", () => {
    const reference: Sketch[] = [{ pc: 0, r0: 7 }, { pc: 4 }, { pc: 8 }]
    const subject: Sketch[] = [{ pc: 0, r0: 9 }, { pc: 4 }, { pc: 8 }]
    expect(compare(reference, subject, { startAt: 4 })).toMatchObject({ compared: 2, last: -1 })
  })

  it("accepts that the reference does not show the state before a fetch abort", () => {
    const reference: Sketch[] = [{ pc: 0 }, { pc: 0x10c, cpsr: 0x1d7, lr: 0x8004 }]
    const subject: Sketch[] = [{ pc: 0 }, { pc: 0x8000 }, { pc: 0x10c, cpsr: 0x1d7, lr: 0x8004 }]
    expect(compare(reference, subject)).toMatchObject({ compared: 2, last: -1 })
    const elsewhere: Sketch[] = [{ pc: 0 }, { pc: 0x9000 }, { pc: 0x10c, cpsr: 0x1d7, lr: 0x8004 }]
    expect(compare(reference, elsewhere).difference).toMatchObject({ field: "r15", expected: 0x10c, actual: 0x9000 })
  })

  it("counts programs and stops at one that does not end", () => {
    const run: Sketch[] = [{ pc: 0 }, { pc: 0x40 }, { pc: 4 }, { pc: 0x40 }, { pc: 8 }, { pc: 8 }, { pc: 8 }, { pc: 8 }]
    expect(compare(run, run, { next: 0x40, firstProgram: 5 })).toMatchObject({ compared: 8, last: 6 })
    const stopped = compare(run, run, { next: 0x40, firstProgram: 5, recordsPerProgram: 2 })
    expect(stopped).toMatchObject({ compared: 7, runaway: 6 })
  })

  it("tells of a difference what was said in its program before, and forgets that with the next", () => {
    const run: Sketch[] = [{ pc: 0x40 }, { pc: 4 }, { pc: 0x40 }, { pc: 8 }, { pc: 12 }]
    const judge = ({ r }: StateRecord) => (r[15] === 4 ? "astray" : undefined)
    const wrong = (index: number) => run.map((state, n) => (n === index ? { ...state, r0: 1 } : state))
    const options = { next: 0x40, judge }
    expect(compare(run, run, options)).toMatchObject({ compared: 5, astray: [0] })
    expect(compare(run, wrong(2), options).difference).toMatchObject({ program: 0, astray: "astray" })
    expect(compare(run, wrong(4), options).difference).toMatchObject({ program: 1 })
    expect(compare(run, wrong(4), options).difference?.astray).toBeUndefined()
  })

  it("does not step the subject where the reference stops in the middle of an instruction", () => {
    const isBetween = (before: StateRecord, shown: StateRecord) => shown.r[15] === before.r[15]! + 2
    const reference: Sketch[] = [{ pc: 0 }, { pc: 2, lr: 7 }, { pc: 8 }]
    const subject: Sketch[] = [{ pc: 0 }, { pc: 8 }]
    expect(compare(reference, subject, { isBetween })).toMatchObject({ compared: 2 })
    expect(compare(reference, subject).difference).toMatchObject({ field: "r15" })
  })

  it("ignores nothing but what an instruction leaves UNKNOWN, and goes on from the reference's state", () => {
    const reference: Sketch[] = [{ pc: 0 }, { pc: 4, cpsr: 0x2000_01d3 }]
    const subject = player([{ pc: 0 }, { pc: 4 }])
    const carry = {
      ignore: (_: Uint8Array, before: StateRecord) =>
        before.r[15] === 0 ? { reason: "carry", cpsr: 0x2000_0000 } : undefined,
    }
    expect(compareRuns(reference.map(record), subject, carry)).toMatchObject({ compared: 2, last: -1 })
    expect(subject.adopted).toBe(1)
    const overflow = { ignore: () => ({ reason: "overflow", cpsr: 0x1000_0000 }) }
    expect(compare(reference, [{ pc: 0 }, { pc: 4 }], overflow).difference?.field).toBe("cpsr")
  })

  it("reports an ignored difference when the subject cannot take over a state", () => {
    const { step, state } = player([{ pc: 0 }, { pc: 4 }])
    const bare: Stepper & { steps: number } = { steps: 0, step, state }
    const result = compareRuns([{ pc: 0 }, { pc: 4, r0: 1 }].map(record), bare, {
      ignore: () => ({ reason: "r0", r: 1 }),
    })
    expect(result.difference?.field).toBe("r0")
  })
})
