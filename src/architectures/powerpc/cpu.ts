// A PowerPC CPU: the generic one, with MMU, decrementer, interrupt pins and firmware calls of the architecture.

import type { HelperFunction } from "../../../cpu/isa/index.ts"
import {
  helperTable,
  MSR,
  MSR_BITS,
  type PowerPcModel,
  type PowerPcModelName,
  type PowerPcPorts,
  powerPc,
  powerPcModel,
  resetRegisters,
} from "../../../cpu/powerpc/index.ts"
import type { GuestFault } from "../../../mmu/access.ts"
import { Cpu, type CpuOptions } from "../../cpu.ts"
import { bindHelpers, type CpuSystem, type InterruptPin, type RegisterView, type Stepping } from "../../cpu-system.ts"
import type { Machine } from "../../machine.ts"
import { Decrementer } from "./decrementer.ts"
import { PowerPcTranslation, REAL_REGIME } from "./mmu.ts"
import { powerPcRegisters } from "./registers.ts"
import { powerPcStepping } from "./stepping.ts"

/** Options of a PowerPC CPU. */
export type PowerPcCpuOptions = CpuOptions & { readonly model: string }

/**
 * Serves a call to firmware by the instruction at an address: gives the address at which execution continues, or
 * undefined if there is no firmware.
 */
export type FirmwareCall = (pc: number) => number | undefined

/** The interrupt inputs. `decrementer` belongs to the CPU itself. */
export type PowerPcPin = "machineCheck" | "external" | "decrementer"

/** What PowerPC adds to the generic CPU. */
class PowerPcSystem implements CpuSystem<PowerPcPin> {
  readonly mmu: CpuSystem["mmu"]
  readonly pins: readonly InterruptPin<PowerPcPin>[]
  readonly helpers: Readonly<Record<string, HelperFunction>>
  readonly registers: Readonly<Record<string, readonly RegisterView[]>>
  readonly stepping: Stepping
  readonly #cpu: Cpu
  readonly #translation: PowerPcTranslation
  readonly #decrementer: Decrementer
  readonly #port: PowerPcPorts
  #firmware: FirmwareCall | undefined

  constructor(cpu: Cpu, model: PowerPcModel) {
    const { state } = cpu
    const translation = new PowerPcTranslation(cpu)
    this.#cpu = cpu
    this.#translation = translation
    this.mmu = translation.ports
    const isEnabled = () => (state.get(MSR) & MSR_BITS.EE) !== 0
    // The order of PEM, table 6-3.
    this.pins = [
      { name: "machineCheck", exception: "machineCheck", isEnabled: () => true },
      { name: "external", exception: "external", isEnabled },
      { name: "decrementer", exception: "decrementer", isEnabled },
    ]
    this.#decrementer = new Decrementer(cpu, (level) => (cpu as Cpu<PowerPcSystem>).pin("decrementer").set(level))
    this.stepping = powerPcStepping(cpu, translation)
    this.#port = {
      model,
      state,
      mmu: translation,
      decrementerChanged: () => this.#decrementer.written(),
      decrementerTaken: () => this.#decrementer.taken(),
      steppingChanged: () => cpu.engine.stop(),
      sleep: () => cpu.machine.wait(cpu.number),
      firmwareCall: (pc) => this.#firmware?.(pc),
      raise: (name, ...args) => cpu.raise(name, ...args),
    }
    this.helpers = bindHelpers(helperTable, this.#port, cpu)
    this.registers = powerPcRegisters(cpu, model)
  }

  fault(fault: GuestFault): void {
    this.#translation.fault(fault)
  }

  reset(): void {
    resetRegisters(this.#port)
    this.#cpu.requireAlignment(["required"])
    this.#translation.reset()
    this.#decrementer.reset()
    const { REGIME, PC } = this.#cpu.arch.engine
    this.#cpu.state.set(REGIME, 0, REAL_REGIME)
    this.#cpu.state.set(PC, 0, RESET_VECTOR)
  }

  enter(entry: number | bigint): void {
    this.#cpu.state.set(this.#cpu.arch.engine.REGIME, 0, REAL_REGIME)
    this.#cpu.state.set(this.#cpu.arch.engine.PC, 0, Number(entry) | 0)
  }

  connectFirmware(serve: FirmwareCall): void {
    this.#firmware = serve
  }
}

/** Where a processor begins after a hard reset, with MSR[IP] set. */
const RESET_VECTOR = 0xfff0_0100 | 0

/** A PowerPC CPU of a machine. */
export class PowerPcCpu extends Cpu<PowerPcSystem> {
  declare readonly model: PowerPcModelName

  constructor(machine: Machine, options: PowerPcCpuOptions) {
    const model = powerPcModel(options.model as PowerPcModelName)
    super(machine, { name: model.name, arch: powerPc(model.name) }, options, (cpu) => new PowerPcSystem(cpu, model))
  }

  /** Sets what serves the guest's calls to firmware (the instruction `attn`). */
  connectFirmware(serve: FirmwareCall): void {
    this.system.connectFirmware(serve)
  }
}
