// Configuration space of a PCI function: how a part declares it, and its standard registers.
// Reference: PCI Local Bus Specification 2.1, chapter 6.
import type { Region } from "./device.ts"
import type { Register, Registers } from "./registers.ts"

/** The address spaces of a PCI bus, beside configuration space. */
export type PciSpace = "memory" | "io"

/** An address on a PCI bus. */
export type PciAddress = { readonly space: PciSpace; readonly address: number }

/** A base address register: the region that it places, and how. */
export type PciBar<Regions extends string = string> = {
  readonly space: PciSpace
  /** The name of the region; the first region, unless given. */
  readonly region?: Regions
  /** Whether memory reads have no side effects. */
  readonly isPrefetchable?: boolean
}

/** What a part declares to be a PCI function. */
export interface PciDefinition<C = never, Regions extends string = string> {
  readonly vendor: number
  readonly device: number
  /** Base class, sub-class and programming interface: 24 bits. */
  readonly classCode: number
  readonly revision?: number
  readonly subsystem?: { readonly vendor: number; readonly device: number }
  /** The pin of its interrupt, 1 for INTA#; the part has a wire `inta` then, whichever the pin. */
  readonly interruptPin?: 1 | 2 | 3 | 4
  /** In units of 250 ns. */
  readonly minimumGrant?: number
  /** In units of 250 ns. */
  readonly maximumLatency?: number
  /** What LatencyTimer reads after a reset. */
  readonly latencyTimer?: number
  /** Bits of the status register that are always set. */
  readonly status?: number
  /** Base address registers by number, 0 to 5. */
  readonly bars?: { readonly [n: number]: PciBar<Regions> }
  /** The region that the expansion ROM's base address register places. */
  readonly rom?: Regions
  /** Regions at addresses that no register sets, which the function always decodes. */
  readonly fixed?: readonly { readonly space: PciSpace; readonly at: number; readonly region: Regions }[]
  /** Offset of the first capability. */
  readonly capabilities?: number
  /** Its own registers, at 0x40 to 0xff. Bytes without a register read as zero and ignore writes. */
  readonly registers?: Registers<C>
}

/** The standard registers of a function that hold something. */
export type PciRegisters = {
  command: number
  status: number
  cacheLineSize: number
  latencyTimer: number
  /** Base address registers by number, without their flags; 0 where there is none. */
  bars: number[]
  rom: number
  interruptLine: number
}

/** Bits of the command register. */
export const PCI_COMMAND = { IO: 1 << 0, MEMORY: 1 << 1, BUS_MASTER: 1 << 2, PARITY: 1 << 6, SERR: 1 << 8 } as const

/** Bits of the status register. */
export const PCI_STATUS = { CAPABILITIES: 1 << 4, MASTER_ABORT: 1 << 13 } as const

/** Size of a configuration space in bytes. */
export const PCI_CONFIGURATION_BYTES = 0x100

const COMMAND_WRITABLE = Object.values(PCI_COMMAND).reduce((bits, bit) => bits | bit)
/** Errors: writing a one clears the bit. */
const STATUS_CLEARED = 0xf900
const ROM_ENABLE = 1

/** What a reset puts into the standard registers. */
export function freshPciRegisters({ latencyTimer = 0 }: Pick<PciDefinition, "latencyTimer">): PciRegisters {
  return { command: 0, status: 0, cacheLineSize: 0, latencyTimer, bars: [0, 0, 0, 0, 0, 0], rom: 0, interruptLine: 0 }
}

/** The sizes of a function's regions in bytes. */
export type RegionSizes = (region: string | undefined) => number

/** Bytes that a base address register makes a region take: a power of two. */
export function pciBarBytes({ space, region }: PciBar, sizeOf: RegionSizes): number {
  return 2 ** Math.ceil(Math.log2(Math.max(sizeOf(region), space === "io" ? 4 : 16)))
}

/** Bytes that the expansion ROM takes: a power of two. */
export function pciRomBytes(region: string, sizeOf: RegionSizes): number {
  return 2 ** Math.ceil(Math.log2(Math.max(sizeOf(region), 2048)))
}

/** The flags of a base address register. */
const flagsOf = ({ space, isPrefetchable }: PciBar) => (space === "io" ? 1 : isPrefetchable ? 8 : 0)

/** The registers of a function's configuration space. */
export function configurationRegisters<C extends { readonly pci: PciRegisters }>(
  pci: PciDefinition<C, string>,
  sizeOf: RegionSizes,
): Registers<C> {
  const constant = (at: number, width: 1 | 2, value = 0): Register<C> => ({ at, width, read: () => value, write() {} })
  const { bars = {}, rom } = pci
  const status = (pci.status ?? 0) | (pci.capabilities === undefined ? 0 : PCI_STATUS.CAPABILITIES)
  const standard: Registers<C> = {
    VendorID: constant(0x00, 2, pci.vendor),
    DeviceID: constant(0x02, 2, pci.device),
    Command: {
      at: 0x04,
      width: 2,
      read: (c) => c.pci.command,
      write: (c, v) => (c.pci.command = v & COMMAND_WRITABLE),
    },
    Status: {
      at: 0x06,
      width: 2,
      otherLanes: "zero",
      read: (c) => c.pci.status | status,
      write: (c, v) => (c.pci.status &= ~(v & STATUS_CLEARED)),
    },
    RevisionID: constant(0x08, 1, pci.revision),
    ProgrammingInterface: constant(0x09, 1, pci.classCode & 0xff),
    ClassCode: constant(0x0a, 2, pci.classCode >>> 8),
    CacheLineSize: {
      at: 0x0c,
      width: 1,
      read: (c) => c.pci.cacheLineSize,
      write: (c, v) => (c.pci.cacheLineSize = v),
    },
    LatencyTimer: {
      at: 0x0d,
      width: 1,
      read: (c) => c.pci.latencyTimer,
      write: (c, v) => (c.pci.latencyTimer = v),
    },
    HeaderType: constant(0x0e, 1),
    BIST: constant(0x0f, 1),
    BaseAddress: {
      at: 0x10,
      count: 6,
      read: (c, n) => (bars[n] ? (c.pci.bars[n]! | flagsOf(bars[n])) >>> 0 : 0),
      write: (c, v, n) => (c.pci.bars[n] = bars[n] ? aligned(v, pciBarBytes(bars[n], sizeOf)) : 0),
    },
    CardbusCIS: { at: 0x28, read: () => 0, write() {} },
    SubsystemVendorID: constant(0x2c, 2, pci.subsystem?.vendor),
    SubsystemID: constant(0x2e, 2, pci.subsystem?.device),
    ExpansionROM: {
      at: 0x30,
      read: (c) => c.pci.rom,
      write: (c, v) =>
        (c.pci.rom = rom === undefined ? 0 : (aligned(v, pciRomBytes(rom, sizeOf)) | (v & ROM_ENABLE)) >>> 0),
    },
    CapabilitiesPointer: constant(0x34, 1, pci.capabilities),
    Reserved: { at: 0x35, width: 1, count: 7, read: () => 0, write() {} },
    InterruptLine: {
      at: 0x3c,
      width: 1,
      read: (c) => c.pci.interruptLine,
      write: (c, v) => (c.pci.interruptLine = v),
    },
    InterruptPin: constant(0x3d, 1, pci.interruptPin),
    MinimumGrant: constant(0x3e, 1, pci.minimumGrant),
    MaximumLatency: constant(0x3f, 1, pci.maximumLatency),
  }
  const own = pci.registers ?? {}
  return { ...standard, ...own, ...gaps(own) }
}

const aligned = (value: number, bytes: number) => value - (value % bytes)

/** Registers for the bytes from 0x40 on that have none. */
function gaps(own: Registers<never>): Registers<unknown> {
  const isTaken = new Array<boolean>(PCI_CONFIGURATION_BYTES).fill(false)
  for (const { at, width = 4, count = 1, stride = width } of Object.values(own)) {
    for (let n = 0; n < count; n++) isTaken.fill(true, at + n * stride, at + n * stride + width)
  }
  const found: { [name: string]: Register<unknown> } = {}
  for (let at = 0x40; at < PCI_CONFIGURATION_BYTES; at++) {
    if (!isTaken[at]) found[`Reserved${at.toString(16)}`] = { at, width: 1, read: () => 0, write() {} }
  }
  return found
}

/** A range of a PCI address space that a function decodes. */
export type PciWindow = {
  readonly space: PciSpace
  readonly base: number
  readonly size: number
  readonly region: Region
}

/** The windows that a function decodes now, by its registers. */
export function pciWindows(
  pci: PciDefinition<never, string>,
  { command, bars, rom }: PciRegisters,
  regionOf: (name: string | undefined) => Region,
): PciWindow[] {
  const sizeOf: RegionSizes = (name) => regionOf(name).size
  const windows: PciWindow[] = []
  for (const [n, bar] of Object.entries(pci.bars ?? {})) {
    const { space, region } = bar
    if ((command & (space === "io" ? PCI_COMMAND.IO : PCI_COMMAND.MEMORY)) === 0) continue
    windows.push({ space, base: bars[Number(n)]!, size: pciBarBytes(bar, sizeOf), region: regionOf(region) })
  }
  if (pci.rom !== undefined && rom & ROM_ENABLE && command & PCI_COMMAND.MEMORY) {
    const region = regionOf(pci.rom)
    windows.push({ space: "memory", base: (rom & ~ROM_ENABLE) >>> 0, size: pciRomBytes(pci.rom, sizeOf), region })
  }
  for (const { space, at, region } of pci.fixed ?? []) {
    windows.push({ space, base: at, size: regionOf(region).size, region: regionOf(region) })
  }
  return windows
}

/** A PCI function as its bus sees it. */
export interface PciFunction {
  readonly definition: PciDefinition<never, string>
  /** Its configuration space, little-endian. */
  readonly configuration: Region
  /** The ranges that it decodes now. */
  windows(): readonly PciWindow[]
  /** Bytes that base address register `n` places; those of the expansion ROM, if undefined. */
  bytesOf(bar: number | undefined): number
  /** Registers the bus's callback for changes of what the function decodes. */
  onChange(callback: () => void): void
}
