// Random starting states of programs: values near the limits of every data type, and useful pointers.

import type { Random } from "../support/random.ts"
import type { Layout } from "./layout.ts"

/** Modes in which a program can start; und is the harness's own. */
export const startModes = { usr: 0x10, fiq: 0x11, irq: 0x12, svc: 0x13, abt: 0x17, sys: 0x1f } as const
export type StartMode = keyof typeof startModes

/** The state at a program's start. */
export type ProgramState = {
  /** r0 to r14. */
  r: Uint32Array
  cpsr: number
  /** SPSR of the starting mode. It is not set if it is 0, or in user and system mode. */
  spsr: number
  sctlr: number
  fpscr: number
  /** D0 to D31, low word first. */
  d: Uint32Array
}

/** Targets for the pointers in a state. */
export type Surroundings = {
  layout: Layout
  /** The program's own data. */
  data: { address: number; bytes: number }
  /** Address behind the program at which a branch ends it; bit 0 is set for Thumb state. */
  exit: number
  mmu: boolean
  /** Registers that point at the data, and registers that hold small offsets. */
  pointers?: readonly number[]
  indexes?: readonly number[]
}

export type StateOptions = {
  modes: readonly StartMode[]
  sctlr: number
  alignmentFaults: "on" | "off" | "mixed"
  version: 5 | 7
}

const boundaries = Uint32Array.of(
  ...[0, 1, 2, 3, 4, 0x1f, 0x20, 0x21, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000],
  ...[0x7f7f_7f7f, 0x8080_8080, 0x7fff_7fff, 0x8000_8000, 0x5555_5555, 0xaaaa_aaaa, 0x00ff_00ff, 0xff00_ff00],
  ...[0x3fff_ffff, 0x4000_0000, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff],
)

/** Single-precision bit patterns: zeros, denormals, ones, the edges of integers, infinities, quiet and signalling NaNs. */
const singles = Uint32Array.of(
  ...[0, 0x8000_0000, 1, 0x8000_0001, 0x007f_ffff, 0x0080_0000, 0x8080_0000, 0x3f80_0000, 0xbf80_0000, 0x3f00_0000],
  ...[0x3fc0_0000, 0x4f00_0000, 0xcf00_0000, 0x4f7f_ffff, 0x4f80_0000, 0x4eff_ffff, 0x7f7f_ffff, 0xff7f_ffff],
  ...[0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc1_2345, 0x7f80_0001, 0xffbf_ffff, 0x3f7f_ffff, 0x3380_0000],
)

/** Double-precision bit patterns of the same kinds, high word and low word. */
const doubles: readonly (readonly [number, number])[] = [
  ...([
    [0, 0],
    [0x8000_0000, 0],
    [0, 1],
    [0x8000_0000, 1],
    [0x000f_ffff, 0xffff_ffff],
    [0x0010_0000, 0],
  ] as const),
  ...([
    [0x3ff0_0000, 0],
    [0xbff0_0000, 0],
    [0x3fe0_0000, 0],
    [0x3ff8_0000, 0],
    [0x41df_ffff, 0xffc0_0000],
  ] as const),
  ...([
    [0x41e0_0000, 0],
    [0xc1e0_0000, 0],
    [0x41ef_ffff, 0xffe0_0000],
    [0x47ef_ffff, 0xe000_0000],
  ] as const),
  ...([
    [0x47ef_ffff, 0xf000_0000],
    [0x3690_0000, 0],
    [0x7fef_ffff, 0xffff_ffff],
    [0x7ff0_0000, 0],
  ] as const),
  ...([
    [0xfff0_0000, 0],
    [0x7ff8_0000, 0],
    [0x7ff0_0000, 1],
    [0xfff7_ffff, 0xffff_ffff],
    [0x3ff0_0000, 1],
  ] as const),
]

/** A random value for a core register. */
export function randomValue(random: Random, { layout, data, exit, mmu }: Surroundings): number {
  const kind = random.below(100)
  if (kind < 38) {
    // The middle half, so that offsets of either sign stay inside. One in four is not aligned.
    const offset = (data.bytes >> 2) + random.below(data.bytes >> 1)
    return (data.address + (random.chance(75) ? offset & ~7 : offset)) >>> 0
  }
  if (kind < 46 && mmu) {
    if (random.chance(20)) return (layout.alias.address + random.below(0x400)) >>> 0
    const probe = random.pick(layout.probes)
    const edge = random.pick([0, 0x1000, 0x2000, 0x3000, probe.bytes] as const)
    return (probe.address + edge + (random.chance(50) ? random.below(64) - 32 : 4 * (random.below(16) - 8))) >>> 0
  }
  if (kind < 49) return exit
  if (kind < 61) return random.pick(boundaries)
  if (kind < 70) return random.below(64)
  if (kind < 74) return (0 - random.below(64)) >>> 0
  // A run of ones or a single bit anywhere, for shifts, bit fields and leading zeros.
  if (kind < 80) return ((random.chance(50) ? 0xffff_ffff : 1) << random.below(32)) >>> 0
  return random.u32()
}

/** Fills D registers as pairs of words with a mix of edge cases and random bits. */
export function randomDoubles(random: Random, d: Uint32Array): void {
  for (let i = 0; i < d.length; i += 2) {
    const kind = random.below(100)
    if (kind < 35) {
      for (const half of [0, 1])
        d[i + half] = random.chance(60) ? random.pick(singles) : nearby(random, 0x3f80_0000, 23)
    } else if (kind < 65) {
      const [high, low] = random.chance(60) ? random.pick(doubles) : [nearby(random, 0x3ff0_0000, 20), random.u32()]
      d[i + 1] = high
      d[i] = low
    } else if (kind < 80) {
      for (const half of [0, 1]) d[i + half] = random.pick(boundaries)
    } else {
      d[i] = random.u32()
      d[i + 1] = random.u32()
    }
  }
}

/** A number with an exponent close to that of 1, so that sums and products neither vanish nor overflow. */
function nearby(random: Random, one: number, fractionBits: number): number {
  const exponent = (random.below(61) - 30) << fractionBits
  return (((one + exponent) | (random.u32() & ((1 << fractionBits) - 1))) ^ (random.chance(50) ? 0x8000_0000 : 0)) >>> 0
}

/** A starting state; the same random stream gives the same state. */
export function randomState(random: Random, thumb: boolean, around: Surroundings, options: StateOptions): ProgramState {
  const r = Uint32Array.from({ length: 15 }, () => randomValue(random, around))
  const { address, bytes } = around.data
  for (const n of around.pointers ?? []) r[n] = address + (bytes >> 2) + (random.below(bytes >> 1) & ~7)
  for (const n of around.indexes ?? []) r[n] = random.chance(75) ? random.below(16) * 4 : random.below(64) - 32
  // Most programs return somewhere that ends them.
  if (random.chance(75)) r[14] = around.exit
  const d = new Uint32Array(64)
  randomDoubles(random, d)
  const flags = random.u32() & (options.version >= 7 ? 0xf80f_0000 : 0xf800_0000)
  // Interrupts and asynchronous aborts are masked: none exist here.
  const masks = options.version >= 7 ? 0x1c0 : 0xc0
  const mode = startModes[random.pick(options.modes as [StartMode, ...StartMode[]])]
  const alignment = options.alignmentFaults === "mixed" ? random.chance(25) : options.alignmentFaults === "on"
  // Condition flags, rounding mode, and in one of four states flush-to-zero or default NaN.
  const fpscr = (random.u32() & 0xf0c0_0000) | (random.chance(25) ? random.u32() & 0x0300_0000 : 0)
  return {
    r,
    cpsr: (flags | masks | mode | (thumb ? 0x20 : 0)) >>> 0,
    spsr: (flags | masks | startModes.usr | (random.chance(50) ? 0x20 : 0)) >>> 0,
    sctlr: (options.sctlr | (alignment ? 2 : 0)) >>> 0,
    fpscr: fpscr >>> 0,
    d,
  }
}
