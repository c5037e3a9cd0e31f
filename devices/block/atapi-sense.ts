// Why a packet command failed: sense keys and codes. References: SPC-3 (sense data), MMC-5 annex F, ATA/ATAPI-6 8.23.
import { ERROR, endTransfer, REASON, type Sense, STATUS, type Unit } from "./ata-device.ts"

/** Sense of the failures here. */
export const SENSE = {
  none: { key: 0, asc: 0, ascq: 0 },
  noMedium: { key: 2, asc: 0x3a, ascq: 0x01 },
  trayOpen: { key: 2, asc: 0x3a, ascq: 0x02 },
  unrecoveredRead: { key: 3, asc: 0x11, ascq: 0 },
  invalidCommand: { key: 5, asc: 0x20, ascq: 0 },
  outOfRange: { key: 5, asc: 0x21, ascq: 0 },
  invalidField: { key: 5, asc: 0x24, ascq: 0 },
  savingNotSupported: { key: 5, asc: 0x39, ascq: 0 },
  removalPrevented: { key: 5, asc: 0x53, ascq: 0x02 },
  mediumChanged: { key: 6, asc: 0x28, ascq: 0 },
} as const satisfies { readonly [name: string]: Readonly<Sense> }

/** Ends a packet command with CHECK CONDITION: the sense key is in the upper half of the Error register. */
export function failPacket({ device }: Unit, sense: Readonly<Sense>): void {
  endTransfer(device)
  device.sense = { ...sense }
  device.status = STATUS.DRDY | STATUS.ERR
  device.error = (sense.key << 4) | ERROR.ABRT
  device.count = REASON.CD | REASON.IO
  device.isInterrupting = true
}

/** The 18 bytes of fixed-format sense data. */
export function senseData({ key, asc, ascq }: Readonly<Sense>): Uint8Array {
  const data = new Uint8Array(18)
  data[0] = 0x70
  data[2] = key
  data[7] = data.length - 8
  data[12] = asc
  data[13] = ascq
  return data
}
