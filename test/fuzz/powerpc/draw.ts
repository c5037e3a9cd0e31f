// Draws user-level PowerPC programs from the instruction tables.

import { type Instruction, type InstructionSet, randomWord } from "../../../cpu/isa/index.ts"
import * as branch from "../../../cpu/powerpc/branch/branch.ts"
import * as conditionRegister from "../../../cpu/powerpc/branch/condition-register.ts"
import * as arithmetic from "../../../cpu/powerpc/fixed-point/arithmetic.ts"
import * as compare from "../../../cpu/powerpc/fixed-point/compare.ts"
import * as logical from "../../../cpu/powerpc/fixed-point/logical.ts"
import * as rotateShift from "../../../cpu/powerpc/fixed-point/rotate-shift.ts"
import { powerPc } from "../../../cpu/powerpc/index.ts"
import * as cache from "../../../cpu/powerpc/memory/cache.ts"
import * as floatLoadStore from "../../../cpu/powerpc/memory/float-load-store.ts"
import * as loadStore from "../../../cpu/powerpc/memory/load-store.ts"
import * as loadStoreMultiple from "../../../cpu/powerpc/memory/load-store-multiple.ts"
import * as reservation from "../../../cpu/powerpc/memory/reservation.ts"
import * as systemRegisters from "../../../cpu/powerpc/system/registers.ts"
import { Random } from "../../support/random.ts"
import { CODE, DATA, type Program, type Registers } from "./program.ts"

/** Registers that point to the middle of memory, those that hold multiples of 8, and one that holds any small number. */
const POINTERS = [20, 21, 22] as const
const OFFSETS = [23, 24] as const
const ODD_OFFSET = 25
/** The address of an instruction ahead. */
const TARGET = 26
const KEPT: readonly number[] = [...POINTERS, ...OFFSETS, ODD_OFFSET, TARGET]

const instructionsOf = (module: object, but: readonly string[] = []): Instruction[] =>
  (Object.values(module).flat() as Instruction[]).filter((i) => i.vocabulary && !but.includes(i.name))

const { lwarx, stwcx } = reservation

/** The pools, with their frequencies. */
const POOLS: readonly (readonly [percent: number, pool: readonly Instruction[]])[] = [
  [24, instructionsOf(arithmetic)],
  [9, instructionsOf(compare)],
  [12, instructionsOf(logical)],
  [10, instructionsOf(rotateShift)],
  [9, instructionsOf(conditionRegister)],
  [8, instructionsOf(branch)],
  [15, instructionsOf(loadStore)],
  [3, instructionsOf(loadStoreMultiple)],
  [4, instructionsOf(floatLoadStore)],
  [2, instructionsOf(cache, ["dcbi"])],
  [2, [reservation.sync, reservation.isync, reservation.eieio]],
  [2, [...systemRegisters.mfspr, ...systemRegisters.mtspr].filter((i) => i.feature === "7400")],
]
const TOTAL = POOLS.reduce((sum, [percent]) => sum + percent, 0)

/** Every instruction that programs are drawn from. */
export const drawn: readonly Instruction[] = [...POOLS.flatMap(([, pool]) => pool), lwarx, stwcx]

const memoryModules = [loadStore, loadStoreMultiple, floatLoadStore, cache, reservation]
const accessing = new Set(memoryModules.flatMap((module) => instructionsOf(module)))
/** Those that need multiples of 4. */
const aligned = new Set([loadStoreMultiple.lmw, loadStoreMultiple.stmw, ...instructionsOf(floatLoadStore)])

/** The set that programs are of. */
export const programSet: InstructionSet = powerPc("7400").formats[0]!.sets[0]!

const boundaries = Uint32Array.of(
  ...[0, 1, 2, 3, 0x1f, 0x20, 0x21, 0x3f, 0x40, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x00ff_00ff],
  ...[0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_8000, 0xffff_fffe, 0xffff_ffff],
)

const randomWordValue = (random: Random): number => {
  if (random.chance(40)) return random.pick(boundaries)
  if (random.chance(20)) return ((random.chance(50) ? 0xffff_ffff : 1) << random.below(32)) >>> 0
  return random.u32()
}

/** Doubles near the edges of what single precision holds, and random bits. */
function randomDouble(random: Random): bigint {
  const bits = (BigInt(random.u32()) << 32n) | BigInt(random.u32())
  if (random.chance(30)) return bits
  const exponent = random.pick([0, 1, 869, 873, 874, 880, 895, 896, 897, 1023, 1150, 1151, 2046, 2047])
  const fraction = random.chance(30) ? 0n : bits & 0xf_ffff_ffff_ffffn
  return (bits & (1n << 63n)) | (BigInt(exponent) << 52n) | fraction
}

/** A random state before a program of that many words. */
export function randomRegisters(random: Random, words: number): Registers {
  const gpr = Uint32Array.from({ length: 32 }, () => randomWordValue(random))
  for (const n of POINTERS) gpr[n] = DATA.address + DATA.bytes / 2 + 8 * random.below(64)
  for (const n of OFFSETS) gpr[n] = 8 * (random.below(33) - 16)
  gpr[ODD_OFFSET] = random.below(257) - 128
  const ahead = () => CODE + 4 * (words - random.below(Math.ceil(words / 2)))
  gpr[TARGET] = ahead()
  return {
    gpr,
    fpr: BigUint64Array.from({ length: 32 }, () => randomDouble(random)),
    cr: random.u32(),
    xer: ((random.u32() & 0xe000_0000) >>> 0) + random.pick([0, 1, 3, 4, 7, 16, 31, random.below(128)]),
    lr: ahead(),
    ctr: random.chance(50) ? random.below(5) : ahead(),
  }
}

/** Draws the words of one instruction that is to stand `left` words before the end. */
function drawWord(random: Random, instruction: Instruction, left: number): number | undefined {
  const isAccess = accessing.has(instruction)
  const needsWord = aligned.has(instruction)
  const spared = () => {
    for (let tries = 0; tries < 8; tries++) {
      const n = random.below(32)
      if (!KEPT.includes(n)) return n
    }
    return random.below(20)
  }
  const choose = (field: string): number | undefined => {
    switch (field) {
      case "rD":
        return instruction.name === "lmw" ? 27 + random.below(5) : spared()
      case "rA":
        if (!isAccess) return instruction.args.startsWith("rA") ? spared() : undefined
        return random.chance(97) || needsWord ? random.pick(POINTERS) : random.below(32)
      case "rB":
        if (!isAccess) return undefined
        return random.chance(70) || needsWord ? random.pick(OFFSETS) : ODD_OFFSET
      case "d":
        return (random.below(64) * (needsWord || random.chance(50) ? 4 : 1)) & 0xffff
      case "rS":
        return instruction.name === "mtspr" && random.chance(60) ? TARGET : undefined
      case "sprLow":
        // Of XER, QEMU keeps bits that the manual reserves.
        return random.pick(instruction.name === "mtspr" ? [8, 9] : [1, 8, 9])
      case "sprHigh":
        return 0
      case "LI":
      case "BD":
        return left > 1 ? 1 + random.below(Math.min(left - 1, 12)) : 1
      case "TO":
        // Most traps would end the program.
        return random.chance(30) ? random.below(32) : random.pick([0, 4])
      default:
        return undefined
    }
  }
  // Absolute branches leave the program.
  if (/a$/.test(instruction.name) && /^b/.test(instruction.name)) return undefined
  return randomWord(instruction, (limit) => random.below(limit), { set: programSet, choose })?.word
}

/** lwarx and stwcx. of the same word. */
function reservationPair(random: Random): number[] {
  const [rA, rB] = [random.pick(POINTERS), random.pick(OFFSETS)]
  const pair = (instruction: Instruction, chosen: Record<string, number>) =>
    randomWord(instruction, (limit) => random.below(limit), {
      set: programSet,
      choose: (field) => ({ rA, rB, ...chosen })[field],
    })!.word
  return [pair(lwarx, { rD: 3 + random.below(10) }), pair(stwcx, { rS: random.below(32) })]
}

function pick(random: Random): Instruction {
  let at = random.below(TOTAL)
  const [, pool] = POOLS.find(([percent]) => (at -= percent) < 0)!
  return random.pick(pool)
}

/** Draws a program of about that many instructions. */
export function drawProgram(random: Random, length: number): Program {
  const words: number[] = []
  while (words.length < length) {
    if (random.chance(2)) words.push(...reservationPair(random))
    else {
      const word = drawWord(random, pick(random), length - words.length)
      if (word !== undefined) words.push(word)
    }
  }
  return { words, before: randomRegisters(random, words.length) }
}

/** A program of one instruction, whose state follows from a seed. */
export type Single = { readonly word: number; readonly seed: number }

/** Draws some words of every instruction. */
export function drawSingles(random: Random, each: number): Single[] {
  return drawn.flatMap((instruction) =>
    Array.from({ length: each }, () => {
      const word = drawWord(random, instruction, 1)
      return word === undefined ? [] : [{ word, seed: random.u32() }]
    }).flat(),
  )
}

/** The program that a word and a seed are. */
export const programOf = ({ word, seed }: Single): Program => ({
  words: [word],
  before: randomRegisters(new Random(seed), 1),
})
