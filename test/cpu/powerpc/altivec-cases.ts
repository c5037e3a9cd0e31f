// Random cases of AltiVec instructions, drawn from the table of the MPC7400, and their execution on the engines.

import { type Instruction, randomWord, seededRandom } from "../../../cpu/isa/index.ts"
import { powerPc } from "../../../cpu/powerpc/index.ts"
import { powerPcTarget } from "../../support/powerpc-target.ts"
import { Random } from "../../support/random.ts"
import type { VectorEngine } from "../../support/vectors.ts"
import { type Case, MEMORY_BYTES, type State, VECTORS } from "./altivec-qemu.ts"

const target = powerPcTarget("7400")
const { state: layout, engine: registers } = target.architecture
const { GPR, VR, VSCR, CR } = layout.files as Record<"GPR" | "VR" | "VSCR" | "CR", (typeof layout.list)[number]>

/** Data streams do nothing; what these estimates are, the manual leaves open within bounds. */
const withoutResult = /^ds|^vexptefp|^vlogefp/

/** The instructions of AltiVec whose results are known. */
export const instructions: readonly Instruction[] = powerPc("7400").formats[0]!.sets[0]!.instructions.filter(
  (i) => i.feature === "altivec" && !withoutResult.test(i.name),
)

/** Integers near the ends of their ranges, as words, halfwords and bytes. */
const INTEGERS = [0, 1, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0x8000_7fff, 0x7f80_8001, 0xff01_00fe, 0x8080_8080]
/** Numbers of every kind: zeros, denormals, the smallest and greatest, infinities, NaNs, halves, integers. */
const NUMBERS = [
  [0, 0x8000_0000, 1, 0x8000_0001, 0x007f_ffff, 0x807f_ffff, 0x0040_0000, 0x0080_0000, 0x8080_0000, 0x0080_0001],
  [0x7f7f_ffff, 0xff7f_ffff, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc1_2345, 0x7f80_0001, 0xffbf_ffff],
  [0x3f80_0000, 0xbf80_0000, 0x3f00_0000, 0xbf00_0000, 0x3fc0_0000, 0xbfc0_0000, 0x4020_0000, 0x4b00_0001],
  [0x4f00_0000, 0xcf00_0000, 0xcf00_0001, 0x4eff_ffff, 0x4f80_0000, 0x4f7f_ffff, 0x3fff_ffff, 0x2000_0000],
].flat()

const isFloat = (i: Instruction) => /fp|vrfi|vct|vcf/.test(i.name)

/** A fraction with at most three bits set. */
const sparse = (random: Random) => (1 << random.below(23)) | (random.below(2) << random.below(23)) | random.below(2)

function randomWordOfData(random: Random, float: boolean): number {
  const kind = random.below(10)
  if (!float) return kind < 4 ? random.pick(INTEGERS) : random.u32()
  if (kind < 4) return random.pick(NUMBERS)
  // Numbers of few bits, whose products with others are half way between two results.
  if (kind < 6) return (random.below(2) * 2 ** 31 + ((90 + random.below(80)) << 23)) | sparse(random)
  // Numbers of similar size, whose sums and products round.
  if (kind < 9) return ((random.u32() & 0x807f_ffff) | ((110 + random.below(50)) << 23)) >>> 0
  return random.u32()
}

const join = (words: readonly number[]) => words.reduce((all, word) => (all << 32n) | BigInt(word >>> 0), 0n)

function randomVector(random: Random, float: boolean): bigint {
  if (random.below(8) === 0) return join(Array<number>(4).fill(randomWordOfData(random, float)))
  return join(Array.from({ length: 4 }, () => randomWordOfData(random, float)))
}

/** Vectors of counts for whole shifts, whose result is only defined if all bytes agree. */
const uniform = (random: Random) =>
  BigInt(random.below(256)) * join([0x0101_0101, 0x0101_0101, 0x0101_0101, 0x0101_0101])

/** Random cases of an instruction. */
export function draw(i: Instruction, seed: number, count: number): Case[] {
  const random = new Random(seed)
  const draws = seededRandom(seed)
  const choose = (field: string) => {
    if (/^v[ABCDS]$/.test(field)) return random.below(VECTORS)
    if (field === "rA") return random.below(2) * 3
    return field === "rB" ? 4 : undefined
  }
  return Array.from({ length: count }, () => {
    const { word } = randomWord(i, draws, { choose })!
    const memory = new Uint8Array(MEMORY_BYTES)
    random.fill(memory)
    const isShift = /^vs[lr]$/.test(i.name)
    const vectors = Array.from({ length: VECTORS }, () =>
      isShift ? uniform(random) ^ ((BigInt(random.below(8)) << 100n) << 3n) : randomVector(random, isFloat(i)),
    )
    const before = {
      vectors,
      vscr: (random.below(4) === 0 ? 0 : 0x1_0000) | random.below(2),
      cr: random.u32(),
      memory,
    }
    return { word, offset: random.below(16), index: random.below(32), before }
  })
}

const CODE = 0x1000
const BASE = 0x4000

/** Executes a case on an engine: the state after it, or the exception that it takes. */
export function execute(engine: VectorEngine, { word, offset, index, before }: Case): State | string {
  const session = engine.start()
  const { state, memory } = session
  state.reset()
  target.prepare!(state)
  new DataView(memory.buffer, memory.byteOffset).setUint32(CODE, word)
  memory.set(before.memory, BASE)
  state.write(registers.PC, 0, CODE)
  const isBased = ((word >>> 16) & 31) === 0
  state.write(GPR, 3, (isBased ? 0 : BASE) + offset)
  state.write(GPR, 4, (isBased ? BASE : 0) + index)
  for (const [n, vector] of before.vectors.entries()) state.write(VR, n, vector)
  state.write(VSCR, 0, before.vscr)
  for (let n = 0; n < 32; n++) state.write(CR, n, (before.cr >>> (31 - n)) & 1)
  const { exceptions } = session.run(CODE, CODE + 4, 1)
  if (exceptions.length > 0) return exceptions.join(" ")
  return {
    vectors: before.vectors.map((_, n) => state.read(VR, n) as bigint),
    vscr: state.get(VSCR) >>> 0,
    cr: Array.from({ length: 32 }, (_, n) => state.get(CR, n)).reduce((all, bit) => ((all << 1) | bit) >>> 0, 0),
    memory: memory.slice(BASE, BASE + MEMORY_BYTES),
  }
}

/** The engines that cases run on. */
export const engines = target.engines

/** A state as lines of text, to be compared. */
export const print = (state: State | string): string[] =>
  typeof state === "string"
    ? [state]
    : [
        ...state.vectors.map((v, n) => `v${n}=${v.toString(16).padStart(32, "0")}`),
        `vscr=${state.vscr.toString(16)}`,
        `cr=${state.cr.toString(16)}`,
        `memory=${Buffer.from(state.memory).toString("hex")}`,
      ]
