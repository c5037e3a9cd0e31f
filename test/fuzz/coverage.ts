// Counts how often each encoding of a CPU model's table was executed, so that none stays unseen.

import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import { allValues } from "../../cpu/isa/encode.ts"
import type { CodeFormat, Decoded, Instruction } from "../../cpu/isa/index.ts"
import { kindOf } from "./kinds.ts"
import { mnemonicOf } from "./pools.ts"

/** Whether a condition (0 eq to 14 al) passes with these flags (ARM DDI 0406C, A8.3.1). */
export function passes(condition: number, cpsr: number): boolean {
  const [n, z, c, v] = [31, 30, 29, 28].map((bit) => (cpsr >>> bit) & 1) as [number, number, number, number]
  const base = [z === 1, c === 1, n === 1, v === 1, c === 1 && z === 0, n === v, n === v && z === 0, true]
  return base[(condition >> 1) & 7]! !== (condition % 2 === 1 && condition !== 15)
}

/** The condition of an instruction; 14 (always) if it tests none. */
export function conditionOf({ instruction: i, word, extension }: Decoded, it: number): number {
  const { guard } = i.vocabulary
  if (!guard || i.unguarded) return 14
  return allValues(i, { word, extension }, it)[guard.field] ?? 14
}

/** Numbers of executions by instruction. */
export class Coverage {
  readonly #counts = new Map<Instruction, number>()

  count(instruction: Instruction): void {
    this.#counts.set(instruction, this.of(instruction) + 1)
  }

  of(instruction: Instruction): number {
    return this.#counts.get(instruction) ?? 0
  }
}

/** Why random programs leave out an instruction; undefined if they execute it. */
export function reasonToLeaveOut(i: Instruction, format: CodeFormat): string | undefined {
  const name = mnemonicOf(i)
  const text = `${name} ${i.args}`
  if (/^wfi/.test(name) || text === "mcr p15, 0, rt, c7, c0, 4") return "it waits for an interrupt, and none comes"
  if (/^mrrc p15, [01], rt, rt2, c14$/.test(text)) return "it reads a counter, which follows the reference's host"
  if (/^vm(?:rs|sr) .*\b(?:fpsid|mvfr[01]|fpexc)\b/.test(text)) return "it identifies or disables the VFP"
  if (kindOf(i, format) !== "return") return undefined
  if (/^r15\b/.test(i.args) && !/^(?:subs|movs|lsls)$/.test(name))
    return "QEMU knows no exception return of its kind (B9.3.20)"
  return /^subs r15, .*shifted$/i.test(text) ? "QEMU knows no exception return of its kind (B9.3.20)" : undefined
}

/** The encodings of a model that were not executed, without those that are left out for a reason. */
export function unexecuted(model: ArmModelName, coverage: Coverage): string[] {
  return arm(model).formats.flatMap((format) =>
    format.sets.flatMap(({ vocabulary, instructions }) =>
      [...instructions].flatMap((i) =>
        coverage.of(i) > 0 || reasonToLeaveOut(i, format)
          ? []
          : [`${vocabulary.name} ${i.encoding}: ${i.name} ${i.args}`],
      ),
    ),
  )
}
