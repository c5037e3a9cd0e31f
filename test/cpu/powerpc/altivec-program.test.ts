// AltiVec in programs, on every engine: random ones, and one that a compiler made for vectors.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { assembleSource, disassemble, randomWord, seededRandom } from "../../../cpu/isa/index.ts"
import { powerPc } from "../../../cpu/powerpc/index.ts"
import { powerPcDialect } from "../../../cpu/powerpc/text/dialect.ts"
import { findGuest, skipReason } from "../../support/guests.ts"
import { Random } from "../../support/random.ts"
import { BareMachine, contenders } from "./bare-machine.ts"

const format = powerPc("7400").formats[0]!
const set = format.sets[0]!
// In Java mode, denormal numbers would be left to software.
const instructions = set.instructions.filter((i) => i.feature === "altivec" && i.name !== "mtvscr")

const CODE = 0x1000
const DATA = 0x8000
const LENGTH = 60

/** A loop over random instructions, on all vector registers. r3 points into data, r4 moves on. */
function randomProgram(seed: number): number[] {
  const draws = seededRandom(seed)
  const choose = (field: string) => (field === "rA" ? 3 : field === "rB" ? 4 : undefined)
  const body = Array.from({ length: LENGTH }, () => {
    const i = instructions[draws(instructions.length)]!
    return disassemble({ instruction: i, context: 0, ...randomWord(i, draws, { choose, set })! }, 0)
  })
  const setup = ["addis r3, 0, 0", `ori r3, r3, ${DATA}`, "addi r4, 0, 0", "addi r5, 0, 60", "mtspr 9, r5"]
  const loop = [`loop: ${body[0]}`, ...body.slice(1), "addi r4, r4, 7", "andi. r4, r4, 255", "bc 16, lt, loop"]
  const source = [...setup, ...loop, "end: b end"].join("\n")
  const { bytes } = assembleSource(source, powerPcDialect(format), { origin: CODE })
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return Array.from({ length: bytes.length / 4 }, (_, n) => view.getUint32(4 * n))
}

/** Numbers of moderate size in data, and anything. */
const dataWords = (random: Random) =>
  Array.from({ length: 128 }, () => (random.chance(50) ? random.u32() : 0x3f00_0000 + random.below(0x200_0000)))

describe("AltiVec", () => {
  it("leaves the same in random programs on every engine", { timeout: 300_000 }, () => {
    const machines = contenders.map((contender) => new BareMachine(contender))
    let regions = 0
    for (let seed = 1; seed <= 12; seed++) {
      const words = randomProgram(seed)
      const data = dataWords(new Random(seed))
      const end = CODE + 4 * (words.length - 1)
      for (const machine of machines) {
        machine.start(CODE)
        machine.write(CODE, words)
        machine.write(DATA, data)
        machine.run(end, machine.machine.instructions + 20_000)
        expect(Number(machine.cpu.pc), `the end of program ${seed}`).toBe(end)
      }
      const [first, ...others] = machines.map((machine) => machine.contents)
      for (const [n, { state, memory }] of others.entries()) {
        const name = `${contenders[n + 1]!.name}, program ${seed}`
        expect(state.equals(first!.state), name).toBe(true)
        expect(memory.equals(first!.memory), name).toBe(true)
      }
      regions = machines[2]!.cpu.jit!.stats.regions
    }
    expect(regions).toBeGreaterThan(0)
  })
})

const why = skipReason({ guests: ["bench/vectest.c"], tools: ["powerpc-linux-gnu-gcc", "powerpc-linux-gnu-objcopy"] })

/** What the program needs of a C library: it prints its checksum, which is kept for the test. */
const LIBRARY = `
extern void *memcpy(void *, const void *, unsigned);
unsigned checksum;
int printf(const char *format, unsigned value) { checksum = value; return 0; }
void *memcpy(void *to, const void *from, unsigned n) { char *t = to; const char *f = from; while (n--) *t++ = *f++; return to; }
void *memset(void *to, int value, unsigned n) { char *t = to; while (n--) *t++ = value; return to; }
__asm__(".section .start, \\"ax\\"\\n.globl _start\\n_start: lis 1, 0x20\\n li 0, 0\\n stw 0, 0(1)\\n bl main\\n"
  "lis 4, checksum@ha\\n lwz 3, checksum@l(4)\\n end: b end\\n");
`
const LAYOUT =
  "SECTIONS { . = 0x1000; .all : { *(.start) *(.text*) *(.rodata*) *(.data*) *(.sdata*) *(.sbss*) *(.bss*) } /DISCARD/ : { *(*) } }"

/** The program of a source file, to be placed at CODE; and the address of its end. */
function compile(source: string, contract: "fast" | "off"): { readonly words: number[]; readonly end: number } {
  const folder = mkdtempSync(join(tmpdir(), "altivec-"))
  try {
    const file = (name: string) => join(folder, name)
    writeFileSync(file("library.c"), LIBRARY)
    writeFileSync(file("layout.ld"), LAYOUT)
    const options = [
      `-ffp-contract=${contract}`,
      "-O2",
      "-maltivec",
      "-mcpu=7400",
      "-ffreestanding",
      "-fno-builtin-printf",
      "-fno-pic",
      "-static",
      "-nostdlib",
    ]
    const linked = ["-Wl,--build-id=none,--no-warn-rwx-segments", "-T", file("layout.ld"), "-o", file("program.elf")]
    execFileSync("powerpc-linux-gnu-gcc", [...options, ...linked, file("library.c"), source])
    execFileSync("powerpc-linux-gnu-objcopy", ["-O", "binary", file("program.elf"), file("program.bin")])
    const bytes = readFileSync(file("program.bin"))
    const words = Array.from({ length: bytes.length >> 2 }, (_, n) => bytes.readUInt32BE(4 * n))
    // _start has seven instructions; the last one is the end.
    return { words, end: CODE + 4 * 6 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.skipIf(why)(`a program for vectors${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  const cases = contenders.slice(1).flatMap(({ name, ...rest }) => [
    // All machines compute the first one. With fused multiplication, QEMU computes the second one.
    { ...rest, name, contract: "off", checksum: "da00d2b4" } as const,
    { ...rest, name, contract: "fast", checksum: "6e8316e3" } as const,
  ])
  it.each(cases)(
    "has checksum $checksum on the $name",
    { timeout: 300_000 },
    ({ contract, checksum, ...contender }) => {
      const { words, end } = compile(findGuest("bench/vectest.c")!, contract)
      const machine = new BareMachine(contender)
      machine.start(CODE)
      machine.write(CODE, words)
      machine.run(end, 100_000_000)
      expect(Number(machine.cpu.pc)).toBe(end)
      expect(Number(machine.cpu.register("r3")).toString(16)).toBe(checksum)
    },
  )
})
