// The special handlers, which belong to no instruction: looking code up, leaving a page, exceptions, calls of regions.

import { PAGE_BYTES } from "../../mmu/address.ts"
import { addressOp, extendToAddress, loadAddress } from "../codegen/address.ts"
import {
  CONTEXT_CONTINUES,
  ENTRY,
  HOT,
  MAILBOX,
  REGION_ENTRIES,
  REGION_ENTRY,
  SCRATCH,
  SPECIAL,
  STATE,
} from "../codegen/layout.ts"
import { lazyFlagsOf, pushIsSomeLazy } from "../codegen/lazy-flags.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"
import { type Homes, IMPORT, LOCAL, loadRegime, reloadRegisters, spill } from "./interpreter-target.ts"
import { callSlow, type ProgramCounter } from "./program-counter.ts"

/** Adds a handler with that name. `emit` writes its code; the labels are as in `HandlerContext`. */
export type AddHandler = (
  name: string,
  emit: (code: Code, next: number, again: number, arrived: number) => void,
) => unknown

/** For calls of regions: index of their signature, and of the function that materialises all lazy flags. */
export type RegionCalls = { readonly type: number; readonly materialiseAll: number }

/** Adds the special handlers in the order of `SPECIAL`. */
export function addSpecialHandlers(pc: ProgramCounter, homes: Homes, regions: RegionCalls, add: AddHandler): void {
  const { arch, addressType } = pc
  const { CONTEXT, EXCEPTION } = arch.engine
  const hasVariants = arch.formats.some(({ variesBy }) => variesBy !== undefined)
  const lazy = lazyFlagsOf(arch)
  const dispatch = (code: Code, again: number, handler: number) => code.i32(handler).set(LOCAL.handler).br(again)
  const dispatchEntry = (code: Code, again: number) =>
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.handler).set(LOCAL.handler).br(again)

  const { PC } = arch.engine
  // The lookup of code is part of the instruction there. So if the budget is spent, the engine returns before the lookup.
  const stopIfSpent = (code: Code) => {
    spill(code, homes)
    code.get(LOCAL.budget).u8(OP.i32Eqz).if()
    code
      .base()
      .get(LOCAL.target)
      .memory(MEMORY[PC.type].store, STATE + PC.offset)
    code.return().end()
  }
  add("undecoded", (code, _, again) => {
    code.get(LOCAL.entry)
    if (pc.hasContext) pc.pushIsInContext()
    else code.i32(0)
    callSlow(code, IMPORT.decode)
    dispatchEntry(code, again)
  })
  add("pageEnd", (code, _, again) => {
    // The dispatch has counted this as an instruction, which it is not.
    code.get(LOCAL.budget).i32(1).u8(OP.i32Add).set(LOCAL.budget)
    pc.pushPc()
    code.set(LOCAL.target)
    code.base()
    // If a context block continues in the next page, the sentinel of the scratch entries has its context.
    pc.pushContext()
    code.memory(MEMORY.i32.store, STATE + CONTEXT.offset)
    dispatch(code, again, SPECIAL.farContext)
  })
  add("crossing", (code, _, again) => {
    pc.pushPc()
    code.set(LOCAL.target)
    if (pc.hasContext) {
      // Does the entry keep the decoded instruction, and is the next page still the same?
      code.get(LOCAL.entry).memory(MEMORY.i32.load, ENTRY.context)
      pc.pushFetchEntry(PAGE_BYTES)
      code.u8(OP.i32Eq).get(LOCAL.entry).memory(MEMORY.i32.load, ENTRY.context).i32(0).u8(OP.i32Ne).u8(OP.i32And).if()
      code
        .get(LOCAL.entry)
        .memory(MEMORY.i32.load16U, ENTRY.guarded)
        .set(LOCAL.handler)
        .br(again + 1)
      code.end()
    }
    spill(code, homes)
    code.get(LOCAL.target).i32(0)
    callSlow(code, IMPORT.scratch)
    code.tee(LOCAL.entry).u8(OP.i32Eqz).if()
    pc.setException(() => code.i32(0))
    dispatch(code, again + 1, SPECIAL.fault)
    code.end()
    pc.enterScratch()
    dispatchEntry(code, again)
  })
  add("far", (code, next, again, arrived) => {
    pc.pushFetchEntry()
    code.tee(LOCAL.page).u8(OP.i32Eqz).if()
    stopIfSpent(code)
    code.get(LOCAL.target)
    callSlow(code, IMPORT.resolve)
    code.tee(LOCAL.page).u8(OP.i32Eqz).if()
    pc.setException(() => code.i32(0))
    dispatch(code, again + 2, SPECIAL.pending)
    code.end()
    // The lookup may have shown hidden entries of unprivileged code again.
    loadRegime(code, arch)
    code.get(LOCAL.page).i32(SCRATCH).u8(OP.i32Eq).if()
    code.i32(SCRATCH).set(LOCAL.entry)
    pc.enterScratch()
    code.br(next + 2).end()
    code.end()
    pc.enterPage()
    code.br(arrived)
  })
  add("farContext", (code, next, again) => {
    code
      .base()
      .memory(MEMORY.i32.load, STATE + CONTEXT.offset)
      .u8(OP.i32Eqz)
      .if()
    dispatch(code, again + 1, SPECIAL.far)
    code.end()
    stopIfSpent(code)
    code
      .get(LOCAL.target)
      .base()
      .memory(MEMORY.i32.load, STATE + CONTEXT.offset)
    callSlow(code, IMPORT.scratch)
    code.tee(LOCAL.entry).u8(OP.i32Eqz).if()
    pc.setException(() => code.base().memory(MEMORY.i32.load, STATE + CONTEXT.offset))
    dispatch(code, again + 1, SPECIAL.pending)
    code.end()
    code
      .base()
      .i32(0)
      .memory(MEMORY.i32.store, STATE + CONTEXT.offset)
    pc.enterScratch()
    code.br(next)
  })
  add("pending", (code, _, again) => {
    // The lookup that failed may have paused the run.
    stopIfSpent(code)
    // An exception between instructions counts as an instruction, so that the budget ends an endless chain of them.
    code.get(LOCAL.budget).i32(1).u8(OP.i32Sub).set(LOCAL.budget)
    dispatch(code, again, SPECIAL.fault)
  })
  add("fault", (code, _, again) => {
    // An exception leaves the context block. A return into the middle of it restores CONTEXT.
    code.i32(0).set(LOCAL.inContext)
    const first = pc.firstException
    code
      .base()
      .memory(MEMORY.i32.load, STATE + EXCEPTION.offset)
      .i32(first - 1)
      .u8(OP.i32Add)
      .set(LOCAL.handler)
    code
      .base()
      .i32(0)
      .memory(MEMORY.i32.store, STATE + EXCEPTION.offset)
      .br(again)
  })
  add("beginContext", (code, next) => {
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.guarded).i32(4).u8(OP.i32Shl)
    code.get(LOCAL.entry).u8(OP.i32Add).tee(LOCAL.entry).set(LOCAL.inContext).br(next)
  })
  add("skip", (code, next) => {
    code.get(LOCAL.budget).i32(1).u8(OP.i32Add).set(LOCAL.budget)
    code.get(LOCAL.entry).i32(ENTRY.size).u8(OP.i32Add).set(LOCAL.entry).br(next)
  })
  add("start", (code, _, again) => {
    code
      .base()
      .memory(MEMORY[PC.type].load, STATE + PC.offset)
      .set(LOCAL.target)
    code.i32(SPECIAL.pending).i32(SPECIAL.farContext)
    code
      .base()
      .memory(MEMORY.i32.load, STATE + EXCEPTION.offset)
      .select()
      .set(LOCAL.handler)
      .br(again)
  })
  add("refetch", (code, _, again) => {
    code.base().i32(0).memory(MEMORY.i32.store, MAILBOX.refetch)
    code.base()
    pc.pushContext()
    code.memory(MEMORY.i32.store, STATE + CONTEXT.offset)
    dispatch(code, again, SPECIAL.farContext)
  })
  add("raised", (code, _, again) => {
    // The instruction at LOCAL.entry raised the exception.
    const { EXCEPTION_PC, EXCEPTION_CONTEXT } = arch.engine
    code.base()
    pc.pushPc()
    code.memory(MEMORY[EXCEPTION_PC.type].store, STATE + EXCEPTION_PC.offset)
    code.base()
    pc.pushOwnContext()
    code.memory(MEMORY.i32.store, STATE + EXCEPTION_CONTEXT.offset)
    dispatch(code, again, SPECIAL.fault)
  })
  add("region", (code, _, again) => {
    // The dispatch has counted an instruction, but regions count their instructions themselves.
    code.get(LOCAL.budget).i32(1).u8(OP.i32Add).set(LOCAL.budget)
    spill(code, homes)
    pc.pushPc()
    code.set(LOCAL.target)
    // block $done; loop: while a region exits to another one whose page is in the TLB.
    code.block().loop()
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.region).set(LOCAL.scratch)
    if (hasVariants) code.loop()
    code.base().get(LOCAL.scratch).memory(MEMORY.i32.store, MAILBOX.region)
    code.get(LOCAL.target).get(LOCAL.tlb).get(LOCAL.scratch)
    code.get(LOCAL.scratch).callIndirect(regions.type).set(LOCAL.handler)
    if (hasVariants) {
      // The region is for other register values: try the next variant of the chain, if there is one.
      code.get(LOCAL.handler).i32(SPECIAL.otherVariant).u8(OP.i32Eq).if()
      code.get(LOCAL.scratch).i32(Math.log2(REGION_ENTRY.size)).u8(OP.i32Shl)
      code.memory(MEMORY.i32.load16U, REGION_ENTRIES + REGION_ENTRY.next)
      code.tee(LOCAL.scratch).brIf(1).end().end()
    }
    loadAddress(code, addressType, MAILBOX.target)
    code.set(LOCAL.target)
    code.get(LOCAL.handler).i32(SPECIAL.far).u8(OP.i32Ne).brIf(1)
    pc.pushFetchEntry()
    // After a miss or at an entry without a region, the handler `far` sets LOCAL.page again.
    code.tee(LOCAL.page).u8(OP.i32Eqz).brIf(1)
    pc.pushTargetOffset()
    pc.emitEntry(LOCAL.page)
    code.tee(LOCAL.entry)
    code.memory(MEMORY.i32.load16U, ENTRY.handler).i32(SPECIAL.region).u8(OP.i32Ne).brIf(1)
    pc.setPageAddress()
    code.base().base().memory(MEMORY.i32.load, MAILBOX.exitSample).i32(-1).u8(OP.i32Add)
    code.tee(LOCAL.scratch).memory(MEMORY.i32.store, MAILBOX.exitSample)
    code.get(LOCAL.scratch).brIf(0)
    // The JIT may replace the region that begins here, so the loop ends and `far` reads the entry again.
    code.get(LOCAL.entry).get(LOCAL.pageAddress).i32(HOT.regionExit).call(IMPORT.hot)
    code.br(1).end().end()
    if (lazy.carriedWords > 0) {
      pushIsSomeLazy(code, lazy)
      code.if().call(regions.materialiseAll).end()
    }
    reloadRegisters(code, homes)
    loadAddress(code, addressType, MAILBOX.target)
    code.set(LOCAL.target).br(again)
  })
  // Interprets the instruction at the target, even if a region begins there, and reports the arrival with a reason.
  const interpret = (why: number) => (code: Code, again: number) => {
    // The target is usually in the page of the region's entry, or in one that the TLB has.
    code.get(LOCAL.target).get(LOCAL.pageAddress)
    addressOp(code, addressType, "sub")
    code.get(LOCAL.pageBytes)
    extendToAddress(code, addressType)
    addressOp(code, addressType, "ltU")
    code.u8(OP.i32Eqz).if()
    pc.pushFetchEntry()
    code.tee(LOCAL.page).u8(OP.i32Eqz).if()
    // A region whose budget is spent exits at an indirect branch without a lookup of the target.
    dispatch(code, again + 2, SPECIAL.farContext)
    code.end().end()
    pc.enterPage()
    if (pc.hasContext) {
      code
        .base()
        .memory(MEMORY.i32.load, STATE + CONTEXT.offset)
        .if()
      code.get(LOCAL.entry).memory(MEMORY.i32.load, ENTRY.context).i32(~CONTEXT_CONTINUES).u8(OP.i32And)
      code
        .base()
        .memory(MEMORY.i32.load, STATE + CONTEXT.offset)
        .u8(OP.i32Ne)
        .if()
      dispatch(code, again + 2, SPECIAL.farContext)
      code.end()
      code
        .base()
        .i32(0)
        .memory(MEMORY.i32.store, STATE + CONTEXT.offset)
      code.get(LOCAL.entry).set(LOCAL.inContext).end()
    }
    pc.countArrival(why)
    code.get(LOCAL.budget).i32(1).u8(OP.i32Sub).tee(LOCAL.budget).i32(0).u8(OP.i32LtS)
    // The budget is spent: leave the main loop.
    code.brIf(again + 1)
    // Where a region begins, its region entry has the handler of the instruction.
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.handler).tee(LOCAL.handler).i32(SPECIAL.region).u8(OP.i32Ne)
    code.brIf(again)
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.region).i32(Math.log2(REGION_ENTRY.size)).u8(OP.i32Shl)
    code
      .memory(MEMORY.i32.load16U, REGION_ENTRIES + REGION_ENTRY.handler)
      .set(LOCAL.handler)
      .br(again)
  }
  add("interpret", (code, _, again) => interpret(HOT.interpreted)(code, again))
  add("otherRegime", (code, _, again) => {
    loadRegime(code, arch)
    dispatch(code, again, SPECIAL.farContext)
  })
  add("otherVariant", (code, _, again) => {
    if (hasVariants) interpret(HOT.variant)(code, again)
    else code.u8(OP.unreachable)
  })
}
