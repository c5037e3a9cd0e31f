// Fuzzing: random programs from the instruction tables, on QEMU and on the emulator, compared after every instruction.

import { Random } from "../support/random.ts"
import type { Difference } from "./compare.ts"
import { drawProgram, type Style } from "./draw.ts"
import { excuses, judge } from "./excuse.ts"
import { buildImage, type FuzzModel, type Image, withoutRuns } from "./image.ts"
import { type MemoryDifference, runLockstep } from "./lockstep.ts"
import { isBetweenHalves, quirks } from "./reference-quirks.ts"
import { type Departure, Replay } from "./replay.ts"
import type { StartMode } from "./seed-state.ts"
import { Subject } from "./subject.ts"

/** Kinds of instruction streams. */
export const streams = ["a32", "thumb", "vfp", "neon"] as const
export type Stream = (typeof streams)[number]

export type FuzzOptions = {
  seed: number
  /** Smallest number of instructions of programs to compare. */
  instructions: number
  model: FuzzModel
  streams: readonly Stream[]
  /** Number of findings after which the run ends; 1 unless given. */
  maxFindings?: number
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

function drawScenario(random: Random, stream: Stream, model: FuzzModel): Scenario {
  const privileged = random.chance(35)
  const unit = stream === "vfp" || stream === "neon" ? stream : "core"
  return {
    model,
    isa: stream === "a32" || stream === "thumb" ? stream : random.pick(["a32", "thumb"] as const),
    unit,
    privileged,
    length: 60 + random.below(120),
    mmu: random.chance(50),
    modes: privileged ? privilegedModes : ["usr"],
    programs: unit === "core" ? 400 : 150,
    states: 3,
  }
}

/** Builds the image of a batch; the same seed gives the same one. */
export function drawBatch(seed: number, stream: Stream, model: FuzzModel): { scenario: Scenario; image: Image } {
  const random = new Random(seed)
  const scenario = drawScenario(random, stream, model)
  const programs = Array.from({ length: scenario.programs }, () => drawProgram(random, scenario, scenario.states))
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
  const { model, maxFindings = 1 } = options
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
    const seed = random.u32()
    const { scenario, image } = drawBatch(seed, options.streams[batch % options.streams.length]!, model)
    const found = await runBatch(subject, scenario, image, random.fork(), maxFindings - result.findings.length)
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

async function runBatch(subject: Subject, scenario: Scenario, image: Image, random: Random, most: number) {
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
        fpu: scenario.unit !== "core",
        excuse: excuses(whole, scenario.model, subject),
        judge: judge(whole, scenario.model, (address, length) => subject.memory(address, length)),
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
