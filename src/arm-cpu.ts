// An ARM CPU in a machine: architecture, engine and MMU put together, and what its helpers reach.

import {
  type ArmModel,
  type ArmModelName,
  type ArmCpu as ArmPort,
  type ArmTimer,
  arm,
  armModel,
  type Cp15Slot,
  cp15Slot,
  helperTable,
  readCpsrValue,
} from "../cpu/arm/index.ts"
import { ALIGNMENTS, RAM, STATE, TLB } from "../cpu/codegen/layout.ts"
import { type Alignment, StateView } from "../cpu/ir/index.ts"
import type { Architecture, DataPort } from "../cpu/isa/index.ts"
import { type Instance, type Line, unconnected } from "../devices/kit/index.ts"
import { ArchitectedTimer } from "../devices/timer/architected-timer.ts"
import { callPsci, isPsciFunction } from "../firmware/psci.ts"
import { callSemihosting } from "../firmware/semihosting.ts"
import { FETCH, type GuestFault, READ, WRITE } from "../mmu/access.ts"
import { type PhysicalAddress, type VirtualAddress, virtualAddress } from "../mmu/address.ts"
import { faultStatus } from "../mmu/arm/fault-status.ts"
import { SCTLR_A } from "../mmu/arm/sctlr.ts"
import { armTranslationRegisters, asidOf, spaceKeyOf, TTBCR_EAE } from "../mmu/arm/translation.ts"
import { armWalker } from "../mmu/arm/walker.ts"
import { mmuCounters } from "../mmu/counters.ts"
import { GuestMemory } from "../mmu/guest-memory.ts"
import { ShadowTables } from "../mmu/shadow.ts"
import { blockOf, SoftwareTlb } from "../mmu/tlb.ts"
import { Walk } from "../mmu/walk.ts"
import { attributesForPar } from "./arm-par.ts"
import { type EngineOptions, type EngineParts, engineStats, makeEngine } from "./engine.ts"
import type { Cpu, Machine } from "./machine.ts"

/** A range of memory that the CPU's linear memory holds. */
export type MemoryOptions = {
  readonly name: string
  readonly base: number
  readonly size: number
  readonly writable: boolean
}

export type ArmCpuOptions = EngineOptions & {
  readonly model: string
  readonly memory: readonly MemoryOptions[]
  readonly semihosting: boolean
  /** Where semihosting writes. */
  readonly write?: (text: string) => void
}

const PAGE = 4096

/** An ARM CPU, the memory that it shares with its MMU and engine, and its generic timer. */
export class ArmCpu implements Cpu, EngineParts {
  readonly arch: Architecture
  readonly model: ArmModelName
  readonly memory: WebAssembly.Memory
  readonly state: StateView
  readonly guest: GuestMemory
  readonly engine: EngineParts["engine"]
  readonly interpreter: EngineParts["interpreter"]
  readonly jit: EngineParts["jit"]
  readonly #model: ArmModel<ArmModelName>
  readonly #machine: Machine
  readonly #exceptions: readonly string[]
  readonly #translation = armTranslationRegisters()
  readonly #port: ArmPort
  readonly #tlb: SoftwareTlb
  readonly #regimeWord: Int32Array
  readonly #host = new Map<string, number>()
  readonly #backing = new Map<string, { instance: Instance | undefined; direct: boolean; copied: Set<number> }>()
  #timer: ArchitectedTimer
  #lines = { irq: false, fiq: false }
  #running = false
  #helperCalls = 0

  constructor(machine: Machine, options: ArmCpuOptions) {
    this.#machine = machine
    this.#model = armModel(options.model)
    this.model = this.#model.name
    this.arch = arm(this.model)
    this.#exceptions = Object.keys(this.arch.exceptions)
    let end = RAM
    for (const { name, size } of options.memory) {
      this.#host.set(name, end)
      end += Math.ceil(size / 65536) * 65536
    }
    const pages = end / 65536
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const { buffer } = this.memory
    this.state = new StateView(this.arch.state, buffer, STATE)
    for (const range of options.memory) this.#addMemory(range)

    const tlb = new SoftwareTlb(buffer, TLB)
    this.#tlb = tlb
    this.#regimeWord = new Int32Array(buffer, STATE + this.arch.engine.REGIME.offset, 1)
    const counters = mmuCounters()
    const { bus } = machine
    this.guest = new GuestMemory({
      buffer,
      bus,
      ramHost: (pa) => bus.hostOf(pa),
      isWritableRam: (pa) => bus.isWritable(pa),
      codePages: {
        holdsCode: (page) => this.interpreter?.cache.holdsCode(page) ?? false,
        written: (pa, bytes) => this.interpreter?.cache.written(pa, bytes),
      },
      walker: armWalker(this.#model.mmu, this.#translation, (pa) => this.guest.physical.read32(pa)),
      tlb,
      shadow: new ShadowTables(tlb, counters),
      counters,
      faults: (fault) => this.#fault(fault),
      rotates: this.#rotates,
      alignmentChecked: () => this.#alignmentChecked,
      userStale: (stale) => this.interpreter?.hideUnprivilegedEntries(stale),
    })
    this.#timer = new ArchitectedTimer({ clock: machine.clock, lines: { physical: unconnected, virtual: unconnected } })
    this.#port = this.#makePort(options)
    const ports = {
      code: this.#codePort(),
      data: this.#dataPort(),
      helpers: bindHelpers(this.#port, () => this.#helperCalls++),
    }
    const { engine, interpreter, jit } = makeEngine(this.arch, this.memory, this.state, ports, options)
    this.engine = engine
    this.interpreter = interpreter
    this.jit = jit
    machine.cpu = this
    this.reset()
  }

  /** Whether words are rotated that stand at an address that is no multiple of 4. */
  get #rotates(): boolean {
    return this.#model.rotatesMisalignedWords
  }

  get #alignmentChecked(): boolean {
    return (this.#translation.sctlr & SCTLR_A) !== 0
  }

  get #regime(): number {
    return this.#regimeWord[0]!
  }

  // Memory

  #addMemory(range: MemoryOptions): void {
    const start = this.#host.get(range.name)!
    if (range.writable) {
      this.#machine.bus.addMemory({ ...range, host: (offset) => start + offset })
      return
    }
    // Flash: its pages are copied when they are first looked at, and again after it has been programmed.
    const backing = { instance: undefined as Instance | undefined, direct: true, copied: new Set<number>() }
    this.#backing.set(range.name, backing)
    this.#machine.bus.addMemory({
      ...range,
      host: (offset) => {
        if (!backing.direct || !backing.instance) return -1
        if (!backing.copied.has(offset)) {
          const bytes = backing.instance.direct(offset)
          if (!bytes) return -1
          new Uint8Array(this.memory.buffer).set(bytes.subarray(0, PAGE), start + offset)
          backing.copied.add(offset)
        }
        return start + offset
      },
    })
  }

  /** The line by which a flash tells whether its contents can be read directly. */
  memoryMode(name: string): Line {
    return {
      set: (direct) => {
        const backing = this.#backing.get(name)!
        const range = this.#machine.bus.memory.find((m) => m.name === name)!
        if (backing.direct === direct) return
        backing.direct = direct
        backing.copied.clear()
        this.guest.invalidateAll()
        this.interpreter?.cache.drop(range.base / PAGE, range.size / PAGE)
      },
    }
  }

  /** Gives a range of read-only memory its contents. */
  backMemory(name: string, instance: Instance): void {
    this.#backing.get(name)!.instance = instance
  }

  /** Writes bytes to physical memory, as a loader does; false if there is none. */
  write(pa: number, bytes: Uint8Array): boolean {
    return this.guest.physicalWrite(pa as PhysicalAddress, bytes)
  }

  // Faults and exceptions

  #raise(name: string, ...args: number[]): void {
    const { EXCEPTION, EXCEPTION_ARG } = this.arch.engine
    const number = this.#exceptions.indexOf(name)
    if (number < 0) throw new Error(`${this.model} has no exception ${name}`)
    this.state.set(EXCEPTION, 0, number + 1)
    args.forEach((arg, i) => {
      this.state.set(EXCEPTION_ARG, i, arg)
    })
  }

  #fault(fault: GuestFault): void {
    const long = (this.#translation.ttbcr & TTBCR_EAE) !== 0
    const status = faultStatus(fault, {
      long,
      v5: this.#model.mmu.format === "v5",
      write: fault.write,
      fetch: fault.fetch,
    })
    this.#raise(fault.fetch ? "prefetchAbort" : "dataAbort", fault.va, status)
  }

  #codePort() {
    const { guest } = this
    const { ISA } = this.arch.engine
    return {
      translate: (va: number | bigint) => guest.translate(virtualAddress(Number(va)), FETCH, this.#regime),
      hostOf: (pa: number) => this.#machine.bus.hostOf(pa),
      fillFetch: (va: number | bigint, pointer: number) =>
        guest.fillFetch(virtualAddress(Number(va)), this.#regime, this.state.get(ISA), pointer),
      fetchAbort: (va: number | bigint) => {
        const regime = this.#regime
        const privileged = (regime & 1) !== 0
        this.#fault({
          kind: "external",
          level: 1,
          domain: 0,
          va: Number(va) >>> 0,
          write: false,
          fetch: true,
          privileged,
        })
      },
      watch: (host: number) => this.#tlb.makeWriteSlow(host),
      dropFetches: () => this.#tlb.dropAll(),
      dropFetch: (pointer: number) => this.#tlb.dropFetchOf(pointer),
      isa: () => this.state.get(ISA),
      fetched: (page: number) =>
        this.#tlb.fetchEntry(blockOf(this.#regime), this.state.get(ISA), (page * PAGE) as VirtualAddress),
    }
  }

  #dataPort(): DataPort {
    const { guest } = this
    return {
      load: (va, access) => guest.load(va as VirtualAddress, access, this.#regime),
      loadLong: (va, access) => guest.loadLong(va as VirtualAddress, access, this.#regime),
      store: (va, value, access) => guest.store(va as VirtualAddress, access, this.#regime, value),
      storeLong: (va, value, access) => guest.storeLong(va as VirtualAddress, access, this.#regime, value),
    }
  }

  // What helpers reach

  #makePort(options: ArmCpuOptions): ArmPort {
    const { state, guest } = this
    return {
      model: this.#model,
      state,
      mmu: {
        switchSpace: () => {
          this.#loadTranslation()
          guest.switchSpace(spaceKeyOf(this.#translation), asidOf(this.#translation))
          this.interpreter?.refetch()
        },
        domainsChanged: () => {
          this.#translation.dacr = this.#system("DACR")
          guest.setDomainAccess(this.#translation.dacr)
          this.interpreter?.refetch()
        },
        regimeChanged: () => {
          this.#loadTranslation()
          guest.setDomainAccess(this.#translation.dacr)
          guest.regimeChanged()
          const rotated: readonly Alignment[] = this.#rotates ? ["required", "rotate"] : ["required"]
          if (this.interpreter?.requireAlignment(this.#alignmentChecked ? ALIGNMENTS : rotated)) this.jit?.dropAll()
          guest.switchSpace(spaceKeyOf(this.#translation), asidOf(this.#translation))
          this.interpreter?.refetch()
        },
        invalidateAll: () => this.#afterInvalidation(guest.invalidateAll()),
        invalidateAsid: (asid) => this.#afterInvalidation(guest.invalidateAsid(asid)),
        invalidateVa: (va, asid) => this.#afterInvalidation(guest.invalidateVa(virtualAddress(va), asid)),
        invalidateVaAllAsid: (va) => this.#afterInvalidation(guest.invalidateVaAllAsid(virtualAddress(va))),
        translateForAts: (va, { write, privileged }) => {
          const walk = new Walk()
          const long = (this.#translation.ttbcr & TTBCR_EAE) !== 0
          const done = guest.probe(virtualAddress(va), write ? WRITE : READ, privileged, walk)
          return attributesForPar(walk, done, long, write)
        },
      },
      timer: this.#model.hasGenericTimer ? this.#timerPort() : undefined,
      cycles: () => this.#machine.instructions + (this.#running ? this.engine.executed : 0),
      hypercall: ({ kind }) => kind === "hvc" && this.#psci(),
      semihosting: () => options.semihosting && this.#semihost(options.write ?? (() => {})),
      raise: (name, ...args) => this.#raise(name, ...args),
    }
  }

  #afterInvalidation(_: void): void {
    this.interpreter?.refetch()
  }

  #system(name: Cp15Slot): number {
    return this.state.get(this.arch.state.files["CP15"]!, cp15Slot(name))
  }

  #loadTranslation(): void {
    const get = (name: Cp15Slot) => this.#system(name)
    const t = this.#translation
    t.sctlr = get("SCTLR")
    t.ttbcr = get("TTBCR")
    t.ttbr0 = get("TTBR0")
    t.ttbr0High = get("TTBR0_HI")
    t.ttbr1 = get("TTBR1")
    t.ttbr1High = get("TTBR1_HI")
    t.dacr = get("DACR")
    t.prrr = t.mair0 = get("MAIR0")
    t.nmrr = t.mair1 = get("MAIR1")
    t.contextidr = get("CONTEXTIDR")
    t.fcseidr = get("FCSEIDR")
  }

  /** Leads the interrupts of the generic timer to those lines; until then they lead nowhere. */
  connectTimer(lines: { readonly physical: Line; readonly virtual: Line }): void {
    this.#timer = new ArchitectedTimer({ clock: this.#machine.clock, lines })
  }

  // Each access to the timer happens at an exact time, and may set an alarm.
  #timerPort(): ArmTimer {
    const at = <T>(access: (timer: ArchitectedTimer) => T): T => this.#machine.touch(() => access(this.#timer))
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

  #register(n: number): number {
    return this.state.get(this.arch.state.files["GPR"]!, n)
  }

  #setRegister(n: number, value: number): void {
    this.state.set(this.arch.state.files["GPR"]!, n, value)
  }

  #psci(): boolean {
    const id = this.#register(0) >>> 0
    const port = {
      powerOff: () => this.#machine.setPower("off"),
      reset: () => this.#machine.setPower("reset"),
      suspend: () => this.#machine.wait(),
    }
    const result = callPsci(
      port,
      id,
      [1, 2, 3].map((n) => this.#register(n)),
    )
    // What is no function of PSCI is answered like an unknown one (SMC Calling Convention, ARM DEN 0028).
    if (result !== undefined) this.#setRegister(0, result)
    else if (!isPsciFunction(id)) this.#setRegister(0, -1)
    return true
  }

  #semihost(write: (text: string) => void): boolean {
    const readByte = (va: number) => {
      const walk = new Walk()
      if (!this.guest.probe(virtualAddress(va), READ, true, walk)) return undefined
      return this.guest.physical.read(walk.pa, 1)
    }
    const exit = (code: number) => this.#machine.setPower({ exit: code })
    this.#setRegister(0, callSemihosting({ readByte, write, exit }, this.#register(0), this.#register(1)))
    return true
  }

  // Interrupts

  /** An input of the CPU. */
  pin(name: "irq" | "fiq"): Line {
    return {
      set: (level) => {
        this.#lines[name] = level
        this.engine.setInterrupt(this.isInterrupted)
        if (this.#running && this.#deliverable()) this.engine.stop()
      },
    }
  }

  get isInterrupted(): boolean {
    return this.#lines.irq || this.#lines.fiq
  }

  #deliverable(): "irq" | "fiq" | undefined {
    const { F, I } = this.arch.state.files
    if (this.#lines.fiq && this.state.get(F!) === 0) return "fiq"
    return this.#lines.irq && this.state.get(I!) === 0 ? "irq" : undefined
  }

  // Running

  get executed(): number {
    return this.engine.executed
  }

  limit(instructions: number): void {
    this.engine.limit(instructions)
  }

  run(instructions: number): { executed: number; reason: string } {
    const { EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, PC, CONTEXT } = this.arch.engine
    const interrupt = this.#deliverable()
    if (interrupt && this.state.get(EXCEPTION) === 0) {
      this.#raise(interrupt)
      this.state.set(EXCEPTION_PC, 0, this.state.get(PC))
      this.state.set(EXCEPTION_CONTEXT, 0, this.state.get(CONTEXT))
      this.state.set(CONTEXT, 0, 0)
    }
    this.jit?.settle()
    this.#running = true
    try {
      return this.engine.run(instructions, this.#machine.runClock)
    } finally {
      this.#running = false
    }
  }

  reset(): void {
    this.state.reset()
    helperTable.resetSystem(this.#port)
    this.#timer.reset()
    const { REGIME, PC } = this.arch.engine
    this.state.set(REGIME, 0, 1)
    this.state.set(PC, 0, 0)
    this.interpreter?.cache.flush()
  }

  /** Starts at an address, in Supervisor mode. */
  start(entry: number, thumb: boolean, registers: Readonly<Record<number, number>>): void {
    const { PC, ISA } = this.arch.engine
    this.state.set(PC, 0, entry)
    this.state.set(ISA, 0, thumb ? 1 : 0)
    for (const [n, value] of Object.entries(registers)) this.#setRegister(Number(n), value)
  }

  /** Address of the next instruction, the core registers and the status register, for whoever looks in from outside. */
  registers(): { pc: number; cpsr: number; core: number[] } {
    const core = Array.from({ length: 15 }, (_, n) => this.#register(n) >>> 0)
    return { pc: this.state.get(this.arch.engine.PC) >>> 0, cpsr: readCpsrValue(this.state) >>> 0, core }
  }

  stats(): Record<string, Record<string, number | string>> {
    const { exits, ...engine } = engineStats(this)
    const { invalidations, ...mmu } = this.guest.counters
    return { "slow paths": { ...exits, helper: this.#helperCalls }, mmu, invalidations, ...engine }
  }
}

function bindHelpers(
  port: ArmPort,
  count: () => void,
): Record<string, (...args: never[]) => number | bigint | undefined> {
  type Bound = (cpu: ArmPort, ...args: never[]) => number | bigint | undefined
  return Object.fromEntries(
    Object.entries(helperTable).map(([name, helper]) => [
      name,
      (...args: never[]) => {
        count()
        return (helper as Bound)(port, ...args)
      },
    ]),
  )
}
