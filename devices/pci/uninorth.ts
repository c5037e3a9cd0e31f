// UniNorth, Apple's memory controller with three PCI host bridges. Apple has published no manual: what is here is what
// Linux (pmac PCI and feature code), OpenBIOS and QEMU's mac99 agree on.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"
import { masterAbortOptions, repeatedWord, window } from "./host-bridge.ts"

/** `bus` is the PCI bus behind the bridge. */
const wires = { bus: wire.pciBus }

const MiB = 1024 * 1024

const options = {
  ...masterAbortOptions,
  /** Which of the three: it decides the device number of its own function. */
  kind: "pci" as "agp" | "pci" | "internal",
  /** Where the window onto PCI memory begins in the memory space: the address at which the board places it. */
  memoryBase: 0x8000_0000,
  /** Size of that window. */
  memoryBytes: 256 * MiB,
}

type Options = typeof options

const DEVICE = { agp: 0x20, pci: 0x1f, internal: 0x1e } as const

const state = () => ({ configAddress: 0 })

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, Options>

/**
 * One of UniNorth's host bridges. Its first region is CONFIG_ADDR; `data` is CONFIG_DATA, `io` shows the first 8 MiB of the I/O
 * space, `memory` a part of the memory space. Its function belongs into its own bus, slot 11 (14 on the internal bus).
 */
export const uninorthPci = device({
  name: "uninorth-pci",
  wires,
  size: 0x1000,
  options,
  state,
  array: repeatedWord<C>({
    get: ({ state }) => state.configAddress,
    set: ({ state }, value) => (state.configAddress = value),
  }),
  regions: {
    data: { size: 0x1000, array: { read: readData, write: writeData } },
    io: { size: 8 * MiB, array: window("io", () => 0) },
    memory: {
      size: ({ memoryBytes }) => memoryBytes,
      array: window("memory", ({ memoryBase }: Options) => memoryBase),
    },
  },
  pci: ({ kind }) => ({
    vendor: 0x106b,
    device: DEVICE[kind],
    classCode: 0x06_0000,
    subsystem: { vendor: 0x1af4, device: 0x1100 },
    latencyTimer: 0x10,
  }),
  tree: () => ({ device_type: "pci", model: "AAPL,UniNorth", compatible: "uni-north" }),
})

/**
 * The register that a configuration access reaches; undefined if no slot is selected. Drivers write one of three formats:
 * bit 31 set and a device number (OpenBIOS); else a bus and a device number with bit 0 set, or on the local bus the IDSEL
 * line, 11 to 31, as a bit. In the last two, the data register's address has bits 2 to 0 of the register.
 */
function selected(address: number, offset: number) {
  const number = (address >>> 8) & 7
  const register = address & 0xfc
  if ((address & 0x8000_0001) !== 0) {
    if (((address >>> 16) & 0xff) !== 0) return undefined
    const lane = address >>> 31 === 1 ? offset & 3 : offset & 7
    return { slot: (address >>> 11) & 31, function: number, register: register | lane }
  }
  const idsel = address & ~0x7ff
  if (idsel === 0) return undefined
  return { slot: 31 - Math.clz32(idsel & -idsel), function: number, register: register | (offset & 7) }
}

function readData({ state, wires }: C, offset: number, size: number): number {
  const at = selected(state.configAddress, offset)
  return at ? wires.bus.readConfiguration(at.slot, at.function, at.register, size) : 0xffff_ffff
}

function writeData({ state, wires }: C, offset: number, size: number, value: number): void {
  const at = selected(state.configAddress, offset)
  if (at) wires.bus.writeConfiguration(at.slot, at.function, at.register, size, value)
}
