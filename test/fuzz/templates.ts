// Pieces of programs that need preparation: branches to computed addresses, exception returns, pairs of exclusive accesses,
// a change of instruction set and back. Encodings written as numbers are from ARM DDI 0406C, A8.8. ARMv5 has neither 32-bit
// Thumb instructions nor MOVW and CPS: two of its instructions may make a piece of four bytes.

import { allValues } from "../../cpu/isa/encode.ts"
import type { Drawer } from "./draw.ts"
import { CHANGING_COUNT, CHANGING_PAGES, CHANGING_TABLE, CHANGING_TARGETS } from "./layout.ts"
import { exceptionModes } from "./operands.ts"
import { smallPage } from "./page-table.ts"
import { type Choice, mnemonicOf, USUAL_KIND } from "./pools.ts"
import { startModes } from "./seed-state.ts"
import type { Places } from "./slots.ts"

/** Two halfwords of Thumb code as one piece. */
const pair = (first: number, second: number): number => ((first << 16) | second) >>> 0
/** MOV r8, r8: a no-operation that every version has. */
const NOP = 0x46c0

/** A register without a purpose that the code of the templates can use. */
function free(d: Drawer, limit = d.isShortThumb ? 8 : 13, but: readonly number[] = []): number {
  const taken = new Set([...d.purposes.pointers, ...d.purposes.indexes, ...but])
  const left = Array.from({ length: limit }, (_, n) => n).filter((n) => !taken.has(n))
  return d.random.pick(left)
}

/** Puts the address of a piece, plus `more`, into a register (ADR). The piece is ahead, less than 200 bytes away. */
function addressOf(d: Drawer, register: number, piece: number, more = 0): void {
  d.slots.add(4, ({ here, landing }) => {
    const base = d.thumb ? (here + 4) & ~3 : here + 8
    const distance = landing(piece) - base + more
    // ADR to the word, and ADDS for the rest.
    if (d.isShortThumb)
      return pair(0xa000 | (register << 8) | (distance >> 2), 0x3000 | (register << 8) | (distance & 3))
    if (distance < 0)
      return d.thumb ? 0xf2af_0000 | (register << 8) | -distance : 0xe24f_0000 | (register << 12) | -distance
    return d.thumb ? 0xf20f_0000 | (register << 8) | distance : 0xe28f_0000 | (register << 12) | distance
  })
}

/** Puts a number into a register: MOVW and MOVT, or MOV and ORR of its bytes. */
function constant(d: Drawer, register: number, value: number): void {
  if (d.style.model === "arm926") {
    for (const n of [0, 1, 2, 3]) {
      const rotated = (((16 - 4 * n) & 15) << 8) | ((value >>> (8 * n)) & 0xff)
      const word = n === 0 ? 0xe3a0_0000 : 0xe380_0000 | (register << 16)
      d.slots.add(4, () => (word | (register << 12) | rotated) >>> 0)
    }
    return
  }
  for (const [n, part] of [value & 0xffff, value >>> 16].entries()) {
    const [imm4, i, imm3, imm8] = [part >> 12, (part >> 11) & 1, (part >> 8) & 7, part & 0xff]
    const thumb = 0xf240_0000 + n * 0x80_0000 + (i << 26) + (imm4 << 16) + (imm3 << 12) + (register << 8) + imm8
    const arm = 0xe300_0000 + n * 0x40_0000 + (imm4 << 16) + (register << 12) + (part & 0xfff)
    d.slots.add(4, () => (d.thumb ? thumb : arm))
  }
}

/** Stores a register at an offset from a base. */
function storeAt(d: Drawer, register: number, base: number, offset: number): void {
  const size = Math.abs(offset)
  if (d.isShortThumb) {
    // Only POP needs it there.
    d.slots.add(2, () => 0x9000 | (register << 8) | (size >> 2))
    return
  }
  const thumb = offset < 0 ? 0xf840_0c00 : 0xf8c0_0000
  const arm = offset < 0 ? 0xe500_0000 : 0xe580_0000
  d.slots.add(4, () => ((d.thumb ? thumb : arm) | (base << 16) | (register << 12) | size) >>> 0)
}

const pointerOf = (d: Drawer): number => d.random.pick(d.purposes.pointers)
/** Number of a piece shortly after the next `ahead`. */
const pieceAhead = (d: Drawer, ahead: number): number => d.slots.count + ahead + d.random.below(4)
/** Bit 0 of an address, to stay in the instruction set. */
const sameSet = (d: Drawer): number => (d.thumb ? 1 : 0)

/** Offset from the base of r15 in a block load, and the registers before it. */
function pcOffset(values: Readonly<Record<string, number>>, name: string): number {
  const list = values["list15"] ?? values["list8"] ?? 0
  let before = 0
  for (let rest = list; rest !== 0; rest &= rest - 1) before++
  if (/db$/.test(name)) return -4
  if (values["p"] === undefined) return 4 * before
  if (values["u"] === 1) return 4 * (before + values["p"]!)
  return -4 * values["p"]!
}

/** Branches to a piece shortly ahead: BX and its kind, loads of r15, table branches. */
export function computedBranch(d: Drawer): boolean {
  const part = d.random.below(100)
  if (part < 15) return arithmeticBranch(d)
  if (part < 35) return loadBranch(d)
  const choice = d.choice("computed")
  if (!choice) return false
  const name = mnemonicOf(choice.instruction)
  if (/^tb/.test(name)) return tableBranch(d, name === "tbh")
  if (/^(?:ldm|pop)/.test(name)) return popBranch(d, choice)
  const register = free(d)
  const word = d.draw(choice, "computed", 0, { rm: register })
  if (!word) return false
  addressOf(d, register, pieceAhead(d, 2), sameSet(d))
  d.slots.word(choice.instruction, word)
  return true
}

/** MOV and ADD with r15 as destination. */
function arithmeticBranch(d: Drawer): boolean {
  const register = free(d)
  if (d.random.chance(50)) {
    addressOf(d, register, pieceAhead(d, 2), d.thumb && d.random.chance(50) ? 1 : 0)
    d.slots.add(d.thumb ? 2 : 4, () => (d.thumb ? 0x4687 | (register << 3) : 0xe1a0_f000 | register))
    return true
  }
  const from = d.slots.count
  const target = from + 2 + d.random.below(4)
  if (!d.thumb) {
    d.slots.add(4, ({ here, landing }) => 0xe28f_f000 | Math.max(0, landing(target) - here - 8))
    return true
  }
  // ADD pc, register; the register gets the distance first.
  const move = d.isShortThumb ? 0x2000 : 0xf240_0000
  d.slots.add(
    d.isShortThumb ? 2 : 4,
    ({ of, landing }) => move | (register << 8) | Math.max(0, landing(target) - of(from + 1) - 4),
  )
  d.slots.add(2, () => 0x4487 | (register << 3))
  return true
}

/** LDR of r15 from memory where its target has just been stored. */
function loadBranch(d: Drawer): boolean {
  const choice = d.choice(
    "memory",
    ({ instruction: i }) => mnemonicOf(i) === "ldr" && /^rt, (?:any12|up12|indexed8|down8)$/.test(i.args),
  )
  const base = pointerOf(d)
  const amount = 4 * d.random.below(16)
  const word = choice && d.draw(choice, "computed", 0, { rn: base, rt: 15, imm12: amount, imm8: amount })
  if (!word) return false
  const v = allValues(choice.instruction, word, 0)
  const isDown = v["u"] === 0 || choice.instruction.args.endsWith("down8")
  const offset = v["p"] === 0 ? 0 : isDown ? -amount : amount
  const register = free(d)
  addressOf(d, register, pieceAhead(d, 3), sameSet(d))
  storeAt(d, register, base, offset)
  d.slots.word(choice.instruction, word)
  return true
}

/** LDM or POP with r15. */
function popBranch(d: Drawer, choice: Choice, kind: "computed" | "return" = "computed"): boolean {
  const isPop = mnemonicOf(choice.instruction) === "pop"
  const base = isPop ? 13 : pointerOf(d)
  if (isPop && !d.purposes.pointers.includes(13)) return false
  const word = d.draw(choice, kind, 0, { rn: base })
  if (!word) return false
  const v = allValues(choice.instruction, word, 0)
  // r14 with r15 is UNPREDICTABLE in Thumb code.
  if (d.thumb && ((v["list15"] ?? 0) >> 14) & 1) return false
  const register = free(d)
  addressOf(d, register, pieceAhead(d, 3), kind === "return" && !d.thumb ? 0 : sameSet(d))
  storeAt(d, register, base, pcOffset(v, mnemonicOf(choice.instruction)))
  d.slots.word(choice.instruction, word)
  return true
}

/** TBB or TBH with its table behind it. */
function tableBranch(d: Drawer, halfwords: boolean): boolean {
  const register = free(d)
  const index = d.random.below(4)
  // SETEND LE, for halfwords.
  if (halfwords) d.slots.add(2, () => 0xb650)
  d.slots.add(4, () => 0xf240_0000 | (register << 8) | index)
  const branch = d.slots.count
  d.slots.add(4, () => 0xe8df_f000 | (halfwords ? 0x10 : 0) | register)
  const table = Array.from({ length: 4 }, () => branch + (halfwords ? 5 : 3) + d.random.below(5))
  const entry = (n: number, { of, landing }: Places): number => (landing(table[n]!) - of(branch) - 4) >> 1
  const size = halfwords ? 4 : 2
  for (let n = 0; n < size; n++) {
    d.slots.add(2, (places) => (halfwords ? entry(n, places) : entry(2 * n, places) | (entry(2 * n + 1, places) << 8)))
  }
  return true
}

/** A value for SPSR that stays in the same instruction set, sometimes in the middle of an IT block. */
function returnState(d: Drawer): number {
  const mode = d.random.chance(80) ? d.random.pick(exceptionModes) : d.random.pick(Object.values(startModes))
  const flags = d.random.u32() & 0xf80f_0000
  const endian = d.random.chance(8) ? 0x200 : 0
  return (flags | 0x1c0 | endian | mode | (d.thumb ? 0x20 : 0)) >>> 0
}

/** SUBS PC and its relatives, LDM with SPSR, RFE. */
export function exceptionReturn(d: Drawer): boolean {
  const choice = d.choice("return")
  if (!choice) return false
  const name = mnemonicOf(choice.instruction)
  const state = free(d)
  if (/^rfe/.test(name)) {
    const base = pointerOf(d)
    const word = d.draw(choice, "return", 0, { rn: base })
    if (!word) return false
    const v = allValues(choice.instruction, word, 0)
    const low = v["p"] === undefined ? (/db$/.test(name) ? -8 : 0) : v["u"] ? 4 * v["p"]! : -8 + 4 * (1 - v["p"]!)
    const address = free(d, 13, [state])
    addressOf(d, address, pieceAhead(d, 6))
    storeAt(d, address, base, low)
    constant(d, state, returnState(d))
    storeAt(d, state, base, low + 4)
    d.slots.word(choice.instruction, word)
    return true
  }
  const setSpsr = (): void => {
    constant(d, state, returnState(d))
    d.slots.add(4, () => (d.thumb ? 0xf390_8f00 | (state << 16) : 0xe16f_f000 | state))
  }
  if (/^ldm/.test(name)) {
    setSpsr()
    return popBranch(d, choice, "return")
  }
  const address = d.thumb ? 14 : free(d, 13, [state])
  const imm8 = d.thumb || d.random.chance(50) ? d.random.below(32) : 0
  const operands = { rn: address, rotate: 0, imm8, rm: address, imm5: name === "lsls" ? 1 : 0, type: 0 }
  // QEMU treats its relatives that are no moves as plain branches (by B9.3.20 they return too).
  const isSubtraction = name === "subs" && !choice.instruction.args.endsWith("shifted")
  const word = isSubtraction || name === "movs" || name === "lsls" ? d.draw(choice, "return", 0, operands) : undefined
  if (!word) return false
  setSpsr()
  addressOf(d, address, pieceAhead(d, name === "lsls" ? 3 : 2), isSubtraction ? imm8 : 0)
  // LSR by 1, which the shift to r15 takes back.
  if (name === "lsls") d.slots.add(4, () => 0xe1a0_00a0 | (address << 12) | address)
  d.slots.word(choice.instruction, word)
  return true
}

/** Instructions that need a mode with SPSR and banks, after a change to such a mode. */
export function bankedAccess(d: Drawer): boolean {
  const mode = d.random.pick(exceptionModes)
  const choice = d.random.chance(50)
    ? d.choice("banked")
    : d.choice("status", ({ instruction: i }) => i.pattern.fields.some(({ name }) => name === "r"))
  const word = choice && d.draw(choice, "banked", 0, { r: 1 })
  if (!word) return false
  const change = d.style.model === "arm926" ? 0xe321_f0c0 : d.thumb ? 0xf3af_8100 : 0xf102_0000
  d.slots.add(4, () => (change | mode) >>> 0)
  d.slots.word(choice.instruction, word)
  return true
}

/** An exclusive load and its exclusive store, with an instruction between that leaves memory alone. */
export function exclusivePair(d: Drawer): boolean {
  const load = d.choice("exclusive", ({ instruction }) => /^ldrex/.test(instruction.name))
  const suffix = load && mnemonicOf(load.instruction).slice(5)
  const store = d.choice("exclusive", ({ instruction }) => mnemonicOf(instruction) === `strex${suffix}`)
  if (!load || !store) return false
  const base = pointerOf(d)
  const fixed = { rn: base, imm8: d.random.below(8), cond: 14 }
  const first = d.draw(load, "exclusive", 0, fixed)
  const second = d.draw(store, "exclusive", 0, fixed)
  if (!first || !second) return false
  d.slots.word(load.instruction, first)
  for (let n = d.random.below(3); n > 0; n--) d.plain("data")
  d.slots.word(store.instruction, second)
  return true
}

/** A store into the translation table, the maintenance that it asks for (B3.10.1), and accesses to the page. */
export function changedPage(d: Drawer): boolean {
  if (!d.style.mmu || d.model !== "cortex-a15") return false
  const page = d.random.below(CHANGING_COUNT)
  const target = CHANGING_TARGETS + d.random.below(CHANGING_COUNT) * 4096
  const ap = d.random.pick([0b000, 0b001, 0b010, 0b011, 0b101, 0b111])
  const [entry, value] = [free(d), free(d)]
  if (entry === value) return false
  const both = (arm: number, thumb: number): void => d.slots.add(4, () => (d.thumb ? thumb : arm))
  // Descriptors are little-endian.
  if (d.thumb) d.slots.add(2, () => 0xb650)
  else d.slots.add(4, () => 0xf101_0000)
  const offset = 4 * d.random.below(64)
  const operands = (entry << 16) | (value << 12) | offset
  const load = (): void => both((0xe590_0000 | operands) >>> 0, (0xf8d0_0000 | operands) >>> 0)
  // A TLB has the old translation.
  constant(d, entry, CHANGING_PAGES + 4096 * page)
  load()
  constant(d, entry, CHANGING_TABLE + 4 * page)
  constant(d, value, d.random.chance(15) ? 0 : smallPage(target, ap))
  storeAt(d, value, entry, 0)
  constant(d, entry, CHANGING_PAGES + 4096 * page)
  // DSB; TLBIMVA, TLBIMVAA or TLBIALL; DSB; ISB
  const opc2 = d.random.pick([1, 3, 0])
  const invalidate = (0xee08_0f17 | (entry << 12) | (opc2 << 5)) >>> 0
  both(0xf57f_f04f, 0xf3bf_8f4f)
  both(invalidate, invalidate)
  both(0xf57f_f04f, 0xf3bf_8f4f)
  both(0xf57f_f06f, 0xf3bf_8f6f)
  if (d.random.chance(50)) storeAt(d, value, entry, offset)
  load()
  return true
}

/** A call of a few instructions in the other instruction set, which return by BX LR. */
export function island(d: Drawer): boolean {
  const calls = d.pools.branch.flat().find(({ instruction: i }) => i.args === (d.thumb ? "branchToA32" : "branch24h"))
  if (!calls) return false
  // Inside, distances count from the start of the island; both parts are whole words.
  const inner = d.ofOtherSet()
  // A fault in a mode of an exception would overwrite the link.
  while (inner.slots.count < 4)
    inner.plain(
      d.privileged || d.random.chance(60) ? "data" : d.style.unit === "core" ? "memory" : USUAL_KIND[d.style.unit],
    )
  if (!inner.thumb) inner.slots.add(4, () => 0xe12f_ff1e)
  else {
    inner.slots.add(2, () => 0x4770)
    if (inner.slots.length % 4 !== 0) inner.slots.add(2, () => NOP)
  }
  const code = inner.slots.build()
  const view = new DataView(code.buffer)
  if (d.thumb && d.slots.length % 4 !== 0) d.slots.add(2, () => NOP)
  const call = d.slots.count
  d.slots.late(calls.instruction, ({ here, of }) => ({ [calls.instruction.args]: of(call + 2) - (here & ~3) }))
  d.slots.add(4, ({ here, of }) => {
    const distance = of(call + 2 + code.length / 4) - here
    // B over the island; in Thumb code encoding T4, or T2 where there are only short ones, forward.
    if (d.isShortThumb) return pair(0xe000 | ((distance - 4) >> 1), NOP)
    return d.thumb ? 0xf000_b800 | ((distance - 4) >> 1) : 0xea00_0000 | ((distance - 8) >> 2)
  })
  for (let at = 0; at < code.length; at += 4) {
    const word = view.getUint32(at, true)
    d.slots.add(4, () => (d.thumb ? ((word << 16) | (word >>> 16)) >>> 0 : word))
  }
  return true
}
