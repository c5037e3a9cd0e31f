// Packet commands of a CD-ROM drive. References: ATA/ATAPI-6, 8.23 (PACKET); MMC-5, section 6 (commands); SPC-3.
import { CD_SECTOR, complete, mediumOf, REASON, type Unit } from "./ata-device.ts"
import { packetBlockBytes, sendImage, sendReply } from "./ata-transfer.ts"
import * as replies from "./atapi-replies.ts"
import { failPacket, SENSE, senseData } from "./atapi-sense.ts"

/** A packet command: its twelve bytes, big-endian. */
type Packet = DataView
type Command = (unit: Unit, packet: Packet) => void

/** Ends a command without data. */
function good(unit: Unit): void {
  complete(unit)
  unit.device.count = REASON.CD | REASON.IO
}

const how = ({ device }: Unit): "pio" | "dma" => (device.features & 1 ? "dma" : "pio")

/** Sends an answer, no longer than the host allows. */
function reply(unit: Unit, data: ArrayLike<number>, most: number): void {
  const bytes = Uint8Array.from(data).subarray(0, most)
  if (bytes.length === 0) {
    good(unit)
    return
  }
  sendReply(unit, how(unit), bytes, packetBlockBytes(unit.device))
}

/** Fails a command that needs a disc; gives the sectors of the disc if there is one. */
function needDisc(unit: Unit): number | undefined {
  const medium = mediumOf(unit)
  if (medium) return replies.discSectors(medium.size)
  failPacket(unit, unit.device.isTrayOpen ? SENSE.trayOpen : SENSE.noMedium)
  return undefined
}

/** Sectors of the disc, undefined if there is none. */
function discIn(unit: Unit): number | undefined {
  const medium = mediumOf(unit)
  return medium && replies.discSectors(medium.size)
}

const testUnitReady: Command = (unit) => {
  if (needDisc(unit) !== undefined) good(unit)
}

const requestSense: Command = (unit, packet) => {
  const data = senseData(unit.device.sense)
  unit.device.sense = { ...SENSE.none }
  reply(unit, data, packet.getUint8(4))
}

const inquiry: Command = (unit, packet) => {
  // Vital product data are not there.
  if (packet.getUint8(1) & 1 || packet.getUint8(2) !== 0) return failPacket(unit, SENSE.invalidField)
  reply(unit, replies.inquiry(), packet.getUint16(3))
}

const startStop: Command = (unit, packet) => {
  const { device } = unit
  const action = packet.getUint8(4) & 3
  if (action === 2 && device.isTrayLocked) return failPacket(unit, SENSE.removalPrevented)
  if (action === 2) device.isTrayOpen = true
  if (action === 3 && device.isTrayOpen) {
    device.isTrayOpen = false
    device.isUnitAttention = unit.drive.block !== undefined
  }
  good(unit)
}

const preventAllow: Command = (unit, packet) => {
  unit.device.isTrayLocked = (packet.getUint8(4) & 1) !== 0
  good(unit)
}

const readCapacity: Command = (unit) => {
  const sectors = needDisc(unit)
  if (sectors !== undefined) reply(unit, replies.capacity(sectors), 8)
}

const read =
  (countOf: (packet: Packet) => number): Command =>
  (unit, packet) => {
    const sectors = needDisc(unit)
    if (sectors === undefined) return
    const first = packet.getUint32(2)
    const count = countOf(packet)
    if (first + count > sectors) return failPacket(unit, SENSE.outOfRange)
    if (count === 0) return good(unit)
    sendImage(unit, how(unit), first * CD_SECTOR, count * CD_SECTOR, packetBlockBytes(unit.device))
  }

/** READ CD: the user data of sectors, the only part of them that an image has. */
const readCd: Command = (unit, packet) => {
  const sectors = needDisc(unit)
  if (sectors === undefined) return
  const first = packet.getUint32(2)
  const count = packet.getUint32(5) & 0xff_ffff
  if (first + count > sectors) return failPacket(unit, SENSE.outOfRange)
  const parts = packet.getUint8(9) & 0xf8
  if (count === 0 || parts === 0) return good(unit)
  if (parts !== 0x10 || packet.getUint8(10) & 7) return failPacket(unit, SENSE.invalidField)
  sendImage(unit, how(unit), first * CD_SECTOR, count * CD_SECTOR, packetBlockBytes(unit.device))
}

const seek: Command = (unit, packet) => {
  const sectors = needDisc(unit)
  if (sectors === undefined) return
  if (packet.getUint32(2) >= sectors) failPacket(unit, SENSE.outOfRange)
  else good(unit)
}

const readToc: Command = (unit, packet) => {
  const sectors = needDisc(unit)
  if (sectors === undefined) return
  const isTime = (packet.getUint8(1) & 2) !== 0
  // Old hosts name the format in the two upper bits of the last byte.
  const format = packet.getUint8(2) & 0xf || packet.getUint8(9) >>> 6
  const contents = [
    () => replies.tableOfContents(sectors, packet.getUint8(6), isTime),
    () => replies.sessions(isTime),
    () => replies.fullTableOfContents(sectors),
  ][format]?.()
  if (contents) reply(unit, contents, packet.getUint16(7))
  else failPacket(unit, SENSE.invalidField)
}

const readDiscInformation: Command = (unit, packet) => {
  if (needDisc(unit) === undefined) return
  if (packet.getUint8(1) & 7) return failPacket(unit, SENSE.invalidField)
  reply(unit, replies.discInformation(), packet.getUint16(7))
}

const getConfiguration: Command = (unit, packet) => {
  const kind = packet.getUint8(1) & 3
  if (kind === 3) return failPacket(unit, SENSE.invalidField)
  reply(unit, replies.configuration(discIn(unit), kind, packet.getUint16(2)), packet.getUint16(7))
}

const getEventStatus: Command = (unit, packet) => {
  // Events are polled, not awaited.
  if (!(packet.getUint8(1) & 1)) return failPacket(unit, SENSE.invalidField)
  const events = replies.eventStatus(unit, packet.getUint8(4), discIn(unit) !== undefined)
  if (packet.getUint8(4) & 0x10) unit.device.isUnitAttention = false
  reply(unit, events, packet.getUint16(7))
}

const modeSense: Command = (unit, packet) => {
  // The values that can be saved: none can.
  if (packet.getUint8(2) >>> 6 === 3) return failPacket(unit, SENSE.savingNotSupported)
  const pages = replies.modeSense(unit, packet.getUint8(2) & 0x3f, discIn(unit) !== undefined)
  if (pages) reply(unit, pages, packet.getUint16(7))
  else failPacket(unit, SENSE.invalidField)
}

const mechanismStatus: Command = (unit, packet) => reply(unit, replies.mechanismStatus(unit), packet.getUint16(8))

const commands: { readonly [code: number]: Command } = {
  0: testUnitReady,
  3: requestSense,
  18: inquiry,
  27: startStop,
  30: preventAllow,
  37: readCapacity,
  40: read((packet) => packet.getUint16(7)),
  43: seek,
  67: readToc,
  70: getConfiguration,
  74: getEventStatus,
  81: readDiscInformation,
  90: modeSense,
  168: read((packet) => packet.getUint32(6)),
  // SET CD SPEED: there is one speed.
  187: good,
  189: mechanismStatus,
  190: readCd,
}

/** Commands that do not report that the disc may have changed. */
const UNATTENTIVE = new Set([0x03, 0x12, 0x46, 0x4a])

/** Carries out the packet command that the host has sent. */
export function executePacket(unit: Unit): void {
  const { device } = unit
  const { block } = device
  const packet = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const code = packet.getUint8(0)
  const execute = commands[code]
  if (!execute) {
    unit.log(`device ${unit.number}: packet command 0x${code.toString(16)} is unknown`)
    failPacket(unit, SENSE.invalidCommand)
    return
  }
  if (device.isUnitAttention && !UNATTENTIVE.has(code)) {
    device.isUnitAttention = false
    failPacket(unit, SENSE.mediumChanged)
    return
  }
  if (code !== 0x03) device.sense = { ...SENSE.none }
  execute(unit, packet)
}
