// Flat guest memory from address 0 with faults at its end, in which vectors run on every engine.

import type { Access, GuestFault, Helper, StateView, Value } from "../../cpu/ir/index.ts"

/** What an engine for vectors needs of an architecture. */
export type FlatMachineOptions = {
  /** Executes a helper; throws a `GuestFault` if the helper leaves an exception. */
  call?(state: StateView, helper: Helper, args: readonly Value[]): Value | undefined
  /** Name of the exception of an access outside of memory. */
  outside?(address: number, access: Access, isStore: boolean): GuestFault
  /** Name of the exception of an access with alignment "required" to an address that is no multiple of its size, or of 4. */
  misaligned?(address: number, access: Access, isStore: boolean): GuestFault
  readonly bigEndian?: boolean | undefined
}

/** Bytes of memory that vectors have. */
export const FLAT_BYTES = 0x1_0000

/** Loads and stores of the IR, on an array of bytes. */
export class FlatMemory {
  readonly bytes: Uint8Array
  readonly #options: FlatMachineOptions

  constructor(bytes: Uint8Array, options: FlatMachineOptions) {
    this.bytes = bytes
    this.#options = options
  }

  /** Loads a value; throws a `GuestFault`. */
  load(access: Access, address: Value): Value {
    const rotate = access.align === "rotate" ? (Number(address) & (access.bytes - 1)) * 8 : 0
    const raw = this.#raw(this.#checked(access, address, false), access.bytes)
    if (access.bytes === 8) return BigInt.asIntN(64, raw)
    const bits = access.bytes * 8
    const turned = rotate === 0 ? raw : BigInt.asUintN(bits, (raw >> BigInt(rotate)) | (raw << BigInt(bits - rotate)))
    return Number(access.signed ? BigInt.asIntN(bits, turned) : BigInt.asIntN(32, turned))
  }

  /** Stores the low bytes of a value; throws a `GuestFault`. */
  store(access: Access, address: Value, value: Value): void {
    const at = this.#checked(access, address, true)
    const bits = BigInt.asUintN(access.bytes * 8, BigInt(value))
    for (let n = 0; n < access.bytes; n++) {
      const byte = this.#options.bigEndian ? access.bytes - 1 - n : n
      this.bytes[at + n] = Number((bits >> BigInt(8 * byte)) & 0xffn)
    }
  }

  /** The unit of code at an address; throws an error (of the test) outside of memory. */
  unit(at: number, bytes: number): number {
    if (at + bytes > this.bytes.length) throw new Error(`fetch from 0x${at.toString(16)}, outside of memory`)
    return Number(this.#raw(at, bytes))
  }

  #raw(at: number, bytes: number): bigint {
    let value = 0n
    for (let n = 0; n < bytes; n++) {
      value = (value << 8n) | BigInt(this.bytes[at + (this.#options.bigEndian ? n : bytes - 1 - n)]!)
    }
    return value
  }

  /** Offset in memory of an access. */
  #checked(access: Access, address: Value, isStore: boolean): number {
    const whole = typeof address === "bigint" ? Number(BigInt.asUintN(64, address)) : address >>> 0
    const rest = whole % access.bytes
    if (whole % Math.min(access.bytes, 4) !== 0 && access.align === "required") {
      throw (
        this.#options.misaligned?.(whole, access, isStore) ?? new Error(`misaligned access to 0x${whole.toString(16)}`)
      )
    }
    const at = access.align === "rotate" ? whole - rest : whole
    if (at + access.bytes > this.bytes.length) {
      throw (
        this.#options.outside?.(at, access, isStore) ?? new Error(`access to 0x${at.toString(16)}, outside of memory`)
      )
    }
    return at
  }
}
