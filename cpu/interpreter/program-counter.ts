// Where execution is, as generated code computes it: address and decode context of the entry at hand.

import { flatProbe } from "../../mmu/tlb-probe.ts"
import {
  COUNTER_MASK,
  COUNTER_SHIFT,
  COUNTERS,
  CURRENT_PAGE,
  ENTRY,
  entryShift,
  GOVERNS_NEXT,
  HOT,
  MAILBOX,
  SPECIAL,
  STATE,
} from "../codegen/layout.ts"
import type { Architecture } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"
import { IMPORT, LOCAL } from "./interpreter-target.ts"

const PAGE = 4096

/** Writes code that computes the position; each `push` leaves one value on the stack. */
export class Position {
  /** Where code is written now. */
  code: Code
  readonly arch: Architecture
  /** Whether addresses are 64 bits wide, and units bundles. */
  readonly wide: boolean
  /** Number of the first exception's handler; the others follow. */
  firstException = 0

  constructor(code: Code, arch: Architecture) {
    this.code = code
    this.arch = arch
    this.wide = arch.addressType === "i64"
  }

  /** log2 of bytes of entries per byte of code in the instruction set in force. */
  pushShift(): void {
    const { code, arch } = this
    const [first, second] = arch.formats
    if (!second) code.i32(entryShift(first!.unit))
    else {
      code.i32(entryShift(second.unit)).i32(entryShift(first!.unit))
      code
        .i32(0)
        .memory(MEMORY.i32.load, STATE + arch.engine.ISA.offset)
        .select()
    }
  }

  /** Address of the entry. */
  pushPc(): void {
    const { code } = this
    if (this.wide) {
      code.get(LOCAL.entry).get(LOCAL.page).u8(OP.i32Sub).i32(6).u8(OP.i32ShrU).i32(4).u8(OP.i32Shl)
      code.get(LOCAL.entry).i32(4).u8(OP.i32ShrU).i32(3).u8(OP.i32And).u8(OP.i32Or)
      code.u8(OP.i64ExtendU).get(LOCAL.pageAddress).u8(OP.i64Add)
    } else {
      code.get(LOCAL.entry)
      this.pushShift()
      code.u8(OP.i32ShrU).get(LOCAL.pcBase).u8(OP.i32Add)
    }
  }

  /** Decode context in which the entry is about to be executed: its own, if the one before it governs it. */
  pushContext(): void {
    const { code } = this
    if (this.wide) {
      code.i32(0)
      return
    }
    this.#pushEntryContext()
    code.i32(0)
    this.pushGoverned()
    code.select()
  }

  /** Decode context in which the entry is being executed. */
  pushOwnContext(): void {
    const { code } = this
    if (this.wide) {
      code.i32(0)
      return
    }
    // Entries of what crosses a page border and of where a region begins keep something else there; they are in no block.
    this.#pushEntryContext()
    code.i32(0)
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.handler).i32(SPECIAL.crossing).u8(OP.i32Ne)
    code.get(LOCAL.entry).memory(MEMORY.i32.load16U, ENTRY.handler).i32(SPECIAL.region).u8(OP.i32Ne).u8(OP.i32And)
    code.select()
  }

  #pushEntryContext(): void {
    this.code.get(LOCAL.entry).memory(MEMORY.i32.load, ENTRY.context).i32(~GOVERNS_NEXT).u8(OP.i32And)
  }

  /** Whether an IT-like instruction that has been executed governs the entry, which is executed next. */
  pushGoverned(): void {
    this.code.get(LOCAL.entry).get(LOCAL.governed).u8(OP.i32Eq)
  }

  /** Lets the entry, which is so many entries long, govern the next one if their block goes on there. */
  governNext(entries: number): void {
    const { code } = this
    code
      .get(LOCAL.entry)
      .i32(entries * ENTRY.size)
      .u8(OP.i32Add)
      .i32(0)
    code.get(LOCAL.entry).memory(MEMORY.i32.load, ENTRY.context).i32(GOVERNS_NEXT).u8(OP.i32And)
    code.select().set(LOCAL.governed)
  }

  /** Goes on at the target, in the page whose entries `page` points to. */
  enterPage(): void {
    const { code } = this
    code.i32(PAGE).set(LOCAL.pageBytes)
    code.i32(0).get(LOCAL.page).memory(MEMORY.i32.store, CURRENT_PAGE)
    if (this.wide) {
      code.get(LOCAL.target).i64(BigInt(-PAGE)).u8(OP.i64And).set(LOCAL.pageAddress)
      code
        .get(LOCAL.target)
        .u8(OP.i32Wrap)
        .i32(PAGE - 16)
        .u8(OP.i32And)
        .i32(2)
        .u8(OP.i32Shl)
      code.get(LOCAL.target).u8(OP.i32Wrap).i32(3).u8(OP.i32And).i32(4).u8(OP.i32Shl).u8(OP.i32Add)
      code.get(LOCAL.page).u8(OP.i32Add).set(LOCAL.entry)
      return
    }
    code.get(LOCAL.target).i32(-PAGE).u8(OP.i32And).tee(LOCAL.pageAddress).get(LOCAL.page)
    this.pushShift()
    code.u8(OP.i32ShrU).u8(OP.i32Sub).set(LOCAL.pcBase)
    code
      .get(LOCAL.target)
      .i32(PAGE - 1)
      .u8(OP.i32And)
    this.pushShift()
    code.u8(OP.i32Shl).get(LOCAL.page).u8(OP.i32Add).set(LOCAL.entry)
  }

  /** Counts an arrival at the entry; tells when its code has become hot, and whether the interpreter is to stay with it. */
  countArrival(stays: boolean): void {
    const { code } = this
    const counter = () => code.get(LOCAL.entry).i32(COUNTER_SHIFT).u8(OP.i32ShrU).i32(COUNTER_MASK).u8(OP.i32And)
    counter()
    counter()
      .memory(MEMORY.i32.load, COUNTERS)
      .i32(1)
      .u8(OP.i32Add)
      .tee(LOCAL.handler)
      .memory(MEMORY.i32.store, COUNTERS)
    code.get(LOCAL.handler).i32(0).memory(MEMORY.i32.load, MAILBOX.hot).u8(OP.i32Eq).if()
    code
      .get(LOCAL.entry)
      .get(LOCAL.pageAddress)
      .i32(stays ? HOT.stays : HOT.arrived)
      .call(IMPORT.hot)
    code.end()
  }

  /** Goes on in the scratch entries that TypeScript built for the instruction at `target`. */
  enterScratch(): void {
    const { code } = this
    code.i32(0).set(LOCAL.pageBytes)
    if (this.wide) return
    code.get(LOCAL.target).get(LOCAL.entry)
    this.pushShift()
    code.u8(OP.i32ShrU).u8(OP.i32Sub).set(LOCAL.pcBase)
    code.get(LOCAL.entry).set(LOCAL.governed)
  }

  /** Records where the exception under way was raised: at the target. */
  setException(pushContext: () => void): void {
    const { code, arch } = this
    const { EXCEPTION_PC, EXCEPTION_CONTEXT } = arch.engine
    code
      .i32(0)
      .get(LOCAL.target)
      .memory(MEMORY[EXCEPTION_PC.type].store, STATE + EXCEPTION_PC.offset)
    code.i32(0)
    pushContext()
    code.memory(MEMORY.i32.store, STATE + EXCEPTION_CONTEXT.offset)
  }

  /** What the TLB holds for fetches at the target: entries of predecoded code, or 0. */
  pushFetchEntry(): void {
    const { code, arch } = this
    flatProbe.pushFetchEntry(code, {
      pushAddress: () => code.get(LOCAL.target),
      pushBlock: () => code.get(LOCAL.tlb),
      isa: () => code.i32(0).memory(MEMORY.i32.load, STATE + arch.engine.ISA.offset),
    })
  }
}
