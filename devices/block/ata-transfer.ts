// Data of ATA commands on their way: blocks through the Data register, or bytes through the DMA channel. Reference:
// ATA/ATAPI-6, section 9 (PIO data-in and data-out, DMA and PACKET protocols).
import {
  type AtaDevice,
  begin,
  complete,
  DEVICE,
  ERROR,
  endTransfer,
  fail,
  fault,
  mediumOf,
  REASON,
  SECTOR,
  STATUS,
  type Unit,
} from "./ata-device.ts"
import { failPacket, SENSE } from "./atapi-sense.ts"

/** Most bytes that the host may ask for as a block of a packet command: the count has 16 bits and is even. */
const MOST_BYTES = 0xfffe

const isPacket = ({ drive }: Unit) => drive.media === "cdrom"

/** Gives bytes of the image to the host, in blocks or by DMA. */
export function sendImage(unit: Unit, how: "pio" | "dma", offset: number, bytes: number, blockBytes: number): void {
  const { device } = unit
  Object.assign(device, { offset, left: bytes, blockBytes })
  start(unit, how === "pio" ? "pioIn" : "dmaIn")
}

/** Gives the host an answer of its own making. */
export function sendReply(unit: Unit, how: "pio" | "dma", reply: Uint8Array, blockBytes: number): void {
  const { device } = unit
  Object.assign(device, { reply, offset: 0, left: reply.length, blockBytes })
  start(unit, how === "pio" ? "pioIn" : "dmaIn")
}

/** Takes bytes for the image from the host. */
export function receiveImage(unit: Unit, how: "pio" | "dma", offset: number, bytes: number, blockBytes: number): void {
  const { device } = unit
  Object.assign(device, { offset, left: bytes, blockBytes })
  start(unit, how === "pio" ? "pioOut" : "dmaOut")
}

/** Takes the twelve bytes of a packet command. */
export function receivePacket({ device }: Unit): void {
  device.transfer = "packet"
  device.block = new Uint8Array(12)
  device.position = 0
  device.count = REASON.CD
  device.status = STATUS.DRDY | STATUS.DRQ
}

function start(unit: Unit, transfer: AtaDevice["transfer"]): void {
  const { device } = unit
  device.transfer = transfer
  if (transfer === "pioIn") fill(unit)
  else if (transfer === "pioOut") openBlock(device)
  else {
    device.status = STATUS.DRDY | STATUS.DSC | STATUS.DRQ
    unit.requestDma()
  }
}

/** The next block for the host. */
export function fill(unit: Unit): void {
  const { device } = unit
  const bytes = Math.min(device.left, device.blockBytes)
  const block = new Uint8Array(bytes)
  if (!load(unit, block)) {
    failRead(unit)
    return
  }
  device.block = block
  device.position = 0
  device.status = STATUS.DRDY | STATUS.DSC | STATUS.DRQ
  device.isInterrupting = true
  if (isPacket(unit) && device.command === 0xa0) {
    device.count = REASON.IO
    device.lbaMid = bytes & 0xff
    device.lbaHigh = bytes >>> 8
  }
}

// The host fills it without an interrupt if it is the first.
function openBlock(device: AtaDevice): void {
  device.block = new Uint8Array(Math.min(device.left, device.blockBytes))
  device.position = 0
  device.status = STATUS.DRDY | STATUS.DSC | STATUS.DRQ
}

/** Bytes of the image or the answer, from the present offset. */
function load(unit: Unit, into: Uint8Array): boolean {
  const { device } = unit
  const { reply, offset } = device
  if (reply.length > 0) into.set(reply.subarray(offset, offset + into.length))
  else if (!mediumOf(unit)?.read(offset, into)) return false
  device.offset += into.length
  device.left -= into.length
  return true
}

/** Whether the device has a word for the host; if not, a read of the Data register gives 0. */
export const givesData = ({ transfer, status }: AtaDevice): boolean =>
  transfer === "pioIn" && (status & STATUS.DRQ) !== 0
/** Whether the device takes a word from the host; if not, a write to the Data register does nothing. */
export const takesData = ({ transfer, status }: AtaDevice): boolean =>
  (transfer === "pioOut" || transfer === "packet") && (status & STATUS.DRQ) !== 0

/** Whether the host has read or written the whole block. */
export const isBlockDone = ({ position, block }: AtaDevice): boolean => position >= block.length

/** The next word of the block for the host. */
export function readWord(device: AtaDevice): number {
  const { block, position } = device
  device.position += 2
  // A block of a packet command may have an odd number of bytes.
  return block[position]! | ((block[position + 1] ?? 0) << 8)
}

/** The next word of the block from the host. */
export function writeWord(device: AtaDevice, word: number): void {
  const { block, position } = device
  device.position += 2
  block[position] = word & 0xff
  block[position + 1] = word >>> 8
}

/** The host has read or written the whole block. */
export function endBlock(unit: Unit): void {
  const { device } = unit
  if (device.transfer === "packet") begin(unit, "packet")
  else if (device.transfer === "pioOut") begin(unit, "drain")
  else if (device.left > 0) begin(unit, "fill")
  else if (isPacket(unit) && device.command === 0xa0) begin(unit, "finish")
  else {
    endTransfer(device)
    device.status = STATUS.DRDY | STATUS.DSC
  }
}

/** Writes the block that the host has filled; the host then fills the next. */
export function drain(unit: Unit): void {
  const { device, drive } = unit
  if (!drive.block?.write(device.offset, device.block)) {
    fault(unit)
    return
  }
  device.offset += device.block.length
  device.left -= device.block.length
  if (device.left === 0) {
    complete(unit)
    return
  }
  openBlock(device)
  device.isInterrupting = true
}

/** Bytes for the DMA channel. */
export function readDma(unit: Unit, into: Uint8Array): number {
  const { device } = unit
  if (device.transfer !== "dmaIn" || !(device.status & STATUS.DRQ)) return 0
  const bytes = Math.min(into.length, device.left)
  if (!load(unit, into.subarray(0, bytes))) {
    failRead(unit)
    return 0
  }
  if (device.left === 0) begin(unit, "finish")
  return bytes
}

/** Bytes from the DMA channel. */
export function writeDma(unit: Unit, from: Uint8Array): number {
  const { device, drive } = unit
  if (device.transfer !== "dmaOut" || !(device.status & STATUS.DRQ)) return 0
  const bytes = Math.min(from.length, device.left)
  if (!drive.block?.write(device.offset, from.subarray(0, bytes))) {
    fault(unit)
    return 0
  }
  device.offset += bytes
  device.left -= bytes
  if (device.left === 0) begin(unit, "finish")
  return bytes
}

/** All data have moved. */
export function finish(unit: Unit): void {
  complete(unit)
  if (isPacket(unit)) unit.device.count = REASON.CD | REASON.IO
}

function failRead(unit: Unit): void {
  if (isPacket(unit)) {
    failPacket(unit, SENSE.unrecoveredRead)
    return
  }
  putSector(unit.device, Math.floor(unit.device.offset / SECTOR))
  fail(unit, ERROR.UNC)
}

/** Names a sector in the registers, as the command addressed it: by 28 or 48 bits, or by cylinder, head and sector. */
export function putSector(device: AtaDevice, sector: number): void {
  if (!(device.deviceHead & DEVICE.LBA) && !is48Bit(device.command)) {
    const { heads, sectorsPerTrack } = device
    const track = Math.floor(sector / sectorsPerTrack)
    const cylinder = Math.floor(track / heads)
    device.lbaLow = (sector % sectorsPerTrack) + 1
    device.lbaMid = cylinder & 0xff
    device.lbaHigh = (cylinder >>> 8) & 0xff
    device.deviceHead = (device.deviceHead & 0xf0) | (track % heads)
    return
  }
  const byte = (n: number) => Math.floor(sector / 2 ** (8 * n)) & 0xff
  device.lbaLow = byte(0) | (byte(3) << 8)
  device.lbaMid = byte(1) | (byte(4) << 8)
  device.lbaHigh = byte(2) | (byte(5) << 8)
  if (!is48Bit(device.command)) device.deviceHead = (device.deviceHead & 0xf0) | (byte(3) & 0xf)
}

/** Whether a command takes 48-bit addresses. */
export const is48Bit = (command: number): boolean =>
  [0x24, 0x25, 0x27, 0x29, 0x34, 0x35, 0x39, 0x42, 0xea].includes(command)

/** Bytes of a block that the host allows for a packet command's data. */
export function packetBlockBytes({ lbaMid, lbaHigh }: AtaDevice): number {
  const limit = (lbaMid & 0xff) | ((lbaHigh & 0xff) << 8)
  return limit === 0 || limit > MOST_BYTES ? MOST_BYTES : Math.max(2, limit & ~1)
}
