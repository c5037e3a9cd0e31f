// Single instructions for the comparison with QEMU: words of every encoding that computes, loads or stores, the state
// before each, and how one is executed on the evaluator.

import { arm, helperTable } from "../../../cpu/arm/index.ts"
import { GE, GPR, state } from "../../../cpu/arm/state.ts"
import { ACCESS, readFpscrValue, writeFpscrValue } from "../../../cpu/arm/vfp/access.ts"
import { type Access, evaluate, GuestFault, StateView, type Value } from "../../../cpu/ir/index.ts"
import { disassemble, type Instruction, randomWord, translate } from "../../../cpu/isa/index.ts"
import { randomDoubles } from "../../fuzz/seed-state.ts"
import { FlatMemory } from "../../support/flat-memory.ts"
import { Random } from "../../support/random.ts"

/** One execution: a word of an instruction set, and the number that its state follows from. */
export type Single = { readonly set: "a32" | "t32" | "t16"; readonly word: number; readonly seed: number }

/** Registers and memory before or after. */
export type SingleState = {
  /** r0 to r12. */
  readonly r: Uint32Array
  /** NZCVQ and GE, at their places in CPSR. */
  readonly apsr: number
  readonly fpscr: number
  readonly d: BigUint64Array
}

/** What an instruction changed, `name=value` each; undefined if it took an exception. */
export type Changes = readonly string[] | undefined

/** Memory that loads and stores reach: its address, and its length in bytes. */
export const DATA = { address: 0x2000_0000, bytes: 0x4000 } as const

/** The word that stands at an offset in memory. */
export const wordAt = (offset: number): number => Math.imul(offset + 4, 0x9e37_79b1) >>> 0

const boundaries = [
  ...[0, 1, 2, 0x1f, 0x20, 0x21, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7f7f_7f7f, 0x8080_8080],
  ...[
    0x7fff_7fff, 0x8000_8000, 0x00ff_00ff, 0x4000_0000, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff,
  ],
]

/** Registers of memory operands: pointers into the middle of memory, and small offsets. */
const POINTERS = [0, 1, 2]
const OFFSETS = [3, 4]

/** Fills D registers, as pairs of words: with edge cases, or so that the host's arithmetic serves, or with integers. */
function fillDoubles(random: Random, pairs: Uint32Array): void {
  const style = random.below(4)
  if (style === 0) {
    randomDoubles(random, pairs)
    return
  }
  // Numbers of like size: some short, so that results are exact; the upper word may be one of double precision.
  const [one, spread] = style === 1 ? [0x3f80_0000, 23] : [0x3ff0_0000, 20]
  const isShort = random.chance(30)
  for (let n = 0; n < pairs.length; n++) {
    const bits = random.u32()
    const kept = isShort ? bits & 0x8018_0000 : bits & (0x8000_0000 | ((1 << spread) - 1))
    const near = kept ^ (one + ((random.below(9) - 4) << spread))
    if (style === 3) pairs[n] = random.chance(50) ? random.pick(boundaries) : bits
    else pairs[n] = style === 2 && n % 2 === 0 ? (isShort ? 0 : bits) : near
  }
}

/** Whether a case loads or stores. */
const isOfMemory = (seed: number) => seed % 2 === 0

/** The state before a case. */
export function stateOf(seed: number): SingleState {
  const random = new Random(seed)
  const value = () =>
    random.chance(40) ? random.pick(boundaries) : random.chance(20) ? random.below(64) : random.u32()
  const r = Uint32Array.from({ length: 13 }, value)
  if (isOfMemory(seed)) {
    for (const n of POINTERS) r[n] = DATA.address + DATA.bytes / 2 + 32 * random.below(4)
    for (const n of OFFSETS) r[n] = 4 * random.below(16)
  }
  const pairs = new Uint32Array(64)
  fillDoubles(random, pairs)
  const apsr = random.u32() & 0xf80f_0000
  // Rounding mode, rarely flushing or default NaNs; in half the states the inexact flag, which fast paths look at.
  const modes = (random.u32() & 0x00c0_0000) | (random.chance(25) ? random.u32() & 0x0300_0000 : 0)
  const fpscr = modes | (random.chance(50) ? 0x10 : 0)
  return { r, apsr: apsr >>> 0, fpscr, d: new BigUint64Array(pairs.buffer) }
}

/** Loads and stores, and what is neither computation nor one of them: branches, exclusive and system instructions. */
const MEMORY = /^v?(?:ld|st)|^fldm|^fstm/
const OTHER =
  /^(?:it|blx?|b|bxj?|cb|tb[bh]|cps.*|setend|rfe.*|srs.*|mrc2?|mcr2?|mrrc2?|mcrr2?|mrs|msr|swp.*|(?:ld|st)rex.*|clrex|svc|smc|hvc|bkpt|udf|wf[ie]|d[ms]b|isb)$/
/** Operands that are system registers, user registers, or lead back to the program that executes cases. */
const OTHER_OPERANDS = /\b(?:sp|lr|pc|fpexc|fpsid|mvfr\d|fpinst2?)\b|\^|push|pop/

const { formats } = arm("cortex-a15")
const sets = [
  { set: "a32", within: formats[0]!.sets[0]! },
  { set: "t16", within: formats[1]!.sets[0]! },
  { set: "t32", within: formats[1]!.sets[1]! },
] as const

const CORE_FIELDS = new Set(["rd", "rn", "rm", "rs", "rt", "rt2", "ra", "rdlo", "rdhi"])

/** Fields that keep loads and stores inside of memory, and everything off r13 to r15. */
function chooser(i: Instruction, isMemory: boolean, random: Random) {
  return (field: string): number | undefined => {
    if (field === "dn") return i.args.includes("highRdn") ? 0 : undefined
    if (isMemory) {
      if (field === "rn" || field === "ln") return random.pick(POINTERS)
      if (field === "lm" || (field === "rm" && !/^v/.test(i.name))) return random.pick(OFFSETS)
      if (field === "rm") return random.pick([13, 15, ...OFFSETS])
      if (field === "list" || field === "list15") return random.below(0x2000)
      if (field === "imm5" && i.args.includes("hifted")) return random.below(4)
      if (field === "rt") return 2 * random.below(6)
      if (field === "rt2") return 1 + 2 * random.below(6)
    }
    return CORE_FIELDS.has(field) ? random.below(13) : undefined
  }
}

const mnemonicOf = (i: Instruction) => i.name.split(/[.{]/)[0]!

/** Draws cases: `count` for each A32 encoding, half as many for those of Thumb. */
export function drawSingles(seed: number, count: number): Single[] {
  const random = new Random(seed)
  return sets.flatMap(({ set, within }) =>
    within.instructions.flatMap((i): Single[] => {
      const isMemory = MEMORY.test(mnemonicOf(i))
      if (OTHER.test(mnemonicOf(i))) return []
      const cases: Single[] = []
      for (let n = 0; n < Math.ceil(set === "a32" ? count : count / 2); n++) {
        const choose = chooser(i, isMemory, random)
        const drawn = randomWord(i, (limit) => random.below(limit), { set: within, choose })
        const state = 2 * random.below(0x1000_0000) + (isMemory ? 0 : 1)
        if (!drawn) continue
        const one: Single = { set, word: drawn.word, seed: state }
        if (!OTHER_OPERANDS.test(textOf(one))) cases.push(one)
      }
      return cases
    }),
  )
}

const bytes = new Uint8Array(DATA.bytes)
const words = new Uint32Array(bytes.buffer)
const untouched = Uint32Array.from(words, (_, n) => wordAt(4 * n))
const outside = (): GuestFault => new GuestFault("dataAbort")
const flat = new FlatMemory(bytes, { outside, misaligned: outside })
/** ARMv7 rotates nothing that is not aligned. */
const unaligned = (access: Access): Access => (access.align === "rotate" ? { ...access, align: "any" } : access)
const view = new StateView(state, new ArrayBuffer(state.size))
const { N, Z, C, V, Q, D, VFP_ACCESS } = state.files
const FLAGS = [N, Z, C, V, Q] as const

/** The disassembly of a case. */
export function textOf({ set, word }: Single): string {
  const decoded = sets.find((s) => s.set === set)!.within.decode(word)
  return decoded ? disassemble(decoded, 0) : "undefined"
}

/** Executes a case on the evaluator. */
export function runSingle({ set, word, seed }: Single): Changes {
  const before = stateOf(seed)
  view.reset()
  for (const [n, value] of before.r.entries()) view.set(GPR, n, value)
  for (const [n, file] of FLAGS.entries()) view.set(file, 0, (before.apsr >>> (31 - n)) & 1)
  view.set(GE, 0, (before.apsr >>> 16) & 15)
  for (const [n, value] of before.d.entries()) view.setLong(D, n, value)
  writeFpscrValue(view, before.fpscr)
  view.set(VFP_ACCESS, 0, ACCESS.everyone)
  words.set(untouched)
  const decoded = sets.find((s) => s.set === set)!.within.decode(word)
  if (!decoded) return undefined
  const block = translate(decoded, { addressType: "i32", length: set === "t16" ? 2 : 4 }).block
  const offset = (va: Value) => (Number(va) >>> 0) - DATA.address
  try {
    const outcome = evaluate(
      block,
      {
        time: () => 0,
        get: (file, index) => view.read(file, index),
        set: (file, index, value) => view.write(file, index, value),
        load: (access, va) => {
          const value = flat.load(unaligned(access), offset(va))
          return access.bytes === 8 ? BigInt.asIntN(64, BigInt(value)) : Number(value) | 0
        },
        store: (access, va, value) => flat.store(unaligned(access), offset(va), value),
        call: (helper, args) =>
          (helperTable as unknown as Readonly<Record<string, (...args: unknown[]) => Value | undefined>>)[helper.name]!(
            { state: view },
            ...args,
          ),
      },
      { pc: 0 },
    )
    if (outcome.kind !== "next") return undefined
  } catch (fault) {
    if (fault instanceof GuestFault) return undefined
    throw fault
  }
  const apsr = FLAGS.reduce((bits, file, n) => bits | (view.get(file) << (31 - n)), view.get(GE) << 16) >>> 0
  const after: SingleState = {
    r: Uint32Array.from({ length: 13 }, (_, n) => view.get(GPR, n)),
    apsr,
    fpscr: readFpscrValue(view) >>> 0,
    d: BigUint64Array.from({ length: 32 }, (_, n) => BigInt.asUintN(64, view.getLong(D, n))),
  }
  const stored: [number, number][] = []
  for (let n = 0; isOfMemory(seed) && n < words.length; n++)
    if (words[n] !== untouched[n]) stored.push([4 * n, words[n]!])
  return changesOf(before, after, stored)
}

/** The differences between two states, and the words of memory that changed, by their offsets. */
export function changesOf(
  before: SingleState,
  after: SingleState,
  stored: readonly (readonly [offset: number, value: number])[],
): string[] {
  const hex = (x: number | bigint) => x.toString(16)
  const found: string[] = []
  for (const [n, value] of after.r.entries()) if (value !== before.r[n]) found.push(`r${n}=${hex(value)}`)
  if (after.apsr !== before.apsr) found.push(`apsr=${hex(after.apsr)}`)
  for (const [n, value] of after.d.entries()) if (value !== before.d[n]) found.push(`d${n}=${hex(value)}`)
  if (after.fpscr !== before.fpscr) found.push(`fpscr=${hex(after.fpscr)}`)
  for (const [offset, value] of stored) found.push(`[${hex(offset)}]=${hex(value)}`)
  return found
}

/** A case as text, and what it changes. */
export const nameOf = ({ set, word, seed }: Single): string => `${set} ${word.toString(16)} ${seed.toString(16)}`
export const print = (changes: Changes): string => changes?.join(" ") ?? "undefined"

/** Reads lines of cases and of what they change. */
export function parseRecorded(text: string): { cases: Single[]; wanted: string[] } {
  const rows = text.split("\n").filter((line) => line !== "")
  const cases = rows.map((row): Single => {
    const [set, word, seed] = row.split(" ")
    return { set: set as Single["set"], word: Number.parseInt(word!, 16), seed: Number.parseInt(seed!, 16) }
  })
  return { cases, wanted: rows.map((row) => row.slice(row.indexOf(" =") + 3)) }
}

/** A line for each case that does not change what it must. */
export function differences(cases: readonly Single[], wanted: readonly string[]): string[] {
  return cases.flatMap((c, n) => {
    const ours = print(runSingle(c))
    return ours === wanted[n] ? [] : [`${nameOf(c)} (${textOf(c)}): ${wanted[n]}, not ${ours}`]
  })
}
