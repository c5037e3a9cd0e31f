// Random ARM page tables and queries, the same for every run: what the recorded answers of QEMU are about.

import { arm926 } from "../../cpu/arm/models/arm926.ts"
import { cortexA15 } from "../../cpu/arm/models/cortex-a15.ts"
import type { ArmMmuModel } from "../../mmu/arm/translation.ts"

/** A seeded generator of numbers: `next(n)` is 0 to n - 1. */
export class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }

  next(n: number): number {
    return this.bits() % n
  }

  chance(percent: number): boolean {
    return this.next(100) < percent
  }

  pick<T>(...from: readonly T[]): T {
    return from[this.next(from.length)]!
  }
}

export type TableFormat = "short" | "long" | "v5"

/** One set of registers and tables, with addresses to try. */
export type TableCase = {
  readonly format: TableFormat
  readonly model: ArmMmuModel
  readonly sctlr: number
  readonly ttbcr: number
  readonly ttbr0: number
  readonly ttbr1: number
  readonly dacr: number
  readonly prrr: number
  readonly nmrr: number
  /** Physical address of `words`. */
  readonly at: number
  readonly words: Uint32Array
  readonly queries: readonly number[]
}

/** Bytes of one case's tables. */
export const CASE_BYTES = 0x1_0000
const MiB = 1 << 20
/** Where the boards of the three formats have RAM. */
export const RAM_BASE = { short: 0x4000_0000, long: 0x4000_0000, v5: 0 } as const
/** All translations lead here, from the base of RAM. */
export const TARGET_OFFSET = 16 * MiB
export const TARGET_BYTES = 32 * MiB
const TABLES_OFFSET = 64 * MiB
/** From the base of RAM on, this much is mapped to itself in every case: the program that asks lives there. */
const IDENTITY_MiB = 8
/** Nothing answers there on the `virt` board. */
const NOWHERE = 0xf000_0000

/** The cases of one format: the n-th does not depend on how many there are. */
export function tableCases(format: TableFormat, count: number, queries: number): TableCase[] {
  const make = { short: shortCase, long: longCase, v5: v5Case }[format]
  return Array.from({ length: count }, (_, n) => make(new Random(0x1000 * count + n * 97 + format.length), n, queries))
}

function addresses(random: Random, base: number, count: number, everywhere: number): number[] {
  const result: number[] = []
  while (result.length < count) {
    // 1 GiB blocks lead into the target only from here, modulo 1 GiB.
    const low = !random.chance(everywhere) ? TARGET_OFFSET + random.next(TARGET_BYTES) : random.next(1 << 30)
    const va = ((random.next(4) * 0x4000_0000 + low) & ~0x3ff) >>> 0
    const fromBase = va - base
    if (fromBase < 0 || fromBase >= IDENTITY_MiB * MiB) result.push(va)
  }
  return result
}

const target = (random: Random, base: number, granule: number) =>
  base + TARGET_OFFSET + random.next(TARGET_BYTES / granule) * granule

function domains(random: Random): number {
  const most = random.pick(1, 1, 3)
  let dacr = 0
  for (let n = 0; n < 15; n++) dacr |= (random.chance(75) ? most : random.next(4)) << (2 * n)
  return (dacr | (3 << 30)) >>> 0
}

function shortCase(random: Random, n: number, queries: number): TableCase {
  const base = RAM_BASE.short
  const at = base + TABLES_OFFSET + n * CASE_BYTES
  const words = new Uint32Array(CASE_BYTES / 4)
  const pages = at + 0x8000
  for (let i = 0; i < 0x2000; i++) {
    words[i] = shortFirst(random, base, pages)
    const index = i & 0xfff
    // Identity sections in domain 15, which is Manager's; AP[0] set for the access flag.
    if (index >= 0x400 && index < 0x400 + IDENTITY_MiB) words[i] = (index << 20) | (15 << 5) | (1 << 10) | 2
  }
  for (let i = 0x2000; i < 0x4000; i++) words[i] = shortSecond(random, base)
  const split = n % 3 === 0 ? 0 : 1 + random.next(7)
  // The identity sections belong to TTBR0 up to N = 1, then to TTBR1, and their table must stay enabled.
  const ttbcr = split | (random.chance(25) ? (split < 2 ? 1 << 5 : 1 << 4) : 0)
  // A table of less than 16 KiB, where it is aligned to no more than its size and has no identity section.
  const ttbr0 = split < 2 ? at : at + 3 * (0x4000 >>> split)
  const sctlr = (random.chance(50) ? 1 << 29 : 0) | (random.chance(50) ? 1 << 28 : 0) | 1
  const prrr = random.bits()
  const nmrr = random.bits()
  const dacr = domains(random)
  return {
    ...{ format: "short", model: cortexA15.mmu, sctlr, ttbcr, ttbr0, ttbr1: at + 0x4000, dacr, prrr, nmrr, at, words },
    queries: addresses(random, base, queries, 50),
  }
}

function shortFirst(random: Random, base: number, pages: number): number {
  const attributes = random.bits()
  const kind = random.next(100)
  if (kind < 45) return (pages + random.next(32) * 1024) | (attributes & 0x3e4) | 1
  if (kind < 50) return (NOWHERE | (attributes & 0x3e4) | 1) >>> 0
  if (kind < 80)
    return (target(random, base, MiB) | (attributes & 0x0003_ffff & ~(1 << 18)) | 2 | (attributes & 1)) >>> 0
  if (kind < 90) {
    const supersection = (target(random, base, 16 * MiB) & 0xff00_0000) | (1 << 18) | 2
    return (supersection | (attributes & 0x0003_fe1d)) >>> 0
  }
  return (attributes & ~3) >>> 0
}

function shortSecond(random: Random, base: number): number {
  const attributes = random.bits()
  const kind = random.next(100)
  if (kind < 55) return (target(random, base, 4096) | (attributes & 0xffd) | 2) >>> 0
  if (kind < 85) return (target(random, base, 65536) | (attributes & 0xfffc) | 1) >>> 0
  return (attributes & ~3) >>> 0
}

function v5Case(random: Random, n: number, queries: number): TableCase {
  const base = RAM_BASE.v5
  const at = base + TABLES_OFFSET + n * CASE_BYTES
  const words = new Uint32Array(CASE_BYTES / 4)
  const coarse = at + 0x4000
  const fine = at + 0x8000
  for (let i = 0; i < 0x1000; i++) {
    const attributes = random.bits()
    const kind = random.next(100)
    if (i < IDENTITY_MiB) words[i] = (i << 20) | (15 << 5) | (1 << 10) | 0x12
    else if (kind < 30) words[i] = (coarse + random.next(16) * 1024) | (attributes & 0x1e0) | 0x11
    else if (kind < 60) words[i] = (fine + random.next(8) * 4096) | (attributes & 0x1e0) | 0x13
    else if (kind < 85) words[i] = target(random, base, MiB) | (attributes & 0xdec) | 0x12
    else words[i] = attributes & ~3
  }
  for (let i = 0x1000; i < 0x4000; i++) {
    const attributes = random.chance(40) ? random.pick(0, 0x550, 0xaa0, 0xff0) : random.bits()
    const kind = random.next(100)
    if (kind < 30) words[i] = target(random, base, 65536) | (attributes & 0xffc) | 1
    else if (kind < 60) words[i] = target(random, base, 4096) | (attributes & 0xffc) | 2
    else if (kind < 85) words[i] = target(random, base, 1024) | (attributes & 0x3c) | 3
    else words[i] = attributes & ~3
  }
  const sctlr = 1 | random.pick(0, 1 << 8, 1 << 9)
  const dacr = domains(random)
  return {
    ...{ format: "v5", model: arm926.mmu, sctlr, ttbcr: 0, ttbr0: at, ttbr1: 0, dacr, prrr: 0, nmrr: 0, at, words },
    queries: addresses(random, base, queries, 50),
  }
}

function longCase(random: Random, n: number, queries: number): TableCase {
  const base = RAM_BASE.long
  const at = base + TABLES_OFFSET + n * CASE_BYTES
  const words = new Uint32Array(CASE_BYTES / 4)
  const [root0, root1, own, level2, level3] = [0, 0x1000, 0x2000, 0x3000, 0x8000]
  const t0 = random.pick(0, 0, 1, 2, 3, 4, 7)
  const t1 = t0 < 2 ? random.pick(0, 1, 2, 3, 7) : 0
  const set = (offset: number, [high, low]: readonly [number, number]) => {
    words[offset / 4] = low
    words[offset / 4 + 1] = high
  }
  const isOwnLow = t0 < 2
  for (const [root, size] of [
    [root0, t0],
    [root1, t1],
  ] as const) {
    for (let i = 0; i < 512; i++) {
      set(
        root + i * 8,
        size < 2 ? longEntry(random, 1, base, at + level2, 5) : longEntry(random, 2, base, at + level3, 8),
      )
    }
  }
  // va[31:30] = 1 in the table that has it: 2 MiB blocks mapped to themselves, read-only where the program is.
  set((isOwnLow ? root0 : root1) + 8, [0, (at + own) | 3])
  for (let i = 0; i < 512; i++) set(own + i * 8, longEntry(random, 2, base, at + level3, 8))
  for (let i = 0; i < IDENTITY_MiB / 2; i++)
    set(own + i * 8, [0, (base + i * 2 * MiB) | (1 << 10) | (i === 0 ? 1 << 7 : 0) | 1])
  for (let i = 0; i < 5 * 512; i++) set(level2 + i * 8, longEntry(random, 2, base, at + level3, 8))
  for (let i = 0; i < 8 * 512; i++) set(level3 + i * 8, longEntry(random, 3, base, 0, 0))
  const disabled = random.chance(25) ? (isOwnLow ? 1 << 23 : 1 << 7) : 0
  const sctlr = 1 | (random.chance(40) ? 1 << 19 : 0) | (random.chance(40) ? 1 << 20 : 0)
  const ttbcr = ((1 << 31) | (t1 << 16) | disabled | t0) >>> 0
  const [ttbr0, ttbr1] = [at + root0, at + root1]
  const [prrr, nmrr] = [random.bits(), random.bits()]
  return {
    ...{ format: "long", model: cortexA15.mmu, sctlr, ttbcr, ttbr0, ttbr1, dacr: 0xc000_0000, prrr, nmrr, at, words },
    queries: addresses(random, base, queries, 0),
  }
}

function longEntry(
  random: Random,
  level: number,
  base: number,
  next: number,
  tables: number,
): [high: number, low: number] {
  const attributes = random.bits()
  const kind = random.next(100)
  const accessFlag = random.chance(85) ? 1 << 10 : 0
  const lower = (attributes & 0xbdc) | accessFlag
  const upper = random.chance(50) ? 0 : random.next(4) << 21
  if (kind < 12) return [attributes, (random.bits() & ~3 & 0xffff_fffc) >>> 0]
  if (level === 3) {
    if (kind < 20) return [upper, (target(random, base, 4096) | lower | 1) >>> 0]
    return [upper, (target(random, base, 4096) | lower | 3) >>> 0]
  }
  if (kind < (level === 1 ? 75 : 60)) {
    const inherited = random.chance(60) ? 0 : random.next(16) << 27
    return [inherited, ((kind < 15 ? NOWHERE : next + random.next(tables) * 4096) | 3) >>> 0]
  }
  return level === 1 ? [upper, (base | lower | 1) >>> 0] : [upper, (target(random, base, 2 * MiB) | lower | 1) >>> 0]
}
