// Fuzzing: random programs from the instruction tables, on QEMU and on the emulator, compared after every instruction.

import { Random } from "../support/random.ts"
import type { Difference } from "./compare.ts"
import { Coverage } from "./coverage.ts"
import { drawProgram, type Style } from "./draw.ts"
import { excuses, judge } from "./excuse.ts"
import { buildImage, type FuzzModel, type Image, withoutRuns } from "./image.ts"
import { type MemoryDifference, runLockstep } from "./lockstep.ts"
import { Decks } from "./pools.ts"
import { isBetweenHalves, quirks } from "./reference-quirks.ts"
import { type Departure, Replay } from "./replay.ts"
import type { StartMode } from "./seed-state.ts"
import { Subject } from "./subject.ts"

/** Kinds of instruction streams: a unit's instructions are encoded in A32 unless the name says Thumb. */
export const streams = ["a32", "thumb", "vfp", "vfp-thumb", "neon", "neon-thumb"] as const
export type Stream = (typeof streams)[number]

/** The streams that a model can run. The ARM926 finds VFP words UNDEFINED; it has no 32-bit Thumb instructions. */
export const streamsOf: Readonly<Record<FuzzModel, readonly Stream[]>> = {
  "cortex-a15": streams,
  arm926: ["a32", "thumb", "vfp"],
}

export type FuzzOptions = {
  seed: number
  /** Smallest number of instructions of programs to compare. */
  instructions: number
  model: FuzzModel
  streams: readonly Stream[]
  /** Number of findings after which the run ends; 1 unless given. */
  maxFindings?: number
  /** Counts what was executed; several runs can share it. */
  coverage?: Coverage
  /** Called after each batch of programs. */
  progress?: (soFar: FuzzResult) => void
}

/** A finding, in the batch of that number and seed. */
export type Finding = {
  batch: number
  seed: number
  scenario: Scenario
  image: Image
  difference?: Difference
  memory?: MemoryDifference
  departure?: Departure
}

export type FuzzResult = {
  /** Number of instructions of programs, and of all records of the reference. */
  instructions: number
  compared: number
  runs: number
  /** Number of runs that were left because the architecture does not define what happens, by reason. */
  open: Map<string, number>
  /** Number of runs that looped. */
  unfinished: number
  findings: Finding[]
  elapsedMs: number
}

/** The common properties of a batch of programs. */
export type Scenario = Style & {
  readonly mmu: boolean
  readonly modes: readonly StartMode[]
  readonly programs: number
  readonly states: number
}

const RAM_BYTES = 20 << 20
const privilegedModes: readonly StartMode[] = ["svc", "svc", "sys", "irq", "fiq", "abt"]

/** The seed of a batch. Its lowest bits choose the mode and the MMU, so that four batches in a row have them all. */
const batchSeed = (random: Random, batch: number): number => ((random.u32() & ~3) | (batch & 3)) >>> 0

function drawScenario(seed: number, random: Random, stream: Stream, model: FuzzModel): Scenario {
  const privileged = (seed & 1) === 1
  const unit = stream.startsWith("vfp") ? "vfp" : stream.startsWith("neon") ? "neon" : "core"
  return {
    model,
    isa: stream.endsWith("thumb") ? "thumb" : "a32",
    unit,
    privileged,
    length: 60 + random.below(120),
    mmu: (seed & 2) === 0,
    modes: privileged ? privilegedModes : ["usr"],
    programs: unit === "core" ? 200 : 80,
    states: 3,
  }
}

/** Builds the image of a batch; the same seed gives the same one. */
export function drawBatch(seed: number, stream: Stream, model: FuzzModel): { scenario: Scenario; image: Image } {
  const random = new Random(seed)
  const scenario = drawScenario(seed, random, stream, model)
  const decks = new Decks(random.fork())
  const programs = Array.from({ length: scenario.programs }, () =>
    drawProgram(random, scenario, scenario.states, decks),
  )
  const image = buildImage(programs, {
    seed,
    cpu: model,
    mmu: scenario.mmu,
    modes: scenario.modes,
    // QEMU does not rotate ARMv5's loads from odd addresses.
    alignmentFaults: model === "arm926" ? "on" : "mixed",
    exposeSystem: scenario.privileged,
    ramBytes: RAM_BYTES,
  })
  return { scenario, image }
}

/** Runs batches until enough instructions are compared, or something is wrong. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { model, maxFindings = 1, coverage = new Coverage() } = options
  const began = performance.now()
  const subject = new Subject(model, RAM_BYTES)
  const random = new Random(options.seed)
  const result: FuzzResult = {
    instructions: 0,
    compared: 0,
    runs: 0,
    open: new Map(),
    unfinished: 0,
    findings: [],
    elapsedMs: 0,
  }
  for (let batch = 0; result.instructions < options.instructions && result.findings.length < maxFindings; batch++) {
    const seed = batchSeed(random, batch)
    const { scenario, image } = drawBatch(seed, options.streams[batch % options.streams.length]!, model)
    const most = maxFindings - result.findings.length
    const found = await runBatch(subject, scenario, image, random.fork(), coverage, most)
    result.findings.push(...found.findings.map((finding) => ({ batch, seed, scenario, image, ...finding })))
    result.instructions += found.instructions
    result.compared += found.compared
    result.runs += image.runs.length
    result.unfinished += found.unfinished.length
    for (const { reason } of found.open) result.open.set(reason, (result.open.get(reason) ?? 0) + 1)
    result.elapsedMs = performance.now() - began
    options.progress?.(result)
  }
  return result
}

async function runBatch(
  subject: Subject,
  scenario: Scenario,
  image: Image,
  random: Random,
  coverage: Coverage,
  most: number,
) {
  const findings: Pick<Finding, "difference" | "memory" | "departure">[] = []
  let replay: Replay | undefined
  const settle = (): void => {
    const departure = replay?.departure()
    if (departure) findings.push({ departure })
    replay = undefined
  }
  const run = (whole: Image) =>
    runLockstep(
      whole,
      (part) => {
        settle()
        replay = new Replay(subject, part, random)
        return replay
      },
      {
        fpu: scenario.unit !== "core" && scenario.model !== "arm926",
        excuse: excuses(whole, scenario.model, subject),
        judge: judge(whole, scenario.model, (address, length) => subject.memory(address, length), coverage),
        ignore: quirks(subject),
        ...(scenario.model === "arm926" ? { isBetween: isBetweenHalves(subject) } : {}),
        maxDifferences: most,
        recordsPerProgram: 5000,
      },
    )
  const first = await run(image)
  settle()
  // Stores of a run that went astray prove nothing, wherever they turn up: the other runs must differ without it too.
  let { differences, memory, astray } = first
  const left = new Set<number>()
  while (differences.length + memory.length > 0 && astray.some((n) => !left.has(n))) {
    for (const n of astray) left.add(n)
    ;({ differences, memory, astray } = await run(withoutRuns(image, left)))
    settle()
  }
  for (const difference of differences) findings.push({ difference })
  if (memory[0]) findings.push({ memory: memory[0] })
  return { ...first, findings: findings.slice(0, most) }
}
