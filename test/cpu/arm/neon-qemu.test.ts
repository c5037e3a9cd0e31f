// Which words of the encoding space of Advanced SIMD are instructions: held against QEMU, which takes an undefined
// instruction exception of all others.

import { describe, expect, it } from "vitest"
import { arm } from "../../../cpu/arm/index.ts"
import { disassemble } from "../../../cpu/isa/index.ts"
import { unavailable } from "../../oracle/qemu.ts"
import { pcOf } from "../../oracle/state-record.ts"
import { TraceRun } from "../../oracle/trace.ts"
import { Random } from "../../support/random.ts"

const WORDS = 30_000
const CODE = 0x10_0000
const UNDEFINED = 4

/** Vectors that go on behind an instruction: behind a Thumb one of 32 bits, an undefined instruction returns in its middle. */
const vectors = (thumb: boolean) =>
  Uint32Array.of(
    0xeaff_fffe, // b .
    thumb ? 0xe28e_e002 : 0xe1a0_0000, // add lr, lr, #2, or nop
    0xe1b0_f00e, // movs pc, lr
    0xeaff_fffe, // b .
    0xe25e_f004, // subs pc, lr, #4
  )

/** All rights for VFP; every register points into data, so that no instruction writes to code. */
const start = [
  ...[0xe3a0_060f, 0xee01_0f50, 0xf57f_f06f, 0xe3a0_0101, 0xeee8_0a10],
  ...Array.from({ length: 15 }, (_, r) => 0xe3a0_0608 + (r << 12)),
]
/** To Thumb state behind it: add pc, r15, #1 by way of r14; and back to an address in the data. */
const toThumb = [0xe28f_e001, 0xe12f_ff1e]

/** Words as A32 code has them: data processing, and loads and stores based on r0, or transfers of r1. */
function randomWord(random: Random): number {
  const kind = random.below(10)
  if (kind < 6) return 0xf200_0000 + random.below(0x200_0000)
  if (kind < 9) {
    // Bit 20 set is no load or store of elements but a hint.
    const word = random.below(0x100_0000) & 0xe0_fff0
    return 0xf400_0000 + (word | random.pick([13, 15] as const))
  }
  return 0xee00_1b10 + (random.below(0x100_0000) & 0xff_00e0)
}

/** The word that T32 code has for it. */
function thumbWord(word: number): number {
  const rest = word % 0x100_0000
  if (word >>> 25 === 0x79) return ((word & 0x100_0000) !== 0 ? 0xff00_0000 : 0xef00_0000) + rest
  return word >>> 24 === 0xf4 ? 0xf900_0000 + rest : word
}

const why = unavailable()

describe.skipIf(why)(`words of Advanced SIMD${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it.each(["A32", "Thumb"] as const)(
    "are instructions where QEMU executes them: %s",
    { timeout: 120_000 },
    async (name) => {
      const thumb = name === "Thumb"
      const random = new Random(5)
      const set = arm("cortex-a15").formats[thumb ? 1 : 0]!.sets.at(-1)!
      const words = Array.from({ length: WORDS }, () => randomWord(random)).map((w) => (thumb ? thumbWord(w) : w))
      const before = thumb ? [...start, ...toThumb] : start
      const swapped = (word: number) => (thumb ? ((word << 16) | (word >>> 16)) >>> 0 : word)
      // b . in either instruction set
      const code = Uint32Array.of(...before, ...words.map(swapped), thumb ? 0xe7fe_e7fe : 0xeaff_fffe)
      const first = CODE + 4 * before.length
      const bytes = (from: Uint32Array) => new Uint8Array(from.buffer)
      const run = await TraceRun.start({
        segments: [
          { address: 0, bytes: bytes(vectors(thumb)) },
          { address: CODE, bytes: bytes(code) },
        ],
        entry: CODE,
        limit: 10 * WORDS,
        until: first + 4 * WORDS,
        cpu: "cortex-a15",
      })
      const refused = new Set<number>()
      try {
        let last = 0
        for (const record of run.records()) {
          if (pcOf(record) === UNDEFINED) refused.add((last - first) / 4)
          last = pcOf(record)
        }
        expect(run.outcome).toBe("until")
      } finally {
        await run.close()
      }
      // Both kinds must be there for this to mean anything.
      expect(refused.size).toBeGreaterThan(WORDS / 10)
      expect(refused.size).toBeLessThan((WORDS * 9) / 10)
      const problems = words.flatMap((word, n) => {
        const decoded = set.decode(word)
        if ((decoded === undefined) === refused.has(n)) return []
        return [`${word.toString(16)}: ${decoded ? disassemble(decoded, 0) : "undefined"}`]
      })
      expect(problems).toEqual([])
    },
  )
})
