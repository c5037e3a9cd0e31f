// What the encodings of loads, stores, branches and IT compute from their fields: address offsets, branch offsets,
// register lists (ARM DDI 0406C, A8.5 Memory accesses, A8.8; pseudocode of each encoding).

import { computed, computedModifier, joined, type Place, type Text } from "../isa/index.ts"
import { A32, pcOffset, T32 } from "./registers.ts"
import { immediate } from "./text/operands.ts"

/** What r15 reads as beyond the instruction's address: it is part of offsets from r15. */
const A32_PC = pcOffset[A32]
const THUMB_PC = pcOffset[T32]

const plusMinus = (u: number, magnitude: number) => (u !== 0 ? magnitude : -magnitude)
const signed = (value: number, bits: number) => (value << (32 - bits)) >> (32 - bits)
const inRange = (value: number, bits: number) => value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1)

/** A branch target, as an offset from an address that a function tells. */
function relative(from: (place: Place) => number): Text {
  return {
    pattern: "(?:0x[0-9a-f]+|[0-9]+|[A-Za-z_.$][\\w.$]*)",
    print: (value, place) => `0x${((from(place) + value) >>> 0).toString(16)}`,
    parse(text, place, symbol) {
      const target = /^[0-9]/.test(text) ? Number(text) : symbol(text)
      return target === undefined ? undefined : (target - from(place)) | 0
    },
  }
}

const fromHere = relative((place) => place.address)
const fromWord = relative((place) => place.address & -4)

/** Fields of a signed offset in units of `1 << shift`, from the value of a branch. */
function splitOffset(bits: number, shift: number, pc: number, fields: (raw: number) => readonly number[]) {
  return (value: number) => {
    const offset = value - pc
    if (offset & ((1 << shift) - 1) || !inRange(offset >> shift, bits)) return undefined
    return fields((offset >> shift) & (2 ** bits - 1))
  }
}

/** Fields S, J1, J2 and the rest of a 32-bit Thumb branch: I1 = NOT(J1 XOR S), I2 = NOT(J2 XOR S). */
const joinT4 = (s: number, j1: number, j2: number, high: number, low: number) =>
  signed((s << 23) | ((j1 ^ s ^ 1) << 22) | ((j2 ^ s ^ 1) << 21) | (high << 11) | low, 24)

function splitT4(raw: number): readonly number[] {
  const s = (raw >> 23) & 1
  return [s, ((raw >> 22) & 1) ^ s ^ 1, ((raw >> 21) & 1) ^ s ^ 1, (raw >> 11) & 0x3ff, raw & 0x7ff]
}

function bitCount(list: number): number {
  let n = 0
  for (let rest = list; rest !== 0; rest &= rest - 1) n++
  return n
}

/** Offsets of a block transfer from its base: low half of the lowest address, high half of the base written back. */
function block(p: number, u: number, count: number): number {
  const lowest = u !== 0 ? 4 * p : 4 - 4 * p - 4 * count
  return ((u !== 0 ? 4 : -4) * count * 0x1_0000) | (lowest & 0xffff)
}

/** ITAdvance (A2.5.2): the state for the instruction after the one in this state. */
export function itAdvance(it: number): number {
  return (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f)
}

/** Derived values of the vocabularies. */
export const offsets = {
  // Immediate offsets, signed by U
  offset12: computed(["u", "imm12"], plusMinus),
  offset8: computed(["u", "imm8"], plusMinus),
  offset8x4: computed(["u", "imm8"], (u, imm8) => plusMinus(u!, 4 * imm8!)),
  offset4h4l: computed(["u", "imm4h", "imm4l"], (u, h, l) => plusMinus(u!, (h! << 4) | l!)),
  // Literals: offsets from the instruction's address (A32) or from the word that holds its start (Thumb)
  literal12: computed(["u", "imm12"], (u, imm) => plusMinus(u!, imm!) + A32_PC),
  literal4h4l: computed(["u", "imm4h", "imm4l"], (u, h, l) => plusMinus(u!, (h! << 4) | l!) + A32_PC),
  thumbLiteral12: computed(["u", "imm12"], (u, imm) => plusMinus(u!, imm!) + THUMB_PC),
  thumbLiteral8x4: computed(["u", "imm8"], (u, imm) => plusMinus(u!, 4 * imm!) + THUMB_PC),
  literal8x4: computed(["imm8"], (imm) => 4 * imm! + THUMB_PC),
  // Unsigned offsets of 16-bit encodings and of LDREX
  imm5x2: joined(["imm5"], { shift: 1 }),
  imm5x4: joined(["imm5"], { shift: 2 }),
  imm8x4: joined(["imm8"], { shift: 2 }),
  /** -1 where a register offset is subtracted, else 0. */
  offsetSign: computed(["u"], (u) => u! - 1),
  /** Register offset: 0 plain and added, 1 shifted left and added, 2 any other. */
  offsetShift: computedModifier(["u", "type", "imm5"], 3, (u, type, imm5) => {
    if (u !== 1 || type !== 0) return 2
    return imm5 === 0 ? 0 : 1
  }),
  // Register lists
  pushList: computed(["m", "list8"], (m, list) => (m! << 14) | list!),
  block15: computed(["p", "u", "list15"], (p, u, list) => block(p!, u!, bitCount(list!))),
  block15pc: computed(["p", "u", "list15"], (p, u, list) => block(p!, u!, bitCount(list!) + 1)),
  block16: computed(["p", "u", "list"], (p, u, list) => block(p!, u!, bitCount(list!))),
  block2: computed(["p", "u"], (p, u) => block(p!, u!, 2)),
  /** Whether a load overwrites its base register. */
  baseLoaded15: computedModifier(["rn", "list15"], 2, (rn, list) => (list! >> rn!) & 1),
  baseLoaded8: computedModifier(["ln", "list8"], 2, (ln, list) => (list! >> ln!) & 1),
  /** Whether a store names r15. */
  pcStored: computedModifier(["list"], 2, (list) => list! >> 15),
  // Branches
  branch24: computed(["imm24"], (imm) => (signed(imm!, 24) << 2) + A32_PC, {
    text: fromHere,
    invert: splitOffset(24, 2, A32_PC, (raw) => [raw]),
  }),
  branch24h: computed(["imm24", "h"], (imm, h) => (signed(imm!, 24) << 2) + 2 * h! + A32_PC, {
    text: fromHere,
    invert: splitOffset(25, 1, A32_PC, (raw) => [raw >> 1, raw & 1]),
  }),
  branch8: computed(["imm8"], (imm) => 2 * signed(imm!, 8) + THUMB_PC, {
    text: fromHere,
    invert: splitOffset(8, 1, THUMB_PC, (raw) => [raw]),
  }),
  branch11: computed(["imm11"], (imm) => 2 * signed(imm!, 11) + THUMB_PC, {
    text: fromHere,
    invert: splitOffset(11, 1, THUMB_PC, (raw) => [raw]),
  }),
  branch20: computed(
    ["sbit", "j2", "j1", "imm6", "imm11"],
    (s, j2, j1, imm6, imm11) =>
      2 * signed((s! << 19) | (j2! << 18) | (j1! << 17) | (imm6! << 11) | imm11!, 20) + THUMB_PC,
    {
      text: fromHere,
      invert: splitOffset(20, 1, THUMB_PC, (raw) => {
        return [raw >> 19, (raw >> 18) & 1, (raw >> 17) & 1, (raw >> 11) & 0x3f, raw & 0x7ff]
      }),
    },
  ),
  branchT4: computed(
    ["sbit", "j1", "j2", "imm10", "imm11"],
    (s, j1, j2, high, low) => 2 * joinT4(s!, j1!, j2!, high!, low!) + THUMB_PC,
    { text: fromHere, invert: splitOffset(24, 1, THUMB_PC, splitT4) },
  ),
  branchToA32: computed(
    ["sbit", "j1", "j2", "imm10", "imm10l"],
    (s, j1, j2, high, low) => 2 * joinT4(s!, j1!, j2!, high!, 2 * low!) + THUMB_PC,
    {
      text: fromWord,
      invert: splitOffset(23, 2, THUMB_PC, (raw) => {
        const [s, j1, j2, high, low] = splitT4(2 * raw)
        return [s!, j1!, j2!, high!, low! >> 1]
      }),
    },
  ),
  branchForward: computed(["i", "imm5"], (i, imm5) => 2 * ((i! << 5) | imm5!) + THUMB_PC, {
    text: fromHere,
    invert(value) {
      const units = (value - THUMB_PC) / 2
      return Number.isInteger(units) && units >= 0 && units < 64 ? [units >> 5, units & 31] : undefined
    },
  }),
  // Others
  immediate12x4: joined(["imm12", "imm4"], { text: immediate }),
  immediate4x12: joined(["imm4", "imm12"], { text: immediate }),
  /** ITSTATE of the next instruction, for what leaves translated code in the middle of an IT block. */
  itAfter: computed(["it"], (it) => itAdvance(it!)),
  /** Which parts of a status register an MSR writes: 0 flags alone, 1 control alone, 2 any other. */
  psrParts: computedModifier(["psrMask"], 3, (mask) => (mask === 8 ? 0 : mask === 1 ? 1 : 2)),
  /** A system register, as MRC and MRRC name it. */
  systemRegister: joined(["coproc", "opc1", "crn", "crm", "opc2"]),
  systemRegister64: joined(["coproc", "opc1x", "crm"]),
} as const
