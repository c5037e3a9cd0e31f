// Slow accesses: those for which the TLB probe in a handler misses. Each kind has a function of its own, which keeps handlers
// small. The function makes a misaligned access itself if the TLB has its page; all others go to TypeScript.

import { probeOf } from "../../mmu/tlb-probe.ts"
import { accessCode } from "../codegen/accesses.ts"
import { type AddressType, addToAddress, wrapAddress } from "../codegen/address.ts"
import { emitLoad, emitStore, mayBeMisaligned } from "../codegen/guest-access.ts"
import { ALIGNMENTS, MAILBOX, STATE } from "../codegen/layout.ts"
import { callMisaligned, hasPieces } from "../codegen/misaligned.ts"
import { pushBlock, pushUnprivilegedBlock } from "../codegen/registers.ts"
import { type Access, typeOfBytes } from "../ir/index.ts"
import { op } from "../ir/ops.ts"
import type { Architecture } from "../isa/index.ts"
import { Code, MEMORY, type Module, OP } from "../wasm/index.ts"
import { IMPORT } from "./interpreter-target.ts"

type Kind = "read" | "write"

/** Collects the kinds of access that handlers make, and adds a function for each. */
export class SlowAccesses {
  readonly #arch: Architecture
  /** Index in the module of the first function. */
  readonly #first: number
  readonly #kinds = new Map<string, { readonly access: Access; readonly kind: Kind }>()

  /** Index of the first function of `addMisalignedAccesses`. */
  readonly #misaligned: number

  /**
   * `first` is the index in the module that the first function will have, `misaligned` that of the first one of
   * `addMisalignedAccesses`.
   */
  constructor(arch: Architecture, first: number, misaligned: number) {
    this.#arch = arch
    this.#misaligned = misaligned
    this.#first = first
  }

  /** Index of the function for a kind of access: (address) → value, or (address, value) for a write. */
  index(access: Access, kind: Kind): number {
    const key = `${kind} ${access.bytes} ${accessCode(access)}`
    if (!this.#kinds.has(key)) this.#kinds.set(key, { access, kind })
    return this.#first + [...this.#kinds.keys()].indexOf(key)
  }

  /** Adds the functions of all kinds that `index` was asked for; the caller adds them at the right index. */
  addTo(module: Module): void {
    for (const { access, kind } of this.#kinds.values()) {
      const value = typeOfBytes(access.bytes)
      const { addressType } = this.#arch
      const signature = kind === "read" ? { params: [addressType], result: value } : { params: [addressType, value] }
      if (access.bytes < 16) module.addFunction(signature, ["i32"], this.#body(access, kind))
      else
        module.addFunction(signature, ["v128"], kind === "read" ? this.#loadVector(access) : this.#storeVector(access))
    }
  }

  // The halves of a vector in the order of their addresses.
  #halves(): readonly [first: 0 | 1, second: 0 | 1] {
    return this.#arch.byteOrder === "big" ? [1, 0] : [0, 1]
  }

  #loadVector(access: Access): Code {
    const code = new Code()
    const [first, second] = this.#halves()
    const load = () => code.i32(accessCode({ ...access, bytes: 8 })).call(IMPORT.load64)
    code.get(1).get(0)
    load()
      .raw(op(`i64x2.replaceLane${first}`).code)
      .set(1)
    this.#returnIfRaised(code, () => code.get(1))
    code.get(1).get(0)
    addToAddress(code, this.#arch.addressType, 8)
    return load().raw(op(`i64x2.replaceLane${second}`).code)
  }

  #storeVector(access: Access): Code {
    const code = new Code()
    const [first, second] = this.#halves()
    const store = (half: 0 | 1) =>
      code
        .get(1)
        .raw(op(`i64x2.extractLane${half}`).code)
        .i32(accessCode({ ...access, bytes: 8 }))
        .call(IMPORT.store64)
    code.get(0)
    store(first)
    this.#returnIfRaised(code)
    code.get(0)
    addToAddress(code, this.#arch.addressType, 8)
    return store(second)
  }

  // Returns a value if the first half has recorded an exception.
  #returnIfRaised(code: Code, pushResult: () => void = () => {}): void {
    code
      .base()
      .memory(MEMORY.i32.load, STATE + this.#arch.engine.EXCEPTION.offset)
      .if()
    pushResult()
    code.return().end()
  }

  #body(access: Access, kind: Kind): Code {
    const code = new Code()
    const [address, value] = [0, 1]
    const entry = kind === "read" ? 1 : 2
    const { byteOrder } = this.#arch
    const probe = probeOf(this.#arch.addressType)
    const isWhole = mayBeMisaligned(byteOrder)
    if (hasMisaligned(access) && (isWhole || hasPieces(access))) {
      const push = () => (access.asUser ? pushUnprivilegedBlock : pushBlock)(code, this.#arch)
      probe.emitMissTest(code, { address, entry, pushBlock: push }, { bytes: access.bytes, alignment: 1 }, kind)
      code.u8(OP.i32Eqz)
      pushAllowed(code, access, address, this.#arch.addressType)
      code.u8(OP.i32And).if()
      probe.pushHostAddress(code, entry, address)
      if (!isWhole) {
        if (kind === "write") code.get(value)
        callMisaligned(code, this.#misaligned, access, kind)
      } else if (kind === "write") emitStore(code, access, byteOrder, () => code.get(value))
      else emitLoad(code, access, byteOrder)
      code.return().end()
    }
    code.get(address)
    if (kind === "write") code.get(value)
    const long = access.bytes === 8
    const callee = kind === "read" ? (long ? "load64" : "load") : long ? "store64" : "store"
    return code.i32(accessCode(access)).call(IMPORT[callee])
  }
}

// Whether the access is allowed at some misaligned address. Eight bytes need the alignment of their words only.
const hasMisaligned = ({ bytes, align }: Access) => bytes === 8 || (bytes > 1 && align !== "required")

// Pushes whether the access is allowed at its misaligned address. Eight bytes count as two words.
function pushAllowed(code: Code, { bytes, align }: Access, address: number, type: AddressType): void {
  if (align === "unchecked") {
    code.i32(1)
    return
  }
  code.base().memory(MEMORY.i32.load, MAILBOX.aligned)
  code
    .i32(1 << ALIGNMENTS.indexOf(align))
    .u8(OP.i32And)
    .u8(OP.i32Eqz)
  if (bytes < 8) return
  code.get(address)
  wrapAddress(code, type)
  code.i32(3).u8(OP.i32And).u8(OP.i32Eqz).u8(OP.i32Or)
}
