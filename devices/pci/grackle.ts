// MPC106 ("Grackle") PCI bridge and memory controller, address map B.
// Reference: MPC106 PCI Bridge/Memory Controller User's Manual, sections 3.1.2, 3.2 and 7.4.5.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"
import { masterAbortOptions, repeatedWord, window } from "./host-bridge.ts"

/** `bus` is the PCI bus behind the bridge. */
const wires = { bus: wire.pciBus }

const MiB = 1024 * 1024

const options = {
  ...masterAbortOptions,
  /** Size of the window onto PCI memory, which begins at 0x80000000; up to 0xfd000000 at most. */
  memoryBytes: 0x7000_0000,
}

/** The bridge's own registers begin here. */
const OWN = 0x40

const state = () => ({
  configAddress: 0,
  /** Registers from 0x40 on, of which none acts: RAM needs no timing here. */
  own: new Uint8Array(0x100 - OWN),
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options>

/**
 * MPC106. Its first region is CONFIG_ADDR; `data` is CONFIG_DATA, `io` and `isaMemory` show the first 8 and 16 MiB of the I/O
 * and the memory space, `memory` the memory space from 0x80000000 on. Its function belongs into slot 0 of its own bus.
 */
export const grackle = device({
  name: "grackle",
  wires,
  size: 2 * MiB,
  options,
  state,
  array: repeatedWord<C>({
    get: ({ state }) => state.configAddress,
    set: ({ state }, value) => (state.configAddress = value),
  }),
  regions: {
    data: { size: MiB, array: { read: readData, write: writeData } },
    io: { size: 8 * MiB, array: window("io", () => 0) },
    isaMemory: { size: 16 * MiB, array: window("memory", () => 0) },
    memory: { size: ({ memoryBytes }) => memoryBytes, array: window("memory", () => 0x8000_0000) },
  },
  pci: {
    vendor: 0x1057,
    device: 0x0002,
    classCode: 0x06_0001,
    subsystem: { vendor: 0x1af4, device: 0x1100 },
    registers: {
      Own: {
        at: OWN,
        width: 1,
        count: 0x100 - OWN,
        read: (c: C, n) => c.state.own[n]!,
        write: (c: C, v, n) => (c.state.own[n] = v),
      },
    },
  },
  tree: () => ({ device_type: "pci", model: "MOT,MPC106", compatible: "grackle" }),
})

/** The function that CONFIG_ADDR selects; undefined if it is disabled or names another bus (Figure 7-8). */
function selected({ configAddress }: C["state"]) {
  const isLocal = configAddress >>> 31 === 1 && ((configAddress >>> 16) & 0xff) === 0
  if (!isLocal) return undefined
  return { slot: (configAddress >>> 11) & 31, function: (configAddress >>> 8) & 7, register: configAddress & 0xfc }
}

function readData({ state, wires }: C, offset: number, size: number): number {
  const at = selected(state)
  return at ? wires.bus.readConfiguration(at.slot, at.function, at.register + (offset & 3), size) : 0xffff_ffff
}

function writeData({ state, wires }: C, offset: number, size: number, value: number): void {
  const at = selected(state)
  if (at) wires.bus.writeConfiguration(at.slot, at.function, at.register + (offset & 3), size, value)
}
