// Runs an image on QEMU and on the emulator side by side. A program that differs or never ends affects no other.

import { OracleError, type Outcome, TraceRun } from "../oracle/trace.ts"
import { type CompareOptions, compareRuns, type Difference, type Stepper } from "./compare.ts"
import { bytesAt, endingAt, type Image, startingAt, stoppingBefore } from "./image.ts"

/** A stepper that also shows its memory, for the comparison at the end. */
export interface ImageStepper extends Stepper {
  memory?(address: number, length: number): Uint8Array
}

/** A byte of RAM that differs at the end; `run` is the run whose data it is in, if any. */
export type MemoryDifference = { address: number; expected: number; actual: number; run?: number }

export type LockstepOptions = Pick<CompareOptions, "fpu" | "ignore" | "isBetween" | "judge"> & {
  /** Limit of records for one run of one program, harness included. */
  recordsPerProgram?: number
  /** Number of differences after which the comparison ends. */
  maxDifferences?: number
  /** The reason if a difference proves nothing, since the architecture leaves the outcome open. The run is left and counted as `open`. */
  excuse?: (difference: Difference) => string | undefined
  stallMs?: number
}

/**
 * `compared` counts records. `unfinished` lists runs that exceeded `recordsPerProgram` or waited for an interrupt; those in `cut` were
 * run again to the instruction that they reached last, to compare memory. Times are in ms.
 */
export type LockstepResult = {
  compared: number
  /** Number of records of programs, without the harness. */
  instructions: number
  differences: Difference[]
  unfinished: number[]
  cut: number[]
  /** Number of runs that were left because the architecture does not define what happens, by reason. */
  open: { run: number; reason: string }[]
  /** Runs in which something happened that the architecture leaves open, even without a difference. */
  astray: number[]
  /** Counts of differences that were ignored, by reason. */
  ignored: Map<string, number>
  memory: MemoryDifference[]
  elapsedMs: number
}

/** Starts the reference on an image. */
export function startReference(
  image: Image,
  options: { fpu?: boolean; limit?: number; stallMs?: number },
): Promise<TraceRun> {
  return TraceRun.start({
    segments: image.segments,
    entry: image.entry,
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    until: image.symbols.get("done")!,
    fpu: options.fpu ?? false,
    cpu: image.cpu,
    ramBytes: image.ramBytes,
    stallMs: options.stallMs ?? 2000,
  })
}

/** Compares all of RAM; returns at most `most` differences. */
export function compareMemory(expected: Uint8Array, actual: Uint8Array, image: Image, most = 16): MemoryDifference[] {
  const found: MemoryDifference[] = []
  if (Buffer.compare(expected, actual) === 0) return found
  const base = image.layout.low.address
  for (let i = 0; i < expected.length && found.length < most; i++) {
    if (expected[i] === actual[i]) continue
    const address = base + i
    // The runs' data lie in the order of the runs.
    const after = image.runs.findIndex((run) => run.data > address)
    const run = after < 0 ? image.runs.length - 1 : after - 1
    const owned = address >= image.layout.data.address && address < image.layout.data.address + image.layout.data.bytes
    found.push({ address, expected: expected[i]!, actual: actual[i]!, ...(owned ? { run } : {}) })
  }
  return found
}

/** A part of the runs of an image: from one, and up to another without it. */
type Span = { readonly from: number; readonly to: number }

/** Runs the image to its end. `subject` makes the emulator, with an image's segments loaded and its entry as the next instruction. */
export async function runLockstep(
  image: Image,
  subject: (image: Image) => ImageStepper | Promise<ImageStepper>,
  options: LockstepOptions = {},
): Promise<LockstepResult> {
  const began = performance.now()
  const result = await runSpan(image, { from: 0, to: image.runs.length }, subject, options)
  result.elapsedMs = performance.now() - began
  return result
}

async function runSpan(
  image: Image,
  { from, to }: Span,
  subject: (image: Image) => ImageStepper | Promise<ImageStepper>,
  options: LockstepOptions,
): Promise<LockstepResult> {
  const result: LockstepResult = {
    compared: 0,
    instructions: 0,
    differences: [],
    unfinished: [],
    cut: [],
    open: [],
    astray: [],
    ignored: new Map(),
    memory: [],
    elapsedMs: 0,
  }
  const base = image.layout.low.address
  const whole = to < image.runs.length ? stoppingBefore(image, to) : image
  const endless: { run: number; pc: number; thumb: boolean }[] = []
  let first = from
  while (first < to) {
    const part = first === 0 ? whole : startingAt(whole, first)
    const stepper = await subject(part)
    const run = await startReference(part, options)
    try {
      const comparison = compareRuns(run.records(), stepper, {
        ...(options.ignore ? { ignore: options.ignore } : {}),
        ...(options.isBetween ? { isBetween: options.isBetween } : {}),
        ...(options.judge ? { judge: options.judge } : {}),
        fpu: options.fpu ?? false,
        // Here the harness has set every register, whatever the reset left.
        startAt: image.symbols.get("setup")!,
        next: image.symbols.get("next")!,
        firstProgram: first,
        recordsPerProgram: options.recordsPerProgram ?? 10_000,
        programs: image.layout.code,
        // Programs may overwrite their code, so memory tells more than the image.
        bytesAt: (address, length) => {
          const inRam = address >= base && address + length <= base + image.ramBytes
          return (inRam ? stepper.memory?.(address, length).slice() : undefined) ?? bytesAt(image, address, length)
        },
      })
      result.compared += comparison.compared
      result.instructions += comparison.instructions
      result.astray.push(...comparison.astray)
      addCounts(result.ignored, comparison.ignored)
      const outcome: Outcome = run.outcome
      const { difference } = comparison
      const reason = difference && options.excuse?.(difference)
      if (reason !== undefined) result.open.push({ run: comparison.last, reason })
      else if (difference) result.differences.push(difference)
      else if (outcome === "stalled" || comparison.runaway !== undefined) {
        result.unfinished.push(comparison.last)
        if (comparison.newest) endless.push({ run: comparison.last, ...comparison.newest })
      } else if (outcome !== "until")
        throw new OracleError(`qemu's trace ends in program ${comparison.last}: ${outcome}`)
      else if (stepper.memory) {
        const expected = run.memory(base, image.ramBytes)
        result.memory.push(...compareMemory(expected, stepper.memory(base, image.ramBytes), image))
      }
      if (outcome === "until" && !difference && comparison.last === to) break
      // A difference before the first program would repeat for each program.
      if (comparison.last < first) break
      first = comparison.last + 1
    } finally {
      await run.close()
    }
    if (result.differences.length >= (options.maxDifferences ?? 10)) break
  }
  for (const { run, pc, thumb } of endless) {
    const ended = endingAt(image, pc, thumb)
    if (!ended) continue
    const again = await runSpan(ended, { from: run, to: run + 1 }, subject, options)
    result.differences.push(...again.differences)
    result.memory.push(...again.memory)
    if (again.unfinished.length === 0 && again.open.length === 0) result.cut.push(run)
  }
  return result
}

/** Adds counts to others, by reason. */
export function addCounts(into: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [reason, count] of counts) into.set(reason, (into.get(reason) ?? 0) + count)
}
