// The registers of an ARM CPU for people and debuggers.

import { type ArmModel, type Cp15Slot, cp15Slot, readCpsrValue } from "../../../cpu/arm/index.ts"
import { readFpscrValue } from "../../../cpu/arm/vfp/access.ts"
import type { RegisterFile } from "../../../cpu/ir/index.ts"
import type { Cpu } from "../../cpu.ts"
import type { RegisterView } from "../../cpu-system.ts"

/** Core registers, floating point if the model has it, and system registers under the names of the manual. */
export function armRegisters({ state, arch }: Cpu, model: ArmModel): Record<string, readonly RegisterView[]> {
  const { files } = arch.state
  const word = (name: string, file: RegisterFile, index = 0): RegisterView => ({
    name,
    bits: 32,
    read: () => state.get(file, index) >>> 0,
  })
  const [GPR, D, CP15] = [files["GPR"]!, files["D"]!, files["CP15"]!]
  const core = [
    ...GPR.names.slice(0, 15).map((name, n) => word(name, GPR, n)),
    word("pc", arch.engine.PC),
    { name: "cpsr", bits: 32, read: () => readCpsrValue(state) },
  ]
  const doubles = D.names.map((name, n) => ({ name, bits: 64, read: () => BigInt.asUintN(64, state.getLong(D, n)) }))
  const fpscr = { name: "fpscr", bits: 32, read: () => readFpscrValue(state) >>> 0 }
  const slots = new Set(model.registers.flatMap(({ slot }) => (slot ? [slot] : [])))
  const system = [...slots].map((name: Cp15Slot) => word(name, CP15, cp15Slot(name)))
  return {
    core,
    ...(model.features.includes("vfp") ? { "floating point": [...doubles, fpscr] } : {}),
    system,
  }
}
