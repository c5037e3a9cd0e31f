// An ATA channel of Apple's I/O chips, with up to two drives. References: ATA/ATAPI-6 (registers: section 7); Linux's
// pata_macio.c (their addresses, and the timing register).
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"
import { acceptCommand, DEVICE_RESET, DIAGNOSTIC, executeCommand } from "./ata-commands.ts"
import {
  type AtaDevice,
  begin,
  DEVICE,
  endTransfer,
  freshDevice,
  isBusy,
  reset,
  STATUS,
  type Unit,
} from "./ata-device.ts"
import {
  drain,
  endBlock,
  fill,
  finish,
  givesData,
  isBlockDone,
  readDma,
  readWord,
  takesData,
  writeDma,
  writeWord,
} from "./ata-transfer.ts"
import { executePacket } from "./atapi.ts"

/** `irq` is INTRQ, `dma` the channel that carries DMARQ, `drive0` and `drive1` the drives at the cable. */
const wires = { irq: wire.line, dma: wire.optionalDma, drive0: wire.optionalDrive, drive1: wire.optionalDrive }

/** Bits of the Device Control register. */
const CONTROL = { HOB: 0x80, SRST: 0x04, NIEN: 0x02 }
/** The bit of the interrupt register that shows INTRQ. */
const INTERRUPT_DEVICE = 0x4000_0000
/** Time that a device needs for a reset. */
const RESET_NS = 500

const state = (_: object, nowNs: number) => ({
  devices: [freshDevice(nowNs + RESET_NS), freshDevice(nowNs + RESET_NS)] as [AtaDevice, AtaDevice],
  control: 0,
  /** Number of the device that the Device register selects. */
  selected: 0,
  timing: 0,
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, object, "task">

function unitOf(c: C, number: number): Unit | undefined {
  const drive = number === 0 ? c.wires.drive0 : c.wires.drive1
  if (!drive) return undefined
  return {
    device: c.state.devices[number]!,
    drive,
    number,
    nowNs: c.clock.nowNs(),
    requestDma: () => c.wires.dma?.request(),
    log: c.log,
  }
}

const selected = (c: C): Unit | undefined => unitOf(c, c.state.selected)
const present = (c: C): Unit[] => [0, 1].flatMap((n) => unitOf(c, n) ?? [])

type Field = "count" | "lbaLow" | "lbaMid" | "lbaHigh"

/** A register whose last two bytes a device keeps; both devices take what is written. */
const commandBlock = (at: number, field: Field) => ({
  at,
  width: 1 as const,
  read: (c: C) => (answering(c)?.device[field] ?? 0) >>> (c.state.control & CONTROL.HOB ? 8 : 0),
  write: (c: C, value: number) => writeBoth(c, field, value),
})

// A disk that is alone at the cable answers for the other device; a packet device gives zeros (ATA/ATAPI-6, 9.16).
function answering(c: C): Unit | undefined {
  const own = selected(c)
  if (own || c.state.selected === 0) return own
  const other = unitOf(c, 0)
  return other?.drive.media === "disk" ? other : undefined
}

function writeBoth(c: C, field: Field | "features", value: number): void {
  c.state.control &= ~CONTROL.HOB
  for (const { device } of present(c)) {
    if (isBusy(device) || device.status & STATUS.DRQ) c.log("register written while a command is under way")
    else device[field] = ((device[field] & 0xff) << 8) | value
  }
}

/** An ATA channel. Its registers are little-endian: a board gives it that byte order. */
export const ide = device({
  name: "ide",
  wires,
  size: 0x1000,
  options: {},
  state,
  registers: {
    // A word access moves two bytes, an access of four bytes two words.
    Data: {
      at: 0x000,
      width: 2,
      count: 2,
      otherLanes: "zero",
      read: readData,
      write: writeData,
    },
    ErrorFeatures: {
      at: 0x010,
      width: 1,
      read: (c: C) => answering(c)?.device.error ?? 0,
      write: (c: C, value) => writeBoth(c, "features", value),
    },
    SectorCount: commandBlock(0x020, "count"),
    LBALow: commandBlock(0x030, "lbaLow"),
    LBAMid: commandBlock(0x040, "lbaMid"),
    LBAHigh: commandBlock(0x050, "lbaHigh"),
    Device: { at: 0x060, width: 1, read: (c: C) => deviceRegister(c), write: select },
    StatusCommand: { at: 0x070, width: 1, read: acknowledge, write: command },
    AlternateStatusControl: { at: 0x160, width: 1, read: status, write: control },
    // The same register behind the command block, where OpenBIOS uses it, as QEMU's macio channel has it.
    AlternateStatusControlCopy: { at: 0x080, width: 1, read: status, write: control },
    Timing: { at: 0x200, read: (c: C) => c.state.timing, write: (c: C, value) => (c.state.timing = value) },
    Interrupt: { at: 0x300, read: (c: C) => (isInterrupting(c) ? INTERRUPT_DEVICE : 0) },
  },
  alarms: { task: doTasks },
  start(c: C) {
    c.wires.dma?.connect({
      read: (into) => served(c, (unit) => readDma(unit, into)),
      write: (from) => served(c, (unit) => writeDma(unit, from)),
    })
  },
  drive(c: C) {
    c.wires.irq.set(isInterrupting(c))
  },
  arm(c: C) {
    let next = Number.POSITIVE_INFINITY
    for (const { dueNs } of c.state.devices) if (dueNs >= 0 && dueNs < next) next = dueNs
    c.alarms.task.set(next)
  },
})

function readData(c: C): number {
  const device = c.state.devices[c.state.selected]!
  if (!givesData(device)) return 0
  const word = readWord(device)
  if (isBlockDone(device)) endBlock(selected(c)!)
  return word
}

function writeData(c: C, word: number): void {
  const device = c.state.devices[c.state.selected]!
  if (!takesData(device)) return
  writeWord(device, word)
  if (isBlockDone(device)) endBlock(selected(c)!)
}

/** The DMA channel calls from outside, so that lines and alarms must follow. */
function served(c: C, work: (unit: Unit) => number): number {
  const unit = selected(c)
  const moved = unit && !isBusy(unit.device) ? work(unit) : 0
  c.settle()
  return moved
}

// A device that is not there never changes its state.
const isInterrupting = ({ state }: C): boolean =>
  state.devices[state.selected]!.isInterrupting && (state.control & CONTROL.NIEN) === 0

function status(c: C): number {
  const device = selected(c)?.device
  if (!device) return 0
  return isBusy(device) ? STATUS.BSY | (device.status & ~STATUS.DRQ) : device.status
}

function acknowledge(c: C): number {
  const value = status(c)
  const device = selected(c)?.device
  if (device) device.isInterrupting = false
  return value
}

const deviceRegister = (c: C): number => {
  const unit = answering(c)
  return unit ? (unit.device.deviceHead & ~DEVICE.DEV) | 0xa0 | (c.state.selected * DEVICE.DEV) : 0
}

function select(c: C, value: number): void {
  c.state.control &= ~CONTROL.HOB
  c.state.selected = value & DEVICE.DEV ? 1 : 0
  for (const { device } of present(c)) if (!isBusy(device)) device.deviceHead = value
}

function command(c: C, code: number): void {
  c.state.control &= ~CONTROL.HOB
  if (code === DIAGNOSTIC) {
    c.state.selected = 0
    for (const unit of present(c)) if (!isBusy(unit.device)) acceptCommand(unit, code)
    return
  }
  const unit = selected(c)
  if (!unit) return
  const { device, drive } = unit
  if (code === DEVICE_RESET && drive.media === "cdrom") endTransfer(device)
  else if (isBusy(device) || device.status & STATUS.DRQ) {
    c.log(`command 0x${code.toString(16)} while another is under way`)
    return
  }
  acceptCommand(unit, code)
}

function control(c: C, value: number): void {
  const before = c.state.control
  c.state.control = value
  if (value & CONTROL.SRST) {
    // Devices are busy until software ends the reset.
    for (const { device } of present(c)) {
      endTransfer(device)
      Object.assign(device, { task: "reset", dueNs: -1 })
    }
  } else if (before & CONTROL.SRST) {
    c.state.selected = 0
    for (const unit of present(c)) begin(unit, "reset", RESET_NS)
  }
}

const TASKS = { none() {}, command: executeCommand, packet: executePacket, fill, drain, finish, reset } as const

function doTasks(c: C): void {
  const nowNs = c.clock.nowNs()
  for (const [n, device] of c.state.devices.entries()) {
    if (device.dueNs < 0 || device.dueNs > nowNs) continue
    const { task } = device
    device.task = "none"
    device.dueNs = -1
    const unit = unitOf(c, n)
    if (unit) TASKS[task](unit)
  }
}
