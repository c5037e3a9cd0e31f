// The generic CPU: registers, linear memory, MMU, engine and interrupt pins; an architecture's CpuSystem completes it.

import { CODE, CODE_PAGE_BYTES, CODE_PAGES, STATE, TLB } from "../cpu/codegen/layout.ts"
import { type Alignment, StateView } from "../cpu/ir/index.ts"
import type { Architecture, ByteOrder, IsOverdue, RunResult } from "../cpu/isa/index.ts"
import type { Instance, Line, MemoryPort } from "../devices/kit/index.ts"
import { PAGE_BYTES, type PhysicalAddress } from "../mmu/address.ts"
import { mmuCounters } from "../mmu/counters.ts"
import { GuestMemory } from "../mmu/guest-memory.ts"
import { PermissionGroups } from "../mmu/permission-groups.ts"
import { PhysicalMemory } from "../mmu/physical-memory.ts"
import { ShadowTables } from "../mmu/shadow.ts"
import { softwareTlb } from "../mmu/software-tlb.ts"
import { levelsOf, type SoftwareTlb } from "../mmu/tlb.ts"
import { codePort, dataPort } from "./cpu-ports.ts"
import type { CpuSystem, HelperCounter, InterruptPin, RegisterGroup, RegisterView, Stepping } from "./cpu-system.ts"
import { type EngineOptions, type EngineParts, engineStats, makeEngine } from "./engine.ts"
import { LinearMemory, type MemoryOptions } from "./linear-memory.ts"
import type { CpuPort, Machine } from "./machine.ts"
import type { Pin } from "./part.ts"

export type { MemoryOptions } from "./linear-memory.ts"

/** Options of a CPU of any architecture. */
export type CpuOptions = EngineOptions & {
  readonly memory: readonly MemoryOptions[]
}

/** A CPU model: its name and its instruction sets. */
export type CpuModel = { readonly name: string; readonly arch: Architecture }

type PinOf<S> = S extends CpuSystem<infer Pin> ? Pin : never

/** A CPU of a machine. */
export class Cpu<S extends CpuSystem = CpuSystem> implements CpuPort, EngineParts, HelperCounter {
  /** Its number on the machine. */
  readonly number: number
  readonly machine: Machine
  readonly arch: Architecture
  readonly model: string
  readonly memory: WebAssembly.Memory
  readonly state: StateView
  readonly system: S
  readonly guest: GuestMemory
  readonly engine: EngineParts["engine"]
  readonly interpreter: EngineParts["interpreter"]
  readonly jit: EngineParts["jit"]
  helperCalls = 0
  readonly #linear: LinearMemory
  readonly #tlb: SoftwareTlb
  readonly #exceptions: readonly string[]
  readonly #pins: readonly { readonly pin: InterruptPin; isAsserted: boolean }[]
  #running = false

  /** `complete` is called once, when registers and memory exist, but neither MMU nor engine. */
  constructor(machine: Machine, { name, arch }: CpuModel, options: CpuOptions, complete: (cpu: Cpu) => S) {
    this.machine = machine
    this.model = name
    this.arch = arch
    this.#exceptions = Object.keys(arch.exceptions)
    this.#linear = new LinearMemory(machine.bus, options.memory, arch.byteOrder)
    this.memory = this.#linear.memory
    const { buffer } = this.memory
    this.state = new StateView(arch.state, buffer, STATE)
    this.number = machine.addCpu(this)
    this.system = complete(this)
    this.#pins = this.system.pins.map((pin) => ({ pin, isAsserted: false }))
    const { addressType, regimes } = arch
    const { rangesLog2 = 0, groups } = this.system.mmu
    const code = { start: CODE, bytes: CODE_PAGE_BYTES, count: CODE_PAGES }
    const shape = { levels: levelsOf(regimes), ranges: 2 ** rangesLog2, groups: groups?.count ?? 0, code }
    this.#tlb = softwareTlb(addressType, buffer, TLB, shape)
    this.guest = this.#makeGuestMemory()
    const regimeWord = new Int32Array(buffer, STATE + arch.engine.REGIME.offset, 1)
    const parts = { arch, state: this.state, guest: this.guest, tlb: this.#tlb, bus: machine.bus, regimeWord }
    const ports = { code: codePort(parts), data: dataPort(parts), helpers: this.system.helpers }
    const { engine, interpreter, jit } = makeEngine(arch, this.memory, this.state, ports, options)
    this.engine = engine
    this.interpreter = interpreter
    this.jit = jit
    this.reset()
  }

  #makeGuestMemory(): GuestMemory {
    const { addressType, byteOrder, regimes } = this.arch
    const { bus } = this.machine
    const { walker, rotates, rangesLog2, groups } = this.system.mmu
    const counters = mmuCounters()
    const tlb = this.#tlb
    const physical = new PhysicalMemory({
      buffer: this.memory.buffer,
      byteOrder,
      bus,
      ramHost: (pa) => bus.hostOf(pa),
      isWritableRam: (pa) => bus.isWritable(pa),
      codePages: {
        holdsCode: (page) => this.interpreter?.cache.holdsCode(page) ?? false,
        written: (pa, bytes) => this.interpreter?.cache.written(pa, bytes),
      },
    })
    const permissionGroups =
      groups &&
      new PermissionGroups({
        tlb,
        levels: levelsOf(regimes),
        counters,
        initial: groups.initial,
        hideLeastPrivileged: (hidden) => this.interpreter?.hideUnprivilegedEntries(hidden),
      })
    if (permissionGroups) groups.connect(permissionGroups)
    return new GuestMemory({
      physical,
      regimes,
      walker: walker(physical),
      tlb,
      shadow: new ShadowTables(tlb, counters, {
        addressType,
        ...(rangesLog2 === undefined ? {} : { rangesLog2 }),
        hasGroups: groups !== undefined,
      }),
      groups: permissionGroups,
      counters,
      faults: (fault) => this.system.fault(fault),
      rotates,
      alignmentChecked: () => this.system.mmu.alignmentChecked(),
    })
  }

  // Memory

  /** The line that a flash drives high while its contents can be read directly. */
  memoryMode(name: string): Line {
    return this.#linear.modeLine(name, ({ base, size }) => {
      this.guest.invalidateAll()
      this.interpreter?.cache.drop(base / PAGE_BYTES, size / PAGE_BYTES)
    })
  }

  /** Gives a range of read-only memory its contents. */
  backMemory(name: string, instance: Instance): void {
    this.#linear.back(name, instance)
  }

  /** Writes bytes to physical memory, as a loader does; false if there is none. */
  write(pa: number, bytes: Uint8Array): boolean {
    return this.guest.physicalWrite(pa as PhysicalAddress, bytes)
  }

  /** Zeroes physical memory, as a loader does; false if there is none. Memory that was never used costs the host nothing. */
  clear(pa: number, bytes: number): boolean {
    return this.guest.physicalClear(pa as PhysicalAddress, bytes)
  }

  /** Memory for bus masters. A write drops what the engines made of code there. */
  readonly memoryPort: MemoryPort = {
    read: (address, into) => this.guest.physicalRead(address as PhysicalAddress, into),
    write: (address, from) => this.guest.physicalWrite(address as PhysicalAddress, from),
  }

  /** From inside a helper: the translation of code may have changed. */
  refetch(): void {
    this.interpreter?.refetch()
  }

  /** Sends misaligned accesses of those kinds to the slow path; generated code makes the others itself. */
  requireAlignment(kinds: readonly Alignment[]): void {
    if (this.interpreter?.requireAlignment(kinds)) this.jit?.invalidateAll()
  }

  get byteOrder(): ByteOrder {
    return this.arch.byteOrder
  }

  // Exceptions and interrupts

  /** Leaves an exception pending, which is taken before the next instruction, or in place of the current one. */
  raise(name: string, ...args: readonly (number | bigint)[]): void {
    const { EXCEPTION, EXCEPTION_ARG } = this.arch.engine
    const number = this.#exceptions.indexOf(name)
    if (number < 0) throw new Error(`${this.model} has no exception ${name}`)
    this.state.set(EXCEPTION, 0, number + 1)
    for (const [i, arg] of args.entries()) this.state.write(EXCEPTION_ARG, i, arg)
  }

  /** An interrupt input of the CPU. */
  pin(name: PinOf<S>): Pin {
    const found = this.#pins.find(({ pin }) => pin.name === name)
    if (!found) throw new Error(`${this.model} has no pin ${name}`)
    return {
      owner: "cpu",
      label: name,
      set: (level) => {
        found.isAsserted = level
        this.engine.setInterrupt(this.isInterrupted)
        if (this.#running && this.#deliverable()) this.engine.stop()
      },
    }
  }

  get isInterrupted(): boolean {
    return this.#pins.some(({ isAsserted }) => isAsserted)
  }

  /** The most urgent interrupt that the CPU would take now. */
  #deliverable(): InterruptPin | undefined {
    return this.#pins.find(({ pin, isAsserted }) => isAsserted && pin.isEnabled())?.pin
  }

  #takeInterrupt(): void {
    const interrupt = this.#deliverable()
    if (interrupt && this.state.get(this.arch.engine.EXCEPTION) === 0) this.interrupt(interrupt.exception)
  }

  // Running

  get executed(): number {
    return this.engine.executed
  }

  /** Instructions that the machine has executed, including the current one of this CPU. */
  get cycles(): number {
    return this.machine.instructions + (this.#running ? this.engine.executed : 0)
  }

  limit(instructions: number): void {
    this.engine.limit(instructions)
  }

  delay(ns: number): void {
    this.engine.delay(ns)
  }

  run(instructions: number, isOverdue?: IsOverdue): RunResult {
    this.#takeInterrupt()
    const { stepping } = this.system
    if (stepping?.isOn()) return this.#step(stepping, isOverdue)
    return this.#execute(instructions, isOverdue)
  }

  #step(stepping: Stepping, isOverdue: IsOverdue | undefined): RunResult {
    if (this.state.get(this.arch.engine.EXCEPTION) === 0) stepping.before()
    const result = this.#execute(1, isOverdue)
    if (result.left === 0) stepping.after()
    return result
  }

  #execute(instructions: number, isOverdue: IsOverdue | undefined): RunResult {
    this.jit?.installPending()
    this.#running = true
    try {
      return this.engine.run(instructions, this.machine.runClock, isOverdue)
    } finally {
      this.#running = false
    }
  }

  /** Raises an exception before the next instruction, which has not been executed. */
  interrupt(exception: string): void {
    const { EXCEPTION_PC, EXCEPTION_CONTEXT, PC, CONTEXT } = this.arch.engine
    this.raise(exception)
    this.state.write(EXCEPTION_PC, 0, this.state.read(PC))
    this.state.set(EXCEPTION_CONTEXT, 0, this.state.get(CONTEXT))
    this.state.set(CONTEXT, 0, 0)
  }

  reset(): void {
    this.state.reset()
    this.system.reset()
    this.interpreter?.cache.flush()
  }

  /** Starts at a branch target, with the given values of registers, by name. */
  start(entry: number | bigint, registers: Readonly<Record<string, number | bigint>> = {}): void {
    this.system.enter(entry)
    for (const [name, value] of Object.entries(registers)) {
      const found = this.state.find(name)
      if (!found) throw new Error(`${this.model} has no register ${name}`)
      this.state.write(found.file, found.index, value)
    }
  }

  // Inspection

  /** Address of the next instruction, unsigned. */
  get pc(): number | bigint {
    const pc = this.state.read(this.arch.engine.PC)
    return typeof pc === "bigint" ? BigInt.asUintN(64, pc) : pc >>> 0
  }

  /** The registers in groups; the first group has the core registers. */
  registers(): RegisterGroup[] {
    const reading = ({ name, bits, read }: RegisterView) => ({ name, value: read(), bits })
    return Object.entries(this.system.registers).map(([name, views]) => ({ name, registers: views.map(reading) }))
  }

  /** The value of a register by its name in `registers()`. */
  register(name: string): number | bigint {
    for (const views of Object.values(this.system.registers)) {
      const found = views.find((view) => view.name === name)
      if (found) return found.read()
    }
    throw new Error(`${this.model} has no register ${name}`)
  }

  stats(): Record<string, Record<string, number | string>> {
    const { exits, ...engine } = engineStats(this)
    const { invalidations, ...mmu } = this.guest.counters
    return { "slow paths": { ...exits, helper: this.helperCalls }, mmu, invalidations, ...engine }
  }
}
