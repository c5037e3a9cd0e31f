// Differences that prove nothing, since the ARM manual leaves the behaviour UNPREDICTABLE. They depend on values, or on the path of a
// program. The draw excludes what is UNPREDICTABLE by the instruction words alone.

import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import { allValues, encodeFields } from "../../cpu/isa/encode.ts"
import { type Decoded, fieldValue, type Instruction } from "../../cpu/isa/index.ts"
import { pcOf, type StateRecord } from "../oracle/state-record.ts"
import type { Difference, Judge } from "./compare.ts"
import { type Coverage, conditionOf, passes } from "./coverage.ts"
import { bytesAt, type Image } from "./image.ts"
import { type Region, TABLE_AT } from "./layout.ts"
import { DACR } from "./page-table.ts"
import { mnemonicOf } from "./pools.ts"
import { startModes } from "./seed-state.ts"
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
  return (/^m[rs]/.test(name) && v["r"] === 1) || /^(?:srs|rfe)/.test(name) || writesR15(i) || i.args.endsWith("^")
}

/** Whether an instruction is data processing with r15 as destination and S set: an exception return. */
const writesR15 = (i: Instruction): boolean => /^r15\b/.test(i.args) && !i.name.startsWith("ldr")

const verdicts = [
  undefined,
  "UNPREDICTABLE",
  "a bit is not as it should be",
  "SPSR or banked registers in user or system mode (B9.3)",
  "a load or store of structures",
] as const
const FOR_EXCEPTIONS = 3
const STRUCTURES = 4

/** The verdict on an instruction, whatever the values of registers: an index of `verdicts`. A word that encodes nothing has none. */
function verdictOf(decoded: Decoded | undefined, cpsr: number): number {
  if (!decoded) return 0
  const { instruction, word } = decoded
  const values = allValues(instruction, decoded, (cpsr & 0x20) !== 0 ? itOf(cpsr) : 0)
  if (instruction.unpredictable(values)) return 1
  if (encodeFields(instruction, values).word !== word) return 2
  if (/^v(?:ld|st)[1-4]/.test(instruction.name)) return STRUCTURES
  return isForExceptions(decoded, values) ? FOR_EXCEPTIONS : 0
}

/** Whether the manual defines what an instruction does in user mode, whatever the values of registers. */
export function isDefined(decoded: Decoded, thumb: boolean): boolean {
  const verdict = verdictOf(decoded, thumb ? 0x30 : 0x10)
  return verdict === 0 || verdict === STRUCTURES
}

/** Bytes of the smallest page, and of the largest structures. */
const PAGE = 4096
const STRUCTURE_BYTES = 32

/** Whether a store of structures touches two pages, of which only one may be accessible. */
const storesToTwoPages = ({ instruction: i, word }: Decoded, { r }: StateRecord): boolean =>
  i.name.startsWith("vst") && r[fieldValue(i, "rn", word)]! % PAGE > PAGE - STRUCTURE_BYTES

/** The reason, if the architecture leaves open what a load or store of structures does. */
function structuresReason({ instruction: i, word }: Decoded, { r }: StateRecord): string | undefined {
  const base = r[fieldValue(i, "rn", word)]!
  const asks256 = i.args.startsWith("multiple") && fieldValue(i, "align", word) === 3
  return asks256 && base % 32 === 16 ? "QEMU checks an alignment of 256 bits to 128 (A3.2.1)" : undefined
}

/** Fields of MCR and MCRR, and where CP15 has what translation depends on: SCTLR and CPACR, TTBRs and TTBCR, DACR. */
const isRegimeWrite = ({ instruction: i, word }: Decoded): boolean => {
  if (!/^mcr/.test(i.name) || fieldValueOf(i, "coproc", word) !== 15) return false
  return i.name.startsWith("mcrr")
    ? fieldValueOf(i, "crm", word) === 2
    : [1, 2, 3].includes(fieldValueOf(i, "crn", word))
}

const fieldValueOf = (i: Instruction, name: string, word: number): number =>
  i.pattern.fields.some((field) => field.name === name) ? fieldValue(i, name, word) : -1

/** A place in memory that was judged: the code there, its instruction set and IT state, and what came of it. */
type Place = {
  word: number
  context: number
  decoded: Decoded | undefined
  condition: number
  verdict: number
  writesRegime: boolean
}

/**
 * Makes the function that recognises a state after which the architecture leaves the run open: it is about to execute words that the
 * draw excludes, such as the second half of an instruction, or data. Code is judged once, unless it changes. Instructions that are
 * executed are counted in `coverage`.
 */
export function judge(
  { layout, ramBytes, runs, segments, symbols }: Image,
  model: ArmModelName,
  memory: (address: number, length: number) => Uint8Array,
  coverage: Coverage,
): Judge {
  const { code, system } = layout
  // The harness as loaded: programs may overwrite it while the MMU is off.
  const { address: harness, bytes: loaded } = segments.find(({ address }) => address === symbols.get("vectors"))!
  const isOverwritten = (pc: number): boolean =>
    Buffer.compare(memory(pc, 4), loaded.subarray(pc - harness, pc - harness + 4)) !== 0
  // Values that the harness gives to registers of translation.
  const given = new Set([system.address + TABLE_AT, DACR, 0, 0x00f0_0000, ...runs.map(({ state }) => state.sctlr)])
  const ram = memory(0, ramBytes)
  const view = new DataView(ram.buffer, ram.byteOffset, ram.byteLength)
  const places = new Map<number, Place>()
  let storedToTwoPages = false

  const placeAt = (pc: number, thumb: boolean, it: number, cpsr: number): Place => {
    const at = Math.min(pc, ramBytes - 4)
    const known = places.get(pc)
    const word = view.getUint32(at, true)
    const context = thumb ? 0x100 | it : 0
    if (known && known.word === word && known.context === context) return known
    const decoded = decodeAt(model, ram.subarray(at, at + 4), cpsr)
    const place: Place = {
      ...{ word, context, decoded, condition: decoded ? conditionOf(decoded, it) : 14 },
      ...{ verdict: verdictOf(decoded, cpsr), writesRegime: decoded !== undefined && isRegimeWrite(decoded) },
    }
    places.set(pc, place)
    return place
  }

  return (state) => {
    const pc = pcOf(state)
    const { cpsr, r } = state
    const aborted = storedToTwoPages && modeOf(cpsr) === startModes.abt && (pc & 0x1f) === 0x10
    storedToTwoPages = false
    if (aborted) return "what a store to two pages has stored when it aborts (B1.9.8)"
    const thumb = (cpsr & 0x20) !== 0
    const inHarness = pc >= harness && pc + 4 <= harness + loaded.length
    if (inHarness && isOverwritten(pc)) return "a program overwrote the harness"
    // Nothing is fetched from elsewhere but the ARM926's vectors.
    if (pc + 2 > ramBytes) return undefined
    if (!thumb && (pc & 2) !== 0) return "ARM code at an odd halfword (BXWritePC, A2.3.1)"
    const it = itOf(cpsr)
    if (it >> 4 === 15) return "an IT block of the reserved condition (A8.8.54)"
    if (it !== 0 && (it & 15) === 0) return "IT state of no block (A2.5.2)"
    const { decoded, condition, verdict, writesRegime } = placeAt(pc, thumb, it, cpsr)
    if (!decoded) return undefined
    // What is UNPREDICTABLE does nothing either if its condition fails.
    if (!passes(condition, cpsr)) return undefined
    if (isIn(code, pc)) coverage.count(decoded.instruction)
    if (writesRegime && modeOf(cpsr) !== startModes.usr) {
      const value = r[fieldValueOf(decoded.instruction, "rt", decoded.word)] ?? 0
      if (!given.has(value)) return "a program changed the translation regime"
    }
    if (verdict === STRUCTURES) {
      storedToTwoPages = storesToTwoPages(decoded, state)
      return structuresReason(decoded, state)
    }
    return verdict === FOR_EXCEPTIONS && !hasNoSpsr(cpsr) ? undefined : verdicts[verdict]
  }
}

/** Four bytes of code as a word; in Thumb code, with the first halfword in the high half. */
function wordOf(code: Uint8Array, thumb: boolean): number {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength)
  return thumb ? ((view.getUint16(0, true) << 16) | view.getUint16(2, true)) >>> 0 : view.getUint32(0, true)
}

/** Words that encode nothing, but something on QEMU: fixed bits and their values, in one instruction set or in both. */
type ReferenceWord = {
  readonly mask: number
  readonly value: number
  readonly thumb?: boolean
  readonly model?: ArmModelName
  readonly reason: string
}

const referenceWords: readonly ReferenceWord[] = [
  { mask: 0x0ff0_00f0, value: 0x0120_0070, thumb: false, reason: "BKPT with a condition is UNPREDICTABLE (A8.8.24)" },
  { mask: 0x0ff0_00f0, value: 0x0140_0070, thumb: false, reason: "HVC with a condition is UNPREDICTABLE (B9.3.3)" },
  {
    mask: 0x0f20_0f00,
    value: 0x0d00_0900,
    model: "cortex-a15",
    reason: "QEMU has VLDR and VSTR of halfwords (ARMv8.2) on every CPU",
  },
  {
    mask: 0xfe4f_0000,
    value: 0xe84f_0000,
    thumb: true,
    model: "cortex-a15",
    reason: "STRD with r15 as base, and LDRD that writes it back, are UNPREDICTABLE (A8.8.73, A8.8.210)",
  },
  {
    mask: 0xe800_0000,
    value: 0xe800_0000,
    thumb: true,
    model: "arm926",
    reason: "half of a BL or BLX (ARMv5, A7.1.17)",
  },
  { mask: 0xf500_0000, value: 0xb100_0000, thumb: true, model: "arm926", reason: "QEMU has CBZ and CBNZ on ARMv5" },
  { mask: 0xff00_0000, value: 0xbf00_0000, thumb: true, model: "arm926", reason: "QEMU has IT and hints on ARMv5" },
]

/** Why QEMU does not find a word UNDEFINED that encodes nothing; undefined if it should. */
export function reasonOfWord(word: number, inThumb: boolean, inModel: ArmModelName): string | undefined {
  return referenceWords.find(
    ({ mask, value, thumb = inThumb, model = inModel }) =>
      thumb === inThumb && model === inModel && ((word & mask) ^ value) === 0,
  )?.reason
}

type Rule = {
  readonly reason: string
  applies(d: Difference, decoded: Decoded, model: ArmModelName): boolean
}

const rules: readonly Rule[] = [
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
    applies: (_, { instruction: i }) => writesR15(i) && !/^(?:subs|movs|lsls|lsrs|asrs|rors|rrxs)$/.test(mnemonicOf(i)),
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
  const { code } = image.layout
  const overwritten = ({ program }: Difference): boolean => {
    const run = image.runs[program]
    if (!run) return false
    const length = run.end - run.code
    return Buffer.compare(subject.memory(run.code, length), bytesAt(image, run.code, length)) !== 0
  }
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
    const decoded = inCode && decodeAt(model, d.instruction, d.before.cpsr)
    if (inCode && !decoded) return reasonOfWord(wordOf(d.instruction, d.thumb), d.thumb, model)
    if (!decoded) return undefined
    // Otherwise exclusive stores belong to loads of the same size and address, with no store in between (A3.4.5).
    if (decoded.instruction.name.startsWith("strex") && overwritten(d)) return "an exclusive store without its load"
    return rules.find((rule) => rule.applies(d, decoded, model))?.reason
  }
}
