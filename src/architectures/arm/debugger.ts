// ARM as debuggers and QEMU see it: GDB's feature org.gnu.gdb.arm.core (GDB manual, G.5.3).

import type { DebuggerDescription } from "../architecture.ts"

const names = [...Array.from({ length: 13 }, (_, n) => `r${n}`), "sp", "lr", "pc", "cpsr"]

/** Bits of CPSR (ARM DDI 0406C, B1.3.3). */
const CPSR_T = 1 << 5

/** The debugger's view. */
export const armDebugger: DebuggerDescription = {
  feature: "org.gnu.gdb.arm.core",
  registers: names.map((name) => ({ name, bits: 32 })),
  pc: "pc",
  qemu: { program: "qemu-system-arm", cpu: (model) => model, start: "image" },
  breakpointKind: (set) => (set === 0 ? 4 : 2),
  decoding(read) {
    const cpsr = Number(read("cpsr"))
    if ((cpsr & CPSR_T) === 0) return { set: 0, context: 0 }
    return { set: 1, context: ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc) }
  },
}
