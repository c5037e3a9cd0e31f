// PowerPC for vectors: a CPU model on every engine, with flat memory and translation off.

import { GuestFault, type Helper, type StateView, type Value } from "../../cpu/ir/index.ts"
import {
  DSISR,
  helperTable,
  materialiseFpscr,
  type PowerPcModelName,
  type PowerPcPorts,
  powerPc,
  powerPcModel,
  resetRegisters,
} from "../../cpu/powerpc/index.ts"
import { powerPcDialect } from "../../cpu/powerpc/text/dialect.ts"
import { flatEngines } from "./flat-engines.ts"
import type { FlatMachineOptions } from "./flat-memory.ts"
import type { VectorTarget } from "./vectors.ts"

/** The CPU for helpers: its registers, and an MMU that does nothing. */
function cpuOf(model: PowerPcModelName, state: StateView): PowerPcPorts {
  const nothing = () => {}
  return {
    model: powerPcModel(model),
    state,
    mmu: {
      segmentChanged: nothing,
      mappingChanged: nothing,
      mixedChanged: nothing,
      invalidatePage: nothing,
      invalidateAll: nothing,
      instructionAt: () => undefined,
    },
    decrementerChanged: nothing,
    decrementerTaken: nothing,
    steppingChanged: nothing,
    sleep: nothing,
    raise(exception, ...args) {
      throw new GuestFault(exception, args)
    },
  }
}

/** Names of parts of registers that vectors use. */
const ALIAS = {
  "xer.ca": "CA",
  "xer.ov": "OV",
  "xer.so": "XER_SO",
  "xer.count": "XER_COUNT",
  msr: "MSR",
  fpscr: "FPSCR",
  vscr: "VSCR",
  lr: "SPR[8]",
  ctr: "SPR[9]",
  dsisr: "SPR[18]",
  dar: "SPR[19]",
  srr0: "SPR[26]",
  srr1: "SPR[27]",
  vrsave: "SPR[256]",
} as const

/** The target of PowerPC vectors. Programs begin as a supervisor with floating point and AltiVec enabled. */
export function powerPcTarget(model: PowerPcModelName = "7400"): VectorTarget {
  const architecture = powerPc(model)
  const cpus = new WeakMap<StateView, PowerPcPorts>()
  const options: FlatMachineOptions = {
    outside: (address: number, _: unknown, isStore: boolean) =>
      new GuestFault("dsi", [address | 0, DSISR.notFound | (isStore ? DSISR.store : 0)]),
    misaligned: (address: number) => new GuestFault("alignment", [address | 0]),
    call(state: StateView, helper: Helper, args: readonly Value[]) {
      const cpu = cpus.get(state) ?? cpuOf(model, state)
      cpus.set(state, cpu)
      const work = helperTable[helper.name as keyof typeof helperTable] as (
        cpu: PowerPcPorts,
        ...args: Value[]
      ) => Value | undefined
      return work(cpu, ...args)
    },
  }
  return {
    architecture,
    dialect: powerPcDialect(architecture.formats[0]!),
    engines: flatEngines(architecture, options),
    scratch: ["FP_PENDING[0]", "FP_OPERAND[0]", "FP_OPERAND[1]", "FP_OPERAND[2]", "FP_OPERAND[3]"],
    alias: ALIAS,
    materialise: materialiseFpscr,
    prepare(state) {
      resetRegisters({ model: powerPcModel(model), state })
      state.set(architecture.state.files["MSR"]!, 0, model === "7400" ? 0x0200_2002 : 0x2002)
      state.set(architecture.engine.REGIME, 0, 2)
    },
  }
}
