// qemu-ppc as the oracle of user-level programs: one Linux program executes each from a given state, and sends what came
// of it through a pipe. A program ends with a signal, whose frame has all registers.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CODE, CODE_BYTES, MAX_STORES, MAX_WORDS, MEMORY, type Outcome, type Program, TRAP } from "./program.ts"

const COMPILER = "powerpc-linux-gnu-gcc"
const EMULATOR = "qemu-ppc"

const GPR_AT = 16
const FPR_AT = GPR_AT + 4 * 32
const COUNT_AT = FPR_AT + 8 * 32
const SIGNAL_AT = COUNT_AT + 4
const PC_AT = SIGNAL_AT + 4
const STORES_AT = PC_AT + 8
const CODE_AT = STORES_AT + 8 * MAX_STORES
const RECORD = CODE_AT + 4 * MAX_WORDS

// Registers are loaded from the record at r31, which comes last. r2 and r13 belong to the compiler: the handler of signals
// restores them before it is in C.
const SOURCE = `#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
struct record {
  unsigned cr, xer, lr, ctr, gpr[32];
  unsigned long long fpr[32];
  unsigned count, signal, pc, stores, store[${MAX_STORES}][2], code[${MAX_WORDS}];
};
static struct record c;
static unsigned *const code = (unsigned *)${CODE};
static sigjmp_buf ended;
unsigned own[2];
void execute(struct record *from);
void begin_handler(int, siginfo_t *, void *);
asm(".text\\n.global execute\\nexecute:\\n"
    "lis 4, own@ha\\n stw 2, own@l(4)\\n addi 4, 4, own@l\\n stw 13, 4(4)\\n"
    "mr 31, 3\\n addi 4, 31, ${FPR_AT}\\n"
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\\n"
    "lfd \\\\n, 8*\\\\n(4)\\n .endr\\n"
    "lwz 4, 0(31)\\n mtcr 4\\n lwz 4, 4(31)\\n mtxer 4\\n lwz 4, 8(31)\\n mtlr 4\\n lwz 4, 12(31)\\n mtctr 4\\n"
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\\n"
    "lwz \\\\n, ${GPR_AT}+4*\\\\n(31)\\n .endr\\n"
    "lwz 31, ${GPR_AT}+4*31(31)\\n ba ${CODE}\\n"
    ".global begin_handler\\nbegin_handler:\\n"
    "lis 11, own@ha\\n lwz 2, own@l(11)\\n addi 11, 11, own@l\\n lwz 13, 4(11)\\n b handle\\n");
void handle(int signal, siginfo_t *info, void *context) {
  mcontext_t *m = ((ucontext_t *)context)->uc_mcontext.uc_regs;
  memcpy(c.gpr, m->gregs, sizeof c.gpr);
  memcpy(c.fpr, m->fpregs.fpregs, sizeof c.fpr);
  c.pc = m->gregs[32];
  c.ctr = m->gregs[35]; c.lr = m->gregs[36]; c.xer = m->gregs[37]; c.cr = m->gregs[38];
  c.signal = signal;
  siglongjmp(ended, 1);
}
// Address 0 is a place as any other, but not for the compiler.
static unsigned load(unsigned at) { unsigned x; asm volatile("lwz %0, 0(%1)" : "=r"(x) : "b"(at)); return x; }
static void store(unsigned at, unsigned x) { asm volatile("stw %0, 0(%1)" :: "r"(x), "b"(at) : "memory"); }
static int is_code(unsigned at) { return at >= ${CODE} && at < ${CODE + CODE_BYTES}; }
static unsigned word_at(unsigned address) { return (address + 4) * 0x9e3779b1u; }
int main(void) {
  static char stack[65536];
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  mmap(0, ${CODE}, PROT_READ | PROT_WRITE, flags, -1, 0);
  mmap(code, ${CODE_BYTES}, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0);
  mmap((void *)${CODE + CODE_BYTES}, ${MEMORY - CODE - CODE_BYTES}, PROT_READ | PROT_WRITE, flags, -1, 0);
  for (unsigned at = 0; at < ${MEMORY}; at += 4) if (!is_code(at)) store(at, word_at(at));
  stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
  sigaltstack(&alternate, 0);
  struct sigaction action = { .sa_sigaction = begin_handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
  int signals[] = { SIGTRAP, SIGILL, SIGSEGV, SIGBUS, SIGVTALRM, SIGFPE };
  for (unsigned n = 0; n < sizeof signals / sizeof *signals; n++) sigaction(signals[n], &action, 0);
  while (fread(&c, sizeof c, 1, stdin) == 1) {
    memset(code, 0, ${CODE_BYTES});
    memcpy(code, c.code, 4 * c.count);
    code[c.count] = ${TRAP};
    __builtin___clear_cache((char *)code, (char *)(code + c.count + 1));
    struct itimerval limit = { .it_value = { .tv_usec = 300000 } }, none = { 0 };
    setitimer(ITIMER_VIRTUAL, &limit, 0);
    if (!sigsetjmp(ended, 1)) execute(&c);
    setitimer(ITIMER_VIRTUAL, &none, 0);
    c.stores = 0;
    for (unsigned at = 0; at < ${MEMORY}; at += 4) {
      if (is_code(at) || load(at) == word_at(at)) continue;
      if (c.stores < ${MAX_STORES}) { c.store[c.stores][0] = at; c.store[c.stores++][1] = load(at); }
      store(at, word_at(at));
    }
    fwrite(&c, sizeof c, 1, stdout);
  }
}
`

const ENDS: Readonly<Record<number, Outcome["end"]>> = {
  4: "illegal",
  5: "trap",
  7: "alignment",
  11: "access",
  26: "endless",
}

/** Why the oracle cannot be used here; undefined if it can. */
export function referenceLacks(): string | undefined {
  return [COMPILER, EMULATOR].find((tool) => spawnSync(tool, ["--version"]).status !== 0)?.concat(" is not installed")
}

/** Runs programs under QEMU's MPC7400. */
export function runOnReference(programs: readonly Program[]): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), "user-"))
  try {
    const executable = join(folder, "user")
    writeFileSync(`${executable}.c`, SOURCE)
    execFileSync(COMPILER, ["-static", "-O1", "-maltivec", "-fno-pie", "-no-pie", "-o", executable, `${executable}.c`])
    const input = new DataView(new ArrayBuffer(RECORD * programs.length))
    for (const [n, program] of programs.entries()) write(input, RECORD * n, program)
    // A base lets programs use low addresses, which the host's kernel keeps for itself.
    const printed = execFileSync(EMULATOR, ["-B", "0x100000000", "-cpu", "7400", executable], {
      input: new Uint8Array(input.buffer),
      maxBuffer: 2 ** 30,
    })
    if (printed.length !== RECORD * programs.length)
      throw new Error(`QEMU executed ${printed.length / RECORD} programs`)
    const output = new DataView(printed.buffer, printed.byteOffset, printed.byteLength)
    return programs.map((_, n) => read(output, RECORD * n))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function write(view: DataView, at: number, { words, before }: Program): void {
  const { gpr, fpr, cr, xer, lr, ctr } = before
  for (const [n, value] of [cr, xer, lr, ctr, ...gpr].entries()) view.setUint32(at + 4 * n, value)
  for (const [n, value] of fpr.entries()) view.setBigUint64(at + FPR_AT + 8 * n, value)
  view.setUint32(at + COUNT_AT, words.length)
  for (const [n, value] of words.entries()) view.setUint32(at + CODE_AT + 4 * n, value)
}

function read(view: DataView, at: number): Outcome {
  const word = (offset: number) => view.getUint32(at + offset)
  const stores = Array.from({ length: word(STORES_AT - 4) }, (_, n) => {
    return [word(STORES_AT + 8 * n), word(STORES_AT + 8 * n + 4)] as const
  })
  return {
    end: ENDS[word(SIGNAL_AT)] ?? "endless",
    pc: word(PC_AT),
    after: {
      gpr: Uint32Array.from({ length: 32 }, (_, n) => word(GPR_AT + 4 * n)),
      fpr: BigUint64Array.from({ length: 32 }, (_, n) => view.getBigUint64(at + FPR_AT + 8 * n)),
      cr: word(0),
      // QEMU also keeps the bits that the manual reserves (2.1.5).
      xer: (word(4) & 0xe000_007f) >>> 0,
      lr: word(8),
      ctr: word(12),
    },
    stores: new Map(stores),
  }
}
