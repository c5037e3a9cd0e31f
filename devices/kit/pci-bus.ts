// A PCI bus: functions by slot, configuration cycles, and the decoding of memory and I/O addresses by what firmware and
// operating systems have put into base address registers.

import type { PciFunction, PciSpace, PciWindow } from "./pci.ts"
import { type Line, SharedLine } from "./ports.ts"
import { mask } from "./registers.ts"

/** Where a function is on its bus: slot 0 to 31, function 0 to 7. */
export type PciLocation = { readonly slot: number; readonly function: number }

/** A function on a bus. */
export type PciPlace = PciLocation & { readonly name: string; readonly pci: PciFunction }

/** The input of an interrupt controller that pin `pin` (1 for INTA#) of a slot leads to. */
export type PciRoute = (slot: number, pin: number) => Line

/** What a read gives that no function answers. */
const MASTER_ABORT = 0xffff_ffff

/** A PCI bus. A host bridge has it as its wire, and board and machine put functions on it. */
export class PciBus {
  readonly name: string
  /** The functions by slot and number. */
  readonly functions: PciPlace[] = []
  readonly #route: PciRoute | undefined
  /** Lines that slots share, by the key of the pin that they lead to. */
  readonly #lines = new Map<unknown, SharedLine>()
  readonly #windows: { [space in PciSpace]: PciWindow[] } = { memory: [], io: [] }
  #isStale = false
  #last: PciWindow | undefined

  /** `route` tells where interrupts lead; it is called when functions are added. */
  constructor(name: string, route?: PciRoute) {
    this.name = name
    this.#route = route
  }

  /** Puts a function into a slot; throws RangeError, whose message is a sentence, if that is impossible. */
  attach(name: string, { slot, function: number }: PciLocation, pci: PciFunction): void {
    const where = `${name} in slot ${slot}, function ${number} of ${this.name}`
    const isPlace = Number.isInteger(slot) && slot >= 0 && slot < 32 && Number.isInteger(number) && number >= 0
    if (!isPlace || number > 7) throw new RangeError(`${where}: there is no such place.`)
    const other = this.at(slot, number)
    if (other) throw new RangeError(`${where}: ${other.name} is there.`)
    this.functions.push({ name, slot, function: number, pci })
    this.functions.sort((a, b) => a.slot - b.slot || a.function - b.function)
    this.#isStale = true
    pci.onChange(() => (this.#isStale = true))
  }

  /** The function at a place; undefined if there is none. */
  at(slot: number, number: number): PciPlace | undefined {
    return this.functions.find((place) => place.slot === slot && place.function === number)
  }

  /** A driver of the interrupt line that a pin of a slot leads to; undefined if the bus leads nowhere. */
  interrupt(slot: number, pin: number): Line | undefined {
    const end = this.#route?.(slot, pin)
    if (!end) return undefined
    const { owner, label } = end as { owner?: string; label?: string }
    const key = owner === undefined ? end : `${owner} ${label}`
    let line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, (line = new SharedLine(end)))
    return line.driver()
  }

  /** A configuration read: all ones where no function is. */
  readConfiguration(slot: number, number: number, register: number, bytes: number): number {
    const value = this.at(slot, number)?.pci.configuration.read(register, bytes) ?? MASTER_ABORT
    // Function 0 says whether its slot has others: bit 7 of the header type.
    const from = 0x0e - register
    if (number !== 0 || from < 0 || from >= bytes || !this.#isMultifunction(slot)) return mask(value, bytes)
    return mask(value | (0x80 << (8 * from)), bytes)
  }

  /** A configuration write. */
  writeConfiguration(slot: number, number: number, register: number, bytes: number, value: number): void {
    this.at(slot, number)?.pci.configuration.write(register, bytes, value)
  }

  #isMultifunction(slot: number): boolean {
    return this.functions.some((place) => place.slot === slot && place.function > 0)
  }

  /** Whether a function decodes that address. */
  answers(space: PciSpace, address: number, bytes: number): boolean {
    return this.#find(space, address, bytes) !== undefined
  }

  /** Reads memory or I/O; all ones where no function answers. */
  read(space: PciSpace, address: number, bytes: number, requester?: number): number {
    const window = this.#find(space, address, bytes)
    return window?.region.read(address - window.base, bytes, requester) ?? mask(MASTER_ABORT, bytes)
  }

  /** Writes memory or I/O. */
  write(space: PciSpace, address: number, bytes: number, value: number, requester?: number): void {
    const window = this.#find(space, address, bytes)
    window?.region.write(address - window.base, bytes, value, requester)
  }

  // If windows overlap, which is the guest's mistake, the first function answers.
  #find(space: PciSpace, address: number, bytes: number): PciWindow | undefined {
    if (this.#isStale) this.#refresh()
    const last = this.#last
    if (last?.space === space && holds(last, address, bytes)) return last
    const found = this.#windows[space].find((window) => holds(window, address, bytes))
    // Keeping the first match alone does what a search would, as long as no earlier window holds the address too.
    if (found && !this.#windows[space].some((other) => other !== found && overlaps(other, found))) this.#last = found
    return found
  }

  #refresh(): void {
    const windows = this.functions.flatMap(({ pci }) => pci.windows())
    this.#windows.memory = windows.filter(({ space }) => space === "memory")
    this.#windows.io = windows.filter(({ space }) => space === "io")
    this.#last = undefined
    this.#isStale = false
  }
}

/** Whether a window holds all bytes of an access. Its region may be smaller than the window, a power of two. */
function holds({ base, region }: PciWindow, address: number, bytes: number): boolean {
  return address >= base && address + bytes <= base + region.size
}

function overlaps(a: PciWindow, b: PciWindow): boolean {
  return a.base < b.base + b.size && b.base < a.base + a.size
}
