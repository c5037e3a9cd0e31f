// The state of an ATA or ATAPI device, and what every command does with it: phases, completion, errors. Reference: ATA/ATAPI-6
// (T13 1410D), sections 7 (registers) and 9 (protocols).
import type { BlockPort, Drive } from "../kit/index.ts"

/** Bits of the Status register (7.15); BSY is set while the device has work to end. */
export const STATUS = { BSY: 0x80, DRDY: 0x40, DF: 0x20, DSC: 0x10, DRQ: 0x08, ERR: 0x01 } as const
/** Bits of the Error register (7.9). */
export const ERROR = { UNC: 0x40, IDNF: 0x10, ABRT: 0x04 } as const
/** Bits of the Interrupt Reason register of packet commands: command or data, to the host or from it. */
export const REASON = { CD: 1, IO: 2 } as const
/** Bits of the Device register. */
export const DEVICE = { LBA: 0x40, DEV: 0x10 } as const

/** Bytes of a sector of a disk, and of a disc. */
export const SECTOR = 512
export const CD_SECTOR = 2048

/** Most sectors of a block of READ MULTIPLE and WRITE MULTIPLE, as it is at power-on. */
export const MOST_MULTIPLE = 16

/** Time between a command or a block of data and what the device answers: as from its cache. */
export const LATENCY_NS = 500

/** What a device does when its busy time is over. */
export type Task = "none" | "command" | "packet" | "fill" | "drain" | "finish" | "reset"

/** What an ATAPI command failed for: key, additional code and its qualifier. */
export type Sense = { key: number; asc: number; ascq: number }

/** The state of a device. A register has its newest byte in bits 7 to 0 and the one before in bits 15 to 8. */
export type AtaDevice = {
  features: number
  count: number
  lbaLow: number
  lbaMid: number
  lbaHigh: number
  deviceHead: number
  command: number
  /** Status without BSY. */
  status: number
  error: number
  isInterrupting: boolean
  task: Task
  /** When the task is due; -1 while there is none. */
  dueNs: number
  /** How data move while DRQ is set. */
  transfer: "none" | "pioIn" | "pioOut" | "dmaIn" | "dmaOut" | "packet"
  /** The data of a command's answer; empty while they are those of the image. */
  reply: Uint8Array
  /** Byte offset of the next data in the answer or the image, and how many remain. */
  offset: number
  left: number
  /** Bytes of a block: what moves between two looks at the status. */
  blockBytes: number
  block: Uint8Array
  position: number
  /** Sectors of a block of READ MULTIPLE and WRITE MULTIPLE; 0 while they are disabled. */
  multiple: number
  /** The translation that INITIALIZE DEVICE PARAMETERS chose. */
  heads: number
  sectorsPerTrack: number
  /** Transfer modes in use, as SET FEATURES numbers them: PIO has no bits here. */
  dmaMode: number
  isWriteCacheOn: boolean
  isSmartOn: boolean
  /** What CHECK POWER MODE tells: active or standby. */
  isStandby: boolean
  sense: Sense
  /** Whether the next packet command fails because the medium may have changed. */
  isUnitAttention: boolean
  isTrayOpen: boolean
  isTrayLocked: boolean
}

const NONE = new Uint8Array(0)

/** The state of a device at power-on, which it ends with a reset. */
export const freshDevice = (resetNs: number): AtaDevice => ({
  features: 0,
  count: 1,
  lbaLow: 1,
  lbaMid: 0,
  lbaHigh: 0,
  deviceHead: 0,
  command: 0,
  status: 0,
  error: 1,
  isInterrupting: false,
  task: "reset",
  dueNs: resetNs,
  transfer: "none",
  reply: NONE,
  offset: 0,
  left: 0,
  blockBytes: 0,
  block: NONE,
  position: 0,
  multiple: MOST_MULTIPLE,
  heads: 16,
  sectorsPerTrack: 63,
  dmaMode: 0,
  isWriteCacheOn: true,
  isSmartOn: true,
  isStandby: false,
  sense: { key: 0, asc: 0, ascq: 0 },
  isUnitAttention: false,
  isTrayOpen: false,
  isTrayLocked: false,
})

/** A device while it works: its state, its drive and what is around it. */
export type Unit = {
  readonly device: AtaDevice
  readonly drive: Drive
  /** 0 or 1. */
  readonly number: number
  readonly nowNs: number
  /** Tells the DMA channel that the device can move data. */
  requestDma(): void
  log(message: string): void
}

/** Whether the device is busy. */
export const isBusy = ({ task }: AtaDevice): boolean => task !== "none"

/** The medium, unless there is none or the tray is open. */
export const mediumOf = ({ drive, device }: Unit): BlockPort | undefined =>
  device.isTrayOpen ? undefined : drive.block

/** Sectors of a disk. */
export const sectorCount = ({ drive }: Unit): number => Math.floor((drive.block?.size ?? 0) / SECTOR)

/** Starts a busy time, after which the task is done. */
export function begin({ device, nowNs }: Unit, task: Task, latencyNs = LATENCY_NS): void {
  device.task = task
  device.dueNs = nowNs + latencyNs
  device.status &= ~STATUS.DRQ
}

/** Ends all transfer of data. */
export function endTransfer(device: AtaDevice): void {
  device.transfer = "none"
  device.reply = NONE
  device.block = NONE
  device.position = 0
  device.left = 0
  device.status &= ~STATUS.DRQ
}

/** Completes a command and requests an interrupt. */
export function complete({ device }: Unit): void {
  endTransfer(device)
  device.status = STATUS.DRDY | STATUS.DSC
  device.error = 0
  device.isInterrupting = true
}

/** Ends a command with an error, and requests an interrupt. */
export function fail({ device }: Unit, error: number): void {
  endTransfer(device)
  device.status = STATUS.DRDY | STATUS.DSC | STATUS.ERR
  device.error = error
  device.isInterrupting = true
}

/** Ends a command because the host could not write: a device fault. */
export function fault({ device }: Unit): void {
  endTransfer(device)
  device.status = STATUS.DRDY | STATUS.DF
  device.error = ERROR.ABRT
  device.isInterrupting = true
}

/** Puts the signature into the registers, by which the host tells disks and packet devices apart (9.12). */
export function putSignature({ device, drive }: Unit): void {
  const isPacketDevice = drive.media === "cdrom"
  device.count = 1
  device.lbaLow = 1
  device.lbaMid = isPacketDevice ? 0x14 : 0
  device.lbaHigh = isPacketDevice ? 0xeb : 0
}

/** The end of a reset: signature, diagnostic code and status. */
export function reset(unit: Unit): void {
  const { device, drive } = unit
  endTransfer(device)
  putSignature(unit)
  device.features = 0
  device.deviceHead = 0
  device.error = 1
  device.status = drive.media === "disk" ? STATUS.DRDY | STATUS.DSC : 0
  device.isStandby = false
  device.isInterrupting = false
}
