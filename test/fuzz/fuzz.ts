// Fuzzing: random programs from the instruction tables, on QEMU and on the emulator, compared after every instruction.

import { Random } from "../support/random.ts"
import type { Difference } from "./compare.ts"
import { Coverage } from "./coverage.ts"
import { drawProgram, type Style } from "./draw.ts"
import { excuses, judge } from "./excuse.ts"
import { buildImage, type FuzzModel, type Image, withoutRuns } from "./image.ts"
import { addCounts, type MemoryDifference, runLockstep } from "./lockstep.ts"
import { Decks } from "./pools.ts"
import { isBetweenHalves, quirks } from "./reference-quirks.ts"
import { type Departure, otherEngines, type Repeated, type Repeater, Replay } from "./replay.ts"
import type { StartMode } from "./seed-state.ts"
import { Subject } from "./subject.ts"

/** Kinds of instruction streams: instructions of a unit, or random words, are encoded in A32 unless the name says Thumb. */
export const streams = ["a32", "thumb", "vfp", "vfp-thumb", "neon", "neon-thumb", "words", "words-thumb"] as const
export type Stream = (typeof streams)[number]

/** The streams that a model can run. The ARM926 finds VFP words UNDEFINED; it has no 32-bit Thumb instructions. */
export const streamsOf: Readonly<Record<FuzzModel, readonly Stream[]>> = {
  "cortex-a15": streams,
  arm926: ["a32", "thumb", "vfp", "words", "words-thumb"],
}

export type FuzzOptions = {
  seed: number
  /** Smallest number of instructions of programs to compare. */
  instructions: number
  model: FuzzModel
  streams: readonly Stream[]
  /** Number of findings after which the run ends; 1 unless given. */
  maxFindings?: number
  /** How much of each batch the JIT and the evaluator repeat; all of it unless given. */
  repeated?: Repeated
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
  /** Number of differences in fields that QEMU is known to spoil, by reason. */
  ignored: Map<string, number>
  /** Number of runs whose stores were not compared, since they did what the architecture leaves open. */
  unproven: number
  /** Number of runs that looped, and of those whose memory was compared nevertheless. */
  unfinished: number
  cut: number
  findings: Finding[]
  elapsedMs: number
}

/** The common properties of a batch of programs. */
export type Scenario = Style & {
  /** Whether D registers are compared. */
  readonly fpu: boolean
  readonly modes: readonly StartMode[]
  readonly programs: number
  readonly states: number
}

const RAM_BYTES = 20 << 20
const privilegedModes: readonly StartMode[] = ["svc", "svc", "sys", "irq", "fiq", "abt"]

/** The seed of a batch. Its lowest bits choose the mode and the MMU, so that four batches in a row have them all. */
const batchSeed = (random: Random, batch: number): number => ((random.u32() & ~3) | (batch & 3)) >>> 0

function drawScenario(seed: number, random: Random, stream: Stream, model: FuzzModel): Scenario {
  const unit = (["vfp", "neon", "words"] as const).find((name) => stream.startsWith(name)) ?? "core"
  // Random words could change the system in any way.
  const privileged = unit !== "words" && (seed & 1) === 1
  return {
    model,
    isa: stream.endsWith("thumb") ? "thumb" : "a32",
    unit,
    privileged,
    length: unit === "words" ? 24 : 60 + random.below(120),
    mmu: (seed & 2) === 0,
    fpu: model === "cortex-a15" && (unit === "words" ? (seed & 1) === 1 : unit !== "core"),
    modes: privileged ? privilegedModes : ["usr"],
    programs: unit === "words" ? 300 : unit === "core" ? 200 : 80,
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
  const others = otherEngines(model, RAM_BYTES, options.repeated ?? {})
  const random = new Random(options.seed)
  const result: FuzzResult = {
    instructions: 0,
    compared: 0,
    runs: 0,
    open: new Map(),
    ignored: new Map(),
    unproven: 0,
    unfinished: 0,
    cut: 0,
    findings: [],
    elapsedMs: 0,
  }
  for (let batch = 0; result.instructions < options.instructions && result.findings.length < maxFindings; batch++) {
    const seed = batchSeed(random, batch)
    const { scenario, image } = drawBatch(seed, options.streams[batch % options.streams.length]!, model)
    const most = maxFindings - result.findings.length
    const found = await runBatch({ subject, others, coverage }, scenario, image, random.fork(), most)
    result.findings.push(...found.findings.map((finding) => ({ batch, seed, scenario, image, ...finding })))
    result.instructions += found.instructions
    result.compared += found.compared
    result.runs += image.runs.length
    result.unproven += found.unproven
    result.unfinished += found.unfinished.length
    result.cut += found.cut.length
    addCounts(result.ignored, found.ignored)
    for (const { reason } of found.open) addCounts(result.open, new Map([[reason, 1]]))
    result.elapsedMs = performance.now() - began
    options.progress?.(result)
  }
  return result
}

/** What all batches share. */
type Bench = { readonly subject: Subject; readonly others: readonly Repeater[]; readonly coverage: Coverage }

async function runBatch(
  { subject, others, coverage }: Bench,
  scenario: Scenario,
  image: Image,
  random: Random,
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
        replay = new Replay(subject, part, random, others)
        return replay
      },
      {
        fpu: scenario.fpu,
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
  return { ...first, unproven: left.size, findings: findings.slice(0, most) }
}
