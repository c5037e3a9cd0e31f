// Fuzzing of user-level PowerPC programs: each runs on the engines here and under qemu-ppc, and must end alike.

import { Random } from "../../support/random.ts"
import { differences, listing, openReason } from "./compare.ts"
import { drawProgram } from "./draw.ts"
import type { Outcome, Program } from "./program.ts"
import { runOnReference } from "./reference.ts"
import { boardSubjects, flatSubjects, type Subject } from "./subject.ts"

/** Programs that QEMU executes at once. */
const BATCH = 500
/** Instructions of a program. */
const LENGTH = 40

/** Options of a run. */
export type FuzzOptions = {
  readonly seed: number
  /** Smallest number of instructions in the programs that are compared. */
  readonly instructions: number
  /** Differences after which the run ends; 1 unless given. */
  readonly maxFindings?: number
  progress?(soFar: FuzzResult): void
}

/** What a run has found: texts of differences, and how many programs prove nothing, by reason. */
export type FuzzResult = {
  instructions: number
  programs: number
  readonly open: Map<string, number>
  readonly findings: string[]
}

/** Runs programs until enough instructions are compared, or something is wrong. */
export function fuzzPowerPc({ seed, instructions, maxFindings = 1, progress }: FuzzOptions): FuzzResult {
  const random = new Random(seed)
  const engines = [...flatSubjects(), ...boardSubjects()]
  const result: FuzzResult = { instructions: 0, programs: 0, open: new Map(), findings: [] }
  while (result.instructions < instructions && result.findings.length < maxFindings) {
    runBatch(engines, random, result)
    progress?.(result)
  }
  return result
}

function runBatch([first, ...others]: Subject[], random: Random, result: FuzzResult): void {
  const drawn = Array.from({ length: BATCH }, () => drawProgram(random, LENGTH))
  // QEMU would wait for the end of a program that has none.
  const runs = drawn.map((program) => ({ program, ours: first!.run(program) }))
  const ended = runs.filter(({ ours }) => ours.end !== "endless" && ours.end !== "changedCode")
  const theirs = runOnReference(ended.map(({ program }) => program))
  for (const { ours } of runs.filter((run) => !ended.includes(run))) count(result, ours.end)
  for (const [n, { program, ours }] of ended.entries()) {
    result.programs++
    const reason = openReason(program, ours, theirs[n]!)
    if (reason) {
      count(result, reason)
      continue
    }
    result.instructions += program.words.length
    note(result, first!.name, program, differences(ours, theirs[n]!))
    for (const engine of others) note(result, engine.name, program, differences(engine.run(program), theirs[n]!))
  }
}

const count = ({ open }: FuzzResult, reason: Outcome["end"] | string) => open.set(reason, (open.get(reason) ?? 0) + 1)

function note({ findings }: FuzzResult, engine: string, program: Program, found: readonly string[]): void {
  if (found.length === 0) return
  const { gpr, cr, xer, lr, ctr } = program.before
  const hex = (value: number) => value.toString(16)
  const registers = [...[...gpr].map((value, n) => `r${n}=${hex(value)}`)]
  const before = [...registers, `cr=${hex(cr)}`, `xer=${hex(xer)}`, `lr=${hex(lr)}`, `ctr=${hex(ctr)}`].join(" ")
  findings.push(`on the ${engine}:\n${found.join("\n")}\n${before}\n${listing(program)}`)
}
