// What the programs of these tests run on: exception handlers, stacks, page tables.

import { expect } from "vitest"
import { Random } from "../../support/random.ts"
import type { Lockstep, Symbols } from "./lockstep.ts"

/** Tables of the first level, and of small pages (ARM DDI 0406C, B3.5.1). */
export const TABLE = 0x4000
export const OTHER_TABLE = 0x8000
export const PAGES = 0xc000
export const OTHER_PAGES = 0xc400
/** Programs, and their data. */
export const CODE = 0x1_0000
export const DATA = 0x4_0000
/** Physical pages that small pages are mapped to, in order; their second address is their own. */
export const FRAMES = 0x10_0000
/** 256 small pages. */
export const SMALL = 0x20_0000
/** Nothing is there. */
export const HOLE = 0x30_0000
/** An address space identifier is in force. */
const NON_GLOBAL = 1 << 11

const MODE = { usr: 0x10, svc: 0x13 }
const SCTLR = { off: 0x00c5_0078, on: 0x00c5_0079 }

/** A section and a small page that everybody may access. */
const section = (base: number) => base | (3 << 10) | 2
export const smallPage = (base: number, isGlobal = true) => base | (3 << 4) | 2 | (isGlobal ? 0 : NON_GLOBAL)

/**
 * Handlers in ARM state. Undefined instructions, aborts and breakpoints are counted in r11 (in bits 7:0, 15:8 and 23:16) and
 * go on at r10; what is at `fix_data` and `fix_prefetch` may be replaced. Interrupts are counted in memory, and come again
 * after as many ticks as the word behind that count tells.
 */
const source = `
vectors:    b    vectors
            b    undefined
            b    supervisor
            b    prefetch
            b    data
            b    vectors
            b    interrupt
            b    vectors
undefined:  add  r11, r11, #1
            mov  lr, r10
            movs pc, lr
supervisor: movs pc, lr
prefetch:   add  r11, r11, #0x10000
            mov  lr, r10
            movs pc, lr
data:       add  r11, r11, #0x100
            mov  lr, r10
            movs pc, lr
interrupt:  sub  lr, lr, #4
            push {r0, r1, lr}
            ldr  r1, =interrupts
            ldr  r0, [r1]
            add  r0, r0, #1
            str  r0, [r1]
            ldr  r0, [r1, #4]
            mcr  p15, 0, r0, c14, c3, 0
            pop  {r0, r1, lr}
            movs pc, lr
interrupts: .word 0, 0

@ r0: table; r2: SCTLR; r3: where to go; r4: status register there; r5: ticks to the first interrupt, or 0
setup:      cps  #0x12
            ldr  sp, =0x7d000
            cps  #0x17
            ldr  sp, =0x7e000
            cps  #0x1b
            ldr  sp, =0x7f000
            cps  #0x1f
            ldr  sp, =0x80000
            cps  #0x13
            ldr  sp, =0x7c000
            mcr  p15, 0, r0, c2, c0, 0
            mov  r1, #1
            mcr  p15, 0, r1, c3, c0, 0
            mcr  p15, 0, r2, c1, c0, 0
            isb
            mcr  p15, 0, r5, c14, c3, 0
            cmp  r5, #0
            movne r1, #1
            moveq r1, #0
            mcr  p15, 0, r1, c14, c3, 1
            ldr  r1, =interrupts
            str  r5, [r1, #4]
            msr  spsr_cxsf, r4
            mov  lr, r3
            mov  r0, #0
            mov  r1, r0
            mov  r2, r0
            mov  r4, r0
            mov  r5, r0
            movs pc, lr
`

/** The source in ARM state, which has no IT; or as it is, in Thumb state. */
export const inState = (thumb: boolean, text: string): string =>
  thumb ? `.thumb\n${text}` : text.replace(/^ *it[te]* .*$/gm, "")

/** How a program is started. */
type StartOptions = {
  /** Where; with bit 0 set, in Thumb state. */
  readonly entry: number
  readonly mmu?: boolean
  readonly user?: boolean
  /** Ticks of the timer between interrupts: none unless given. */
  readonly interruptTicks?: number
  /** r6 to r12 at the start. */
  readonly registers?: Readonly<Record<number, number>>
}

/** Clears the machines and puts kernel and page tables there; gives the kernel's symbols. */
function loadKernel(machines: Lockstep): Symbols {
  machines.reset()
  const symbols = machines.place(0, source)
  for (const [table, pages] of [
    [TABLE, PAGES],
    [OTHER_TABLE, OTHER_PAGES],
  ] as const) {
    for (const base of [0, FRAMES]) machines.writeWord(table + (base >>> 20) * 4, section(base))
    machines.writeWord(table + (SMALL >>> 20) * 4, pages | 1)
    machines.writeWord(table + 0x100 * 4, section(0x1000_0000))
    for (let n = 0; n < 256; n++) machines.writeWord(pages + n * 4, smallPage(FRAMES + n * 0x1000))
  }
  return symbols
}

/** Starts a program on the kernel. */
function startProgram(machines: Lockstep, kernel: Symbols, options: StartOptions): void {
  const { entry, mmu = true, user = false, interruptTicks = 0, registers = {} } = options
  const status = (user ? MODE.usr : MODE.svc) | 0x40 | (interruptTicks === 0 ? 0x80 : 0) | ((entry & 1) << 5)
  machines.start(kernel.get("setup")!, {
    ...registers,
    0: TABLE,
    2: mmu ? SCTLR.on : SCTLR.off,
    3: entry & ~1,
    4: status,
    5: interruptTicks,
  })
}

/** How a program is run. */
export type RunOptions = Omit<StartOptions, "entry"> & {
  /** Where it is started. */
  readonly at?: number
  /** Where it is put, if that has another address physically. */
  readonly load?: number
  /** Of the lengths of slices. */
  readonly seed?: number
  readonly instructions?: number
  readonly symbols?: Readonly<Record<string, number>>
  /** Called before it starts. */
  readonly prepare?: (program: Symbols) => void
  /** Called between slices. */
  readonly between?: (program: Symbols) => void
}

/** Runs a program from a clean start, in Thumb state if its first line says so; gives the kernel's symbols. */
export function runProgram(machines: Lockstep, source: string, options: RunOptions): Symbols {
  const { at = CODE, load = at, seed = 1, instructions = 24_000, symbols = {}, prepare, between, ...start } = options
  const kernel = loadKernel(machines)
  const program = machines.place(load, source, symbols, at)
  prepare?.(program)
  const { regions } = machines.jit
  startProgram(machines, kernel, { entry: at | (/^\s*\.thumb/.test(source) ? 1 : 0), ...start })
  machines.run(instructions, new Random(seed), between && (() => between(program)))
  // Else nothing was tested.
  expect(machines.jit.regions).toBeGreaterThan(regions)
  return kernel
}
