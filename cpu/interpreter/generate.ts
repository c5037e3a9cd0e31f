// Generates the interpreter of an architecture: a WebAssembly function, `loop { br_table }` over handlers. Each variant of
// an instruction, each guard and each exception has a handler; special handlers do the rest.

import { entryOffset, entryShift } from "../codegen/code-address.ts"
import { mayBeMisaligned } from "../codegen/guest-access.ts"
import {
  ENTRY,
  FRAME,
  FRAME_LOCALS,
  HOT,
  MAILBOX,
  PROFILE,
  REGIONS,
  regionType,
  SPECIAL,
  STATE,
} from "../codegen/layout.ts"
import { addMaterialiseAll, addMaterialisers, lazyFlagsOf } from "../codegen/lazy-flags.ts"
import { Locals, Lowering } from "../codegen/lowering.ts"
import { addMisalignedAccesses, MISALIGNED_ACCESSES } from "../codegen/misaligned.ts"
import { Builder, type Node, Operand, type Type } from "../ir/index.ts"
import { type Architecture, type CodeFormat, type Instruction, type Variant, variants } from "../isa/index.ts"
import { Code, MEMORY, Module, OP, TracedCode } from "../wasm/index.ts"
import {
  ARRIVED,
  type HandlerContext,
  type Homes,
  IMPORTS,
  InterpreterTarget,
  LOCAL,
  makeHomes,
  NEXT,
  reload,
  spill,
} from "./interpreter-target.ts"
import { ProgramCounter } from "./program-counter.ts"
import { SlowAccesses } from "./slow-access.ts"
import { addSpecialHandlers } from "./special-handlers.ts"

/** The handlers by what the predecoder knows of an instruction. */
export type HandlerIndex = {
  /** Handler of an instruction's variant, by the values of its modifiers. */
  readonly variants: ReadonlyMap<Instruction, VariantTree>
  /** Handler of a guard, by `guardKey`. */
  readonly guards: ReadonlyMap<string, number>
  /** Handler of a word that encodes nothing, by the name of the code format. */
  readonly undefined: ReadonlyMap<string, number>
}

/** Key of a guard: code format, length of the instruction, and condition (0 if it is an operand of the handler). */
export const guardKey = (format: CodeFormat, length: number, condition: number): string =>
  `${format.name} ${length} ${condition}`

/** Handlers of an instruction: a decision tree over its modifiers. Leaves have the name of the computed operand. */
export type VariantTree =
  | { readonly handler: number; readonly computed: string | undefined }
  | { readonly modifier: string; readonly children: (VariantTree | undefined)[] }

type Labels = [next: number, again: number, arrived: number]

type Handler = {
  readonly name: string
  /** Writes the handler; the labels are as in `HandlerContext`. */
  readonly emit: (...labels: Labels) => void
  number: number
}

/** A generated interpreter: its WebAssembly module, and its handlers with their names by number. */
export type Generated = { readonly bytes: Uint8Array; readonly index: HandlerIndex; readonly names: readonly string[] }

const HOMES = LOCAL.count
/** Most bytes of handlers in the main function: beyond some limit, V8 allocates registers badly. */
const MAIN_BYTES = 30_000

/** Most pages of 64 KiB in a 32-bit memory. */
const MOST_PAGES = 65_536

/** Generates the interpreter of an architecture; with `profile`, one that counts the executions of each handler. */
export function generateInterpreter(arch: Architecture, profile = false): Generated {
  return new Generator(arch, profile).generate()
}

class Generator {
  readonly #arch: Architecture
  #code = new TracedCode()
  readonly #homes: Homes
  readonly #pc: ProgramCounter
  #locals: Locals
  /** Locals that cold handlers load and store in memory. */
  readonly #frame: readonly number[]
  readonly #handlers: Handler[] = []
  readonly #profile: boolean
  readonly #exceptions = new Map<string, Handler>()
  readonly #guards = new Map<string, Handler>()
  readonly #undefined = new Map<CodeFormat, Handler>()
  #order: Handler[] = []
  readonly #names = new Set<string>()
  readonly #variants = new Map<Instruction, VariantTree>()
  readonly #slowAccesses: SlowAccesses
  /** Index of the function that materialises all lazy flags; it comes after those that it calls. */
  readonly #materialiseAll: number

  constructor(arch: Architecture, profile: boolean) {
    this.#arch = arch
    this.#profile = profile
    this.#homes = makeHomes(arch, HOMES)
    this.#frame = [...Object.values(LOCAL).filter((local) => local !== LOCAL.count), ...this.#homes.values()]
    if (this.#frame.length > FRAME_LOCALS) throw new Error(`${arch.name}: too many registers live in locals`)
    this.#locals = new Locals(HOMES + this.#homes.size)
    this.#pc = new ProgramCounter(this.#code, arch)
    this.#materialiseAll = IMPORTS.length + arch.helpers.length + lazyFlagsOf(arch).choices.length
    const misaligned = this.#materialiseAll + 1
    const slow = misaligned + (mayBeMisaligned(arch.byteOrder) ? 0 : MISALIGNED_ACCESSES)
    this.#slowAccesses = new SlowAccesses(arch, slow, misaligned)
  }

  generate(): Generated {
    const arch = this.#arch
    const module = new Module()
    const regions = { type: module.typeIndex(regionType(arch.addressType)), materialiseAll: this.#materialiseAll }
    addSpecialHandlers(this.#pc, this.#homes, regions, (name, emit) =>
      this.#add(name, (next, again, arrived) => emit(this.#code, next, again, arrived)),
    )
    for (const name of Object.keys(arch.exceptions)) this.#exceptions.set(name, this.#exception(name))
    for (const format of arch.formats) this.#format(format)
    const hot = this.#number()
    module.importMemory("emu", "memory", 1, MOST_PAGES)
    const wide = arch.addressType
    const signatures: Record<(typeof IMPORTS)[number], { params: Type[]; result?: Type }> = {
      decode: { params: ["i32", "i32"] },
      resolve: { params: [wide], result: "i32" },
      scratch: { params: [wide, "i32"], result: "i32" },
      attend: { params: [] },
      hot: { params: ["i32", wide, "i32"] },
      load: { params: [wide, "i32"], result: "i32" },
      load64: { params: [wide, "i32"], result: "i64" },
      store: { params: [wide, "i32", "i32"] },
      store64: { params: [wide, "i64", "i32"] },
    }
    for (const name of IMPORTS) module.importFunction("emu", name, signatures[name])
    for (const { name, params, result } of arch.helpers) module.importFunction("helper", name, { params, result })
    const main = this.#main(hot, module.typeIndex({ params: [] }))
    const cold = this.#order.slice(hot).map((handler) => this.#cold(handler))
    addMaterialisers(module, arch)
    const materialiseAll = addMaterialiseAll(module, arch, IMPORTS.length + arch.helpers.length)
    if (materialiseAll !== this.#materialiseAll) throw new Error("a function has another index than its callers assume")
    if (!mayBeMisaligned(arch.byteOrder)) addMisalignedAccesses(module)
    this.#slowAccesses.addTo(module)
    module.addFunction({ params: [] }, ...main, "run")
    const functions = cold.map((handler) => module.addFunction({ params: [] }, ...handler))
    module.setTable(functions, REGIONS)
    return {
      bytes: module.encode(),
      names: this.#order.map((h) => h.name),
      index: {
        variants: this.#variants,
        guards: new Map([...this.#guards].map(([key, handler]) => [key, handler.number])),
        undefined: new Map([...this.#undefined].map(([format, handler]) => [format.name, handler.number])),
      },
    }
  }

  // Numbers the handlers: special ones, hot ones while they fit, exceptions, then the rest. The main function has only the
  // special and hot ones: beyond some 8,000 virtual registers, V8 no longer allocates registers well. Each of the others,
  // the cold handlers, is a function of its own. Returns the number of handlers in the main function.
  #number(): number {
    const exceptions = new Set<Handler>(this.#exceptions.values())
    const special = this.#handlers.slice(0, SPECIAL.count)
    const rest = new Map(this.#handlers.slice(SPECIAL.count).map((h) => [h.name, h]))
    const inside: Handler[] = []
    let size = 0
    for (const name of this.#arch.hotHandlers) {
      const handler = rest.get(name)
      if (!handler || exceptions.has(handler)) continue
      size += this.#sizeOf(handler)
      if (size > MAIN_BYTES) break
      inside.push(handler)
      rest.delete(name)
    }
    const outside = [...rest.values()].filter((h) => !exceptions.has(h))
    this.#order = [...special, ...inside, ...exceptions, ...outside]
    for (const [number, handler] of this.#order.entries()) handler.number = number
    this.#pc.firstException = special.length + inside.length
    return special.length + inside.length
  }

  #sizeOf(handler: Handler): number {
    this.#begin()
    handler.emit(0, 0, 0)
    return this.#code.length
  }

  #begin(): void {
    this.#code = this.#pc.code = new TracedCode()
    this.#locals = new Locals(HOMES + this.#homes.size)
  }

  #localTypes(): Type[] {
    const wide = this.#arch.addressType
    const fixed = [...new Array<Type>(LOCAL.pageAddress).fill("i32"), wide, wide, wide]
    return [...fixed, ...new Array<Type>(this.#homes.size).fill("i32"), ...this.#locals.types]
  }

  // Layout: block $stop; loop $again; block $next; block $arrived; block $cold; a block for each handler, the first one
  // innermost. A cold handler cannot branch to these labels: it leaves NEXT, ARRIVED or a handler's number in LOCAL.handler.
  #main(hot: number, coldType: number): [Type[], Code] {
    this.#begin()
    const code = this.#code
    reload(code, this.#arch, this.#homes)
    const { PC, CONTEXT } = this.#arch.engine
    code.i32(SPECIAL.start).set(LOCAL.handler)
    code.block().loop()
    if (this.#profile) countHandler(code)
    code.block().block().block()
    for (let i = 0; i < hot; i++) code.block()
    code.get(LOCAL.handler).brTable(
      Array.from({ length: hot }, (_, i) => i),
      hot,
    )
    for (const [i, handler] of this.#order.slice(0, hot).entries()) {
      code.end()
      const left = hot - 1 - i
      handler.emit(left + 2, left + 3, left + 1)
    }
    code.end()
    for (const local of this.#frame) this.#frameStore(code, local)
    code.get(LOCAL.handler).i32(hot).u8(OP.i32Sub).callIndirect(coldType)
    for (const local of this.#frame) this.#frameLoad(code, local)
    code.get(LOCAL.handler).i32(NEXT).u8(OP.i32Eq).brIf(1)
    code.get(LOCAL.handler).i32(ARRIVED).u8(OP.i32Eq).brIf(0).br(2).end()
    this.#pc.countArrival(HOT.arrived)
    code.end()
    code.get(LOCAL.budget).i32(1).u8(OP.i32Sub).tee(LOCAL.budget).i32(0).u8(OP.i32LtS).brIf(1)
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.handler).set(LOCAL.handler)
    code.br(0).end().end()
    // The budget is spent before the instruction at LOCAL.entry.
    code.get(LOCAL.budget).i32(1).u8(OP.i32Add).set(LOCAL.budget)
    code.base()
    this.#pc.pushPc()
    code.memory(MEMORY[PC.type].store, STATE + PC.offset)
    code.base()
    this.#pc.pushContext()
    code.memory(MEMORY.i32.store, STATE + CONTEXT.offset)
    spill(code, this.#homes)
    return [this.#localTypes(), code]
  }

  // A cold handler loads and stores only the locals that it uses.
  #cold(handler: Handler): [Type[], Code] {
    this.#begin()
    const body = this.#code
    // block $again; block $arrived; block $next
    body.block().block().block()
    handler.emit(0, 2, 1)
    body.end().i32(NEXT).set(LOCAL.handler).br(1).end().i32(ARRIVED).set(LOCAL.handler).end()
    const code = new Code()
    const frame = this.#frame
    for (const local of frame) if (body.reads.has(local) || body.writes.has(local)) this.#frameLoad(code, local)
    code.raw(body.bytes())
    for (const local of frame) if (body.writes.has(local)) this.#frameStore(code, local)
    return [this.#localTypes(), code]
  }

  // Registers and the budget have their usual addresses, where TypeScript finds them too.
  #frameAddress(local: number): number {
    if (local === LOCAL.budget) return MAILBOX.budget
    for (const [name, home] of this.#homes) {
      if (home === local) return STATE + this.#arch.state.files[name]!.offset
    }
    return FRAME + local * 8
  }

  #frameType(local: number): Type {
    return local >= LOCAL.pageAddress && local < LOCAL.count ? this.#arch.addressType : "i32"
  }

  #frameLoad(code: Code, local: number): void {
    code.base().memory(MEMORY[this.#frameType(local)].load, this.#frameAddress(local)).set(local)
  }

  #frameStore(code: Code, local: number): void {
    code.base().get(local).memory(MEMORY[this.#frameType(local)].store, this.#frameAddress(local))
  }

  // Two encodings may have the same text, but the profile needs a unique name for each handler.
  #add(wanted: string, emit: Handler["emit"]): Handler {
    let name = wanted
    for (let n = 2; this.#names.has(name); n++) name = `${wanted} (${n})`
    this.#names.add(name)
    const handler = { name, emit, number: -1 }
    this.#handlers.push(handler)
    return handler
  }

  #handlerContext([next, again, arrived]: Labels, format: CodeFormat | undefined, length: number): HandlerContext {
    const helpers = this.#arch.helpers
    return {
      next,
      again,
      arrived,
      wordBits: format && (format.wordBits ?? 32),
      length,
      shift: format ? entryShift(format) : 0,
      unitEntries: format ? entriesOf(format, length) : 0,
      pc: this.#pc,
      exception: (name) => {
        const number = [...this.#exceptions.keys()].indexOf(name)
        if (number < 0) throw new Error(`${this.#arch.name} has no exception ${name}`)
        return number
      },
      helper: (name) => {
        const i = helpers.findIndex((h) => h.name === name)
        if (i < 0) throw new Error(`${this.#arch.name} has no helper ${name}`)
        return IMPORTS.length + i
      },
      slowAccess: (access, kind) => this.#slowAccesses.index(access, kind),
    }
  }

  #emit(b: Builder, context: HandlerContext): void {
    const target = new InterpreterTarget(this.#arch, this.#homes, context, b.block)
    const lowering = new Lowering(this.#code, this.#locals, target)
    if (lowering.instruction(b.block)) target.next(lowering)
    this.#locals.releaseAll()
  }

  #exception(name: string): Handler {
    const { arch, addressType } = { arch: this.#arch, addressType: this.#arch.addressType }
    const b = new Builder({ addressType, length: 0 })
    const { EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } = arch.engine
    const args: Node[] = Array.from({ length: EXCEPTION_ARG.count }, (_, i) => b.reg(EXCEPTION_ARG, i))
    arch.exceptions[name]!(b, { pc: b.reg(EXCEPTION_PC), context: b.reg(EXCEPTION_CONTEXT), args })
    return this.#add(`exception ${name}`, (...labels) => this.#emit(b, this.#handlerContext(labels, undefined, 0)))
  }

  #format(format: CodeFormat): void {
    const { addressType } = this.#arch
    const unit = format.unit
    const undefinedHandler = this.#add(`${format.name} undefined`, (...labels) => {
      const b = new Builder({ addressType, length: unit })
      b.raise(this.#arch.undefinedInstruction)
      this.#emit(b, this.#handlerContext(labels, format, unit))
    })
    this.#undefined.set(format, undefinedHandler)
    for (const length of format.slots ? [1] : format.lengths) this.#guard(format, length)
    for (const set of format.sets) {
      const length = lengthOf(set.vocabulary.bits, format)
      for (const instruction of set.instructions) {
        for (const v of variants(instruction, { addressType, length })) this.#variant(v, format, length)
      }
    }
  }

  #guard(format: CodeFormat, length: number): void {
    const { vocabulary } = format.sets[0]!
    const { guard } = vocabulary
    if (!guard) return
    const hasContext = Object.keys(vocabulary.context).length > 0
    const field = vocabulary.fields[guard.field] ?? vocabulary.context[guard.field]
    const enumerated = field && !("role" in field && field.role === "operand")
    const count = !enumerated ? 1 : "values" in field ? field.values : 2 ** (field as { bits: number }).bits - 1
    for (let condition = 0; condition < count; condition++) {
      const key = guardKey(format, length, condition)
      const handler = this.#add(`${format.name} ${length} guard ${condition}`, (...labels) => {
        const code = this.#code
        const [, again] = labels
        if (hasContext) {
          this.#pc.pushIsInContext()
          code.u8(OP.i32Eqz).if()
          code
            .i32(SPECIAL.crossing)
            .set(LOCAL.handler)
            .br(again + 1)
          code.end()
          this.#pc.continueContext(entriesOf(format, length))
        }
        const context = this.#handlerContext(labels, format, length)
        const b = new Builder({ addressType: this.#arch.addressType, length })
        const operand = enumerated ? condition : guardOperand(guard.field, field as { bits: number })
        const test = guard.test(b, operand as never)
        const target = new InterpreterTarget(this.#arch, this.#homes, context, [])
        const l = new Lowering(code, this.#locals, target)
        l.test(b.block, test)
        code.if()
        code
          .get(LOCAL.entry)
          .memory(MEMORY.i32.load16U, ENTRY.guarded)
          .set(LOCAL.handler)
          .br(again + 1)
        code.end()
        target.next(l)
        this.#locals.releaseAll()
      })
      this.#guards.set(key, handler)
    }
  }

  #variant(v: Variant, format: CodeFormat, length: number): void {
    const { vocabulary, name: mnemonic, args } = v.instruction
    const name = [vocabulary.name, mnemonic, args, ...v.modifiers.map(([n, x]) => `${n}=${x}`)].join(" ")
    const handler = this.#add(name, (...labels) => this.#emit(v.builder, this.#handlerContext(labels, format, length)))
    const leaf: VariantTree = {
      get handler() {
        return handler.number
      },
      computed: v.computed,
    }
    let tree = this.#variants.get(v.instruction)
    if (!tree) this.#variants.set(v.instruction, (tree = grow(v, 0, leaf)))
    else insert(tree, v, 0, leaf)
  }
}

// Adds 1 to the handler's counter.
function countHandler(code: Code): void {
  const address = () => code.get(LOCAL.handler).i32(3).u8(OP.i32Shl)
  address()
  address().memory(MEMORY.i64.load, PROFILE).i64(1n).u8(OP.i64Add).memory(MEMORY.i64.store, PROFILE)
}

function grow(v: Variant, n: number, leaf: VariantTree): VariantTree {
  const next = v.modifiers[n]
  if (!next) return leaf
  const children: (VariantTree | undefined)[] = []
  children[next[1]] = grow(v, n + 1, leaf)
  return { modifier: next[0], children }
}

function insert(tree: VariantTree, v: Variant, n: number, leaf: VariantTree): void {
  const next = v.modifiers[n]
  if (!next || !("modifier" in tree))
    throw new Error(`${v.instruction.name}: its variants depend on modifiers in different orders`)
  const child = tree.children[next[1]]
  if (child) insert(child, v, n + 1, leaf)
  else tree.children[next[1]] = grow(v, n + 1, leaf)
}

function guardOperand(name: string, field: { bits: number }): Operand {
  // A guard that is an operand is in the lowest bits of every instruction word.
  return new Operand(name, { kind: "field", type: "i32", bits: { low: 0, width: field.bits } })
}

// Distance in entries to the next instruction. In formats with slots, skipped entries lead from the last slot to the next
// unit.
function entriesOf(format: CodeFormat, length: number): number {
  return format.slots ? 1 : entryOffset(format, length) / ENTRY.size
}

// Length in bytes of the instructions in a set with words of that many bits.
function lengthOf(bits: number, format: CodeFormat): number {
  return bits <= 32 ? bits / 8 : (format.lengths[0] ?? 1)
}
