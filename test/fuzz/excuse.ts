// Differences that prove nothing, since the ARM manual leaves the behaviour UNPREDICTABLE. They depend on values, or on the path of a
// program. The draw excludes what is UNPREDICTABLE by the instruction words alone.

import type { Cp15Slot } from "../../cpu/arm/index.ts"
import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import { allValues, encodeFields } from "../../cpu/isa/encode.ts"
import { type Decoded, fieldValue } from "../../cpu/isa/index.ts"
import { pcOf, type StateRecord } from "../oracle/state-record.ts"
import type { Difference, Judge } from "./compare.ts"
import { type Coverage, conditionOf, passes } from "./coverage.ts"
import { bytesAt, type Image } from "./image.ts"
import { type Region, TABLE_AT } from "./layout.ts"
import { DACR } from "./page-table.ts"
import { mnemonicOf } from "./pools.ts"
import type { Subject } from "./subject.ts"

/** ITSTATE of a status register. */
export const itOf = (cpsr: number): number => ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc)

/** Decodes four bytes of code in a state; undefined if they encode no instruction. */
export function decodeAt(model: ArmModelName, code: Uint8Array, cpsr: number): Decoded | undefined {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength)
  const thumb = (cpsr & 0x20) !== 0
  const format = arm(model).formats[thumb ? 1 : 0]!
  const read = (offset: number): number => (thumb ? view.getUint16(offset, true) : view.getUint32(offset, true))
  return format.decode(read, thumb ? itOf(cpsr) : 0).decoded
}

const modeOf = (cpsr: number): number => cpsr & 0x1f
const hasNoSpsr = (cpsr: number): boolean => modeOf(cpsr) === 0x10 || modeOf(cpsr) === 0x1f
const isIn = ({ address, bytes }: Region, pc: number): boolean => pc >= address && pc < address + bytes

/** Whether an instruction needs a mode with an SPSR and banked registers: it is UNPREDICTABLE in user and system mode. */
function isForExceptions({ instruction: i }: Decoded, v: Readonly<Record<string, number>>): boolean {
  const name = mnemonicOf(i)
  return (/^m[rs]/.test(name) && v["r"] === 1) || /^(?:srs|rfe)/.test(name) || /^r15\b|\^$/.test(i.args)
}

const verdicts = [
  undefined,
  "astray: encodes nothing",
  "astray: UNPREDICTABLE",
  "astray: a bit is not as it should be",
  "SPSR or banked registers in user or system mode (B9.3)",
  "astray: a call to firmware that a bare machine lacks",
  "astray: a load or store of structures",
] as const
const FOR_EXCEPTIONS = 4
const FIRMWARE_CALL = 5
const STRUCTURES = 6

/** The verdict on an instruction, whatever the values of registers: an index of `verdicts`. */
function verdictOf(decoded: Decoded | undefined, cpsr: number): number {
  if (!decoded) return 1
  const { instruction, word } = decoded
  if (/^(?:hvc|smc)$/.test(mnemonicOf(instruction))) return FIRMWARE_CALL
  const values = allValues(instruction, decoded, (cpsr & 0x20) !== 0 ? itOf(cpsr) : 0)
  if (instruction.unpredictable(values)) return 2
  if (encodeFields(instruction, values).word !== word) return 3
  if (/^v(?:ld|st)[1-4]/.test(instruction.name)) return STRUCTURES
  return isForExceptions(decoded, values) ? FOR_EXCEPTIONS : 0
}

/** Bytes of the smallest page, and of the largest structures. */
const PAGE = 4096
const STRUCTURE_BYTES = 32

/** The reason, if the architecture leaves open what a load or store of structures does. */
function structuresReason({ instruction: i, word }: Decoded, { r }: StateRecord): string | undefined {
  const base = r[fieldValue(i, "rn", word)]!
  if (i.name.startsWith("vst") && base % PAGE > PAGE - STRUCTURE_BYTES) {
    return "astray: what a store to two pages has stored when it aborts (B1.9.8)"
  }
  const asks256 = i.args.startsWith("multiple") && fieldValue(i, "align", word) === 3
  return asks256 && base % 32 === 16 ? "astray: QEMU checks an alignment of 256 bits to 128 (A3.2.1)" : undefined
}

/**
 * Makes the function that recognises a state after which the architecture leaves the run open. The program has left its code, or is
 * about to execute words that the draw excludes, such as the second half of an instruction, or data. Code is judged once, unless it
 * changes. Instructions that are executed are counted in `coverage`.
 */
export function judge(
  { layout, cpu, segments, symbols }: Image,
  model: ArmModelName,
  memory: (address: number, length: number) => Uint8Array,
  coverage: Coverage,
): Judge {
  const { code } = layout
  // The harness as loaded: programs may overwrite it while the MMU is off.
  const { address: harness, bytes: loaded } = segments.find(({ address }) => address === symbols.get("vectors"))!
  const inHarness = (pc: number): string | undefined =>
    Buffer.compare(memory(pc, 4), loaded.subarray(pc - harness, pc - harness + 4)) === 0
      ? undefined
      : "a program overwrote the harness"
  const bytes = memory(code.address, code.bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // By halfwords of code: the code that was judged, its instruction set and IT state, and the verdict.
  const words = new Uint32Array(code.bytes / 2)
  const contexts = new Uint16Array(code.bytes / 2)
  const known = new Uint8Array(code.bytes / 2)
  const instructions: (Decoded | undefined)[] = new Array(code.bytes / 2)
  const conditions = new Uint8Array(code.bytes / 2)
  return (state) => {
    const pc = pcOf(state)
    const { cpsr } = state
    if (!isIn(code, pc)) {
      if (isIn({ address: harness, bytes: loaded.length }, pc)) return inHarness(pc)
      return cpu === "arm926" && pc >= 0xffff_0000 ? undefined : "a program went astray"
    }
    const thumb = (cpsr & 0x20) !== 0
    if (!thumb && (pc & 2) !== 0) return "ARM code at an odd halfword (BXWritePC, A2.3.1)"
    const it = itOf(cpsr)
    if (it >> 4 === 15) return "an IT block of the reserved condition (A8.8.54)"
    if (it !== 0 && (it & 15) === 0) return "IT state of no block (A2.5.2)"
    const at = Math.min(pc - code.address, code.bytes - 4)
    const n = at >> 1
    const word = view.getUint32(at, true)
    const context = 0x200 | (thumb ? 0x100 | it : 0)
    if (contexts[n] !== context || words[n] !== word) {
      contexts[n] = context
      words[n] = word
      const decoded = decodeAt(model, bytes.subarray(at, at + 4), cpsr)
      instructions[n] = decoded
      if (decoded) conditions[n] = conditionOf(decoded, it)
      known[n] = verdictOf(decoded, cpsr)
    }
    const verdict = known[n]!
    const decoded = instructions[n]
    if (decoded && passes(conditions[n]!, cpsr)) coverage.count(decoded.instruction)
    if (verdict === STRUCTURES) return structuresReason(decoded!, state)
    return verdict === FOR_EXCEPTIONS && !hasNoSpsr(cpsr) ? undefined : verdicts[verdict]
  }
}

type Rule = {
  readonly reason: string
  applies(d: Difference, decoded: Decoded, model: ArmModelName): boolean
}

const rules: readonly Rule[] = [
  {
    reason: "QEMU leaves ITSTATE behind a system register at the end of a block (A2.5.2)",
    applies: ({ before }, { instruction: i }) =>
      itOf(before.cpsr) !== 0 && (itOf(before.cpsr) & 7) === 0 && /^m[rc]/.test(i.name),
  },
  {
    reason: "ARMv5 arithmetic that gives pc an odd address (BranchWritePC, A2.3.1)",
    applies: ({ before, expectedAfter, actualAfter }, { instruction: i }, model) =>
      model === "arm926" &&
      ((expectedAfter.cpsr ^ actualAfter.cpsr) & 0x20) !== 0 &&
      (before.cpsr & 0x20) === 0 &&
      !/^(?:bx|blx|ldr|ldm|pop)/.test(i.name),
  },
  {
    reason: "QEMU knows no exception return of its kind (B9.3.20)",
    applies: (_, { instruction: i }) =>
      /^r15\b/.test(i.args) && !/^(?:subs|movs|lsls|lsrs|asrs|rors|rrxs)$/.test(mnemonicOf(i)),
  },
]

const isPrefetchAbort = ({ cpsr, r }: StateRecord): boolean => modeOf(cpsr) === 0x17 && (r[15]! & 0x1f) === 0x0c

/** CPSR<20>: reserved up to ARMv7, IL in ARMv8. QEMU has it on every CPU. */
const CPSR_IL = 1 << 20

/** Makes the function that gives the reason why a difference proves nothing. */
export function excuses(
  image: Image,
  model: ArmModelName,
  subject: Subject,
): (difference: Difference) => string | undefined {
  const { code, system } = image.layout
  const overwritten = ({ program }: Difference): boolean => {
    const run = image.runs[program]
    if (!run) return false
    const length = run.end - run.code
    return Buffer.compare(subject.memory(run.code, length), bytesAt(image, run.code, length)) !== 0
  }
  const given: readonly (readonly [Cp15Slot, number])[] = [
    ["TTBR0", system.address + TABLE_AT],
    ["TTBCR", 0],
    ["DACR", DACR],
  ]
  // The harness sets the registers of a run one after the other, so those of the run before stay a little longer.
  const hasGivenSystem = ({ program }: Difference): boolean =>
    given.every(([name, value]) => subject.system(name) === value >>> 0) &&
    [program, program - 1].some((n) => {
      const run = image.runs[n]
      return run === undefined || run.state.sctlr === subject.system("SCTLR")
    })
  return (d) => {
    if (d.astray !== undefined) return d.astray
    const { r, cpsr } = d.expectedAfter
    const inCode = isIn(code, d.pc)
    // QEMU takes an abort for such a fetch, with the target in lr; the emulator goes to the word there.
    const target = isPrefetchAbort(d.expectedAfter) ? r[14]! - 4 : r[15]!
    const isArm = ((isPrefetchAbort(d.expectedAfter) ? d.actualAfter.cpsr : cpsr) & 0x20) === 0
    if (isArm && (target & 2) !== 0 && (target & ~3) >>> 0 === (d.actualAfter.r[15]! & ~3) >>> 0) {
      return "a branch to ARM code at an odd halfword (BXWritePC, A2.3.1)"
    }
    if ((cpsr & 0x20) === 0 && itOf(cpsr) !== 0) return "IT state in ARM state (B1.3.3)"
    if ((cpsr & 0x0100_0000) !== 0) return "Jazelle or ThumbEE state, which this CPU has not (B1.3.3)"
    if (d.field === "cpsr" && ((cpsr ^ d.actualAfter.cpsr) & ~CPSR_IL) === 0)
      return "QEMU returns with the reserved bit of IL (B1.3.3)"
    if (!hasGivenSystem(d)) return "a program wandered into the harness and changed the system"
    const decoded = inCode && decodeAt(model, d.instruction, d.before.cpsr)
    if (!decoded) return undefined
    // Otherwise exclusive stores belong to loads of the same size and address, with no store in between (A3.4.5).
    if (decoded.instruction.name.startsWith("strex") && overwritten(d))
      return "astray: an exclusive store without its load"
    return rules.find((rule) => rule.applies(d, decoded, model))?.reason
  }
}
