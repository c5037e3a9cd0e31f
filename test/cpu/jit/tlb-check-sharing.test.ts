// Passes that remove repeated checks: of the TLB, by accesses nearby, and of exceptions, at the head of instructions.

import { describe, expect, it } from "vitest"
import { arm } from "../../../cpu/arm/index.ts"
import { Builder, type Node, printBlock } from "../../../cpu/ir/index.ts"
import type { Plan } from "../../../cpu/jit/passes/index.ts"
import { redundantCheckElimination } from "../../../cpu/jit/passes/redundant-check-elimination.ts"
import { planned, translated } from "../../support/planned.ts"

/** For each access that shares a TLB check: its offset from the lowest one, and what the first one checks. */
const checks = (source: string) =>
  translated(source, ["tlb-check-sharing"]).plan.blocks.flatMap(({ steps }) =>
    steps.flatMap(({ sharedChecks }) =>
      [...sharedChecks.values()].map(({ offset, probe }) => (probe ? { offset, ...probe } : offset)),
    ),
  )

describe("one TLB check is enough", () => {
  it("for a block transfer", () => {
    expect(checks("pop {r0-r2, pc}")).toEqual([{ offset: 0, bytes: 16, unit: 4 }, 4, 8, 12])
    expect(checks("stmdb r3, {r4, r6, r7}\nbx lr")).toEqual([{ offset: 0, bytes: 12, unit: 4 }, 4, 8])
  })

  it("for accesses around one register, as it changes", () => {
    expect(checks("ldrh r1, [r0, #8]\nldrh r2, [r0, #4]!\nldrb r3, [r0, #1]\nbx lr")).toEqual([
      { offset: 4, bytes: 6, unit: 2 },
      0,
      1,
    ])
  })

  it("unless it would not show whether all are aligned", () => {
    expect(checks("ldrh r1, [r0, #8]\nldrb r2, [r0, #3]\nbx lr")).toEqual([])
    expect(checks("ldrh r1, [r0, #8]\nldrh r2, [r0, #11]\nbx lr")).toEqual([])
  })

  it("for words of one page of code, however far from each other", () => {
    expect(checks("ldr r1, [pc, #200]\nldr r2, [pc, #12]\nbx lr")).toEqual([{ offset: 184, bytes: 188, unit: 4 }, 0])
  })

  it("but not for words that lie far from each other, or in two pages of code", () => {
    expect(checks("ldr r1, [r0]\nldr r2, [r0, #64]\nbx lr")).toEqual([])
    expect(checks("ldr r1, [pc, #200]\nldr r2, [pc, #4088]\nbx lr")).toEqual([])
  })
})

describe("a check that may raise an exception", () => {
  it("is made once in a block", () => {
    const source = "vldr d0, [r0]\nvldr d1, [r0, #8]\nvstr d1, [r1]\nbx lr"
    const hasCheck = (names: string[]) =>
      planned(source, names).map((lines) => lines.some((line) => line.startsWith("if")))
    expect(hasCheck([])).toEqual([true, true, true, false])
    expect(hasCheck(["redundant-check-elimination"])).toEqual([true, false, false, false])
  })

  it("is made again in another block, and where a condition may have left it out", () => {
    const hasChecks = (source: string) =>
      planned(source, ["redundant-check-elimination"]).map((lines) =>
        lines.some((line) => line.includes("raise undefined")),
      )
    expect(hasChecks("vldr d0, [r0]\nb next\nnext: vldr d1, [r0]\nb next")).toEqual([true, false, true, false])
    expect(hasChecks("vldreq d0, [r0]\nvldr d1, [r0]\nvldr d2, [r0]\nbx lr")).toEqual([true, true, false, false])
  })

  it("is made again when a register has changed that it depends on", () => {
    const arch = arm("cortex-a15")
    const { GPR } = arch.state.files as unknown as Record<"GPR", Parameters<Builder["reg"]>[0]>
    const step = (build: (b: Builder, value: Node) => void) => {
      const b = new Builder({ addressType: "i32", length: 4 })
      const value = b.reg(GPR, 0)
      b.if(b.eqz(value), () => b.raise("undefined"))
      build(b, value)
      return { ir: b.block }
    }
    const set = (number: number) => step((b, value) => b.setReg(GPR, number, b.add(value, b.i32(1))))
    const steps = [set(1), set(2), set(0), set(3), set(4)]
    redundantCheckElimination.run({ arch, blocks: [{ steps }] } as unknown as Plan)
    expect(steps.map(({ ir }) => printBlock(ir).includes("raise"))).toEqual([true, false, false, true, false])
    expect(printBlock(steps[1]!.ir)).toBe("%0 = GPR[0]\nGPR[2] = i32.add(%0, 1)")
  })
})
