// ATS1C operations with short descriptors (ARM DDI 0406C, B4.2.4), on the virt boards of QEMU and the emulator.

import { expect, it } from "vitest"
import { assemble } from "../../guests/programs.ts"
import { unavailable } from "../../oracle/qemu.ts"
import { compareBoards, noDepartures } from "./board-compare.ts"
import { RAM_BASE } from "./board-run.ts"

const MiB = 1 << 20
const CODE = RAM_BASE + 0x10_0000
const TABLE = RAM_BASE + 0x20_0000
const PAGES = RAM_BASE + 0x21_0000
const RECORDS = RAM_BASE + 0x30_0000
const ADDRESSES = RAM_BASE + 0x31_0000

/** First-level descriptors by section: AP in bits [11:10], read-only in bit 15, domain in bits [8:5]. */
const sections: Readonly<Record<string, number>> = {
  full: 0x4050_0c02,
  privileged: 0x4060_0402,
  userReadOnly: 0x4070_0802,
  readOnly: 0x4080_8c02,
  noAccess: 0x4090_0002,
  noDomain: 0x4050_0c22,
  manager: 0x4050_0042,
  invalid: 0,
  pages: PAGES | 1,
  nowhere: 0xf000_0001,
  // Each of the sixteen descriptors of a supersection holds the same.
  supersection: 0x4304_0c02,
}
const names = Object.keys(sections)
const sectionOf = (name: string): number => 0x500 + 16 * names.indexOf(name)

const program = `
        b     start
        b     .
        b     .
        b     .
        mrc   p15, 0, r2, c5, c0, 0   @ DFSR
        subs  pc, lr, #4
start:  ldr   r0, =${CODE}
        mcr   p15, 0, r0, c12, c0, 0  @ VBAR
        ldr   r0, =${TABLE}
        mcr   p15, 0, r0, c2, c0, 0   @ TTBR0
        mov   r0, #0x31
        mcr   p15, 0, r0, c3, c0, 0   @ DACR: client of 0, manager of 2
        mrc   p15, 0, r0, c1, c0, 0
        orr   r0, r0, #1
        mcr   p15, 0, r0, c1, c0, 0   @ SCTLR.M
        isb
        ldr   r4, =${ADDRESSES}
        ldr   r6, =${RECORDS}
next:   ldr   r9, [r4], #4
        cmp   r9, #0
        beq   done
${[0, 1, 2, 3]
  .map(
    (operation) => `
        mov   r2, #0
        mcr   p15, 0, r2, c7, c4, 0   @ PAR
        mcr   p15, 0, r9, c7, c8, ${operation}
        isb
        mrc   p15, 0, r10, c7, c4, 0
        stm   r6!, {r2, r9, r10}`,
  )
  .join("")}
        b     next
done:   ldr   r0, =0x84000008         @ PSCI SYSTEM_OFF
        hvc   #0
        b     .
        .pool`

/** Replaces QEMU's values of PAR.NS, UNKNOWN outside Secure state (B4.1.112), and DFSR.WnR, 1 for any translation (B4.1.52). */
function correct(record: Uint32Array): void {
  const [status, , par] = record
  if (status !== 0) record[0] = status! | 0x800
  else if ((par! & 1) === 0) record[2] = (par! & ~0x200) >>> 0
}

const why = unavailable()

it.skipIf(why)(
  `ATS1C operations find what QEMU finds${why ? ` (SKIPPED: ${why})` : ""}`,
  async () => {
    const table = new Uint32Array(4096)
    // The program maps itself.
    for (let n = 0; n < 16; n++) table[0x400 + n] = RAM_BASE + n * MiB + 0x402
    for (const name of names) table.fill(sections[name]!, sectionOf(name), sectionOf(name) + 16)
    table.fill(sections["supersection"]! | (1 << 18), sectionOf("supersection"), sectionOf("supersection") + 16)
    // A small page, a large one, a page without access, nothing.
    const pages = new Uint32Array(256)
    pages[0] = 0x4071_2032
    pages.fill(0x4072_0031, 16, 32)
    pages[32] = 0x4073_0002
    const addresses = names.flatMap((name) =>
      [0x1_2345, 0x234, 0x2_0234, 0xf_0678].map((at) => sectionOf(name) * MiB + at),
    )
    const bytes = (words: ArrayLike<number>): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer)
    const { departures } = await compareBoards(
      {
        segments: [
          { address: CODE, bytes: assemble(program, CODE) },
          { address: TABLE, bytes: bytes(table) },
          { address: PAGES, bytes: bytes(pages) },
          { address: ADDRESSES, bytes: bytes([...addresses, 0]) },
        ],
        entry: CODE,
        records: { address: RECORDS, bytes: addresses.length * 4 * 12 },
      },
      3,
      correct,
    )
    expect(departures).toEqual(noDepartures)
  },
  120_000,
)
