// A machine of a CPU and memory alone: what is part of the CPU is there, whatever the board does with it.

import { expect, it } from "vitest"
import { ArmCpu } from "../../src/architectures/arm/index.ts"
import { Machine } from "../../src/machine.ts"
import { assemble } from "../guests/programs.ts"

/** Bits of CNTP_CTL (ARM DDI 0406C, B4.1.30). */
const CTL = { ENABLE: 1, ISTATUS: 4 }

it("has a generic timer whose interrupts lead nowhere", () => {
  const machine = new Machine({ name: "bare", clockRate: 1e9, log: () => {} })
  const memory = [{ name: "ram", base: 0, size: 0x1_0000, writable: true }]
  const cpu = new ArmCpu(machine, { model: "cortex-a15", memory, semihosting: false })
  const program = `
    mov   r0, #10
    mcr   p15, 0, r0, c14, c2, 0    @ CNTP_TVAL
    mov   r0, #1
    mcr   p15, 0, r0, c14, c2, 1    @ CNTP_CTL
    mrc   p15, 0, r1, c14, c2, 1
    mrrc  p15, 0, r2, r3, c14       @ CNTPCT
wait:
    mrc   p15, 0, r4, c14, c2, 0    @ CNTP_TVAL
    cmp   r4, #0
    bgt   wait
    mrc   p15, 0, r5, c14, c2, 1
    mrrc  p15, 1, r6, r7, c14       @ CNTVCT
    b     .`
  expect(cpu.write(0, assemble(program, 0))).toBe(true)
  cpu.start(0)
  for (let n = 0; n < 10; n++) expect(machine.slice(1000)).toEqual({ kind: "running", isPaused: false })
  expect([cpu.register("r1"), cpu.register("r5")]).toEqual([CTL.ENABLE, CTL.ENABLE | CTL.ISTATUS])
  expect(Number(cpu.register("r6")) - Number(cpu.register("r2"))).toBeGreaterThanOrEqual(10)
})
