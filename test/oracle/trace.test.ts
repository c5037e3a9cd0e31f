// The trace against code whose results the ARM manual gives (ARM DDI 0406C).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { assemble, assemblerUnavailable } from "./assemble.ts"
import { unavailable } from "./qemu.ts"
import { copyRecord, emptyRecord, pcOf, type StateRecord } from "./state-record.ts"
import { OracleError, type Outcome, type TraceOptions, TraceRun } from "./trace.ts"

const why = unavailable() ?? assemblerUnavailable()
const note = why ? ` (SKIPPED: ${why})` : ""
const CODE = 0x1_0000

type Collected = { records: StateRecord[]; outcome: Outcome; memory: Uint8Array }

/** Runs code at 0x10000, with vectors at 0 that are the words of `vectors`. */
async function trace(
  code: string,
  options: Partial<TraceOptions> = {},
  vectors = ".rept 8\nb .\n.endr",
): Promise<Collected> {
  const segments = [
    { address: 0, bytes: assemble(vectors) },
    { address: CODE, bytes: assemble(code) },
  ]
  const run = await TraceRun.start({ segments, entry: CODE, limit: 1000, ramBytes: 16 << 20, ...options })
  try {
    const records: StateRecord[] = []
    for (const record of run.records()) {
      const copy = emptyRecord()
      copyRecord(record, copy)
      records.push(copy)
    }
    return { records, outcome: run.outcome, memory: run.memory(0x2_0000, 64) }
  } finally {
    await run.close()
  }
}

const last = (records: readonly StateRecord[]): StateRecord => records.at(-1)!
const pcs = (records: readonly StateRecord[]): number[] => records.map(pcOf)

describe.skipIf(why)(`qemu's trace${note}`, () => {
  it("shows registers and flags before each instruction", async () => {
    const { records, outcome } = await trace("mov r0, #0x80000000\nadds r1, r0, r0\nsbcs r2, r1, #0\nb .", {
      until: CODE + 12,
    })
    expect(outcome).toBe("until")
    expect(pcs(records)).toEqual([CODE, CODE + 4, CODE + 8, CODE + 12])
    // 2³¹ + 2³¹ is 0 with carry and overflow; 0 − 0 with carry set is 0 without borrow.
    expect(records.map(({ cpsr }) => cpsr >>> 28).slice(2)).toEqual([0b0111, 0b0110])
    expect([...last(records).r.subarray(0, 3)]).toEqual([0x8000_0000, 0, 0])
  })

  it("shows the IT state in the CPSR and a step for each suspended instruction", async () => {
    const code = `adr r0, t + 1\nbx r0\n.thumb\n.align 2\nt: movs r1, #0\nite eq\nmoveq r2, #1\nmovne r2, #2\nb .`
    const { records } = await trace(code, { until: CODE + 16 })
    const thumb = records.slice(2)
    expect(pcs(thumb)).toEqual([8, 10, 12, 14, 16].map((at) => CODE + at))
    // ITSTATE of ITE EQ: firstcond 0000, mask 1100; it shifts left by one at each instruction.
    const itState = thumb.map(({ cpsr }) => ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc))
    expect(itState).toEqual([0, 0, 0b0000_1100, 0b0001_1000, 0])
    expect(last(records).r[2]).toBe(1)
  })

  it("shows each exception as a step to its vector", async () => {
    const vectors = "b .\nmovs pc, lr\nmovs pc, lr\nb .\nsubs pc, lr, #4\nb .\nb .\nb ."
    const { records } = await trace(
      "udf #0\nsvc #0\nmov r0, #0x80000000\nldr r1, [r0]\nb .",
      { until: CODE + 16 },
      vectors,
    )
    expect(pcs(records)).toEqual([CODE, 4, CODE + 4, 8, CODE + 8, CODE + 12, 0x10, CODE + 16])
    expect(records.map(({ cpsr }) => cpsr & 0x1f)).toEqual([0x13, 0x1b, 0x13, 0x13, 0x13, 0x13, 0x17, 0x13])
    // The banked lr: behind the UDF and the SVC; behind the load and four more.
    expect([records[1]!.r[14], records[3]!.r[14], records[6]!.r[14]]).toEqual([CODE + 4, CODE + 8, CODE + 20])
  })

  it("goes from a branch straight to the abort that its target takes", async () => {
    const { records } = await trace("mov r0, #0x80000000\nbx r0", { until: 0x0c })
    expect(pcs(records)).toEqual([CODE, CODE + 4, 0x0c])
    expect(last(records).r[14]).toBe(0x8000_0004)
  })

  it("shows D0 to D31 and FPSCR when asked", async () => {
    const code = `mrc p15, 0, r0, c1, c0, 2\norr r0, r0, #0xf00000\nmcr p15, 0, r0, c1, c0, 2\nmov r0, #0x40000000
      vmsr fpexc, r0\nvmov.f64 d0, #1.0\nvmov.f64 d31, #3.0\nvdiv.f64 d16, d0, d31\nb .`
    const { records } = await trace(code, { until: CODE + 32, fpu: true })
    // 1/3 to nearest, which is inexact: FPSCR.IXC.
    const { d, fpscr } = last(records)
    expect([d[33], d[32], d[63], d[62]]).toEqual([0x3fd5_5555, 0x5555_5555, 0x4008_0000, 0])
    expect(fpscr).toBe(0x10)
  })

  it("starts with given registers", async () => {
    const registers = { r3: 5n, sp: 0x2_0010n, cpsr: 0xd7n }
    const { records, memory } = await trace("str r3, [sp, #4]!\nb .", { until: CODE + 4, registers })
    expect([records[0]!.r[3], records[0]!.cpsr & 0x1f, last(records).r[13]]).toEqual([5, 0x17, 0x2_0014])
    expect(memory[0x14]).toBe(5)
  })

  it("ends at the limit, and when the guest waits for an interrupt", async () => {
    expect(await trace("b .", { limit: 10 })).toMatchObject({ outcome: "limit", records: { length: 10 } })
    expect(await trace("wfi\nb .", { stallMs: 300 })).toMatchObject({ outcome: "stalled", records: { length: 1 } })
  })

  it("tells in one line why qemu does not start", async () => {
    const failure = await trace("b .", {
      ramBytes: 0x10_0000,
      machine: "versatilepb",
      cpu: "cortex-a99" as "arm926",
    }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(OracleError)
    expect(String(failure)).toMatch(/^Error: qemu writes no trace: .*cortex-a99/)
  })

  it("runs the ARM926, whose D registers qemu does not show", async () => {
    const { records } = await trace("mov r0, #7\nb .", { until: CODE + 4, cpu: "arm926", fpu: true })
    expect(last(records).r[0]).toBe(7)
  })
})

const whyUser = unavailable("qemu-arm") ?? assemblerUnavailable()

describe.skipIf(whyUser)(`qemu-arm's trace${whyUser ? ` (SKIPPED: ${whyUser})` : ""}`, () => {
  it("has the same form for a Linux program, and ends with it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "trace-"))
    const elf = join(directory, "program")
    const source = ".global _start\n_start: mov r0, #3\nvmov s1, r0\nmov r7, #1\nsvc 0"
    writeFileSync(elf, assemble(source, { linked: true }), { mode: 0o755 })
    const run = TraceRun.startProgram(elf, { limit: 100, fpu: true })
    try {
      const records: number[][] = []
      for (const { r, d, cpsr } of run.records()) records.push([r[0]!, d[1]!, cpsr & 0x1f])
      expect(records).toEqual([0, 1, 2, 3].map((i) => [i > 0 ? 3 : 0, i > 1 ? 3 : 0, 0x10]))
      expect(run.outcome).toBe("ended")
    } finally {
      await run.close()
      rmSync(directory, { recursive: true })
    }
  })
})
