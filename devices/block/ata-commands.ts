// ATA commands: which a device takes, and what they do. Reference: ATA/ATAPI-6, section 8.
import {
  type AtaDevice,
  begin,
  complete,
  DEVICE,
  ERROR,
  fail,
  fault,
  MOST_MULTIPLE,
  putSignature,
  reset,
  SECTOR,
  sectorCount,
  type Unit,
} from "./ata-device.ts"
import { identifyDisk, identifyPacketDevice } from "./ata-identify.ts"
import { smart } from "./ata-smart.ts"
import { is48Bit, putSector, receiveImage, receivePacket, sendImage, sendReply } from "./ata-transfer.ts"

type Command = (unit: Unit) => void

const abort: Command = (unit) => fail(unit, ERROR.ABRT)

const identify: Command = (unit) => sendReply(unit, "pio", identifyDisk(unit), SECTOR)
const identifyPacket: Command = (unit) => sendReply(unit, "pio", identifyPacketDevice(unit), SECTOR)

/** A command that moves sectors: `perBlock` gives the sectors of a block. */
function sectors(
  direction: "read" | "write" | "verify",
  how: "pio" | "dma",
  perBlock: (device: AtaDevice) => number = () => 1,
): Command {
  return (unit) => {
    const { device, drive } = unit
    const perThis = perBlock(device)
    if (perThis === 0) return abort(unit)
    const first = firstSector(device)
    const count = sectorsAsked(device)
    if (first === undefined || first + count > sectorCount(unit)) return fail(unit, ERROR.IDNF)
    if (direction === "write" && drive.block?.isReadOnly) return abort(unit)
    if (direction === "verify") return complete(unit)
    const move = direction === "read" ? sendImage : receiveImage
    move(unit, how, first * SECTOR, count * SECTOR, perThis * SECTOR)
  }
}

const multiple = (device: AtaDevice) => device.multiple

/** The first sector of a command, by LBA or by cylinder, head and sector; undefined if it names none. */
function firstSector(device: AtaDevice): number | undefined {
  const { lbaLow, lbaMid, lbaHigh, deviceHead, heads, sectorsPerTrack, command } = device
  const low = (lbaLow & 0xff) + (lbaMid & 0xff) * 2 ** 8 + (lbaHigh & 0xff) * 2 ** 16
  if (is48Bit(command)) return low + (lbaLow >>> 8) * 2 ** 24 + (lbaMid >>> 8) * 2 ** 32 + (lbaHigh >>> 8) * 2 ** 40
  const head = deviceHead & 0x0f
  if (deviceHead & DEVICE.LBA) return low + head * 2 ** 24
  const cylinder = (lbaMid & 0xff) | ((lbaHigh & 0xff) << 8)
  const sector = lbaLow & 0xff
  if (sector === 0 || sector > sectorsPerTrack || head >= heads) return undefined
  return (cylinder * heads + head) * sectorsPerTrack + sector - 1
}

/** Sectors that a command moves: 0 in the register means the most. */
function sectorsAsked({ count, command }: AtaDevice): number {
  return is48Bit(command) ? count || 0x1_0000 : count & 0xff || 0x100
}

const seek: Command = (unit) => {
  const sector = firstSector(unit.device)
  if (sector === undefined || sector >= sectorCount(unit)) fail(unit, ERROR.IDNF)
  else complete(unit)
}

const initializeParameters: Command = (unit) => {
  const { device } = unit
  const sectorsPerTrack = device.count & 0xff
  if (sectorsPerTrack === 0 || sectorsPerTrack > 63) return abort(unit)
  Object.assign(device, { heads: (device.deviceHead & 0x0f) + 1, sectorsPerTrack })
  complete(unit)
}

const setMultiple: Command = (unit) => {
  const count = unit.device.count & 0xff
  if (count > MOST_MULTIPLE || (count & (count - 1)) !== 0) return abort(unit)
  unit.device.multiple = count
  complete(unit)
}

const flush: Command = (unit) => {
  if (unit.drive.block?.flush() === false) fault(unit)
  else complete(unit)
}

const readNativeMax: Command = (unit) => {
  const { device } = unit
  const last = sectorCount(unit) - 1
  // A 28-bit command tells no more than it can.
  const most = is48Bit(device.command) ? last : Math.min(last, 0x0fff_ffff)
  device.deviceHead |= DEVICE.LBA
  putSector(device, most)
  complete(unit)
}

const power =
  (isStandby: boolean): Command =>
  (unit) => {
    unit.device.isStandby = isStandby
    complete(unit)
  }

const checkPower: Command = (unit) => {
  unit.device.count = unit.device.isStandby ? 0x00 : 0xff
  complete(unit)
}

/** SET FEATURES, by its subcommand in the Features register. */
const setFeatures: Command = (unit) => {
  const { device, drive } = unit
  const isDisk = drive.media === "disk"
  switch (device.features & 0xff) {
    case 0x02:
    case 0x82:
      if (!isDisk) return abort(unit)
      device.isWriteCacheOn = (device.features & 0xff) === 0x02
      return complete(unit)
    case 0x03: {
      const mode = device.count & 0xff
      const isKnown =
        mode <= 1 || (mode >= 0x08 && mode <= 0x0c) || (mode >= 0x20 && mode <= 0x22) || (mode >= 0x40 && mode <= 0x45)
      if (!isKnown) return abort(unit)
      if (mode >= 0x20) device.dmaMode = mode
      return complete(unit)
    }
    // Look-ahead and the return to power-on settings change nothing here.
    case 0x55:
    case 0xaa:
      return isDisk ? complete(unit) : abort(unit)
    case 0x66:
    case 0xcc:
      return complete(unit)
    default:
      return abort(unit)
  }
}

/** Commands of both kinds of device. */
const common: { readonly [code: number]: Command } = {
  0: abort,
  148: power(true),
  149: power(false),
  150: power(true),
  151: power(false),
  152: checkPower,
  153: power(true),
  224: power(true),
  225: power(false),
  226: power(true),
  227: power(false),
  229: checkPower,
  230: power(true),
  239: setFeatures,
}

const diskCommands: { readonly [code: number]: Command } = {
  ...common,
  32: sectors("read", "pio"),
  33: sectors("read", "pio"),
  36: sectors("read", "pio"),
  37: sectors("read", "dma"),
  39: readNativeMax,
  41: sectors("read", "pio", multiple),
  48: sectors("write", "pio"),
  49: sectors("write", "pio"),
  52: sectors("write", "pio"),
  53: sectors("write", "dma"),
  57: sectors("write", "pio", multiple),
  64: sectors("verify", "pio"),
  65: sectors("verify", "pio"),
  66: sectors("verify", "pio"),
  145: initializeParameters,
  176: smart,
  196: sectors("read", "pio", multiple),
  197: sectors("write", "pio", multiple),
  198: setMultiple,
  200: sectors("read", "dma"),
  201: sectors("read", "dma"),
  202: sectors("write", "dma"),
  203: sectors("write", "dma"),
  231: flush,
  234: flush,
  236: identify,
  248: readNativeMax,
}

/** Commands that a packet device refuses with its signature, so that the host learns what it is (8.15.6). */
const refusesAsPacketDevice: Command = (unit) => {
  abort(unit)
  putSignature(unit)
}

const packetDeviceCommands: { readonly [code: number]: Command } = {
  ...common,
  32: refusesAsPacketDevice,
  160: receivePacket,
  161: identifyPacket,
  236: refusesAsPacketDevice,
}

/** DEVICE RESET, which a packet device takes even while it is busy. */
export const DEVICE_RESET = 0x08
/** EXECUTE DEVICE DIAGNOSTIC, which both devices carry out. */
export const DIAGNOSTIC = 0x90

/** Accepts a command; its work is done when the busy time is over. */
export function acceptCommand(unit: Unit, command: number): void {
  const { device } = unit
  device.command = command
  device.isInterrupting = false
  device.error = 0
  device.status &= ~(0x01 | 0x20)
  begin(unit, "command")
}

/** Does the work of the command that was accepted. */
export function executeCommand(unit: Unit): void {
  const { device, drive } = unit
  const isDisk = drive.media === "disk"
  if (device.command === DIAGNOSTIC) {
    reset(unit)
    device.isInterrupting = true
    return
  }
  if (device.command === DEVICE_RESET && !isDisk) {
    reset(unit)
    return
  }
  // RECALIBRATE and SEEK have sixteen codes each.
  if (isDisk && device.command >>> 4 === 0x1) {
    complete(unit)
    return
  }
  if (isDisk && device.command >>> 4 === 0x7) {
    seek(unit)
    return
  }
  const execute = (isDisk ? diskCommands : packetDeviceCommands)[device.command]
  if (!execute) unit.log(`device ${unit.number}: command 0x${device.command.toString(16)} is unknown`)
  ;(execute ?? abort)(unit)
}
