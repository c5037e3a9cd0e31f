// ARM for vectors: a CPU model on every engine, with flat memory and its MMU off.

import { type ArmCpu, type ArmModelName, arm, armModel, helperTable } from "../../cpu/arm/index.ts"
import { armDialect } from "../../cpu/arm/text/dialect.ts"
import { GuestFault, type Helper, type StateView, type Value } from "../../cpu/ir/index.ts"
import { flatEngines } from "./flat-engines.ts"
import type { FlatMachineOptions } from "./flat-memory.ts"
import type { VectorTarget } from "./vectors.ts"

/** Fault status codes of flat memory (ARM DDI 0406C, table B3-23). */
const FAULT_STATUS = { alignment: 1, translation: 5, write: 1 << 11 }

/** The CPU for helpers: its registers, and an MMU that does nothing. */
function cpuOf(model: ArmModelName, state: StateView): ArmCpu {
  const nothing = () => {}
  return {
    model: armModel(model),
    state,
    mmu: {
      switchSpace: nothing,
      domainsChanged: nothing,
      regimeChanged: nothing,
      invalidateAll: nothing,
      invalidateAsid: nothing,
      invalidateVa: nothing,
      invalidateVaAllAsid: nothing,
      translateForAts: () => 0n,
    },
    raise(exception, ...args) {
      throw new GuestFault(exception, args)
    },
  }
}

/** The target of ARM vectors. */
export function armTarget(model: ArmModelName = "cortex-a15"): VectorTarget {
  const architecture = arm(model)
  const abort = (status: number) => (address: number, _: unknown, isStore: boolean) =>
    new GuestFault("dataAbort", [address | 0, status | (isStore ? FAULT_STATUS.write : 0)])
  const cpus = new WeakMap<StateView, ArmCpu>()
  const options: FlatMachineOptions = {
    outside: abort(FAULT_STATUS.translation),
    misaligned: abort(FAULT_STATUS.alignment),
    call(state: StateView, helper: Helper, args: readonly Value[]) {
      const cpu = cpus.get(state) ?? cpuOf(model, state)
      cpus.set(state, cpu)
      const work = helperTable[helper.name as keyof typeof helperTable] as (
        cpu: ArmCpu,
        ...args: Value[]
      ) => Value | undefined
      return work(cpu, ...args)
    },
  }
  const [a32, thumb] = architecture.formats
  return {
    architecture,
    dialect: armDialect(a32!, thumb!),
    engines: flatEngines(architecture, options),
    scratch: ["GPR[15]"],
  }
}
