// The interpreter's target of lowering: operands from the predecoded entry, registers in memory, the TLB probe, and control
// by the number of the next handler.

import { probeOf, type TlbProbe } from "../../mmu/tlb-probe.ts"
import { addressOp, addToAddress, extendToAddress, wrapAddress } from "../codegen/address.ts"
import { emitLoad, emitStore } from "../codegen/guest-access.ts"
import { ENTRY, EXIT_REASONS, MAILBOX, SPECIAL, STATE } from "../codegen/layout.ts"
import type { Call, Load, Lowering, Store, Target } from "../codegen/lowering.ts"
import { pushBlock, pushRegister, pushUnprivilegedBlock, registerAddress } from "../codegen/registers.ts"
import { emitTime } from "../codegen/time.ts"
import type { Access, Block, Node, RegisterFile, Statement } from "../ir/index.ts"
import { byteWidth, typeOfBytes } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"
import type { ProgramCounter } from "./program-counter.ts"

/** Locals of the interpreter function, by index; i32 up to `scratch`, then guest addresses. */
export const LOCAL = {
  /** Address of the current entry. */
  entry: 0,
  /** Number of the handler to run. */
  handler: 1,
  /** Instructions that may still be executed. */
  budget: 2,
  /** Address of the TLB block of the current regime. */
  tlb: 3,
  /** Address of the current predecoded page. */
  page: 4,
  /** Bytes of code in the current page; 0 in scratch entries, so that every branch is far. */
  pageBytes: 5,
  /** The entry that will be executed in its decode context, because the entry before leads to it; 0 if none. */
  inContext: 6,
  /** Intermediate value of a handler. */
  scratch: 7,
  /** Guest address of the current page. */
  pageAddress: 8,
  /** Target of a far branch. */
  target: 9,
  /** Guest address of the entry, less `entry >>> shift`. Formats with slots do not use it. */
  pcBase: 10,
  count: 11,
} as const

/** Value of LOCAL.handler after a cold handler: continue with the next instruction. */
export const NEXT = -1
/** Value of LOCAL.handler after a cold handler: a branch has arrived at the next instruction, which is counted. */
export const ARRIVED = -2

/** Names of the imported functions, in index order; helpers follow. */
export const IMPORTS = ["decode", "resolve", "scratch", "attend", "hot", "load", "load64", "store", "store64"] as const
/** Function indices of the imports. */
export const IMPORT = Object.fromEntries(IMPORTS.map((name, i) => [name, i])) as Record<
  (typeof IMPORTS)[number],
  number
>

/** The handler that is being generated. Label depths count from its outermost level. */
export type HandlerContext = {
  /** Label: execute the instruction at LOCAL.entry. */
  readonly next: number
  /** Label: run LOCAL.handler. */
  readonly again: number
  /** Label: as `next`, and count the arrival of a branch. */
  readonly arrived: number
  /** Bits of the instruction word; undefined for exceptions, which have none. */
  readonly wordBits: number | undefined
  /** Bytes from the instruction's address to the next one's. */
  readonly length: number
  /** The format's entry shift. */
  readonly shift: number
  /** Entries of the instruction. */
  readonly unitEntries: number
  /** The program counter of the function that is written. */
  readonly pc: ProgramCounter
  /** Number of an exception, from 0. */
  readonly exception: (name: string) => number
  /** Function index of a helper. */
  readonly helper: (name: string) => number
  /** Index of the function that makes a slow access. */
  readonly slowAccess: (access: Access, kind: "read" | "write") => number
}

// Whether a block sets a register that only a far branch takes into account.
function touches(block: Block, file: RegisterFile): boolean {
  return block.some(
    (s) =>
      (s.kind === "set" && s.file === file) ||
      (s.kind === "if" && (touches(s.passed, file) || touches(s.otherwise, file))) ||
      (s.kind === "eachBit" && touches(s.body, file)),
  )
}

// Whether a block calls a helper.
function performs(block: Block): boolean {
  return block.some(
    (s) =>
      s.kind === "perform" ||
      s.kind === "call" ||
      (s.kind === "if" && (performs(s.passed) || performs(s.otherwise))) ||
      (s.kind === "eachBit" && performs(s.body)),
  )
}

/** Local indices of the registers that live in locals, by file name. */
export type Homes = ReadonlyMap<string, number>

/** Writes the code of one handler. */
export class InterpreterTarget implements Target {
  readonly #arch: Architecture
  readonly #homes: Homes
  readonly #h: HandlerContext
  readonly #probe: TlbProbe
  readonly #isLongWord: boolean
  readonly #far: boolean
  readonly #context: boolean
  readonly #calls: boolean

  constructor(arch: Architecture, homes: Homes, handler: HandlerContext, block: Block) {
    this.#arch = arch
    this.#homes = homes
    this.#h = handler
    this.#probe = probeOf(arch.addressType)
    this.#isLongWord = (handler.wordBits ?? 0) > 32
    const { engine } = arch
    this.#calls = performs(block)
    this.#context = touches(block, engine.CONTEXT)
    this.#far = this.#context || this.#calls || touches(block, engine.REGIME) || touches(block, engine.ISA)
  }

  /** Ends the handler: continues with the following instruction, which is looked up anew if a helper asked for that. */
  next(l: Lowering): void {
    const { code } = l
    if (this.#calls) {
      code.base().memory(MEMORY.i32.load, MAILBOX.refetch).if()
      code.i32(SPECIAL.refetch).set(LOCAL.handler)
      this.#pushPc()
      addToAddress(code, this.#arch.addressType, this.#h.length)
      code.set(LOCAL.target)
      code
        .get(LOCAL.entry)
        .i32(this.#h.unitEntries * ENTRY.size)
        .u8(OP.i32Add)
        .set(LOCAL.entry)
      code.br(this.#h.again + l.depth + 1).end()
    }
    code
      .get(LOCAL.entry)
      .i32(this.#h.unitEntries * ENTRY.size)
      .u8(OP.i32Add)
      .set(LOCAL.entry)
    code.br(this.#h.next + l.depth)
  }

  #dispatch(l: Lowering, handler: number): void {
    l.code
      .i32(handler)
      .set(LOCAL.handler)
      .br(this.#h.again + l.depth)
  }

  #pushWord(code: Code): void {
    code.get(LOCAL.entry).memory(this.#isLongWord ? MEMORY.i64.load : MEMORY.i32.load, ENTRY.word)
  }

  field(l: Lowering, { bits, type }: Extract<Node, { kind: "field" }>): void {
    const { code } = l
    const total = this.#h.wordBits!
    if (bits.low >= total) {
      // The extension word is in the following entry, which is skipped.
      code.get(LOCAL.entry).memory(MEMORY.i64.load, ENTRY.size + ENTRY.word)
      this.#cut64(code, bits.low - total, bits.width, type)
      return
    }
    this.#pushWord(code)
    if (this.#isLongWord) {
      this.#cut64(code, bits.low, bits.width, type)
      return
    }
    if (bits.low > 0) code.i32(bits.low).u8(OP.i32ShrU)
    if (bits.low + bits.width < 32) code.i32(2 ** bits.width - 1).u8(OP.i32And)
  }

  #cut64(code: Code, low: number, width: number, type: string): void {
    if (low > 0) code.i64(BigInt(low)).u8(OP.i64ShrU)
    if (type === "i64") {
      code.i64((1n << BigInt(width)) - 1n).u8(OP.i64And)
      return
    }
    code.u8(OP.i32Wrap)
    if (width < 32) code.i32(2 ** width - 1).u8(OP.i32And)
  }

  derived(l: Lowering): void {
    l.code.get(LOCAL.entry).memory(MEMORY.i32.load, ENTRY.computed)
  }

  pc(l: Lowering): void {
    if (this.#h.wordBits === undefined) pushRegister(l.code, this.#arch.engine.EXCEPTION_PC, 0)
    else this.#pushPc()
  }

  #pushPc(): void {
    this.#h.pc.pushPc(this.#h.shift)
  }

  // Pushes the address of a register without its file's offset, which goes into the access.
  #registerBase(l: Lowering, file: RegisterFile, index: Node): number {
    const { code } = l
    const size = byteWidth(file.type)
    if (index.kind === "const") {
      code.base()
      return registerAddress(file, Number(index.value))
    }
    const scale = Math.log2(size)
    if (index.kind === "field" && this.#h.wordBits === 32) {
      // One shift and one mask extract the field and scale it.
      const { low, width } = index.bits
      this.#pushWord(code)
      if (low > scale) code.i32(low - scale).u8(OP.i32ShrU)
      else if (low < scale) code.i32(scale - low).u8(OP.i32Shl)
      code.i32((2 ** width - 1) << scale).u8(OP.i32And)
    } else {
      l.value(index)
      code.i32(scale).u8(OP.i32Shl)
    }
    return STATE + file.offset
  }

  get(l: Lowering, file: RegisterFile, index: Node): void {
    const home = this.#homes.get(file.name)
    if (home !== undefined) l.code.get(home)
    else {
      const offset = this.#registerBase(l, file, index)
      l.code.memory(MEMORY[file.type].load, offset)
    }
  }

  set(l: Lowering, { file, index, value }: Extract<Statement, { kind: "set" }>): void {
    const home = this.#homes.get(file.name)
    if (home !== undefined) {
      l.value(value)
      l.code.set(home)
      return
    }
    const offset = this.#registerBase(l, file, index)
    l.value(value)
    l.code.memory(MEMORY[file.type].store, offset)
    if (file === this.#arch.engine.REGIME) loadRegime(l.code, this.#arch)
  }

  load(l: Lowering, { access, type, address: at }: Load): void {
    const { code } = l
    const address = this.#address(l, at)
    const entry = this.#missTest(l, address, access, "read")
    code.if(type)
    l.depth++
    code.base().get(LOCAL.budget).memory(MEMORY.i32.store, MAILBOX.budget)
    code.get(address).call(this.#h.slowAccess(access, "read"))
    this.#afterAccess(l)
    l.depth--
    code.else()
    this.#probe.pushHostAddress(code, entry, address)
    emitLoad(code, access, this.#arch.byteOrder)
    code.end()
  }

  store(l: Lowering, { access, address: at, value }: Store): void {
    const { code } = l
    const address = this.#address(l, at)
    const content = l.locals.take(typeOfBytes(access.bytes))
    l.value(value)
    code.set(content)
    const entry = this.#missTest(l, address, access, "write")
    code.if()
    l.depth++
    code.base().get(LOCAL.budget).memory(MEMORY.i32.store, MAILBOX.budget)
    code.get(address).get(content).call(this.#h.slowAccess(access, "write"))
    this.#afterAccess(l)
    l.depth--
    code.else()
    this.#probe.pushHostAddress(code, entry, address)
    emitStore(code, access, this.#arch.byteOrder, () => code.get(content))
    code.end()
  }

  // Pushes whether the TLB misses or the address is not a multiple of the size; returns the local of what was found.
  #missTest(l: Lowering, address: number, access: Access, kind: "read" | "write"): number {
    const { code } = l
    const entry = l.locals.take("i32")
    const pushBlock = () => (access.asUser ? pushUnprivilegedBlock(code, this.#arch) : code.get(LOCAL.tlb))
    const { bytes } = access
    this.#probe.emitMissTest(code, { address, entry, pushBlock }, { bytes, alignment: bytes }, kind)
    return entry
  }

  #address(l: Lowering, node: Node): number {
    const local = l.locals.take(this.#arch.addressType)
    l.value(node)
    l.code.set(local)
    return local
  }

  // A helper may have changed registers, lowered the budget or recorded an exception.
  #afterCall(l: Lowering): void {
    reload(l.code, this.#arch, this.#homes)
    this.#takeException(l)
  }

  // A slow access changes no register, but may lower the budget or record an exception.
  #afterAccess(l: Lowering): void {
    l.code.base().memory(MEMORY.i32.load, MAILBOX.budget).set(LOCAL.budget)
    this.#takeException(l)
  }

  #takeException(l: Lowering): void {
    l.code.i32(SPECIAL.raised).set(LOCAL.handler)
    l.code
      .base()
      .memory(MEMORY.i32.load, STATE + this.#arch.engine.EXCEPTION.offset)
      .brIf(this.#h.again + l.depth)
  }

  time(l: Lowering): void {
    emitTime(l.code, () => l.code.get(LOCAL.budget))
  }

  call(l: Lowering, call: Call): void {
    const { code } = l
    for (const arg of call.args) l.value(arg)
    spill(code, this.#homes)
    code.call(this.#h.helper(call.helper.name))
    if (!call.helper.mayFault) {
      reload(code, this.#arch, this.#homes)
      return
    }
    // The check for an exception needs an empty stack, so the result waits in a local.
    const result = call.helper.result && l.locals.take(call.helper.result)
    if (result !== undefined) code.set(result)
    this.#afterCall(l)
    if (result !== undefined) code.get(result)
  }

  branch(l: Lowering, { target, context }: Extract<Statement, { kind: "branch" }>): void {
    const { code } = l
    const { ISA } = this.#arch.engine
    if (context) {
      code.base()
      l.value(context)
      code.memory(MEMORY.i32.store, STATE + ISA.offset)
    }
    l.value(target)
    code.set(LOCAL.target)
    if (!this.#far && !context && this.#h.wordBits !== undefined) {
      // A branch within the page: its offset is below the page's size.
      const { addressType } = this.#arch
      const pushOffset = () => {
        code.get(LOCAL.target).get(LOCAL.pageAddress)
        addressOp(code, addressType, "sub")
      }
      pushOffset()
      if (addressType === "i32") code.tee(LOCAL.handler)
      code.get(LOCAL.pageBytes)
      extendToAddress(code, addressType)
      addressOp(code, addressType, "ltU")
      code.if()
      if (addressType === "i32") code.get(LOCAL.handler)
      else {
        pushOffset()
        wrapAddress(code, addressType)
      }
      this.#h.pc.emitEntry(LOCAL.page, this.#h.shift)
      code.set(LOCAL.entry)
      code.br(this.#h.arrived + l.depth + 1).end()
    }
    this.#dispatch(l, this.#context || this.#h.wordBits === undefined ? SPECIAL.farContext : SPECIAL.far)
  }

  raise(l: Lowering, { exception, args }: Extract<Statement, { kind: "raise" }>): void {
    const { code } = l
    const { EXCEPTION, EXCEPTION_ARG } = this.#arch.engine
    const size = byteWidth(EXCEPTION_ARG.type)
    args.forEach((arg, i) => {
      code.base()
      l.value(arg)
      code.memory(MEMORY[EXCEPTION_ARG.type].store, STATE + EXCEPTION_ARG.offset + i * size)
    })
    code
      .base()
      .i32(1 + this.#h.exception(exception))
      .memory(MEMORY.i32.store, STATE + EXCEPTION.offset)
    this.#dispatch(l, SPECIAL.raised)
  }

  exit(l: Lowering, reason: string): void {
    const { code } = l
    // The engine reads the reason after the instruction is complete.
    code.base().i32(exitCode(reason)).memory(MEMORY.i32.store, MAILBOX.exit)
    this.#stopNow(code)
    this.next(l)
  }

  attend(l: Lowering): void {
    const { code } = l
    code.base().memory(MEMORY.i32.load, MAILBOX.interrupt).if()
    this.#stopNow(code)
    code.end()
  }

  // Calls TypeScript, which sets the budget to 0: the engine returns before the next instruction.
  #stopNow(code: Code): void {
    spill(code, this.#homes)
    code.call(IMPORT.attend)
    reload(code, this.#arch, this.#homes)
  }
}

function exitCode(reason: string): number {
  const found = EXIT_REASONS.indexOf(reason as (typeof EXIT_REASONS)[number])
  if (found < 0) throw new Error(`no exit reason ${reason}`)
  return found
}

/** Stores the registers that live in locals, and the budget, before TypeScript is called. */
export function spill(code: Code, homes: Homes): void {
  for (const [name, local] of homes) code.base().get(local).memory(MEMORY.i32.store, homeOffset(homes, name))
  code.base().get(LOCAL.budget).memory(MEMORY.i32.store, MAILBOX.budget)
}

/** Loads them again, and the TLB block of the regime, which may have changed. */
export function reload(code: Code, arch: Architecture, homes: Homes): void {
  reloadRegisters(code, homes)
  loadRegime(code, arch)
}

/** Loads them again where the regime cannot have changed. */
export function reloadRegisters(code: Code, homes: Homes): void {
  for (const [name, local] of homes) code.base().memory(MEMORY.i32.load, homeOffset(homes, name)).set(local)
  code.base().memory(MEMORY.i32.load, MAILBOX.budget).set(LOCAL.budget)
}

const offsets = new WeakMap<Homes, Map<string, number>>()

/** Assigns a local to each register that the architecture wants in one, from `first` on. */
export function makeHomes(arch: Architecture, first: number): Homes {
  const files = arch.state.list.filter((f) => f.home === "local")
  const homes = new Map(files.map((f, i) => [f.name, first + i] as const))
  offsets.set(homes, new Map(files.map((f) => [f.name, STATE + f.offset])))
  return homes
}

function homeOffset(homes: Homes, name: string): number {
  return offsets.get(homes)!.get(name)!
}

/** Sets LOCAL.tlb to the address of the TLB block of the current regime. */
export function loadRegime(code: Code, arch: Architecture): void {
  pushBlock(code, arch)
  code.set(LOCAL.tlb)
}
