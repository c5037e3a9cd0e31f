// A channel of the DBDMA controller: how it executes command lists in memory. References: the DBDMA chapter of "Macintosh
// Technology in the Common Hardware Reference Platform" (5.5, registers; 5.6, commands), and Linux's dbdma.h.
import type { DmaChannelPort, MemoryPort } from "../kit/index.ts"

/** Bits of ChannelStatus; ChannelControl has them with a mask in its upper half. */
export const STATUS = {
  run: 0x8000,
  pause: 0x4000,
  flush: 0x2000,
  wake: 0x1000,
  dead: 0x0800,
  active: 0x0400,
  branched: 0x0100,
  /** The bits s7 to s0, which software sets and conditions test. */
  device: 0x00ff,
} as const

/** Commands: bits 15 to 12 of the command word. */
const COMMAND = {
  outputMore: 0,
  outputLast: 1,
  inputMore: 2,
  inputLast: 3,
  storeQuad: 4,
  loadQuad: 5,
  nop: 6,
  stop: 7,
} as const
const LAST_STREAM = 3
const KEY_SYSTEM = 6

const DESCRIPTOR_BYTES = 16
const RESULT_OFFSET = 12

/** Time from one command to the fetch of the next. */
const FETCH_NS = 200
/** Time of a byte on its way: 100 MB/s. */
const BYTE_NS = 10
/** Length of the pulse that requests an interrupt. */
const PULSE_NS = 100

/** State of a channel. */
export type Channel = {
  status: number
  commandPtr: number
  interruptSelect: number
  branchSelect: number
  waitSelect: number
  /** What the next step does: fetch a command, move its data, or test its wait condition again. */
  phase: "fetch" | "transfer" | "wait"
  /** Whether a STOP was executed. */
  isStopped: boolean
  /** The command under way: its first word, its address and its third word. */
  command: number
  address: number
  dependent: number
  /** Bytes that it has moved. */
  moved: number
  /** When the next step is due; -1 while the channel waits for its device, for its condition or for software. */
  dueNs: number
  /** Until when the interrupt line is high; -1 while it is low. */
  pulseNs: number
}

/** What a channel works with. */
export type ChannelPorts = {
  readonly memory: MemoryPort
  /** The device at the channel, if there is one. */
  readonly device: DmaChannelPort | undefined
  readonly nowNs: number
  log(message: string): void
}

/** The state of a channel after a reset. */
export const freshChannel = (): Channel => ({
  status: 0,
  commandPtr: 0,
  interruptSelect: 0,
  branchSelect: 0,
  waitSelect: 0,
  phase: "fetch",
  isStopped: false,
  command: 0,
  address: 0,
  dependent: 0,
  moved: 0,
  dueNs: -1,
  pulseNs: -1,
})

const isActive = (channel: Channel) => (channel.status & STATUS.active) !== 0
const code = (channel: Channel) => channel.command >>> 28
const key = (channel: Channel) => (channel.command >>> 24) & 7
const count = (channel: Channel) => channel.command & 0xffff
/** Bytes that the command has still to move. */
const left = (channel: Channel) => count(channel) - channel.moved

/** Writes ChannelControl: the upper half selects the bits that the lower half gives. */
export function writeControl(channel: Channel, value: number, ports: ChannelPorts): void {
  const mask = value >>> 16
  const before = channel.status
  const set = value & mask & (STATUS.run | STATUS.pause | STATUS.flush | STATUS.wake | STATUS.device)
  const clear = ~value & mask & (STATUS.run | STATUS.pause | STATUS.device)
  channel.status = (before & ~clear) | set
  if (channel.status & STATUS.flush) {
    if (isActive(channel) && channel.phase === "transfer") writeResult(channel, ports)
    channel.status &= ~STATUS.flush
  }
  if (!(channel.status & STATUS.run)) {
    channel.status &= ~(STATUS.active | STATUS.dead | STATUS.wake)
    fetchAt(channel, -1)
    return
  }
  if (channel.status & STATUS.dead) return
  if (!(before & STATUS.run) || (channel.isStopped && channel.status & STATUS.wake)) {
    channel.isStopped = false
    fetchAt(channel, ports.nowNs + FETCH_NS)
  }
  channel.status &= ~STATUS.wake
  if (channel.isStopped || channel.status & STATUS.pause) channel.status &= ~STATUS.active
  else channel.status |= STATUS.active
  // The bits of the device may be what it waits for, and a paused channel goes on.
  if (isActive(channel) && channel.dueNs < 0) channel.dueNs = ports.nowNs + FETCH_NS
  if (!isActive(channel)) channel.dueNs = -1
}

/** The device can give or take bytes. */
export function deviceReady(channel: Channel, nowNs: number): void {
  if (isActive(channel) && channel.phase === "transfer" && channel.dueNs < 0)
    channel.dueNs = nowNs + BYTE_NS * left(channel)
}

/** Does the step that is due: at most one command. */
export function step(channel: Channel, ports: ChannelPorts): void {
  channel.dueNs = -1
  const error = PHASES[channel.phase](channel, ports)
  if (error !== undefined) die(channel, ports, error)
}

const PHASES = { fetch, transfer, wait: complete } as const

/** Why the list cannot go on, or undefined. */
type ListError = string | undefined

function fetchAt(channel: Channel, dueNs: number): void {
  channel.phase = "fetch"
  channel.moved = 0
  channel.dueNs = dueNs
}

function fetch(channel: Channel, ports: ChannelPorts): ListError {
  const descriptor = new Uint8Array(DESCRIPTOR_BYTES)
  if (!ports.memory.read(channel.commandPtr, descriptor)) return "no memory holds its command"
  const view = new DataView(descriptor.buffer)
  channel.command = view.getUint32(0, true)
  channel.address = view.getUint32(4, true)
  channel.dependent = view.getUint32(8, true)
  channel.moved = 0
  switch (code(channel)) {
    case COMMAND.outputMore:
    case COMMAND.outputLast:
    case COMMAND.inputMore:
    case COMMAND.inputLast:
      if (key(channel) > LAST_STREAM) return `key ${key(channel)} is no stream`
      channel.phase = "transfer"
      channel.dueNs = ports.nowNs + BYTE_NS * count(channel)
      return undefined
    case COMMAND.storeQuad:
    case COMMAND.loadQuad:
      return quad(channel, ports)
    case COMMAND.nop:
      return complete(channel, ports)
    case COMMAND.stop:
      channel.status &= ~STATUS.active
      channel.isStopped = true
      return undefined
    default:
      return `command ${code(channel)} is reserved`
  }
}

function transfer(channel: Channel, ports: ChannelPorts): ListError {
  const bytes = new Uint8Array(left(channel))
  const at = channel.address + channel.moved
  if (bytes.length > 0) {
    if (code(channel) >= COMMAND.inputMore) {
      const given = ports.device?.read(bytes) ?? 0
      if (!ports.memory.write(at, bytes.subarray(0, given))) return "no memory takes its data"
      channel.moved += given
    } else {
      if (!ports.memory.read(at, bytes)) return "no memory holds its data"
      channel.moved += ports.device?.write(bytes) ?? 0
    }
  }
  return left(channel) === 0 ? complete(channel, ports) : undefined
}

// The low bits of the count encode 1, 2 or 4 bytes, and the address is aligned to them. A branch is not possible.
function quad(channel: Channel, ports: ChannelPorts): ListError {
  if (key(channel) !== KEY_SYSTEM) return `key ${key(channel)} is not system memory`
  const bytes = channel.command & 4 || channel.command & 2 || 1
  const at = (channel.address & -bytes) >>> 0
  const data = new Uint8Array(4)
  const view = new DataView(data.buffer)
  if (code(channel) === COMMAND.storeQuad) {
    view.setUint32(0, channel.dependent, true)
    if (!ports.memory.write(at, data.subarray(0, bytes))) return "no memory takes its data"
  } else {
    if (!ports.memory.read(at, data.subarray(0, bytes))) return "no memory holds its data"
    if (!ports.memory.write(channel.commandPtr + 8, data)) return "its command is not writable"
  }
  return complete(channel, ports)
}

/** Ends a command: wait, branch, result in memory, interrupt. */
function complete(channel: Channel, ports: ChannelPorts): ListError {
  const flags = channel.command >>> 16
  if (holds(flags & 3, channel.status, channel.waitSelect)) {
    channel.phase = "wait"
    return undefined
  }
  const isQuad = code(channel) === COMMAND.storeQuad || code(channel) === COMMAND.loadQuad
  const branches = !isQuad && holds((flags >>> 2) & 3, channel.status, channel.branchSelect)
  channel.status = (channel.status & ~STATUS.branched) | (branches ? STATUS.branched : 0)
  if (!writeResult(channel, ports)) return "its command is not writable"
  if (holds((flags >>> 4) & 3, channel.status, channel.interruptSelect)) channel.pulseNs = ports.nowNs + PULSE_NS
  channel.commandPtr = branches ? (channel.dependent & -DESCRIPTOR_BYTES) >>> 0 : nextOf(channel.commandPtr)
  fetchAt(channel, ports.nowNs + FETCH_NS)
  return undefined
}

const nextOf = (commandPtr: number) => (commandPtr + DESCRIPTOR_BYTES) >>> 0

/** Whether a condition holds: never, if the selected bits have their values, if they have not, or always. */
function holds(condition: number, status: number, select: number): boolean {
  const mask = (select >>> 16) & STATUS.device
  const isEqual = (status & mask) === (select & mask)
  return condition === 3 || (condition === 1 && isEqual) || (condition === 2 && !isEqual)
}

/** Writes resCount and xferStatus into the command; false if no memory takes them. */
function writeResult(channel: Channel, { memory }: ChannelPorts): boolean {
  const isStream = code(channel) <= COMMAND.inputLast
  const residue = isStream ? left(channel) : 0
  const { status } = channel
  const result = Uint8Array.of(residue & 0xff, residue >>> 8, status & 0xff, status >>> 8)
  return memory.write(channel.commandPtr + RESULT_OFFSET, result)
}

/** An error ends the list: the channel is dead until software clears run, and says so by an interrupt. */
function die(channel: Channel, ports: ChannelPorts, reason: string): void {
  channel.status = (channel.status & ~STATUS.active) | STATUS.dead
  fetchAt(channel, -1)
  channel.pulseNs = ports.nowNs + PULSE_NS
  ports.log(`command list at 0x${channel.commandPtr.toString(16)}: ${reason}`)
}
