// Speed of small loops, each of one kind of instruction, in ARM and in Thumb code.

import { arm } from "../cpu/arm/index.ts"
import { armDialect } from "../cpu/arm/text/dialect.ts"
import { assembleSource } from "../cpu/isa/index.ts"
import { type Engine, MiB, prepare } from "../src/index.ts"
import { fixed, median, table } from "./statistics.ts"

/** Bodies of the loops. r8 points to RAM, and all registers are free. `again` jumps back for ever. */
const LOOPS: Readonly<Record<string, string>> = {
  ALU: `
again:  add   r0, r0, r1
        eor   r2, r0, r3, lsl #3
        sub   r3, r2, r0
        and   r4, r3, #255
        orr   r5, r4, r0
        adds  r6, r6, #1
        mov   r1, r5
        cmp   r6, #0
        bne   again
        b     again`,
  "load and store": `
again:  ldr   r0, [r8]
        ldr   r1, [r8, #64]
        ldrb  r2, [r8, #8]
        str   r0, [r8, #64]
        ldrh  r3, [r8, #10]
        str   r1, [r8, #128]
        strb  r3, [r8, #12]
        ldr   r4, [r8, r2]
        b     again`,
  call: `
again:  bl    outer
        bl    leaf
        b     again
outer:  push  {r4, lr}
        mov   r4, r0
        bl    leaf
        add   r0, r0, r4
        pop   {r4, pc}
leaf:   add   r0, r0, #1
        bx    lr`,
  VFP: `
again:  vadd.f64  d3, d3, d0
        vmul.f64  d4, d3, d1
        vmla.f64  d5, d4, d1
        vsub.f64  d3, d3, d2
        vstr      d4, [r8]
        vldr      d6, [r8]
        vcmp.f64  d6, d4
        vmrs      APSR_nzcv, fpscr
        vmul.f64  d5, d5, d1
        b         again`,
}

const ORIGIN = 0
const SLICE = 200_000
const WARM_UP_SECONDS = 1.5
const WINDOW_SECONDS = 0.5
/** Doubles that stay normal numbers however long the loop runs: 1.5, 0.25, 1.5. */
const CONSTANTS = ["0x3ff80000", "0x3fd00000", "0x3ff80000"]

function image(loop: string, thumb: boolean): Uint8Array {
  const [a32, t32] = arm("cortex-a15").formats
  const constants = CONSTANTS.map(
    (high, n) => `
        ldr   r1, =${high}
        vmov  d${n}, r0, r1
        vmov  d${n + 3}, r0, r1`,
  )
  const source = `
        .arm
        mrc   p15, 0, r0, c1, c0, 2
        orr   r0, r0, #0xf00000         @ coprocessors 10 and 11: full access
        mcr   p15, 0, r0, c1, c0, 2
        isb   sy
        mov   r0, #0x40000000           @ FPEXC.EN
        vmsr  fpexc, r0
        mov   r0, #0${constants.join("")}
        ldr   r8, =0x40100000
        ldr   sp, =0x40200000
        ${thumb ? "blx   start" : "b start"}
        .ltorg
        .align 4
        ${thumb ? ".thumb" : ""}
start:  nop
        ${loop}`
  return assembleSource(source, armDialect(a32!, t32!), { file: "loop", origin: ORIGIN }).bytes
}

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Millions of instructions in a second of CPU time: the median of `runs` windows. */
async function measure(loop: string, thumb: boolean, runs: number, engine: Engine): Promise<number> {
  const { board } = await prepare({ bios: image(loop, thumb), engine, machine: "virt", memoryBytes: 16 * MiB })
  const { machine } = board
  const run = (seconds: number) => {
    const [start, before] = [cpuSeconds(), machine.instructions]
    while (cpuSeconds() - start < seconds) machine.slice(SLICE)
    return (machine.instructions - before) / (cpuSeconds() - start) / 1e6
  }
  run(WARM_UP_SECONDS)
  return median(Array.from({ length: runs }, () => run(WINDOW_SECONDS)))
}

/** Measures every loop; returns a table. */
export async function mips(runs: number, engine: Engine): Promise<string> {
  const rows: string[][] = []
  for (const [name, loop] of Object.entries(LOOPS)) {
    const speeds = [await measure(loop, false, runs, engine), await measure(loop, true, runs, engine)]
    rows.push([name, ...speeds.map((speed) => fixed(speed, 0))])
  }
  return table(["loop, million instructions/s", "ARM", "Thumb"], rows)
}
