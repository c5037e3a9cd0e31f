// The kinds of wires that a part declares. They exist at run time, and the types of the wires derive from them.
import type { Drive } from "./block.ts"
import type { DisplayPort } from "./display.ts"
import type { DmaChannelPort, DmaPort } from "./dma.ts"
import type { LocalBus } from "./local-bus.ts"
import type { PciBus } from "./pci-bus.ts"
import type { CharPort, Line, MemoryPort } from "./ports.ts"

/** A kind of wire; `T` is the type of what a board connects to it. */
export interface WireKind<T> {
  readonly name: "line" | "lines" | "port" | "memory" | "drive" | "dma" | "channels" | "bus" | "display"
  /** Whether a board may leave it out. */
  readonly isOptional: boolean
  /** Never set: it carries the type. */
  readonly handed?: T
}

/** The wires of a part by name. */
export type WireKinds = { readonly [name: string]: WireKind<unknown> }

type OptionalNames<Kinds> = {
  [name in keyof Kinds]: Kinds[name] extends WireKind<infer T> ? (undefined extends T ? name : never) : never
}[keyof Kinds]
type Handed<Kind> = Kind extends WireKind<infer T> ? T : never

/** What a board connects to wires of these kinds. */
export type WiresOf<Kinds> = {
  readonly [name in Exclude<keyof Kinds, OptionalNames<Kinds>>]: Handed<Kinds[name]>
} & { readonly [name in OptionalNames<Kinds>]?: Handed<Kinds[name]> }

const kind = <T>(name: WireKind<T>["name"], isOptional = false): WireKind<T> => ({ name, isOptional })

/** The kinds of wires: what a part writes behind the name of each of its wires. */
export const wire = {
  /** An output: a line that the part drives. */
  line: kind<Line>("line"),
  /** Outputs in order: one for each CPU, say. */
  lines: kind<readonly Line[]>("lines"),
  /** The character stream at the far end of a serial line. */
  port: kind<CharPort>("port"),
  /** A character stream that a board may leave out. */
  optionalPort: kind<CharPort | undefined>("port", true),
  /** Physical memory, for a part that reads and writes it by itself. */
  memory: kind<MemoryPort>("memory"),
  /** The drive at a connector, which may be free. */
  optionalDrive: kind<Drive | undefined>("drive", true),
  /** The DMA channel that moves the data of this part. */
  optionalDma: kind<DmaPort | undefined>("dma", true),
  /** The devices at the channels of this DMA controller, by number. */
  dmaChannels: kind<{ readonly [n: number]: DmaChannelPort }>("channels"),
  /** The screen that shows what the part makes. */
  optionalDisplay: kind<DisplayPort | undefined>("display", true),
  /** The bus behind an I/O controller. */
  localBus: kind<LocalBus>("bus"),
  /** The PCI bus behind a host bridge. */
  pciBus: kind<PciBus>("bus"),
  /** Outputs in order, of which a board connects as many as it likes. */
  optionalLines: kind<readonly Line[] | undefined>("lines", true),
  /** Outputs by number, of which a board connects those that it likes. */
  optionalLinesByNumber: kind<{ readonly [n: number]: Line } | undefined>("lines", true),
} as const

/** The name of a wire that is needed and not among `wires`; undefined if there is none. */
export function missingWire(kinds: WireKinds, wires: object): string | undefined {
  const handed = wires as { readonly [name: string]: unknown }
  return Object.keys(kinds).find((name) => !kinds[name]!.isOptional && handed[name] === undefined)
}
