// A machine: a CPU, a bus, parts, and the one virtual clock that executed instructions drive.

import type { RunClock } from "../cpu/isa/index.ts"
import type { Device, Instance, Line, Region, Surroundings } from "../devices/kit/index.ts"
import { VirtualClock } from "../devices/kit/index.ts"
import { Bus } from "./bus.ts"

/** What the machine needs of a CPU, whatever its architecture and engine. */
export interface Cpu {
  /** Executes up to that many instructions. "wait" asks for sleep until an interrupt line is asserted. */
  run(instructions: number): { executed: number; reason: string }
  /** Instructions executed in the run under way, the current one included. */
  readonly executed: number
  /** From inside a run: executes at most so many instructions more. */
  limit(instructions: number): void
  /** Whether an interrupt line that would end a wait is asserted. */
  readonly isInterrupted: boolean
  reset(): void
  /** Counters for `--stats`, by group and name. */
  stats(): Record<string, Record<string, number | string>>
}

/** How a machine came to a stop, as far as the guest decides it. */
export type PowerState = "on" | "off" | "reset" | { readonly exit: number }

/** A part of the machine, for `emu describe` and the device tree. */
export type Part = {
  readonly name: string
  readonly device: string
  readonly at: number | undefined
  readonly size: number
  readonly instance: Instance<string>
  /** Notes of the board on how it is wired, as text. */
  readonly wiring: string
}

/** State of the machine after a slice. */
export type Slice =
  | { readonly kind: "running" }
  /** The CPU waits; nothing happens before that time (undefined: before input comes). */
  | { readonly kind: "idle"; readonly untilNs: number | undefined }
  | { readonly kind: "stopped"; readonly power: Exclude<PowerState, "on"> }

export type MachineOptions = {
  readonly name: string
  /** Instructions that make a second of virtual time. */
  readonly clockRate: number
  /** Called with one line for each access to nothing and each misuse of a part. */
  readonly log: (message: string) => void
}

/** Most log lines of one kind of message: a guest may repeat its mistakes for ever. */
const LOG_LIMIT = 8
/** Kinds of message remembered for that. */
const LOG_KINDS = 512

/** A machine. Boards (machines/) put it together. */
export class Machine {
  readonly name: string
  readonly clock = new VirtualClock()
  readonly bus: Bus
  readonly parts: Part[] = []
  /** Instructions executed in completed slices. */
  instructions = 0
  /** Exits of the engine by reason. */
  readonly exits: Record<string, number> = {}
  /** Virtual time skipped while idle, in ns. */
  skippedNs = 0
  #cpu: Cpu | undefined
  #power: PowerState = "on"
  #waiting = false
  #running = false
  readonly #rate: number
  readonly #log: (message: string) => void
  readonly #logged = new Map<string, number>()

  constructor(options: MachineOptions) {
    this.name = options.name
    this.#rate = options.clockRate
    this.#log = options.log
    this.bus = new Bus({
      before: () => this.#synchronise(),
      after: () => this.#shorten(),
      missing: (pa, bytes, write) =>
        this.log(`no part at 0x${pa.toString(16)} (${write ? "write" : "read"} of ${bytes} bytes)`),
    })
  }

  get cpu(): Cpu {
    if (!this.#cpu) throw new Error(`machine ${this.name} has no CPU yet`)
    return this.#cpu
  }

  set cpu(cpu: Cpu) {
    this.#cpu = cpu
  }

  /** Reports a guest's mistake, each kind a few times. */
  log(message: string): void {
    const kind = message.replace(/0x[0-9a-f]+|\d+/g, "#")
    const count = (this.#logged.get(kind) ?? 0) + 1
    if (count === 1 && this.#logged.size >= LOG_KINDS) return
    this.#logged.set(kind, count)
    if (count <= LOG_LIMIT) this.#log(count === LOG_LIMIT ? `${message} (further ones are not shown)` : message)
  }

  /** Makes a part and places it. */
  add<Wires, Options, Regions extends string>(
    name: string,
    kind: Device<Wires, Options, Regions>,
    where: { at?: number; wiring?: string } & Pick<Surroundings<Wires, Options>, "wires" | "options">,
  ): Instance<Regions> {
    const { at, wiring = "", ...surroundings } = where
    const instance = kind.create({ ...surroundings, clock: this.clock, log: (message) => this.log(message) })
    if (at !== undefined) this.map(name, at, instance)
    this.parts.push({
      name,
      device: kind.name,
      at,
      size: instance.size,
      instance: instance as Instance<string>,
      wiring,
    })
    return instance
  }

  /** Places a further region of registers. */
  map(name: string, base: number, region: Region): void {
    this.bus.addRegisters({ name, base, size: region.size, region })
  }

  // Time

  /** Where virtual time stands between runs. */
  get runClock(): RunClock {
    return { instructions: this.instructions, rate: this.#rate, skippedNs: this.skippedNs }
  }

  /** Virtual time in ns, exact also in the middle of a run. */
  get nowNs(): number {
    const current = this.#running ? this.cpu.executed : 0
    return this.#time(this.instructions + current)
  }

  #time(instructions: number): number {
    return Math.floor((instructions * 1e9) / this.#rate) + this.skippedNs
  }

  // Instructions from the present count until that time is reached; at least one.
  #instructionsUntil(ns: number, count: number): number {
    return Math.max(1, Math.ceil(((ns - this.skippedNs) * this.#rate) / 1e9) - count)
  }

  /** Sets the clock to the exact present before a part looks at it. */
  #synchronise(): void {
    if (this.#running) this.clock.advanceTo(Math.max(this.nowNs, this.clock.nowNs()))
  }

  /** A part may have set an alarm that lies before the end of the run under way. */
  #shorten(): void {
    if (!this.#running) return
    const next = this.clock.nextDeadlineNs()
    if (next !== undefined) this.cpu.limit(this.#instructionsUntil(next, this.instructions + this.cpu.executed))
    if (this.#power !== "on") this.cpu.limit(0)
  }

  /** Lets parts that are no registers (CPU timers) look at the clock and set alarms. */
  touch<T>(access: () => T): T {
    this.#synchronise()
    const result = access()
    this.#shorten()
    return result
  }

  // Power

  get power(): PowerState {
    return this.#power
  }

  /** Switches the machine off, or asks for a reset: the run under way ends after the present instruction. */
  setPower(power: PowerState): void {
    this.#power = power
    if (this.#running) this.cpu.limit(0)
  }

  /** Puts the CPU to sleep until an interrupt line is asserted, after the present instruction. */
  wait(): void {
    this.#waiting = true
    if (this.#running) this.cpu.limit(0)
  }

  /** A line by which a part resets the machine. */
  resetLine(): Line {
    return { set: (level) => level && this.setPower("reset") }
  }

  /** Puts CPU and parts back to their state after power-on; RAM stays. */
  reset(): void {
    for (const { instance } of this.parts) instance.reset()
    this.cpu.reset()
    this.#power = "on"
    this.#waiting = false
  }

  // Running

  /**
   * Executes up to so many instructions, less if an alarm is due. An idle machine executes nothing and tells until
   * when: the caller sleeps or calls `skipTo`.
   */
  slice(instructions: number): Slice {
    if (this.#power !== "on") return { kind: "stopped", power: this.#power }
    if (this.#waiting) {
      if (!this.cpu.isInterrupted) return { kind: "idle", untilNs: this.clock.nextDeadlineNs() }
      this.#waiting = false
    }
    const next = this.clock.nextDeadlineNs()
    const budget =
      next === undefined ? instructions : Math.min(instructions, this.#instructionsUntil(next, this.instructions))
    this.#running = true
    const { executed, reason } = this.cpu.run(budget)
    this.#running = false
    this.instructions += executed
    this.exits[reason] = (this.exits[reason] ?? 0) + 1
    this.clock.advanceTo(Math.max(this.nowNs, this.clock.nowNs()))
    if (reason === "wait") this.#waiting = true
    if (reason === "halt") this.#power = "off"
    return { kind: "running" }
  }

  /** Moves virtual time forward while the machine is idle. */
  skipTo(ns: number): void {
    const now = this.nowNs
    if (ns > now) this.skippedNs += ns - now
    // An alarm may be due at this very moment: what has come in from outside is one.
    this.clock.advanceTo(Math.max(ns, now, this.clock.nowNs()))
  }
}
