// What host bridges have in common: windows of the CPU's addresses that lead to a space of their PCI bus.
import type { ArrayAccess, PciBus, PciSpace } from "../kit/index.ts"

/** What a host bridge does with a memory or I/O access that no function answers. */
export const masterAbortOptions = {
  /** "ones": reads give all ones, writes are lost; "error": the CPU gets a bus error. */
  masterAbort: "ones" as "ones" | "error",
}

type Bridge<Options> = {
  readonly wires: { readonly bus: PciBus }
  readonly options: Options
  readonly requester: number
}

/** A window whose offset 0 is the address `baseOf` in that space of the bus. */
export function window<Options extends typeof masterAbortOptions>(
  space: PciSpace,
  baseOf: (options: Options) => number,
): ArrayAccess<Bridge<Options>> {
  return {
    read: ({ wires, options, requester }, offset, size) =>
      wires.bus.read(space, baseOf(options) + offset, size, requester),
    write: ({ wires, options, requester }, offset, size, value) =>
      wires.bus.write(space, baseOf(options) + offset, size, value, requester),
    answers: ({ wires, options }, offset, size) =>
      options.masterAbort === "ones" || wires.bus.answers(space, baseOf(options) + offset, size),
    opensOnto: ({ options }) => ({ space, address: baseOf(options) }),
  }
}

/** A word of the bridge that stands at every address of a region: its value, and the lanes that an access covers. */
export function repeatedWord<C>(word: { get(c: C): number; set(c: C, value: number): void }): ArrayAccess<C> {
  const laneOf = (offset: number) => 8 * (offset & 3)
  return {
    read: (c, offset) => word.get(c) >>> laneOf(offset),
    write(c, offset, size, value) {
      const lanes = size === 4 ? -1 : ((1 << (8 * size)) - 1) << laneOf(offset)
      word.set(c, ((word.get(c) & ~lanes) | (value << laneOf(offset))) >>> 0)
    },
  }
}
