// DBDMA: the descriptor-based DMA controller of Apple's I/O chips, 32 channels. References: see dbdma-channel.ts.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"
import { type Channel, type ChannelPorts, deviceReady, freshChannel, step, writeControl } from "./dbdma-channel.ts"

/** Channels, and the distance between their registers. */
const CHANNELS = 32
const STRIDE = 0x80

/**
 * `memory` holds command lists and data, `channels` are the devices by the number of their channel, `irq` the interrupt lines
 * by the same number: a channel requests an interrupt by a pulse.
 */
const wires = { memory: wire.memory, channels: wire.dmaChannels, irq: wire.optionalLinesByNumber }

const state = () => ({ channels: Array.from({ length: CHANNELS }, freshChannel) })

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, object, "next">

/** A register of each channel. */
const bank = (at: number) => ({ at, count: CHANNELS, stride: STRIDE })
/** A register of a facility that Mac I/O chips lack: it reads as zero. */
const absent = (at: number) => ({ ...bank(at), read: () => 0, write() {} })

const channelOf = (c: C, n: number): Channel => c.state.channels[n]!

function portsOf(c: C, n: number): ChannelPorts {
  return {
    memory: c.wires.memory,
    device: c.wires.channels[n],
    nowNs: c.clock.nowNs(),
    log: (message) => c.log(`channel ${n}: ${message}`),
  }
}

/**
 * The DBDMA controller. Its registers and command lists are little-endian: a board gives it that byte order. A channel
 * executes one command at each alarm, so that an endless list takes virtual time.
 */
export const dbdma = device({
  name: "dbdma",
  wires,
  size: CHANNELS * STRIDE,
  options: {},
  state,
  registers: {
    ChannelControl: {
      ...bank(0x00),
      otherLanes: "zero",
      read: () => 0,
      write: (c: C, value, n) => writeControl(channelOf(c, n), value, portsOf(c, n)),
    },
    ChannelStatus: { ...bank(0x04), read: (c: C, n) => channelOf(c, n).status },
    CommandPtrHi: absent(0x08),
    CommandPtrLo: { ...bank(0x0c), read: (c: C, n) => channelOf(c, n).commandPtr, write: setCommandPtr },
    InterruptSelect: {
      ...bank(0x10),
      read: (c: C, n) => channelOf(c, n).interruptSelect,
      write: (c: C, value, n) => (channelOf(c, n).interruptSelect = value & 0x00ff_00ff),
    },
    BranchSelect: {
      ...bank(0x14),
      read: (c: C, n) => channelOf(c, n).branchSelect,
      write: (c: C, value, n) => (channelOf(c, n).branchSelect = value & 0x00ff_00ff),
    },
    WaitSelect: {
      ...bank(0x18),
      read: (c: C, n) => channelOf(c, n).waitSelect,
      write: (c: C, value, n) => (channelOf(c, n).waitSelect = value & 0x00ff_00ff),
    },
    TransferModes: absent(0x1c),
    Data2PtrHi: absent(0x20),
    Data2PtrLo: absent(0x24),
    AddressHi: absent(0x2c),
    BranchAddressHi: absent(0x30),
  },
  alarms: { next: takeSteps },
  start(c: C) {
    for (const [number, port] of Object.entries(c.wires.channels)) {
      port.onRequest(() => {
        deviceReady(channelOf(c, Number(number)), c.clock.nowNs())
        c.settle()
      })
    }
  },
  drive(c: C) {
    for (const [number, line] of Object.entries(c.wires.irq ?? {})) line.set(channelOf(c, Number(number)).pulseNs >= 0)
  },
  arm(c: C) {
    let next = Number.POSITIVE_INFINITY
    for (const { dueNs, pulseNs } of c.state.channels) {
      if (dueNs >= 0) next = Math.min(next, dueNs)
      if (pulseNs >= 0) next = Math.min(next, pulseNs)
    }
    c.alarms.next.set(next)
  },
})

// Software may change the pointer only while the channel executes nothing.
function setCommandPtr(c: C, value: number, n: number): void {
  const channel = channelOf(c, n)
  if (channel.dueNs >= 0 || channel.phase !== "fetch") c.log(`channel ${n}: command pointer written while it is active`)
  else channel.commandPtr = (value & -16) >>> 0
}

function takeSteps(c: C): void {
  const nowNs = c.clock.nowNs()
  for (const [n, channel] of c.state.channels.entries()) {
    if (channel.pulseNs >= 0 && channel.pulseNs <= nowNs) channel.pulseNs = -1
    if (channel.dueNs >= 0 && channel.dueNs <= nowNs) step(channel, portsOf(c, n))
  }
}
