// The machine words around the programs of an image: exception vectors, handlers that skip the faulting instruction, and code that
// loads each program's state (ARM DDI 0406C, B1.8 Exception handling; B9.3 for MRS, MSR and exception returns).
//
// The code is position-independent, and its data are the `.word` slots. The handlers use only sp and lr of their own mode, so that a
// program finds its registers as it left them. Every word runs on ARMv5 too, except those marked v7, which are no-operations there.

/** One line: a label, or a word with its assembly. A slot is a label with a word of data. */
export type HarnessLine = { label: string; slot: boolean } | { word: number; text: string; onlyV7: boolean }

const source = `
; vectors
vectors:
  e59ff018 ldr pc, reset_target
  e59ff018 ldr pc, undefined_target
  e59ff018 ldr pc, supervisor_target
  e59ff018 ldr pc, prefetch_target
  e59ff018 ldr pc, data_target
  e59ff018 ldr pc, hyp_target
  e59ff018 ldr pc, irq_target
  e59ff018 ldr pc, fiq_target
reset_target: .word
undefined_target: .word
supervisor_target: .word
prefetch_target: .word
data_target: .word
hyp_target: .word
irq_target: .word
fiq_target: .word
; undefined: lr is the next ARM instruction, or 2 behind the start of the Thumb one
undefined:
  e14fd000 mrs sp, spsr
  e31d0020 tst sp, #0x20
  01b0f00e movseq pc, lr
  e15ed0b2 ldrh sp, [lr, #-2]
  e1a0d5ad mov sp, sp, lsr #11
  e35d001d cmp sp, #0x1d
  228ee002 addcs lr, lr, #2
; resume: go on at lr in Thumb state, outside any IT block
resume:
  e14fd000 mrs sp, spsr
  e3cdd406 bic sp, sp, #0x06000000
  e3cddb3f bic sp, sp, #0xfc00
  e16ff00d msr spsr_fsxc, sp
  e1b0f00e movs pc, lr
; supervisor: number 0x7e in the low byte ends the program
supervisor:
  e14fd000 mrs sp, spsr
  e31d0020 tst sp, #0x20
  051ed004 ldreq sp, [lr, #-4]
  115ed0b2 ldrhne sp, [lr, #-2]
  e20dd0ff and sp, sp, #0xff
  e35d007e cmp sp, #0x7e
  059ff284 ldreq pc, end_target
  e1b0f00e movs pc, lr
; data: lr is 8 behind the start of the instruction
data:
  ee15df10 mrc p15, 0, sp, c5, c0, 0
  ee16df10 mrc p15, 0, sp, c6, c0, 0
  e14fd000 mrs sp, spsr
  e31d0020 tst sp, #0x20
  025ef004 subseq pc, lr, #4
  e15ed0b8 ldrh sp, [lr, #-8]
  e1a0d5ad mov sp, sp, lsr #11
  e35d001d cmp sp, #0x1d
  324ee006 subcc lr, lr, #6
  224ee004 subcs lr, lr, #4
  eaffffe7 b resume
; prefetch: a breakpoint is skipped, any other fault ends the program
prefetch:
  ee15df30 mrc p15, 0, sp, c5, c0, 1
  e20dd00f and sp, sp, #0xf
  e35d0002 cmp sp, #2
  1a000004 bne fetch_fault
  e14fd000 mrs sp, spsr
  e31d0020 tst sp, #0x20
  01b0f00e movseq pc, lr
  e24ee002 sub lr, lr, #2
  eaffffde b resume
fetch_fault:
  ee16df50 v7: mrc p15, 0, sp, c6, c0, 2
  e59ff228 ldr pc, end_target
; epilogue: bring what the current mode hides into r0, sp and lr, where each step shows it
epilogue:
  e321f0df msr cpsr_c, #0xdf
  e321f0d1 msr cpsr_c, #0xd1
  e14f0000 mrs r0, spsr
  e321f0d2 msr cpsr_c, #0xd2
  e14f0000 mrs r0, spsr
  e321f0d7 msr cpsr_c, #0xd7
  e14f0000 mrs r0, spsr
  e321f0db msr cpsr_c, #0xdb
  e14f0000 mrs r0, spsr
  e321f0d3 msr cpsr_c, #0xd3
  e14f0000 mrs r0, spsr
  eef80a10 v7: vmrs r0, fpexc
  ee110f10 mrc p15, 0, r0, c1, c0, 0
  ee120f10 mrc p15, 0, r0, c2, c0, 0
  ee130f10 mrc p15, 0, r0, c3, c0, 0
  ee150f10 mrc p15, 0, r0, c5, c0, 0
  ee150f30 mrc p15, 0, r0, c5, c0, 1
  ee160f10 mrc p15, 0, r0, c6, c0, 0
  ee1d0f10 mrc p15, 0, r0, c13, c0, 0
  ee160f50 v7: mrc p15, 0, r0, c6, c0, 2
  ee110f50 v7: mrc p15, 0, r0, c1, c0, 2
  ee120f30 v7: mrc p15, 0, r0, c2, c0, 1
  ee120f50 v7: mrc p15, 0, r0, c2, c0, 2
  ee170f14 v7: mrc p15, 0, r0, c7, c4, 0
  ee1a0f12 v7: mrc p15, 0, r0, c10, c2, 0
  ee1a0f32 v7: mrc p15, 0, r0, c10, c2, 1
  ee1c0f10 v7: mrc p15, 0, r0, c12, c0, 0
  ee1d0f30 v7: mrc p15, 0, r0, c13, c0, 1
  ee1d0f50 v7: mrc p15, 0, r0, c13, c0, 2
  ee1d0f70 v7: mrc p15, 0, r0, c13, c0, 3
  ee1d0f90 v7: mrc p15, 0, r0, c13, c0, 4
  e59ff1ac ldr pc, after_epilogue
; start: the same state whatever the reset left
start:
  e32df0d3 msr cpsr_fsc, #0xd3
  e3a00000 mov r0, #0
  e3a01000 mov r1, #0
  e3a02000 mov r2, #0
  e3a03000 mov r3, #0
  e3a04000 mov r4, #0
  e3a05000 mov r5, #0
  e3a06000 mov r6, #0
  e3a07000 mov r7, #0
  e3a08000 mov r8, #0
  e3a09000 mov r9, #0
  e3a0a000 mov r10, #0
  e3a0b000 mov r11, #0
  e3a0c000 mov r12, #0
  e3a0d000 mov sp, #0
  e3a0e000 mov lr, #0
  e16ff000 msr spsr_fsxc, r0
  e321f0d1 msr cpsr_c, #0xd1
  e3a08000 mov r8, #0
  e3a09000 mov r9, #0
  e3a0a000 mov r10, #0
  e3a0b000 mov r11, #0
  e3a0c000 mov r12, #0
  e3a0d000 mov sp, #0
  e3a0e000 mov lr, #0
  e16ff000 msr spsr_fsxc, r0
  e321f0d2 msr cpsr_c, #0xd2
  e3a0d000 mov sp, #0
  e3a0e000 mov lr, #0
  e16ff000 msr spsr_fsxc, r0
  e321f0d7 msr cpsr_c, #0xd7
  e3a0d000 mov sp, #0
  e3a0e000 mov lr, #0
  e16ff000 msr spsr_fsxc, r0
  e321f0db msr cpsr_c, #0xdb
  e3a0d000 mov sp, #0
  e3a0e000 mov lr, #0
  e16ff000 msr spsr_fsxc, r0
  e321f0df msr cpsr_c, #0xdf
  e3a0d000 mov sp, #0
  e3a0e000 mov lr, #0
  e321f0d3 msr cpsr_c, #0xd3
; setup: system registers
setup:
  e321f0d3 msr cpsr_c, #0xd3
  e3a0060f v7: mov r0, #0x00f00000
  ee010f50 v7: mcr p15, 0, r0, c1, c0, 2
  f57ff06f v7: isb
  e3a00101 mov r0, #0x40000000
  eee80a10 v7: vmsr fpexc, r0
  e59f00ec v7: ldr r0, vector_base
  ee0c0f10 v7: mcr p15, 0, r0, c12, c0, 0
  e59f00e8 ldr r0, table_base
  ee020f10 mcr p15, 0, r0, c2, c0, 0
  e59f00e4 ldr r0, domains
  ee030f10 mcr p15, 0, r0, c3, c0, 0
  e3a00000 mov r0, #0
  ee020f50 v7: mcr p15, 0, r0, c2, c0, 2
  ee080f17 mcr p15, 0, r0, c8, c7, 0
  ee050f10 mcr p15, 0, r0, c5, c0, 0
  ee050f30 mcr p15, 0, r0, c5, c0, 1
  ee060f10 mcr p15, 0, r0, c6, c0, 0
  ee0d0f10 mcr p15, 0, r0, c13, c0, 0
  ee060f50 v7: mcr p15, 0, r0, c6, c0, 2
  ee0d0f30 v7: mcr p15, 0, r0, c13, c0, 1
  ee0d0f50 v7: mcr p15, 0, r0, c13, c0, 2
  ee0d0f70 v7: mcr p15, 0, r0, c13, c0, 3
  ee0d0f90 v7: mcr p15, 0, r0, c13, c0, 4
  f57ff06f v7: isb
; next: take the next descriptor, or stop behind the last
next:
  e321f0d3 msr cpsr_c, #0xd3
  e59f00a8 ldr r0, cursor_address
  e590d000 ldr sp, [r0]
  e59f10a4 ldr r1, last_descriptor
  e15d0001 cmp sp, r1
  0a000020 beq done
  e28d1f56 add r1, sp, #344
  e5801000 str r1, [r0]
; low vectors may have been overwritten by the last program
  e59fa094 ldr r10, low_vectors
  e59f907c ldr r9, vector_base
  e8b900ff ldmia r9!, {r0-r7}
  e8aa00ff stmia r10!, {r0-r7}
  e8b900ff ldmia r9!, {r0-r7}
  e8aa00ff stmia r10!, {r0-r7}
; the descriptor's state
  e59d0000 ldr r0, [sp]
  ee010f10 mcr p15, 0, r0, c1, c0, 0
  f57ff06f v7: isb
  f57ff01f v7: clrex
  e28d1058 add r1, sp, #88
  ecb10b20 v7: vldmia r1!, {d0-d15}
  ecf10b20 v7: vldmia r1!, {d16-d31}
  e59d0014 ldr r0, [sp, #20]
  eee10a10 v7: vmsr fpscr, r0
  e59d0008 ldr r0, [sp, #8]
  e1a0100d mov r1, sp
  e121f000 msr cpsr_c, r0
  e5912018 ldr r2, [r1, #24]
  e3120010 tst r2, #0x10
  116ff002 msrne spsr_fsxc, r2
  e591d00c ldr sp, [r1, #12]
  e591e010 ldr lr, [r1, #16]
  e2812040 add r2, r1, #64
  e8921f00 ldmia r2, {r8-r12}
  e321f0db msr cpsr_c, #0xdb
  e5910004 ldr r0, [r1, #4]
  e16ff000 msr spsr_fsxc, r0
  e281d020 add sp, r1, #32
  e8dd9fff ldmia sp, {r0-r12, pc}^
; leave: a program that wandered onto a vector ends
leave:
  ef00007e svc #0x7e
; done: every program ran
done:
  eafffffe b done
end_target: .word
after_epilogue: .word
vector_base: .word
table_base: .word
domains: .word
cursor_address: .word
last_descriptor: .word
low_vectors: .word
`

const NOP = 0xe1a0_0000

function parseLine(text: string): HarnessLine {
  const label = /^(\w+):( \.word)?$/.exec(text)
  if (label) return { label: label[1]!, slot: label[2] !== undefined }
  const word = /^ {2}([0-9a-f]{8}) (v7: )?(.+)$/.exec(text)
  if (!word) throw new SyntaxError(`harness: ${text}`)
  return { word: Number.parseInt(word[1]!, 16), text: word[3]!, onlyV7: word[2] !== undefined }
}

/** The harness, line by line. */
export const harnessLines: readonly HarnessLine[] = source
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith(";"))
  .map(parseLine)

/** The harness for one architecture version, with the address of every label relative to its start. */
export function harness(version: 5 | 7): { words: Uint32Array; labels: ReadonlyMap<string, number> } {
  const words: number[] = []
  const labels = new Map<string, number>()
  for (const line of harnessLines) {
    if ("word" in line) words.push(line.onlyV7 && version < 7 ? NOP : line.word)
    else {
      labels.set(line.label, words.length * 4)
      if (line.slot) words.push(0)
    }
  }
  return { words: Uint32Array.from(words), labels }
}
