// An ARM CPU: the generic one, with MMU, generic timer, interrupt pins and firmware calls of the architecture.

import {
  type ArmModel,
  type ArmModelName,
  type ArmCpu as ArmPort,
  type ArmTimer,
  arm,
  armModel,
  helperTable,
} from "../../../cpu/arm/index.ts"
import { COUNTER_HZ } from "../../../cpu/arm/system/counter.ts"
import type { HelperFunction } from "../../../cpu/isa/index.ts"
import { type Line, unconnected } from "../../../devices/kit/index.ts"
import { ArchitectedTimer } from "../../../devices/timer/architected-timer.ts"
import type { GuestFault } from "../../../mmu/access.ts"
import { Cpu, type CpuOptions } from "../../cpu.ts"
import { bindHelpers, type CpuSystem, type InterruptPin, type RegisterView } from "../../cpu-system.ts"
import type { Machine } from "../../machine.ts"
import { locate } from "./code.ts"
import { serveHypercall, serveSemihosting } from "./firmware-calls.ts"
import { ArmTranslation } from "./mmu.ts"
import { armRegisters } from "./registers.ts"

/** Options of an ARM CPU. */
export type ArmCpuOptions = CpuOptions & {
  readonly model: string
  readonly semihosting: boolean
  /** Where semihosting writes. */
  readonly write?: (text: string) => void
  /** Whether HVC calls the firmware of PSCI; true unless given. Without it HVC is an undefined instruction. */
  readonly psci?: boolean
}

/** The interrupt inputs. */
export type ArmPin = "irq" | "fiq"

/** Interrupt lines of the generic timer. */
export type TimerLines = { readonly physical: Line; readonly virtual: Line }

/** What ARM adds to the generic CPU. */
class ArmSystem implements CpuSystem<ArmPin> {
  readonly mmu: CpuSystem["mmu"]
  readonly pins: readonly InterruptPin<ArmPin>[]
  readonly helpers: Readonly<Record<string, HelperFunction>>
  readonly registers: Readonly<Record<string, readonly RegisterView[]>>
  readonly #cpu: Cpu
  readonly #translation: ArmTranslation
  readonly #port: ArmPort
  #timer: ArchitectedTimer

  constructor(cpu: Cpu, model: ArmModel<ArmModelName>, { semihosting, write = () => {}, psci = true }: ArmCpuOptions) {
    const { state } = cpu
    const translation = new ArmTranslation(cpu, model)
    this.#cpu = cpu
    this.#translation = translation
    this.#timer = this.#makeTimer({ physical: unconnected, virtual: unconnected })
    this.mmu = translation.ports
    const { F, I } = arm(model.name).state.files
    this.pins = [
      { name: "fiq", exception: "fiq", isEnabled: () => state.get(F!) === 0 },
      { name: "irq", exception: "irq", isEnabled: () => state.get(I!) === 0 },
    ]
    this.#port = {
      model,
      state,
      mmu: translation,
      timer: model.features.includes("timer") ? this.#timerPort() : undefined,
      cycles: () => cpu.cycles,
      ...(psci && { hypercall: (call) => serveHypercall(cpu, call) }),
      semihosting() {
        if (semihosting) serveSemihosting(cpu, { readByte: translation.byteReader(), write })
        return semihosting
      },
      raise: (name, ...args) => cpu.raise(name, ...args),
    }
    this.helpers = bindHelpers(helperTable, this.#port, cpu)
    this.registers = armRegisters(cpu, model)
  }

  fault(fault: GuestFault): void {
    this.#translation.fault(fault)
  }

  reset(): void {
    helperTable.resetSystem(this.#port)
    this.#timer.reset()
    const { engine, regimes } = this.#cpu.arch
    const supervisor = regimes.findIndex(({ level, isSwapped }) => level > 0 && !isSwapped)
    this.#cpu.state.set(engine.REGIME, 0, supervisor)
  }

  enter(entry: number | bigint): void {
    const { PC, ISA } = this.#cpu.arch.engine
    const { address, set } = locate(entry)
    this.#cpu.state.set(PC, 0, Number(address))
    this.#cpu.state.set(ISA, 0, set)
  }

  connectTimer(lines: TimerLines): void {
    this.#timer = this.#makeTimer(lines)
  }

  #makeTimer(lines: TimerLines): ArchitectedTimer {
    return new ArchitectedTimer({ clock: this.#cpu.machine.clock, lines, counterFrequencyHz: COUNTER_HZ })
  }

  // Each access to the timer happens at an exact time, and may set an alarm.
  #timerPort(): ArmTimer {
    const at = <T>(access: (timer: ArchitectedTimer) => T): T => this.#cpu.machine.touch(() => access(this.#timer))
    return {
      physicalCount: () => at((t) => t.physicalCount()),
      virtualCount: () => at((t) => t.virtualCount()),
      control: (name) => at((t) => t.control(name)),
      setControl: (name, value) => at((t) => t.setControl(name, value)),
      compareValue: (name) => at((t) => t.compareValue(name)),
      setCompareValue: (name, value) => at((t) => t.setCompareValue(name, value)),
      timerValue: (name) => at((t) => t.timerValue(name)),
      setTimerValue: (name, value) => at((t) => t.setTimerValue(name, value)),
    }
  }
}

/** An ARM CPU of a machine. */
export class ArmCpu extends Cpu<ArmSystem> {
  declare readonly model: ArmModelName

  constructor(machine: Machine, options: ArmCpuOptions) {
    const model = armModel(options.model)
    super(machine, { name: model.name, arch: arm(model.name) }, options, (cpu) => new ArmSystem(cpu, model, options))
  }

  /** Connects the interrupts of the generic timer; until then they are unconnected. */
  connectTimer(lines: TimerLines): void {
    this.system.connectTimer(lines)
  }
}
