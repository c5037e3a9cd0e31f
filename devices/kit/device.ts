// The device kit: the declaration of a part, and the part that a machine makes from it.
import type { Alarm, Clock } from "./clock.ts"
import { createInstance } from "./instance.ts"
import type { PciAddress, PciDefinition, PciFunction, PciRegisters } from "./pci.ts"
import type { Plain } from "./plain.ts"
import type { Line } from "./ports.ts"
import { type ByteOrder, type RegisterInfo, RegisterMap, type Registers } from "./registers.ts"
import type { WireKinds, WiresOf } from "./wires.ts"

/** Values of a device-tree node's properties; `true` is an empty property. */
export type Properties = { [name: string]: string | number | readonly string[] | readonly number[] | true }

/** The context of a part's functions: they may touch nothing else. */
export interface Context<Wires, S, Options, Alarms extends string = never> {
  readonly wires: Wires
  readonly options: Options
  /** The state; the kit replaces it at reset and restore, so never keep a reference to it. */
  state: S
  readonly clock: Clock
  readonly alarms: { readonly [name in Alarms]: Alarm }
  /** Number of the CPU that makes the current access. */
  readonly requester: number
  /** The standard registers of its configuration space, if it is a PCI function. */
  readonly pci: PciRegisters
  /** Reports what a guest did wrong, in one short line. */
  log(message: string): void
  /** Drives lines and arms alarms anew; a part calls it when a callback of its own has changed the state. */
  settle(): void
}

/** A range of addresses: sizes are 1, 2 or 4 bytes, values unsigned; a bad access is logged and gives 0. */
export interface Region {
  readonly size: number
  /** `requester` is the number of the CPU that makes the access, for parts with a bank of registers per CPU. */
  read(offset: number, size: number, requester?: number): number
  write(offset: number, size: number, value: number, requester?: number): void
  /** Whether anything answers an access there; if not, the bus reports an error to the CPU. Always, unless given. */
  answers?(offset: number, size: number): boolean
  /** Where on a PCI bus it leads, if it is a window of a host bridge. */
  readonly opensOnto?: PciAddress
}

/** How a line requests an interrupt: by an edge or by its level. */
export type Trigger = "rising" | "falling" | "high" | "low"

/** An input wire of a part. */
export interface Input extends Line {
  /** Its name in the manual. */
  readonly label: string
  /** The property of a device-tree node that lists it, if that is not `interrupts`. */
  readonly property?: string
  /** The cells that name its interrupt in a device tree; the trigger is "high" unless given. */
  specifier(trigger?: Trigger): readonly number[]
}

/** A part as a machine sees it. */
export interface Instance<Regions extends string = never> extends Region {
  readonly name: string
  /** Further ranges of addresses, for parts that have several. */
  readonly regions: { readonly [name in Regions]: Region }
  /** The registers of the first region. */
  readonly map: readonly RegisterInfo[]
  /** What it is on a PCI bus, if it is a PCI function. */
  readonly pci?: PciFunction
  /** Names of the fields of the state that survive a reset: non-volatile contents and the levels of input wires. */
  readonly kept: readonly string[]
  /** The part's end of input wire `n`, of CPU `cpu` where inputs are banked; throws RangeError when there is none. */
  input(n: number, cpu?: number): Input
  reset(): void
  snapshot(): Plain
  /** Restores a snapshot without driving any line; throws TypeError when it is not one of this part. */
  restore(snapshot: Plain): void
  /** Properties that this part gives its device-tree node. */
  tree(): Properties
  /** The memory that reads from `offset` on see now; undefined while reads must go through `read`. */
  direct(offset: number): Uint8Array | undefined
}

/** A region without registers, one large array, whose values are little-endian. */
export interface ArrayAccess<C> {
  read(c: C, offset: number, size: number): number
  write(c: C, offset: number, size: number, value: number): void
  /** Whether anything answers an access there; if not, the CPU gets a bus error. Always, unless given. */
  answers?(c: C, offset: number, size: number): boolean
  /** Where on a PCI bus its offset 0 is, if it is a window of a host bridge. */
  opensOnto?(c: C): PciAddress
}

/** A further region: registers or an array. */
export type RegionDefinition<C, Options> = {
  readonly size: number | ((options: Options) => number)
} & ({ readonly registers: Registers<C>; readonly array?: undefined } | { readonly array: ArrayAccess<C> })

/** The declaration of a part. */
export interface Definition<Kinds extends WireKinds, S, Options, Alarms extends string, Regions extends string> {
  readonly name: string
  /** The kinds of its wires by name (`wire`); `{}` if it has none. */
  readonly wires: Kinds
  /** Size of the range of addresses in bytes. */
  readonly size: number | ((options: Options) => number)
  /** The options of the part, with defaults. */
  readonly options: Options
  /** Makes the state that a reset gives. */
  readonly state: (options: Options, nowNs: number) => S
  /** Names of the fields of the state that survive a reset. */
  readonly keep?: readonly (keyof S & string)[]
  readonly registers?: Registers<Context<WiresOf<Kinds>, S, Options, Alarms>>
  /** Instead of registers, for parts that are one large array. */
  readonly array?: ArrayAccess<Context<WiresOf<Kinds>, S, Options, Alarms>>
  readonly regions?: {
    readonly [name in Regions]: RegionDefinition<
      Context<WiresOf<Kinds>, NoInfer<S>, NoInfer<Options>, Alarms>,
      NoInfer<Options>
    >
  }
  /** What makes it a PCI function: its configuration space, which may depend on the options. */
  readonly pci?: PciOf<Context<WiresOf<Kinds>, S, Options, Alarms>, Regions, Options>
  /** Called when an alarm goes off. */
  readonly alarms?: { readonly [name in Alarms]: (c: Context<WiresOf<Kinds>, S, Options, Alarms>) => void }
  readonly inputs?: {
    readonly count: number | ((options: Options) => number)
    set(c: Context<WiresOf<Kinds>, S, Options, Alarms>, n: number, level: boolean, cpu: number): void
    /** The manual's name of input `n` ("SPI 1"); its number if not given. */
    label?(n: number): string
    /** The property in which nodes list the numbers of their inputs, if the controller has no node of its own. */
    readonly property?: string
    /** The cells that name the interrupt of input `n` in a device tree, by the controller's binding; `n` if not given. */
    specifier?(n: number, trigger: Trigger, options: Options): readonly number[]
  }
  /** Runs once, when the part is made: registers callbacks with ports. */
  start?(c: Context<WiresOf<Kinds>, S, Options, Alarms>): void
  /** Sets every output line from the state: after each access, input and alarm and at reset, never at restore. */
  drive?(c: Context<WiresOf<Kinds>, S, Options, Alarms>): void
  /** Sets or cancels every alarm from the state: whenever `drive` runs, and at restore. */
  arm?(c: Context<WiresOf<Kinds>, S, Options, Alarms>): void
  direct?(c: Context<WiresOf<Kinds>, S, Options, Alarms>, offset: number): Uint8Array | undefined
  tree?(options: Options): Properties
}

/** The configuration space of a part, or what makes it from the options. */
export type PciOf<C, Regions extends string, Options> =
  | PciDefinition<C, NoInfer<Regions>>
  | ((options: Options) => PciDefinition<C, NoInfer<Regions>>)

/** What a machine gives to a part that it makes. */
export interface Surroundings<Wires, Options> {
  readonly wires: Wires
  readonly clock: Clock
  readonly options?: Partial<Options>
  /** Which byte of a register has the lowest address: the least significant ("little"), unless given. */
  readonly byteOrder?: ByteOrder
  readonly log?: (message: string) => void
}

/** A kind of part. */
export interface Device<Wires, Options, Regions extends string> {
  readonly name: string
  /** The kinds of its wires by name. */
  readonly wires: WireKinds
  /** Its options with their defaults. */
  readonly options: Options
  /** What it is on a PCI bus with those options, if it is a PCI function. */
  pci?(options: Partial<Options>): PciDefinition<never, string>
  create(surroundings: Surroundings<Wires, Options>): Instance<Regions>
}

/** Declares a part; the types of its wires, options and state are inferred. */
export function device<
  Kinds extends WireKinds,
  S,
  Options,
  Alarms extends string = never,
  Regions extends string = never,
>(definition: Definition<Kinds, S, Options, Alarms, Regions>): Device<WiresOf<Kinds>, Options, Regions> {
  type C = Context<WiresOf<Kinds>, S, Options, Alarms>
  const maps = new Map<object, RegisterMap<C>>()
  // Parts of one kind share their maps.
  const mapOf = (size: number, registers: Registers<C>) => {
    let map = maps.get(registers)
    if (map === undefined) maps.set(registers, (map = new RegisterMap(size, registers)))
    return map
  }
  const { name, wires, options } = definition
  const pciOf = (chosen: Partial<Options>) =>
    typeof definition.pci === "function" ? definition.pci({ ...options, ...chosen }) : definition.pci!
  return {
    name,
    wires,
    options,
    ...(definition.pci && { pci: pciOf }),
    create: (surroundings) => createInstance(definition, mapOf, surroundings),
  }
}
