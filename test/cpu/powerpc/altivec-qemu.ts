// QEMU as the oracle of AltiVec: a program that runs each case on an emulated MPC7400, fed through a pipe.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const COMPILER = "powerpc-linux-gnu-gcc"
const EMULATOR = "qemu-ppc"

/** The tool that is not installed and without which nothing can be run; undefined if none is lacking. */
export function lacking(): string | undefined {
  const missing = [COMPILER, EMULATOR].find((tool) => spawnSync(tool, ["--version"]).status !== 0)
  return missing && `${missing} is not installed`
}

/** Vector registers that cases use, and bytes of memory. */
export const VECTORS = 8
export const MEMORY_BYTES = 64

/**
 * What an instruction works on: vectors, VSCR, CR, memory at the address that `base` is added to. r3 is the base plus
 * `offset`, r4 is `index`; where rA is 0, the base is added to r4 instead.
 */
export type State = {
  readonly vectors: readonly bigint[]
  readonly vscr: number
  readonly cr: number
  readonly memory: Uint8Array
}
/** An instruction with the state before it. */
export type Case = { readonly word: number; readonly offset: number; readonly index: number; readonly before: State }

const RECORD = 32 + 16 * VECTORS + MEMORY_BYTES

const loads = (how: "lvx" | "stvx") =>
  Array.from({ length: VECTORS }, (_, n) => `"li 5, ${32 + 16 * n}\\n ${how} ${n}, 5, 6\\n"`).join("\n    ")

/** A case and its result are the same record. */
const SOURCE = `#include <stdio.h>
#include <stdint.h>
#include <sys/mman.h>
struct record { uint32_t word, offset, index, vscr, cr, unused[3]; uint8_t vectors[${16 * VECTORS}], memory[${MEMORY_BYTES}]; };
static struct record c __attribute__((aligned(64)));
int main(void) {
  uint32_t *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  while (fread(&c, sizeof c, 1, stdin) == 1) {
    code[0] = c.word;
    code[1] = 0x4e800020;
    __asm__ volatile("dcbst 0, %0\\n sync\\n icbi 0, %0\\n sync\\n isync" :: "r"(code) : "memory");
    uint32_t base = (uint32_t)c.memory;
    int isBased = ((c.word >> 16) & 31) == 0;
    register uint32_t r3 __asm__("3") = (isBased ? 0 : base) + c.offset;
    register uint32_t r4 __asm__("4") = (isBased ? base : 0) + c.index;
    register void *r6 __asm__("6") = &c;
    register void *r7 __asm__("7") = code;
    __asm__ volatile(
    "lvx 31, 0, 6\\n mtvscr 31\\n"
    ${loads("lvx")}
    "lwz 5, 16(6)\\n mtcr 5\\n mtctr 7\\n bctrl\\n"
    ${loads("stvx")}
    "mfcr 5\\n stw 5, 16(6)\\n mfvscr 31\\n li 5, 12\\n stvewx 31, 5, 6\\n"
    :: "r"(r3), "r"(r4), "r"(r6), "r"(r7) : "5", "memory", "lr", "ctr", "cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6", "cr7",
    "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v31");
    fwrite(&c, sizeof c, 1, stdout);
  }
}
`

function write(view: DataView, at: number, { word, offset, index, before }: Case): void {
  for (const [n, value] of [word, offset, index, before.vscr, before.cr].entries())
    view.setUint32(at + 4 * n, value, false)
  for (const [n, vector] of before.vectors.entries()) {
    view.setBigUint64(at + 32 + 16 * n, vector >> 64n, false)
    view.setBigUint64(at + 40 + 16 * n, BigInt.asUintN(64, vector), false)
  }
  new Uint8Array(view.buffer).set(before.memory, at + 32 + 16 * VECTORS)
}

function read(view: DataView, at: number): State {
  const long = (offset: number) => view.getBigUint64(at + offset, false)
  const memory = at + view.byteOffset + 32 + 16 * VECTORS
  return {
    vscr: view.getUint32(at + 12, false),
    cr: view.getUint32(at + 16, false),
    vectors: Array.from({ length: VECTORS }, (_, n) => (long(32 + 16 * n) << 64n) | long(40 + 16 * n)),
    memory: new Uint8Array(view.buffer.slice(memory, memory + MEMORY_BYTES)),
  }
}

/** Runs cases under QEMU: the states after them. */
export function runOnQemu(cases: readonly Case[]): State[] {
  const folder = mkdtempSync(join(tmpdir(), "altivec-"))
  try {
    const program = join(folder, "altivec")
    writeFileSync(`${program}.c`, SOURCE)
    execFileSync(COMPILER, ["-static", "-O1", "-maltivec", "-o", program, `${program}.c`])
    const input = new DataView(new ArrayBuffer(RECORD * cases.length))
    for (const [n, one] of cases.entries()) write(input, RECORD * n, one)
    const options = { input: new Uint8Array(input.buffer), maxBuffer: 2 ** 30 }
    const printed = execFileSync(EMULATOR, ["-cpu", "7400", program], options)
    const output = new DataView(printed.buffer, printed.byteOffset, printed.byteLength)
    return cases.map((_, n) => read(output, RECORD * n))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
