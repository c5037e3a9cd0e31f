// A machine: CPUs (one today), a bus, parts, and the one virtual clock that executed instructions drive.

import type { ByteOrder, IsOverdue, RunClock, RunResult } from "../cpu/isa/index.ts"
import type { Device, MemoryPort, Region } from "../devices/kit/index.ts"
import { missingWire, unconnected, VirtualClock } from "../devices/kit/index.ts"
import type { DeviceTreeNode } from "../firmware/device-tree/index.ts"
import { Bus } from "./bus.ts"
import { locationOf, type NodeOptions, Part, type PciPlacement, type Pin, type Place, type Placement } from "./part.ts"
import { WiringError } from "./wiring-error.ts"

/** A CPU as the machine sees it, with any architecture and engine. */
export interface CpuPort {
  /** Which byte of a word has the lowest address. */
  readonly byteOrder: ByteOrder
  /**
   * Executes up to `instructions` instructions, fewer if it is overdue. The reason "wait": the CPU sleeps until an
   * interrupt line is asserted.
   */
  run(instructions: number, isOverdue?: IsOverdue): RunResult
  /** Instructions executed in the current run, including the one in progress. */
  readonly executed: number
  /** Shortens the current run, from inside it, to at most that many further instructions. */
  limit(instructions: number): void
  /** Lets virtual time pass in the current run, from inside it. */
  delay(ns: number): void
  /** Whether an interrupt line that would end a wait is asserted. */
  readonly isInterrupted: boolean
  reset(): void
  /** Physical memory as the parts that are bus masters see it. */
  readonly memoryPort: MemoryPort
  /** Counters for `--stats`, by group and name. */
  stats(): Record<string, Record<string, number | string>>
}

/** How the guest stopped the machine. */
export type PowerState = "on" | "off" | "reset" | { readonly exit: number }

/** State of the machine after a slice. */
export type Slice =
  /** `isPaused`: the host's time was up before the slice came to its end; the next call goes on with it. */
  | { readonly kind: "running"; readonly isPaused: boolean }
  /** The CPU waits; nothing happens before that time (undefined: before input comes). */
  | { readonly kind: "idle"; readonly untilNs: number | undefined }
  | { readonly kind: "stopped"; readonly power: Exclude<PowerState, "on"> }

export type MachineOptions = {
  readonly name: string
  /** Instructions that make a second of virtual time. */
  readonly clockRate: number
  /** Virtual time that an access to a part takes beside its instruction, in whole ns; none unless given. */
  readonly accessNs?: number
  /** Called with one line for each access to nothing and each misuse of a part. */
  readonly log: (message: string) => void
}

/** Maximum number of log lines for one kind of message: a guest may repeat a mistake for ever. */
const LOG_LIMIT = 8
/** Maximum number of kinds of message that are counted. */
const LOG_KINDS = 512

/** How the machine places and connects a part. */
type Wired<Wires, Options> = Place & {
  readonly wires: Wires
  readonly options?: Partial<Options>
  readonly byteOrder: ByteOrder
  readonly clocks?: readonly DeviceTreeNode[]
  readonly node?: NodeOptions
}

/** Makes a mistake that a bus finds one of the board. */
function refuse(connect: () => void): void {
  try {
    connect()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new WiringError(error.message)
  }
}

/** A machine. Boards (machines/) put it together. */
export class Machine {
  readonly name: string
  readonly clock = new VirtualClock()
  readonly bus: Bus
  /** The parts in the order in which the board added them. */
  readonly parts: Part[] = []
  /** The CPUs by number. */
  readonly cpus: CpuPort[] = []
  /** Instructions executed in completed slices. */
  instructions = 0
  /** Exits of the engine by reason. */
  readonly exits: Record<string, number> = {}
  /** Virtual time that passed without instructions, in ns: while idle, and in delays. */
  skippedNs = 0
  #power: PowerState = "on"
  /** Numbers of the CPUs that sleep until an interrupt line is asserted. */
  readonly #waiting = new Set<number>()
  /** The CPU whose run is under way. */
  #running: CpuPort | undefined
  /** Instructions left of a slice that was paused. */
  #left = 0
  readonly #rate: number
  readonly #log: (message: string) => void
  readonly #logged = new Map<string, number>()

  constructor(options: MachineOptions) {
    this.name = options.name
    this.#rate = options.clockRate
    this.#log = options.log
    const { accessNs = 0 } = options
    this.bus = new Bus({
      byteOrder: () => this.byteOrder,
      before: () => this.#synchronise(),
      after: () => {
        if (accessNs > 0) this.delay(accessNs)
        else this.#shorten()
      },
      missing: (pa, bytes, write) =>
        this.log(`no part at 0x${pa.toString(16)} (${write ? "write" : "read"} of ${bytes} bytes)`),
    })
  }

  /** Adds a CPU; gives its number. */
  addCpu(cpu: CpuPort): number {
    return this.cpus.push(cpu) - 1
  }

  /** The order of bytes in memory, as the CPUs have it. */
  get byteOrder(): ByteOrder {
    return this.#cpu(0).byteOrder
  }

  #cpu(number: number): CpuPort {
    const cpu = this.cpus[number]
    if (!cpu) throw new Error(`machine ${this.name} has no CPU ${number}`)
    return cpu
  }

  /** Logs a mistake of the guest; of each kind, only the first few. */
  log(message: string): void {
    const kind = message.replace(/0x[0-9a-f]+|\d+/g, "#")
    const count = (this.#logged.get(kind) ?? 0) + 1
    if (count === 1 && this.#logged.size >= LOG_KINDS) return
    this.#logged.set(kind, count)
    if (count <= LOG_LIMIT) this.#log(count === LOG_LIMIT ? `${message} (further ones are not shown)` : message)
  }

  /** Makes a part, maps its regions and connects its wires; the device tree and `emu describe` derive from this. */
  add<Wires, Options, Regions extends string>(
    name: string,
    kind: Device<Wires, Options, Regions>,
    placement: Placement<Wires, Options, Regions>,
  ): Part {
    const { byteOrder = (placement.on ?? this).byteOrder } = placement
    return this.#create(name, kind, { ...placement, byteOrder })
  }

  /** Makes a PCI function and connects its wires and its interrupt; its registers decide where its regions are. */
  addPci<Wires, Options, Regions extends string>(
    name: string,
    kind: Device<Wires, Options, Regions>,
    placement: PciPlacement<Wires, Options>,
  ): Part {
    const { bus, slot, byteOrder = "little", options = {} } = placement
    const pin = kind.pci?.(options).interruptPin
    const inta = (pin !== undefined && bus.interrupt(slot, pin)) || unconnected
    const wires = { ...placement.wires, ...(pin === undefined ? {} : { inta }) } as Wires
    return this.#create(name, kind, { ...placement, byteOrder, wires, pci: placement })
  }

  #create<Wires, Options>(name: string, kind: Device<Wires, Options, string>, placement: Wired<Wires, Options>): Part {
    if (this.parts.some((part) => part.name === name)) throw new WiringError(`There are two parts ${name}.`)
    const { wires, options = {}, byteOrder, on = this.bus, pci } = placement
    const missing = missingWire(kind.wires, wires as object)
    if (missing !== undefined) throw new WiringError(`${name} (${kind.name}) lacks its wire ${missing}.`)
    const log = (message: string) => this.log(message)
    const instance = kind.create({ wires, options, byteOrder, clock: this.clock, log })
    const part = new Part(name, kind.name, instance, placement)
    for (const { name, at, region } of part.ranges) {
      refuse(() => on.addRegisters({ name, base: at, size: region.size, region, byteOrder }))
    }
    if (pci) {
      const { pci: configuration } = instance
      if (!configuration) throw new WiringError(`${name} (${kind.name}) is no PCI function.`)
      refuse(() => pci.bus.attach(name, locationOf(pci), configuration))
    }
    this.parts.push(part)
    return part
  }

  /** Physical memory, for the wire of a part that is a bus master. Device registers and ROM are not writable by it. */
  memoryPort(): MemoryPort {
    return this.#cpu(0).memoryPort
  }

  /** Places registers that belong to no part. */
  map(name: string, base: number, region: Region): void {
    this.bus.addRegisters({ name, base, size: region.size, region })
  }

  // Time

  /** The values from which a CPU calculates virtual time during a run. */
  get runClock(): RunClock {
    return { instructions: this.instructions, rate: this.#rate, skippedNs: this.skippedNs }
  }

  /** Virtual time in ns, exact even in the middle of a run. */
  get nowNs(): number {
    return this.#time(this.instructions + (this.#running?.executed ?? 0))
  }

  #time(instructions: number): number {
    return Math.floor((instructions * 1e9) / this.#rate) + this.skippedNs
  }

  // Instructions left until that time is reached; at least one.
  #instructionsUntil(ns: number, count: number): number {
    return Math.max(1, Math.ceil(((ns - this.skippedNs) * this.#rate) / 1e9) - count)
  }

  /** Brings the clock up to the current instruction, before a part reads it. */
  #synchronise(): void {
    if (this.#running) this.clock.advanceTo(Math.max(this.nowNs, this.clock.nowNs()))
  }

  /** Shortens the current run if a part has set an alarm before its end. */
  #shorten(): void {
    const cpu = this.#running
    if (!cpu) return
    const next = this.clock.nextDeadlineNs()
    if (next !== undefined) cpu.limit(this.#instructionsUntil(next, this.instructions + cpu.executed))
    if (this.#power !== "on") cpu.limit(0)
  }

  /** Lets virtual time pass in the current run, for an access or a call that takes longer than an instruction. */
  delay(ns: number): void {
    if (!this.#running) return
    this.skippedNs += ns
    this.#running.delay(ns)
    this.#shorten()
  }

  /** Accesses a part that is not on the bus (a CPU timer) at the exact time; heeds the alarms that it sets. */
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

  /** Switches the machine off or resets it; the current run ends after this instruction. */
  setPower(power: PowerState): void {
    this.#power = power
    this.#running?.limit(0)
  }

  /** Ends the current slice after this instruction. */
  endSlice(): void {
    this.#running?.limit(0)
  }

  /** Puts a CPU to sleep, after the current instruction, until one of its interrupt lines is asserted. */
  wait(number: number): void {
    const cpu = this.#cpu(number)
    this.#waiting.add(number)
    if (this.#running === cpu) cpu.limit(0)
  }

  /** The input by which a part switches the machine off. */
  powerOffPin(): Pin {
    return { owner: "board", label: "power off", set: (level) => level && this.setPower("off") }
  }

  /** Ends the sleep of a CPU without an interrupt. */
  wake(number: number): void {
    this.#waiting.delete(number)
  }

  /** The input by which a part resets the machine. */
  resetPin(): Pin {
    return { owner: "board", label: "reset", set: (level) => level && this.setPower("reset") }
  }

  /** Puts CPUs and parts back to their state after power-on; RAM stays. */
  reset(): void {
    for (const { instance } of this.parts) instance.reset()
    for (const cpu of this.cpus) cpu.reset()
    this.#power = "on"
    this.#left = 0
    this.#waiting.clear()
  }

  // Running

  /**
   * Executes up to `instructions` instructions, fewer if an alarm is due. An idle machine executes nothing and returns
   * when the next alarm is due: the caller sleeps or calls `skipTo`. If `isOverdue` says that the host's time is up, the slice
   * is paused. Pauses change nothing else: where slices end depends on the guest alone.
   */
  slice(instructions: number, isOverdue?: IsOverdue): Slice {
    if (this.#power !== "on") return { kind: "stopped", power: this.#power }
    // Machines have one CPU for now.
    const number = 0
    const cpu = this.#cpu(number)
    if (this.#waiting.has(number)) {
      if (!cpu.isInterrupted) return { kind: "idle", untilNs: this.clock.nextDeadlineNs() }
      this.#waiting.delete(number)
    }
    const next = this.clock.nextDeadlineNs()
    const most = this.#left || instructions
    const budget = next === undefined ? most : Math.min(most, this.#instructionsUntil(next, this.instructions))
    this.#running = cpu
    const { executed, reason, left } = cpu.run(budget, isOverdue)
    this.#running = undefined
    this.#left = left
    this.instructions += executed
    if (left === 0) this.exits[reason] = (this.exits[reason] ?? 0) + 1
    this.clock.advanceTo(Math.max(this.nowNs, this.clock.nowNs()))
    if (reason === "wait") this.#waiting.add(number)
    // A CPU that has stopped for good, as by a checkstop, has failed.
    if (reason === "halt") this.#power = { exit: 1 }
    return { kind: "running", isPaused: left > 0 }
  }

  /** Moves virtual time forward while the machine is idle. */
  skipTo(ns: number): void {
    const now = this.nowNs
    if (ns > now) this.skippedNs += ns - now
    // An alarm may be due now: input from outside sets one for the present.
    this.clock.advanceTo(Math.max(ns, now, this.clock.nowNs()))
  }
}
