// A part on a board: its addresses, its connections, and its node in the device tree.

import {
  type ByteOrder,
  type Instance,
  type Line,
  LocalBus,
  PciBus,
  type PciLocation,
  type Region,
  type Trigger,
} from "../devices/kit/index.ts"
import type { DeviceTreeNode, PropertyValue } from "../firmware/device-tree/index.ts"
import { WiringError } from "./wiring-error.ts"

/** An input of a part or of the CPU: a line that knows its destination. */
export interface Pin extends Line {
  /** The name of the part that has the input, or "cpu". */
  readonly owner: string
  /** The owner's name for it: "SPI 1", "irq". */
  readonly label: string
}

/** An input of an interrupt controller. */
export interface InterruptPin extends Pin {
  readonly controller: Part
  readonly number: number
  /** The property of a device-tree node that lists it, if that is not `interrupts`. */
  readonly property?: string
  /** The cells that name it in that property. */
  readonly specifier: readonly number[]
}

/** The connection of one wire of a part: the name of the wire, and the pin that it leads to. */
export type Connection = { readonly wire: string; readonly pin: Pin }

/** What a board adds to the device-tree node that is derived from a part. */
export type NodeOptions = {
  /** Name in front of the `@`; the name of the kind of part, unless given. */
  readonly name?: string
  /** Properties beside the derived ones. */
  readonly properties?: Readonly<Record<string, PropertyValue>>
  /** The range of addresses by which the node is known, if that is not what the part itself takes. */
  readonly range?: { readonly at: number; readonly bytes: number }
  /** Bytes that the board's map reserves for each range of addresses; the size of the range, unless given. */
  readonly windowBytes?: number
  /** Another part whose node lists the ranges of this one, which then has no node of its own. */
  readonly joins?: Part
}

/** Addresses of the further regions of a part: all of them, if it has any. */
export type RegionsAt<Regions extends string> = [Regions] extends [never]
  ? { readonly regions?: undefined }
  : { readonly regions: { readonly [name in Regions]: number } }

/** A place on a PCI bus: function 0 of a slot, unless given. */
export type PciSlot = { readonly bus: PciBus; readonly slot: number; readonly function?: number }

/** The wires of a PCI function that a board connects: the bus connects `inta`. */
export type PciWires<Wires> = Omit<Wires, "inta">

/** How a board connects a PCI function, whose regions firmware and operating systems place. */
export type PciPlacement<Wires, Options> = PciSlot & {
  readonly wires: PciWires<Wires>
  readonly options?: Partial<Options>
  readonly byteOrder?: ByteOrder
  readonly node?: NodeOptions
}

/** How a board connects a part: the bus, the wires, the device tree and `emu describe` derive from it. */
export type Placement<Wires, Options, Regions extends string = never> = {
  /** Address of the first region: physical, or an offset on the bus that `on` names. */
  readonly at: number
  /** The bus behind another part that it stands on; the CPU's, unless given. */
  readonly on?: LocalBus
  /** Where it is on a PCI bus too, if it is a PCI function: a host bridge on its own bus. */
  readonly pci?: PciSlot
  readonly wires: Wires
  readonly options?: Partial<Options>
  /** Which byte of a register has the lowest address; as on its bus, unless given. */
  readonly byteOrder?: ByteOrder
  /** Nodes of the clocks that drive it, in the order of its device-tree binding. */
  readonly clocks?: readonly DeviceTreeNode[]
  readonly node?: NodeOptions
} & RegionsAt<Regions>

/** Where a part stands: at addresses of a bus, in a slot of a PCI bus, or both. */
export type Place = {
  readonly at?: number
  readonly regions?: { readonly [name: string]: number } | undefined
  readonly on?: LocalBus
  readonly pci?: PciSlot
}

/** The place of a function as its bus counts. */
export function locationOf({ slot, function: number = 0 }: PciSlot): PciLocation {
  return { slot, function: number }
}

/** The addresses of a region of a part. */
export type PlacedRegion = { readonly name: string; readonly at: number; readonly region: Region }

/** A part on a board. */
export class Part {
  /** Its name on the board. */
  readonly name: string
  /** The name of its kind. */
  readonly device: string
  readonly instance: Instance<string>
  /** The bus behind another part that its ranges are on; the CPU's if undefined. */
  readonly on: LocalBus | undefined
  /** Its place on a PCI bus, if it is on one. */
  readonly pci: PciSlot | undefined
  /** Its ranges of addresses, the first region first; none if its bus decides where they are. */
  readonly ranges: readonly PlacedRegion[]
  /** The pins that its wires lead to. */
  readonly connections: readonly Connection[]
  /** The buses behind it. */
  readonly buses: readonly (LocalBus | PciBus)[]
  readonly clocks: readonly DeviceTreeNode[]
  readonly node: NodeOptions

  constructor(
    name: string,
    device: string,
    instance: Instance<string>,
    placement: Place & { wires: unknown; clocks?: readonly DeviceTreeNode[]; node?: NodeOptions },
  ) {
    this.name = name
    this.device = device
    this.instance = instance
    this.on = placement.on
    this.pci = placement.pci
    this.ranges = placement.at === undefined ? [] : rangesOf(`${name} (${device})`, instance, name, placement)
    this.buses = Object.values(placement.wires as object).filter(
      (end) => end instanceof LocalBus || end instanceof PciBus,
    )
    this.connections = Object.entries(placement.wires as object).flatMap(([wire, end]) =>
      pinsOf(end).map((pin) => ({ wire, pin })),
    )
    this.clocks = placement.clocks ?? []
    this.node = placement.node ?? {}
  }

  /** Whether a device tree names interrupts by its inputs. */
  get isInterruptController(): boolean {
    return this.instance.tree()["interrupt-controller"] === true
  }

  /** Input `n`, of CPU `cpu` where each CPU has its own. `trigger` is "high" unless given. */
  input(n: number, { trigger, cpu }: { readonly trigger?: Trigger; readonly cpu?: number } = {}): InterruptPin {
    try {
      const input = this.instance.input(n, cpu)
      return {
        owner: this.name,
        label: input.label,
        controller: this,
        number: n,
        specifier: input.specifier(trigger),
        ...(input.property !== undefined && { property: input.property }),
        set: (level) => input.set(level),
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new WiringError(`${this.name} (${this.device}) has no input ${n}.`)
    }
  }

  /** Its connections as text: "irq -> gic SPI 1". */
  get wiring(): string {
    const wires = [...new Set(this.connections.map(({ wire }) => wire))]
    return wires.map((wire) => `${wire} -> ${this.#targets(wire).join(", ")}`).join("; ")
  }

  // Pins with consecutive numbers are one item: "vic 21-30".
  #targets(wire: string): string[] {
    const runs: { owner: string; first: string; last: string }[] = []
    for (const { pin } of this.connections.filter((c) => c.wire === wire)) {
      const run = runs.at(-1)
      if (run?.owner === pin.owner && Number(pin.label) === Number(run.last) + 1) run.last = pin.label
      else runs.push({ owner: pin.owner, first: pin.label, last: pin.label })
    }
    return runs.map(({ owner, first, last }) => `${owner} ${first}${last === first ? "" : `-${last}`}`)
  }
}

/** The ranges of a part, the first region first. */
function rangesOf(part: string, instance: Instance<string>, name: string, { at, regions = {} }: Place): PlacedRegion[] {
  const wanted = Object.keys(instance.regions).filter((of) => !Object.hasOwn(regions, of))
  if (wanted.length > 0) throw new WiringError(`${part} needs an address for its region ${wanted[0]}.`)
  const further = Object.entries(regions)
  const unknown = further.find(([of]) => !Object.hasOwn(instance.regions, of))
  if (unknown) throw new WiringError(`${part} has no region ${unknown[0]}.`)
  return [
    { name, at: at!, region: instance },
    ...further.map(([of, at]) => ({ name: `${name}.${of}`, at, region: instance.regions[of]! })),
  ]
}

/** Whether a pin is an input of an interrupt controller that a device tree names. */
export function isInterruptPin(pin: Pin): pin is InterruptPin {
  if (!("controller" in pin)) return false
  const { controller, property } = pin as InterruptPin
  return controller.isInterruptController || property !== undefined
}

/** The pins that a board connects to a wire: one, several by number, or none (a character port). */
function pinsOf(end: unknown): Pin[] {
  if (typeof end !== "object" || end === null) return []
  if ("owner" in end) return [end as Pin]
  if ("leadsTo" in end) return (end.leadsTo as unknown[]).flatMap(pinsOf)
  const isSeveral = Array.isArray(end) || Object.getPrototypeOf(end) === Object.prototype
  return isSeveral ? Object.values(end).flatMap(pinsOf) : []
}
