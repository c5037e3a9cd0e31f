// Compares two runs of the same image, instruction by instruction.

import { copyRecord, emptyRecord, pcOf, type StateRecord } from "../oracle/state-record.ts"

/** The emulator under test: it executes one instruction at a time and shows its state between them. */
export interface Stepper {
  /** Executes one instruction; taking an exception instead counts as its execution. */
  step(): void
  /** Writes the current state into `into`. */
  state(into: StateRecord): void
  /** Adopts a state after an UNPREDICTABLE instruction; without it such a difference ends the comparison. */
  adopt?(state: StateRecord): void
}

/** What an instruction leaves UNKNOWN: `r` and `d` have a bit for each register, `cpsr` and `fpscr` are masks. */
export type Unknown = { r?: number; d?: number; cpsr?: number; fpscr?: number }

/** Fields of a difference that do not count, and why. */
export type Ignored = Unknown & { readonly reason: string }

/**
 * Returns, for the state before an instruction, why the architecture leaves open what follows in its program; undefined if it does
 * not.
 */
export type Judge = (state: StateRecord) => string | undefined

/** The states after an instruction. */
export type Outcomes = { expected: StateRecord; actual: StateRecord }

export type CompareOptions = {
  /** Whether the reference shows D registers and FPSCR. */
  fpu?: boolean
  /** The comparison starts where both have this pc; without it both must agree from the first record. */
  startAt?: number
  /** Passing this address begins the next program. */
  next?: number
  /** Limit of records between two passes of `next`. */
  recordsPerProgram?: number
  /** Number of the first program. */
  firstProgram?: number
  /** Addresses of programs: only instructions there are counted. */
  programs?: { address: number; bytes: number }
  /** Reads code at an address, for the report and for `ignore`. */
  bytesAt?: (address: number, length: number) => Uint8Array
  /** Whether the reference shows a state in the middle of one instruction of the subject. */
  isBetween?: (before: StateRecord, shown: StateRecord) => boolean
  /** Called before every instruction of a program, until it gives a reason. */
  judge?: Judge
  /** Called if the states after an instruction differ: what it leaves UNKNOWN, given the state before; undefined for nothing. */
  ignore?: (instruction: Uint8Array, before: StateRecord, after: Outcomes) => Ignored | undefined
}

/** The first difference. The states are both sides' before and after the instruction. */
export type Difference = {
  /** Number of records compared before. */
  index: number
  /** −1 in the code before the first program. */
  program: number
  /** Address of the instruction that ran. */
  pc: number
  /** Four bytes of code at `pc`. */
  instruction: Uint8Array
  thumb: boolean
  /** r0 to r15, cpsr, fpscr, d0 to d31 (the low word) or d0.high to d31.high. */
  field: string
  expected: number
  actual: number
  before: StateRecord
  expectedAfter: StateRecord
  actualAfter: StateRecord
  /** The reason of `judge` in this program, up to this instruction. */
  astray?: string
}

/**
 * `compared` counts records, `instructions` those of programs. `runaway` is a program that exceeded `recordsPerProgram`, `last` the
 * program that ran last. `astray` lists programs for which `judge` had a reason, `ignored` counts what `ignore` excused.
 */
export type Comparison = {
  compared: number
  instructions: number
  last: number
  astray: number[]
  ignored: Map<string, number>
  difference?: Difference
  runaway?: number
  /** The instruction that the last program reached last: all others of the program ran before it. */
  newest?: { pc: number; thumb: boolean }
}

type Mismatch = { field: string; expected: number; actual: number }

/** The first field in which two states differ, apart from what is ignored. */
export function firstMismatch(
  expected: StateRecord,
  actual: StateRecord,
  fpu: boolean,
  ignored: Unknown = {},
): Mismatch | undefined {
  const { r = 0, d = 0, cpsr = 0, fpscr = 0 } = ignored
  // The pc comes first: once two runs part ways, all registers may differ.
  for (let i = 15; i >= 0; i--) {
    if (expected.r[i] !== actual.r[i] && ((r >>> i) & 1) === 0) {
      return { field: `r${i}`, expected: expected.r[i]!, actual: actual.r[i]! }
    }
  }
  if ((expected.cpsr ^ actual.cpsr) & ~cpsr) return { field: "cpsr", expected: expected.cpsr, actual: actual.cpsr }
  if (!fpu) return undefined
  for (let i = 0; i < 64; i++) {
    if (expected.d[i] !== actual.d[i] && ((d >>> (i >> 1)) & 1) === 0) {
      return { field: `d${i >> 1}${i & 1 ? ".high" : ""}`, expected: expected.d[i]!, actual: actual.d[i]! }
    }
  }
  if ((expected.fpscr ^ actual.fpscr) & ~fpscr)
    return { field: "fpscr", expected: expected.fpscr, actual: actual.fpscr }
  return undefined
}

/**
 * Whether `record` is the entry of a Prefetch Abort at `pc`. QEMU's trace lacks the state between a branch and the abort of its
 * target's fetch.
 */
function isFetchAbort(record: StateRecord, pc: number): boolean {
  const vector = pcOf(record) & 0x1f
  return (record.cpsr & 0x1f) === 0x17 && vector === 0x0c && (record.r[14]! - 4) >>> 0 === pc
}

/** Limit of instructions that the subject may need to reach `startAt`. */
const SYNC_STEPS = 10_000
const nothing = new Uint8Array(0)

/** Runs `subject` beside the reference until they differ or the reference ends. */
export function compareRuns(
  reference: Iterable<StateRecord>,
  subject: Stepper,
  options: CompareOptions = {},
): Comparison {
  const { fpu = false, startAt, next = -1, recordsPerProgram = Number.POSITIVE_INFINITY, ignore, judge } = options
  const bytesAt = options.bytesAt ?? (() => nothing)
  const before = emptyRecord()
  const actual = emptyRecord()
  let started = startAt === undefined
  let stepped = false
  let compared = 0
  let instructions = 0
  const from = options.programs?.address ?? 0
  const size = options.programs?.bytes ?? 0
  let program = (options.firstProgram ?? 0) - 1
  let sinceNext = 0
  let reason: string | undefined
  const astray: number[] = []
  const ignoredCounts = new Map<string, number>()
  const visited = new Set<number>()
  let newest: { pc: number; thumb: boolean } | undefined
  const soFar = () => ({
    ...{ compared, instructions, last: program, astray, ignored: ignoredCounts },
    ...(newest && { newest }),
  })
  for (const expected of reference) {
    if (!started) {
      if (pcOf(expected) !== startAt) continue
      started = true
      subject.state(actual)
      for (let i = 0; i < SYNC_STEPS && pcOf(actual) !== startAt; i++) {
        subject.step()
        subject.state(actual)
      }
    } else if (stepped) {
      if (options.isBetween?.(before, expected)) continue
      subject.step()
      subject.state(actual)
      const pc = pcOf(actual)
      if (pc !== pcOf(expected) && isFetchAbort(expected, pc)) {
        subject.step()
        subject.state(actual)
      }
    } else subject.state(actual)
    const mismatch = firstMismatch(expected, actual, fpu)
    if (mismatch) {
      const pc = pcOf(stepped ? before : expected)
      const instruction = bytesAt(pc, 4)
      const ignored = stepped && subject.adopt ? ignore?.(instruction, before, { expected, actual }) : undefined
      const rest = ignored ? firstMismatch(expected, actual, fpu, ignored) : mismatch
      if (rest) {
        const thumb = (before.cpsr & 0x20) !== 0
        const states = { before, expectedAfter: emptyRecord(), actualAfter: actual }
        copyRecord(expected, states.expectedAfter)
        return {
          ...soFar(),
          difference: {
            ...{ index: compared, program, pc, instruction, thumb, ...rest, ...states },
            ...(reason === undefined ? {} : { astray: reason }),
          },
        }
      }
      if (ignored) ignoredCounts.set(ignored.reason, (ignoredCounts.get(ignored.reason) ?? 0) + 1)
      if (!fpu) {
        // State that the reference does not show stays as it is.
        expected.d.set(actual.d)
        expected.fpscr = actual.fpscr
      }
      subject.adopt?.(expected)
    }
    stepped = true
    compared++
    copyRecord(expected, before)
    if (pcOf(expected) === next) {
      program++
      sinceNext = 0
      reason = undefined
      visited.clear()
      newest = undefined
    } else if (++sinceNext > recordsPerProgram) {
      return { ...soFar(), runaway: program }
    }
    if ((pcOf(expected) - from) >>> 0 < size) {
      instructions++
      if (!visited.has(pcOf(expected))) {
        visited.add(pcOf(expected))
        newest = { pc: pcOf(expected), thumb: (expected.cpsr & 0x20) !== 0 }
      }
    }
    if (judge && reason === undefined) {
      reason = judge(expected)
      if (reason !== undefined) astray.push(program)
    }
  }
  return soFar()
}
