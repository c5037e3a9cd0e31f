// PowerPC as debuggers and QEMU see it: GDB's feature org.gnu.gdb.power.core (GDB manual, G.5.9).

import type { DebuggerDescription } from "../architecture.ts"

const names = [...Array.from({ length: 32 }, (_, n) => `r${n}`), "pc", "msr", "cr", "lr", "ctr", "xer"]

/** The debugger's view. */
export const powerPcDebugger: DebuggerDescription = {
  feature: "org.gnu.gdb.power.core",
  registers: names.map((name) => ({ name, bits: 32 })),
  pc: "pc",
  // QEMU's Macintoshes start a firmware first, which puts an ELF file 16 MiB above its addresses.
  qemu: { program: "qemu-system-ppc", cpu: (model) => model, start: "state" },
  breakpointKind: () => 4,
  decoding: () => ({ set: 0, context: 0 }),
}
