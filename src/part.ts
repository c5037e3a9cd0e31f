// A part on a board: its addresses, its connections, and its node in the device tree.

import type { ByteOrder, Instance, Line, Region, Trigger } from "../devices/kit/index.ts"
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
  /** The cells that name it in the `interrupts` property of a device-tree node. */
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
  /** Bytes that the board's map reserves for each range of addresses; the size of the range, unless given. */
  readonly windowBytes?: number
  /** Another part whose node lists the ranges of this one, which then has no node of its own. */
  readonly joins?: Part
}

/** Addresses of the further regions of a part: all of them, if it has any. */
export type RegionsAt<Regions extends string> = [Regions] extends [never]
  ? { readonly regions?: undefined }
  : { readonly regions: { readonly [name in Regions]: number } }

/** How a board connects a part: the bus, the wires, the device tree and `emu describe` derive from it. */
export type Placement<Wires, Options, Regions extends string = never> = {
  /** Physical address of the first region. */
  readonly at: number
  readonly wires: Wires
  readonly options?: Partial<Options>
  /** Which byte of a register has the lowest address; as in the CPU, unless given. */
  readonly byteOrder?: ByteOrder
  /** Nodes of the clocks that drive it, in the order of its device-tree binding. */
  readonly clocks?: readonly DeviceTreeNode[]
  readonly node?: NodeOptions
} & RegionsAt<Regions>

/** The addresses of a region of a part. */
export type PlacedRegion = { readonly name: string; readonly at: number; readonly region: Region }

/** A part on a board. */
export class Part {
  /** Its name on the board. */
  readonly name: string
  /** The name of its kind. */
  readonly device: string
  readonly instance: Instance<string>
  /** Its ranges of addresses, the first region first. */
  readonly ranges: readonly PlacedRegion[]
  /** The pins that its wires lead to. */
  readonly connections: readonly Connection[]
  readonly clocks: readonly DeviceTreeNode[]
  readonly node: NodeOptions

  constructor(
    name: string,
    device: string,
    instance: Instance<string>,
    placement: Pick<Placement<unknown, unknown>, "at" | "wires" | "clocks" | "node"> & {
      readonly regions?: { readonly [name: string]: number } | undefined
    },
  ) {
    this.name = name
    this.device = device
    this.instance = instance
    const further = Object.entries(placement.regions ?? {})
    const wanted = Object.keys(instance.regions).filter((of) => !Object.hasOwn(placement.regions ?? {}, of))
    if (wanted.length > 0) throw new WiringError(`${name} (${device}) needs an address for its region ${wanted[0]}.`)
    const unknown = further.find(([of]) => !Object.hasOwn(instance.regions, of))
    if (unknown) throw new WiringError(`${name} (${device}) has no region ${unknown[0]}.`)
    this.ranges = [
      { name, at: placement.at, region: instance },
      ...further.map(([of, at]) => ({ name: `${name}.${of}`, at, region: instance.regions[of]! })),
    ]
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

/** Whether a pin is an input of an interrupt controller that a device tree describes. */
export function isInterruptPin(pin: Pin): pin is InterruptPin {
  return "controller" in pin && (pin as InterruptPin).controller.isInterruptController
}

/** The pins that a board connects to a wire: one, several by number, or none (a character port). */
function pinsOf(end: unknown): Pin[] {
  if (typeof end !== "object" || end === null) return []
  if ("owner" in end) return [end as Pin]
  if ("leadsTo" in end) return (end.leadsTo as unknown[]).flatMap(pinsOf)
  const isSeveral = Array.isArray(end) || Object.getPrototypeOf(end) === Object.prototype
  return isSeveral ? Object.values(end).flatMap(pinsOf) : []
}
