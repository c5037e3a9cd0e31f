// Images on QEMU: starting states, faults and page tables as the ARM manual gives them (ARM DDI 0406C, B1.8 and B3).
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { assemble, assemblerUnavailable } from "../oracle/assemble.ts"
import { unavailable } from "../oracle/qemu.ts"
import { copyRecord, emptyRecord, pcOf, type StateRecord } from "../oracle/state-record.ts"
import { buildImage, bytesAt, type Image, type Program, startingAt, withoutRuns } from "./image.ts"
import type { ProbeKind } from "./layout.ts"
import { startReference } from "./lockstep.ts"

const why = unavailable() ?? assemblerUnavailable()
const note = why ? ` (SKIPPED: ${why})` : ""

const nops: Program = { words: Uint8Array.of(0, 0, 0xa0, 0xe1, 0, 0, 0xa0, 0xe1), thumb: false, seedState: 1 }

describe("buildImage", () => {
  it("gives the same bytes for the same programs and seed, others for another seed", () => {
    const build = (seed: number) => buildImage([nops, { ...nops, seedState: [2, 3] }], { seed, mmu: true })
    const digest = (seed: number): string => {
      const hash = createHash("sha256")
      for (const { address, bytes } of build(seed).segments) hash.update(`${address}:`).update(bytes)
      return hash.digest("hex")
    }
    expect(digest(1)).toBe(digest(1))
    expect(digest(1)).not.toBe(digest(2))
    expect(build(1).runs.map(({ program }) => program)).toEqual([0, 1, 1])
  })

  it("refuses programs that do not fit", () => {
    expect(() => buildImage([nops], { seed: 1, ramBytes: 2 << 20 })).toThrow(
      /^the image needs \d+ MiB of RAM and has 2$/,
    )
  })

  it("shows the code as loaded", () => {
    const image = buildImage([nops], { seed: 1 })
    expect([...bytesAt(image, image.runs[0]!.code, 4)]).toEqual([0, 0, 0xa0, 0xe1])
    expect(bytesAt(image, 0xf000_0000, 4)).toHaveLength(0)
  })
})

/** The records of a whole run; the i-th list has those of program i. */
async function run(image: Image, fpu = false): Promise<StateRecord[][]> {
  const reference = await startReference(image, { fpu, limit: 200_000 })
  try {
    const runs: StateRecord[][] = []
    for (const record of reference.records()) {
      if (pcOf(record) === image.symbols.get("next")) runs.push([])
      const copy = emptyRecord()
      copyRecord(record, copy)
      runs.at(-1)?.push(copy)
    }
    expect(reference.outcome).toBe("until")
    // The last pass finds no further program.
    runs.pop()
    return runs
  } finally {
    await reference.close()
  }
}

const at = (records: readonly StateRecord[], pc: number): StateRecord => records.find((record) => pcOf(record) === pc)!
const program = (source: string, thumb = false, seedState: Program["seedState"] = 0): Program => {
  return { words: assemble(source, { thumb }), thumb, seedState }
}

describe.skipIf(why)(`an image on qemu${note}`, () => {
  const seeds = Array.from({ length: 40 }, (_, i) => i)
  const every = (): Program[] => [program("nop", false, seeds), program("nop", true, seeds)]

  it.each([
    { cpu: "cortex-a15", mmu: false },
    { cpu: "cortex-a15", mmu: true },
    { cpu: "arm926", mmu: false },
    { cpu: "arm926", mmu: true },
  ] as const)("starts every program in its state (%o)", async ({ cpu, mmu }) => {
    // ARMv5 has no NOP instruction in Thumb.
    const programs =
      cpu === "arm926" ? [program("mov r0, r0", false, seeds), program("mov r8, r8", true, seeds)] : every()
    const image = buildImage(programs, { seed: 5, cpu, mmu, modes: ["usr", "fiq", "irq", "svc", "abt", "sys"] })
    const runs = await run(image, true)
    expect(runs).toHaveLength(80)
    image.runs.forEach(({ code, state }, i) => {
      const first = at(runs[i]!, code)
      expect([...first.r.subarray(0, 15)]).toEqual([...state.r])
      expect(first.cpsr).toBe(state.cpsr)
      // The ARM926 here has no VFP.
      if (cpu === "cortex-a15") expect([first.fpscr, first.d]).toEqual([state.fpscr, state.d])
    })
    expect(new Set(image.runs.map(({ state }) => state.cpsr & 0x1f)).size).toBe(6)
    expect(new Set(image.runs.map(({ state }) => state.sctlr & 2)).size).toBe(2)
  })

  it("starts at a later program", async () => {
    const image = buildImage(every(), { seed: 5 })
    const runs = await run(startingAt(image, 77))
    expect(runs).toHaveLength(3)
    expect(at(runs[0]!, image.runs[77]!.code).cpsr).toBe(image.runs[77]!.state.cpsr)
  })

  it("leaves out programs, and the others' places as they are", async () => {
    const image = buildImage(every(), { seed: 5 })
    const [first, second, third] = await run(withoutRuns(image, new Set([0, 2])))
    const wentThrough = (records: StateRecord[] | undefined, n: number): boolean =>
      records!.some((record) => pcOf(record) === image.runs[n]!.code)
    expect([wentThrough(first, 0), wentThrough(second, 1), wentThrough(third, 2)]).toEqual([false, true, false])
    expect(at(first!, image.runs[0]!.end).cpsr).toBe(image.runs[0]!.state.cpsr)
  })

  it("goes on behind every kind of fault in ARM state", async () => {
    const source = `mov r0, #0\nmov r1, #0x90000000\nudf #1\nadd r0, r0, #1\nsvc #5\nadd r0, r0, #2\nldr r2, [r1]\nadd r0, r0, #4
      bkpt #3\nadd r0, r0, #8\nsmc #0\nadd r0, r0, #16`
    const image = buildImage([program(source)], { seed: 1, modes: ["usr"] })
    const records = (await run(image))[0]!
    const { code, end } = image.runs[0]!
    expect(at(records, end).r[0]).toBe(31)
    expect(at(records, code + 16).r[0]).toBe(1)
  })

  it("goes on behind every kind of fault in Thumb state, out of an IT block", async () => {
    const source = `movs r0, #0\nmov.w r1, #0x90000000\nudf #1\nadds r0, #1\nudf.w #1\nadds r0, #2\nsvc #5\nadds r0, #4
      ldr r2, [r1]\nadds r0, #8\nldr.w r2, [r1, #8]\nadds r0, #16\nbkpt #3\nadds r0, #32\ncmp r0, r0
      ite eq\nldreq r2, [r1]\naddne r0, #64`
    const image = buildImage([program(source, true)], { seed: 1, modes: ["usr"] })
    const records = (await run(image))[0]!
    const end = at(records, image.runs[0]!.end)
    // The fault inside the block ended it, so the next instruction ran.
    expect(end.r[0]).toBe(127)
    expect(end.cpsr & 0x0600_fc20).toBe(0x20)
  })

  it("ends a program that branches into nowhere", async () => {
    const wild = [
      "mov r0, #0x90000000\nbx r0",
      "mov r0, #0x1000\nbx r0",
      "mov r0, #0x1000\nadd r0, r0, #3\nbx r0",
      "bx lr",
    ]
    const image = buildImage(
      wild.map((source) => program(source)),
      { seed: 1, exposeSystem: false },
    )
    expect((await run(image)).map((records) => records.length < 100)).toEqual([true, true, true, true])
  })

  it("brings SPSR, banked registers and fault status to light", async () => {
    const image = buildImage([program("mov r0, #0x90000000\nadd r0, r0, #8\nldr r1, [r0]\nmov sp, #42\nsvc #0")], {
      seed: 1,
      modes: ["irq"],
    })
    const records = (await run(image))[0]!
    const epilogue = image.symbols.get("epilogue")!
    // At these offsets: in IRQ mode; its SPSR in r0; in Abort mode; its SPSR in r0.
    expect(at(records, epilogue + 16).r[13]).toBe(42)
    expect(at(records, epilogue + 20).r[0]).toBe(image.runs[0]!.state.spsr)
    expect(at(records, epilogue + 28).r[0]! & 0x1f).toBe(0x12)
    const shown = records.slice(records.findIndex((record) => pcOf(record) === epilogue)).map(({ r }) => r[0]!)
    expect(shown).toContain(0x9000_0008)
  })
})

/** Fault status of user code's loads and stores (ARM DDI 0406C, table B3-23); 0 is no fault. */
const expectations: readonly { kind: ProbeKind; offset?: number; load: number; store: number }[] = [
  { kind: "unmapped", load: 0b00101, store: 0b00101 },
  { kind: "no access", load: 0b01101, store: 0b01101 },
  { kind: "privileged", load: 0b01101, store: 0b01101 },
  { kind: "user read-only", load: 0, store: 0b01101 },
  { kind: "read-only", load: 0, store: 0b01101 },
  { kind: "privileged read-only", load: 0b01101, store: 0b01101 },
  { kind: "no domain", load: 0b01001, store: 0b01001 },
  { kind: "manager domain", load: 0, store: 0 },
  { kind: "execute never", load: 0, store: 0 },
  { kind: "pages", load: 0, store: 0 },
  { kind: "pages", offset: 0x1000, load: 0, store: 0b01111 },
  { kind: "pages", offset: 0x2000, load: 0b01111, store: 0b01111 },
  { kind: "pages", offset: 0x3000, load: 0b00111, store: 0b00111 },
]

describe.skipIf(why)(`the page table on qemu${note}`, () => {
  it.each(["cortex-a15", "arm926"] as const)("refuses what each section is to refuse (%s)", async (cpu) => {
    const { layout, runs } = buildImage([nops], { seed: 1, mmu: true })
    const state = { ...runs[0]!.state, r: new Uint32Array(15), cpsr: 0x1d0 }
    if (cpu === "arm926") Object.assign(state, { cpsr: 0xd0, sctlr: 0x0009_2079 })
    const words = assemble("ldr r1, [r0]\nstr r1, [r0]")
    const programs = expectations.map(({ kind, offset = 0 }): Program => {
      const probe = layout.probes.find((candidate) => candidate.kind === kind)!
      return {
        words,
        thumb: false,
        seedState: { ...state, r: Uint32Array.of(probe.address + offset, ...new Array(14).fill(0)) },
      }
    })
    const image = buildImage(programs, { seed: 1, mmu: true, cpu })
    expect(image.layout).toEqual(layout)
    const data = image.symbols.get("data")!
    const met = (await run(image)).map((records, i) => {
      const { code } = image.runs[i]!
      const status = (from: number): number => {
        const after = records.findIndex((record) => pcOf(record) === from) + 1
        // Taken: the vector, the branch to the handler, and DFSR in sp behind its first instruction.
        return pcOf(records[after + 1]!) === data ? records[after + 2]!.r[13]! & 0xf : 0
      }
      return { kind: expectations[i]!.kind, load: status(code), store: status(code + 4) }
    })
    const expected = expectations.map(({ kind, load, store }) => ({ kind, load, store }))
    // ARMv5 has one read-only kind less, but user code cannot notice that.
    expect(met).toEqual(expected)
  })

  it("refuses to execute data, and shows where in IFSR and IFAR", async () => {
    const { layout } = buildImage([nops], { seed: 1, mmu: true })
    const probe = layout.probes.find(({ kind }) => kind === "execute never")!
    const image = buildImage([program(`ldr r0, =${probe.address}\nbx r0`)], { seed: 1, mmu: true })
    const records = (await run(image))[0]!
    const prefetch = image.symbols.get("prefetch")!
    const fault = image.symbols.get("fetch_fault")!
    expect(at(records, prefetch + 4).r[13]! & 0xf).toBe(0b1101)
    expect(at(records, fault + 4).r[13]).toBe(probe.address)
  })
})
