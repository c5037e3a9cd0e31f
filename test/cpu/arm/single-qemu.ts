// QEMU as the oracle of single instructions: a program that executes each word from a given state on an emulated
// Cortex-A15, fed through a pipe.

import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Changes, changesOf, DATA, type Single, stateOf } from "./single-cases.ts"

const COMPILER = "arm-linux-gnueabihf-gcc"
const EMULATOR = "qemu-arm"

/** Words of memory that one instruction can change, at most. */
const STORES = 32
const R_AT = 16
const D_AT = 80
const STORES_AT = D_AT + 8 * 32
const RECORD = STORES_AT + 8 * STORES

// A case and its result are the same record: word, set (0 A32, 1 T32, 2 T16), CPSR, FPSCR, r0 to r12, whether a signal
// came, the number of stores, d0 to d31, and offset and value of each store.
const SOURCE = `#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
struct record {
  unsigned word, set, apsr, fpscr, r[13], refused, stores, padding;
  unsigned long long d[32];
  unsigned store[${STORES}][2];
};
#define CODE 0x30000000u
static unsigned *const code = (unsigned *)CODE;
static unsigned *const data = (unsigned *)${DATA.address}u;
unsigned saved_sp;
static sigjmp_buf refused;
static void refuse(int signal) { siglongjmp(refused, 1); }
void execute(struct record *c, unsigned address);
asm(".arm\\n.text\\n.global execute\\nexecute:\\n"
    "push {r4-r11, lr}\\n push {r0, r1}\\n ldr lr, =saved_sp\\n str sp, [lr]\\n"
    "add r2, r0, #${D_AT}\\n vldm r2!, {d0-d15}\\n vldm r2, {d16-d31}\\n"
    "ldr r2, [r0, #12]\\n vmsr fpscr, r2\\n ldr r2, [r0, #8]\\n msr APSR_nzcvqg, r2\\n"
    "add lr, r0, #${R_AT}\\n ldm lr, {r0-r12}\\n ldr lr, [sp, #4]\\n blx lr\\n"
    "ldr sp, =saved_sp\\n ldr sp, [sp]\\n ldr lr, [sp]\\n add lr, lr, #${R_AT}\\n stm lr, {r0-r12}\\n"
    "sub r0, lr, #${R_AT}\\n mrs r1, apsr\\n str r1, [r0, #8]\\n vmrs r1, fpscr\\n str r1, [r0, #12]\\n"
    "add r2, r0, #${D_AT}\\n vstm r2!, {d0-d15}\\n vstm r2, {d16-d31}\\n"
    "mov r1, #0\\n vmsr fpscr, r1\\n pop {r0, r1}\\n pop {r4-r11, pc}\\n.ltorg\\n");
static void plant(const struct record *c) {
  unsigned short *half = (unsigned short *)code;
  if (c->set == 0) { code[0] = c->word; code[1] = 0xe12fff1e; }
  else if (c->set == 1) { half[0] = c->word >> 16; half[1] = c->word; half[2] = 0x4770; }
  else { half[0] = c->word; half[1] = 0x4770; }
  __builtin___clear_cache((char *)code, (char *)code + 8);
}
static unsigned word_at(unsigned offset) { return (offset + 4) * 0x9e3779b1u; }
int main(void) {
  static struct record c;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  mmap(code, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0);
  mmap(data, ${DATA.bytes}, PROT_READ | PROT_WRITE, flags, -1, 0);
  for (unsigned at = 0; at < ${DATA.bytes}; at += 4) data[at / 4] = word_at(at);
  signal(SIGILL, refuse); signal(SIGSEGV, refuse); signal(SIGBUS, refuse);
  while (fread(&c, sizeof c, 1, stdin) == 1) {
    plant(&c);
    c.stores = 0;
    if (sigsetjmp(refused, 1)) {
      unsigned usual = 0;
      asm volatile("vmsr fpscr, %0" :: "r"(usual));
      c.refused = 1;
    } else { c.refused = 0; execute(&c, CODE | (c.set != 0)); }
    for (unsigned at = 0; at < ${DATA.bytes}; at += 4)
      if (data[at / 4] != word_at(at)) {
        if (c.stores < ${STORES}) { c.store[c.stores][0] = at; c.store[c.stores++][1] = data[at / 4]; }
        data[at / 4] = word_at(at);
      }
    fwrite(&c, sizeof c, 1, stdout);
  }
}
`

const SETS = { a32: 0, t32: 1, t16: 2 } as const

/** Runs cases under QEMU. */
export function runSinglesOnQemu(cases: readonly Single[]): Changes[] {
  const folder = mkdtempSync(join(tmpdir(), "single-"))
  try {
    const program = join(folder, "single")
    writeFileSync(`${program}.c`, SOURCE)
    const options = ["-static", "-O1", "-marm", "-march=armv7-a", "-mfpu=neon-vfpv4", "-o", program, `${program}.c`]
    execFileSync(COMPILER, options)
    const input = new DataView(new ArrayBuffer(RECORD * cases.length))
    for (const [n, { set, word, seed }] of cases.entries()) {
      const at = RECORD * n
      const { r, apsr, fpscr, d } = stateOf(seed)
      for (const [k, value] of [word, SETS[set], apsr, fpscr].entries()) input.setUint32(at + 4 * k, value, true)
      for (const [k, value] of r.entries()) input.setUint32(at + R_AT + 4 * k, value, true)
      for (const [k, value] of d.entries()) input.setBigUint64(at + D_AT + 8 * k, value, true)
    }
    const printed = execFileSync(EMULATOR, ["-cpu", "cortex-a15", program], {
      input: new Uint8Array(input.buffer),
      maxBuffer: 2 ** 30,
    })
    const output = new DataView(printed.buffer, printed.byteOffset, printed.byteLength)
    return cases.map(({ seed }, n) => {
      const at = RECORD * n
      const word = (offset: number) => output.getUint32(at + offset, true)
      if (word(R_AT + 52) === 1) return undefined
      const after = {
        r: Uint32Array.from({ length: 13 }, (_, k) => word(R_AT + 4 * k)),
        apsr: (word(8) & 0xf80f_0000) >>> 0,
        fpscr: word(12),
        d: BigUint64Array.from({ length: 32 }, (_, k) => output.getBigUint64(at + D_AT + 8 * k, true)),
      }
      const stores = Array.from({ length: word(R_AT + 56) }, (_, k) => {
        return [word(STORES_AT + 8 * k), word(STORES_AT + 8 * k + 4)] as const
      })
      return changesOf(stateOf(seed), after, stores)
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
