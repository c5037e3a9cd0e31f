// The program counter in generated code. LOCAL.entry is the current entry; its address and decode context are computed from it.

import { PAGE_BYTES } from "../../mmu/address.ts"
import { probeOf, type TlbProbe } from "../../mmu/tlb-probe.ts"
import {
  type AddressType,
  addressOp,
  addToAddress,
  extendToAddress,
  pushAddress,
  wrapAddress,
} from "../codegen/address.ts"
import { emitEntryOffset, entryShift, pushEntryShift } from "../codegen/code-address.ts"
import {
  CONTEXT_CONTINUES,
  COUNTER_MASK,
  COUNTER_SHIFT,
  COUNTERS,
  CURRENT_PAGE,
  ENTRY,
  MAILBOX,
  SPECIAL,
  STATE,
} from "../codegen/layout.ts"
import { pushRegister } from "../codegen/registers.ts"
import type { Architecture, CodeFormat } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"
import { IMPORT, LOCAL } from "./interpreter-target.ts"

/** Calls a function of TypeScript, which may pause the run: that takes the budget. */
export function callSlow(code: Code, callee: number): void {
  code.base().get(LOCAL.budget).memory(MEMORY.i32.store, MAILBOX.budget)
  code.call(callee)
  code.base().memory(MEMORY.i32.load, MAILBOX.budget).set(LOCAL.budget)
}

/** Writes code that computes and moves the program counter; each `push` method leaves one value on the stack. */
export class ProgramCounter {
  /** The function that is being written. */
  code: Code
  /** The architecture, its type of addresses, and the probe of its TLB. */
  readonly arch: Architecture
  readonly addressType: AddressType
  readonly probe: TlbProbe
  /** The format with slots, if the architecture has one. */
  readonly #slotted: CodeFormat | undefined
  readonly #hasContext: boolean
  /** Handler of the first exception; those of the others follow it. */
  firstException = 0

  constructor(code: Code, arch: Architecture) {
    this.code = code
    this.arch = arch
    this.addressType = arch.addressType
    this.probe = probeOf(arch.addressType)
    this.#slotted = arch.formats.find(({ slots }) => slots !== undefined)
    this.#hasContext = arch.formats.every(({ wordBits = 32 }) => wordBits <= 32)
  }

  /** Pushes the guest address of the entry. `shift` is the entry shift of the format; if absent, it comes from ISA. */
  pushPc(shift?: number): void {
    const { code, addressType } = this
    const slotted = this.#slotted
    if (slotted) {
      const unit = Math.log2(slotted.unit)
      const bytes = unit + entryShift(slotted)
      code.get(LOCAL.entry).get(LOCAL.page).u8(OP.i32Sub).i32(bytes).u8(OP.i32ShrU).i32(unit).u8(OP.i32Shl)
      code.get(LOCAL.entry).i32(Math.log2(ENTRY.size)).u8(OP.i32ShrU).i32(3).u8(OP.i32And).u8(OP.i32Or)
      extendToAddress(code, addressType)
      code.get(LOCAL.pageAddress)
    } else {
      code.get(LOCAL.entry)
      if (shift === undefined) pushEntryShift(code, this.arch)
      else code.i32(shift)
      code.u8(OP.i32ShrU)
      extendToAddress(code, addressType)
      code.get(LOCAL.pcBase)
    }
    addressOp(code, addressType, "add")
  }

  /** Converts the offset in the page on the stack to the address of its entry. `page` is the local of the page's entries. */
  emitEntry(page: number, shift?: number): void {
    const { code, arch } = this
    emitEntryOffset(code, this.#slotted ?? arch.formats[0]!, LOCAL.scratch, () =>
      shift === undefined ? pushEntryShift(code, arch) : code.i32(shift),
    )
    code.get(page).u8(OP.i32Add)
  }

  /** Pushes the decode context in which the entry will be executed: its own if it was entered in context, else 0. */
  pushContext(): void {
    const { code } = this
    if (!this.#hasContext) {
      code.i32(0)
      return
    }
    this.#pushEntryContext()
    code.i32(0)
    this.pushIsInContext()
    code.select()
  }

  /** Pushes the decode context in which the entry is being executed. */
  pushOwnContext(): void {
    const { code } = this
    if (!this.#hasContext) {
      code.i32(0)
      return
    }
    // Crossing instructions and region entries use these bytes otherwise; they are never in a context block.
    this.#pushEntryContext()
    code.i32(0)
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.handler).i32(SPECIAL.crossing).u8(OP.i32Ne)
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.handler).i32(SPECIAL.region).u8(OP.i32Ne).u8(OP.i32And)
    code.select()
  }

  /** Whether entries have room for a decode context. */
  get hasContext(): boolean {
    return this.#hasContext
  }

  #pushEntryContext(): void {
    this.code.get(LOCAL.entry).memory(MEMORY.i32.load, ENTRY.context).i32(~CONTEXT_CONTINUES).u8(OP.i32And)
  }

  /** Pushes whether the entry, which is executed next, was entered in its context. */
  pushIsInContext(): void {
    this.code.get(LOCAL.entry).get(LOCAL.inContext).u8(OP.i32Eq)
  }

  /** Enters the next instruction in its context if the block continues there. `entries` is the length of this one. */
  continueContext(entries: number): void {
    const { code } = this
    code
      .get(LOCAL.entry)
      .i32(entries * ENTRY.size)
      .u8(OP.i32Add)
      .i32(0)
    code.get(LOCAL.entry).memory(MEMORY.i32.load, ENTRY.context).i32(CONTEXT_CONTINUES).u8(OP.i32And)
    code.select().set(LOCAL.inContext)
  }

  /** Continues at LOCAL.target, in the predecoded page at LOCAL.page. */
  enterPage(): void {
    const { code, addressType } = this
    code.i32(PAGE_BYTES).set(LOCAL.pageBytes)
    code.base().get(LOCAL.page).memory(MEMORY.i32.store, CURRENT_PAGE)
    this.setPageAddress()
    if (!this.#slotted) {
      code.get(LOCAL.pageAddress).get(LOCAL.page)
      pushEntryShift(code, this.arch)
      code.u8(OP.i32ShrU)
      extendToAddress(code, addressType)
      addressOp(code, addressType, "sub")
      code.set(LOCAL.pcBase)
    }
    this.pushTargetOffset()
    this.emitEntry(LOCAL.page)
    code.set(LOCAL.entry)
  }

  /** Sets LOCAL.pageAddress to the page of the target. */
  setPageAddress(): void {
    const { code, addressType } = this
    code.get(LOCAL.target)
    pushAddress(code, addressType, -PAGE_BYTES)
    addressOp(code, addressType, "and")
    code.set(LOCAL.pageAddress)
  }

  /** Pushes the offset of the target in its page (i32). */
  pushTargetOffset(): void {
    const { code, addressType } = this
    code.get(LOCAL.target)
    wrapAddress(code, addressType)
    code.i32(PAGE_BYTES - 1).u8(OP.i32And)
  }

  /** Counts an arrival at the entry. The arrival that makes it hot is reported with the reason `why` (`HOT`). */
  countArrival(why: number): void {
    const { code } = this
    const counter = () => code.get(LOCAL.entry).i32(COUNTER_SHIFT).u8(OP.i32ShrU).i32(COUNTER_MASK).u8(OP.i32And)
    counter()
    counter()
      .memory(MEMORY.i32.load, COUNTERS)
      .i32(1)
      .u8(OP.i32Add)
      .tee(LOCAL.handler)
      .memory(MEMORY.i32.store, COUNTERS)
    code.get(LOCAL.handler).base().memory(MEMORY.i32.load, MAILBOX.hot).u8(OP.i32Eq).if()
    code.get(LOCAL.entry).get(LOCAL.pageAddress).i32(why)
    callSlow(code, IMPORT.hot)
    code.end()
  }

  /** Continues in the scratch entries that TypeScript built for the instruction at LOCAL.target. */
  enterScratch(): void {
    const { code, addressType } = this
    const slotted = this.#slotted
    code.i32(0).set(LOCAL.pageBytes)
    if (slotted) {
      // The unit begins at the first scratch entry.
      code.get(LOCAL.target)
      pushAddress(code, addressType, -slotted.unit)
      addressOp(code, addressType, "and")
      code.set(LOCAL.pageAddress)
      code.get(LOCAL.target)
      wrapAddress(code, addressType)
      code
        .i32(slotted.unit - 1)
        .u8(OP.i32And)
        .i32(Math.log2(ENTRY.size))
        .u8(OP.i32Shl)
      code.get(LOCAL.entry).tee(LOCAL.page).u8(OP.i32Add).set(LOCAL.entry)
      return
    }
    code.get(LOCAL.target).get(LOCAL.entry)
    pushEntryShift(code, this.arch)
    code.u8(OP.i32ShrU)
    extendToAddress(code, addressType)
    addressOp(code, addressType, "sub")
    code.set(LOCAL.pcBase)
    if (this.#hasContext) code.get(LOCAL.entry).set(LOCAL.inContext)
  }

  /** Records LOCAL.target and a decode context as the address and context of the pending exception. */
  setException(pushContext: () => void): void {
    const { code, arch } = this
    const { EXCEPTION_PC, EXCEPTION_CONTEXT } = arch.engine
    code
      .base()
      .get(LOCAL.target)
      .memory(MEMORY[EXCEPTION_PC.type].store, STATE + EXCEPTION_PC.offset)
    code.base()
    pushContext()
    code.memory(MEMORY.i32.store, STATE + EXCEPTION_CONTEXT.offset)
  }

  /** Pushes the predecoded page that the fetch table of the TLB has for the target plus `bytes`, or 0. */
  pushFetchEntry(bytes = 0): void {
    const { code, arch, addressType } = this
    this.probe.pushFetchEntry(code, {
      pushAddress: () => {
        code.get(LOCAL.target)
        if (bytes !== 0) addToAddress(code, addressType, bytes)
      },
      pushBlock: () => code.get(LOCAL.tlb),
      isa: arch.formats.length === 1 ? 0 : () => pushRegister(code, arch.engine.ISA, 0),
    })
  }
}
