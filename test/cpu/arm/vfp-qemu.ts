// QEMU as the oracle of VFP arithmetic: a program that runs each case on an emulated Cortex-A15, fed through a pipe.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Case, instructions, type Result } from "./vfp-cases.ts"

const COMPILER = "arm-linux-gnueabihf-gcc"
const EMULATOR = "qemu-arm"

/** The tool that is not installed and without which nothing can be run; undefined if none is lacking. */
export function lacking(): string | undefined {
  const missing = [COMPILER, EMULATOR].find((tool) => spawnSync(tool, ["--version"]).status !== 0)
  return missing && `${missing} is not installed`
}

const body = (instruction: string) => `asm volatile(
  "vldr d0, [%0, #8]\\n vldr d1, [%0, #16]\\n vldr d2, [%0, #24]\\n ldr r3, [%0, #4]\\n vmsr fpscr, r3\\n"
  "${instruction}\\n"
  "vmrs r3, fpscr\\n str r3, [%0, #4]\\n vstr d0, [%0, #8]\\n mov r3, #0\\n vmsr fpscr, r3\\n"
  :: "r"(c) : "r3", "d0", "d1", "d2", "memory");`

// A case and its result are the same 32 bytes: number of the instruction (-1 if it was undefined), FPSCR, d0, d1, d2.
const source = () => `#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
struct record { unsigned instruction, fpscr; unsigned long long d[3]; };
static sigjmp_buf refused;
static void refuse(int signal) { siglongjmp(refused, 1); }
static void run(struct record *c) {
  switch (c->instruction) {
${instructions.map((text, n) => `  case ${n}: ${body(text)} break;`).join("\n")}
  }
}
int main(void) {
  static struct record c;
  signal(SIGILL, refuse);
  while (fread(&c, sizeof c, 1, stdin) == 1) {
    if (sigsetjmp(refused, 1)) {
      unsigned usual = 0;
      asm volatile("vmsr fpscr, %0" :: "r"(usual));
      c.instruction = -1;
    } else run(&c);
    fwrite(&c, sizeof c, 1, stdout);
  }
}
`

const RECORD = 32

/** Runs cases under QEMU. */
export function runOnQemu(cases: readonly Case[]): Result[] {
  const folder = mkdtempSync(join(tmpdir(), "vfp-"))
  try {
    const program = join(folder, "vfp")
    writeFileSync(`${program}.c`, source())
    execFileSync(COMPILER, [
      "-static",
      "-O1",
      "-marm",
      "-march=armv7-a",
      "-mfpu=neon-vfpv4",
      "-o",
      program,
      `${program}.c`,
    ])
    const numbers = new Map(instructions.map((text, n) => [text, n]))
    const input = new DataView(new ArrayBuffer(RECORD * cases.length))
    for (const [n, { instruction, fpscr, d }] of cases.entries()) {
      input.setUint32(RECORD * n, numbers.get(instruction)!, true)
      input.setUint32(RECORD * n + 4, fpscr, true)
      for (const [k, bits] of d.entries()) input.setBigUint64(RECORD * n + 8 + 8 * k, bits, true)
    }
    const options = { input: new Uint8Array(input.buffer), maxBuffer: 2 ** 30 }
    const printed = execFileSync(EMULATOR, ["-cpu", "cortex-a15", program], options)
    const output = new DataView(printed.buffer, printed.byteOffset, printed.byteLength)
    return cases.map((_, n) => {
      if (output.getInt32(RECORD * n, true) === -1) return "undefined"
      return { d0: output.getBigUint64(RECORD * n + 8, true), fpscr: output.getUint32(RECORD * n + 4, true) }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
