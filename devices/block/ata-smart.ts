// SMART of a disk that never fails. Reference: ATA/ATAPI-6, 8.41 (SMART).
import { complete, ERROR, fail, SECTOR, type Unit } from "./ata-device.ts"
import { sendReply } from "./ata-transfer.ts"

/** What the host must put into LBA Mid and High, and finds there if the disk is well. */
const KEY = { mid: 0x4f, high: 0xc2 }

/** SMART, by its subcommand in the Features register. */
export function smart(unit: Unit): void {
  const { device } = unit
  const subcommand = device.features & 0xff
  const hasKey = (device.lbaMid & 0xff) === KEY.mid && (device.lbaHigh & 0xff) === KEY.high
  if (!hasKey || (!device.isSmartOn && subcommand !== 0xd8)) {
    fail(unit, ERROR.ABRT)
    return
  }
  switch (subcommand) {
    case 0xd0:
    case 0xd1:
      sendReply(unit, "pio", noAttributes(), SECTOR)
      return
    case 0xd2:
      complete(unit)
      return
    case 0xd8:
    case 0xd9:
      device.isSmartOn = subcommand === 0xd8
      complete(unit)
      return
    case 0xda:
      complete(unit)
      return
    default:
      fail(unit, ERROR.ABRT)
      return
  }
}

/** Attributes or thresholds, of which there are none: a revision and a checksum that makes the sum of the bytes zero. */
function noAttributes(): Uint8Array {
  const data = new Uint8Array(SECTOR)
  data[0] = 0x10
  data[SECTOR - 1] = -data[0]
  return data
}
