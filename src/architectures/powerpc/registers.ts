// The registers of a PowerPC CPU for people and debuggers, as GDB and QEMU name them.

import type { RegisterFile } from "../../../cpu/ir/index.ts"
import { type PowerPcModel, sprName, state } from "../../../cpu/powerpc/index.ts"
import type { Cpu } from "../../cpu.ts"
import type { RegisterView } from "../../cpu-system.ts"

const { GPR, CR, CA, OV, XER_SO, XER_COUNT, MSR, SPR, SR, FPR, FPSCR, VR, VSCR } = state.files

/** Core registers, floating point, vectors if the model has them, and system registers. */
export function powerPcRegisters(
  { state: registers, arch }: Cpu,
  model: PowerPcModel,
): Record<string, readonly RegisterView[]> {
  const word = (name: string, file: RegisterFile, index = 0): RegisterView => ({
    name,
    bits: 32,
    read: () => registers.get(file, index) >>> 0,
  })
  const computed = (name: string, read: () => number): RegisterView => ({ name, bits: 32, read: () => read() >>> 0 })
  const conditions = () => CR.names.reduce((all, _, n) => (all << 1) | registers.get(CR, n), 0)
  const xer = () =>
    (registers.get(XER_SO) << 31) | (registers.get(OV) << 30) | (registers.get(CA) << 29) | registers.get(XER_COUNT)
  const doubles = FPR.names.map((name, n) => ({
    name,
    bits: 64,
    read: () => BigInt.asUintN(64, registers.getLong(FPR, n)),
  }))
  const vectors = VR.names.map((name, n) => ({ name, bits: 128, read: () => BigInt(registers.read(VR, n)) }))
  const own = [...model.sprs].filter((n) => ![1, 8, 9, 22, 268, 269, 284, 285].includes(n))
  return {
    core: [
      ...GPR.names.map((name, n) => word(name, GPR, n)),
      word("pc", arch.engine.PC),
      word("msr", MSR),
      computed("cr", conditions),
      word("lr", SPR, 8),
      word("ctr", SPR, 9),
      computed("xer", xer),
    ],
    "floating point": [...doubles, word("fpscr", FPSCR)],
    ...(model.features.includes("altivec") ? { vectors: [...vectors, word("vscr", VSCR)] } : {}),
    system: [
      ...SR.names.map((name, n) => word(name, SR, n)),
      ...own.filter((n) => !(n >= 936 && n <= 942)).map((n) => word(sprName(n)!, SPR, n)),
    ],
  }
}
