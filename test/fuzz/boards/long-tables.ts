// Programs that use random long-descriptor tables (LPAE, ARM DDI 0406C, B3.6): accesses, address translations, changes with
// invalidations of the TLB. A script drives one harness, which records the outcome of every step.

import { assemble } from "../../guests/programs.ts"
import { CASE_BYTES, TARGET_BYTES, TARGET_OFFSET, type TableCase, tableCases } from "../../mmu/random-tables.ts"
import { Random } from "../../support/random.ts"
import { type BoardProgram, RAM_BASE } from "./board-run.ts"
import { isTranslation, type Step, steps, tableHarness, tableLayout } from "./long-tables-harness.ts"

const MiB = 1 << 20
const { CODE, SCRIPT, SETUPS, RECORDS } = tableLayout
/** Virtual address of the case's tables, and the section that it lies in. */
const TABLES = RAM_BASE + 8 * MiB
const BLOCK = 2 * MiB

/** Departures of QEMU from the ARM manual in the record of a step, replaced by what the manual asks for. */
export function correctStep(record: Uint32Array): void {
  const [step, , status, , , result] = record
  if (!isTranslation(step!)) return
  // PAR.NS is UNKNOWN outside Secure state (B4.1.112): the emulator gives 0, QEMU 1.
  if (status === 0 && (result! & 1) === 0) record[5] = (result! & ~0x200) >>> 0
  // DFSR.WnR is 1 for any address translation (B4.1.52): QEMU gives 0.
  if (status !== 0) record[2] = status! | 0x800
}

const TTBCR_A1 = 1 << 22
/** In the low word of a descriptor. */
const NOT_GLOBAL = 1 << 11
/** In the high word: the contiguous hint. */
const CONTIGUOUS = 1 << 20

/** The descriptor in the case's tables at which the walk of an address ends. */
function lastDescriptor(
  { ttbcr, ttbr0, ttbr1, at, words }: TableCase,
  va: number,
): { offset: number; level: number } | undefined {
  const [t0, t1] = [ttbcr & 7, (ttbcr >>> 16) & 7]
  const isLow = t0 === 0 || va >>> (32 - t0) === 0
  const size = isLow ? t0 : t1
  let last: { offset: number; level: number } | undefined
  let table = (isLow ? ttbr0 : ttbr1) - at
  for (let level = size < 2 ? 1 : 2; level <= 3; level++) {
    const shift = 39 - 9 * level
    const mask = last === undefined ? 2 ** (32 - size - shift) - 1 : 0x1ff
    const offset = table + ((va >>> shift) & mask) * 8
    if (offset < 0 || offset >= CASE_BYTES) break
    last = { offset, level }
    const low = words[offset / 4]!
    if (level === 3 || (low & 3) !== 3) break
    table = ((low & ~0xfff) >>> 0) - at
  }
  return last
}

/** A script under construction. */
class Script {
  readonly words: number[] = []
  #sequence = 0x5000_0000

  add(step: Step, address = 0, value = 0): void {
    this.words.push(steps.indexOf(step), value, address)
  }

  /** Every kind of access to an address. */
  accesses(va: number): void {
    this.add("read", va + 4)
    this.add("write", va + 8, this.#sequence++)
    this.add("readAsUser", va + 4)
    this.add("writeAsUser", va + 8, this.#sequence++)
    this.add("read", va + 8)
    this.add("execute", va)
    this.add("executeAsUser", va)
    for (const [n, step] of steps.entries()) if (isTranslation(n)) this.add(step, va + 4)
  }
}

/** A case with attributes that its draw leaves out, and the entries that map the harness and the tables. */
function extended(
  random: Random,
  drawn: TableCase,
  isPrivate: boolean,
): { c: TableCase; isOwn: (offset: number) => boolean } {
  const words = drawn.words.slice()
  const isLow = (drawn.ttbcr & 7) < 2
  const root = (isLow ? drawn.ttbr0 : drawn.ttbr1) - drawn.at
  const own = 0x2000
  const isOwn = (offset: number): boolean => offset === root + 8 || (offset >= own && offset < own + 5 * 8)
  for (let offset = 0; offset < CASE_BYTES; offset += 8) {
    if (isOwn(offset) || (words[offset / 4]! & 1) === 0) continue
    const isTable = offset < 0x8000 && (words[offset / 4]! & 2) !== 0
    if (isTable) continue
    if (random.chance(20)) words[offset / 4 + 1]! |= CONTIGUOUS
    if (random.chance(2)) words[offset / 4 + 1]! |= 1 + random.below(15)
    if (isPrivate) words[offset / 4]! |= NOT_GLOBAL
  }
  words.set([(drawn.at - (drawn.at % BLOCK)) | (1 << 10) | 1, 0], (own + 4 * 8) / 4)
  const ttbcr = (drawn.ttbcr | (random.chance(30) ? TTBCR_A1 : 0)) >>> 0
  return { c: { ...drawn, words, ttbcr }, isOwn }
}

/** Other contents for a descriptor of one page or block: attributes, address or validity. */
function changed(
  random: Random,
  low: number,
  high: number,
  level: number,
  isPrivate: boolean,
): [low: number, high: number] {
  const page = RAM_BASE + TARGET_OFFSET + BLOCK * random.below(TARGET_BYTES / BLOCK)
  const part = random.below(100)
  const isTable = (low & 3) === 3 && level < 3
  // What was invalid or led nowhere becomes a block or page of the target: anything else may lead to the harness.
  if ((low & 1) === 0 || isTable) {
    return [(page | (low & 0xffc) | (level < 3 ? 1 : 3) | (isPrivate ? NOT_GLOBAL : 0)) >>> 0, high & ~0xff]
  }
  if (part < 20) return [(low ^ 1) >>> 0, high]
  if (part < 40) return [(low ^ (random.below(8) * 0x40 + (random.below(4) === 0 ? 1 << 10 : 0))) >>> 0, high]
  if (part < 60) return [low, (high ^ (random.below(4) << 21)) >>> 0]
  return [(page | (low & 0xfff)) >>> 0, high]
}

/** Draws an image of so many tables, with so many addresses tried in each. */
export function longTables(seed: number, cases: number, queries: number): BoardProgram {
  const random = new Random(seed)
  const script = new Script()
  const setups: number[] = []
  const tables = tableCases("long", cases, queries).map((drawn) => {
    const isPrivate = random.chance(50)
    const { c, isOwn } = extended(random, drawn, isPrivate)
    const initial = c.words.slice()
    const [asid, other] = [1 + random.below(100), 101 + random.below(100)]
    const highs = (c.ttbcr & TTBCR_A1) !== 0 ? [other << 16, asid << 16] : [asid << 16, other << 16]
    script.add("setup", SETUPS + 4 * setups.length)
    setups.push(c.sctlr, c.ttbcr, c.ttbr0, highs[0]!, c.ttbr1, highs[1]!, c.prrr, c.nmrr)
    const store = (offset: number, low: number, high: number): void => {
      const address = TABLES + (c.at % BLOCK) + offset
      script.add("store", address, low)
      script.add("store", address + 4, high)
      c.words.set([low, high], offset / 4)
    }
    for (const va of c.queries) {
      script.accesses(va)
      if (!random.chance(50)) continue
      const last = lastDescriptor(c, va)
      if (!last || isOwn(last.offset)) continue
      const { offset, level } = last
      const [low, high] = [c.words[offset / 4]!, c.words[offset / 4 + 1]!]
      const [newLow, newHigh] = changed(random, low, high, level, isPrivate)
      const canSwitch = isPrivate && (c.ttbcr & TTBCR_A1) === 0 && (low & 1) === 1 && (newLow & NOT_GLOBAL) !== 0
      if (canSwitch && random.chance(50)) {
        // Under another ASID nothing is cached. Under the first, what is cached goes by its ASID.
        script.add("setTtbr0", c.ttbr0, other << 16)
        store(offset, newLow, newHigh)
        script.accesses(va)
        script.add("invalidateAsid", asid)
        script.add("setTtbr0", c.ttbr0, asid << 16)
      } else {
        store(offset, newLow, newHigh)
        const page = (va & ~0xfff) >>> 0
        const kind = random.below(isPrivate ? 4 : 3)
        if (kind === 0) script.add("invalidateAll")
        else if (kind === 1) script.add("invalidateAddress", page + asid)
        else if (kind === 2) script.add("invalidateAddressAllAsids", page)
        else script.add("invalidateAsid", asid)
      }
      script.accesses(va)
      // Other addresses may lead to the same descriptor.
      script.add("invalidateAll")
    }
    return { address: c.at, bytes: new Uint8Array(initial.buffer) }
  })
  script.add("end")
  const target = new Uint32Array(TARGET_BYTES / 4)
  // Every KiB of the target: SVC, then its own address.
  for (let n = 0; n < target.length; n += 256) target.set([0xef00_0000, RAM_BASE + TARGET_OFFSET + 4 * n], n)
  const bytes = (words: ArrayLike<number>): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer)
  return {
    segments: [
      { address: CODE, bytes: assemble(tableHarness, CODE) },
      { address: SCRIPT, bytes: bytes(script.words) },
      { address: SETUPS, bytes: bytes(setups) },
      { address: RAM_BASE + TARGET_OFFSET, bytes: bytes(target) },
      ...tables,
    ],
    entry: CODE,
    records: { address: RECORDS, bytes: 4 * MiB },
  }
}
