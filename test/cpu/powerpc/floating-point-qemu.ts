// QEMU as the oracle of PowerPC floating point: a Linux program that runs each case, fed through a pipe.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Case, Result } from "./floating-point-cases.ts"

const COMPILER = "powerpc-linux-gnu-gcc"
const EMULATOR = "qemu-ppc"

/** The tool that is not installed and without which nothing can be run; undefined if none is lacking. */
export function lacking(): string | undefined {
  const missing = [COMPILER, EMULATOR].find((tool) => spawnSync(tool, ["--version"]).status !== 0)
  return missing && `${missing} is not installed`
}

// GNU as writes the registers of this test as plain numbers, and mcrfs without "cr".
const gnuText = (instruction: string): string => instruction.replaceAll(/\b(?:f|cr)(?=\d)/g, "")

const body = (instruction: string) => `asm volatile(
  "lfd 0,8(%0)\\n mtfsf 255,0\\n mtcrf 255,%1\\n lfd 1,16(%0)\\n lfd 2,24(%0)\\n lfd 3,32(%0)\\n lfd 4,40(%0)\\n"
  "${gnuText(instruction)}\\n"
  "mffs 0\\n stfd 0,8(%0)\\n stfd 1,16(%0)\\n mfcr 0\\n stw 0,4(%0)\\n"
  :: "b"(c), "r"(0) : "r0", "fr0", "fr1", "fr2", "fr3", "fr4", "cr0", "cr1", "cr5", "cr6", "memory");`

// A case and its result are the same 48 bytes: number of the instruction, CR, FPSCR in a doubleword, f1 to f4.
const source = (instructions: readonly string[]) => `#include <stdio.h>
struct record { unsigned instruction, cr; unsigned long long fpscr, f[4]; };
static void run(struct record *c) {
  switch (c->instruction) {
${instructions.map((text, n) => `  case ${n}: ${body(text)} break;`).join("\n")}
  }
}
int main(void) {
  static struct record c;
  while (fread(&c, sizeof c, 1, stdin) == 1) {
    run(&c);
    fwrite(&c, sizeof c, 1, stdout);
  }
}
`

const RECORD = 48

/** Runs cases under QEMU. They must not enable exceptions. */
export function runOnQemu(cases: readonly Case[]): Result[] {
  const folder = mkdtempSync(join(tmpdir(), "powerpc-fp-"))
  try {
    const program = join(folder, "fp")
    const instructions = [...new Set(cases.map(({ instruction }) => instruction))]
    writeFileSync(`${program}.c`, source(instructions))
    execFileSync(COMPILER, ["-static", "-O1", "-Wa,-many", "-o", program, `${program}.c`])
    const numbers = new Map(instructions.map((text, n) => [text, n]))
    const input = new DataView(new ArrayBuffer(RECORD * cases.length))
    for (const [n, { instruction, fpscr, f }] of cases.entries()) {
      input.setUint32(RECORD * n, numbers.get(instruction)!)
      input.setUint32(RECORD * n + 12, fpscr)
      for (const [k, bits] of f.entries()) input.setBigUint64(RECORD * n + 16 + 8 * k, bits)
    }
    const options = { input: new Uint8Array(input.buffer), maxBuffer: 2 ** 30 }
    const printed = execFileSync(EMULATOR, ["-cpu", "7400", program], options)
    const output = new DataView(printed.buffer, printed.byteOffset, printed.byteLength)
    return cases.map((_, n) => ({
      f1: output.getBigUint64(RECORD * n + 16),
      fpscr: output.getUint32(RECORD * n + 12),
      cr: output.getUint32(RECORD * n + 4),
      isException: false,
    }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
