// What IDENTIFY DEVICE and IDENTIFY PACKET DEVICE tell. Reference: ATA/ATAPI-6, 8.15 and 8.16.
import { type AtaDevice, MOST_MULTIPLE, sectorCount, type Unit } from "./ata-device.ts"

/** The highest cylinder count that the fields have room for. */
const MOST_CYLINDERS = 16_383
/** Sectors that 28-bit addresses reach. */
const MOST_LBA28 = 0x0fff_ffff

/** Supported transfer modes: multiword DMA 0 to 2, Ultra DMA 0 to 5. */
const MULTIWORD_MODES = 0x07
const ULTRA_MODES = 0x3f

/** Feature sets of a disk, words 82 to 84: write cache and SMART; FLUSH CACHE (EXT) and 48-bit addresses; none. */
const DISK_SETS = [0x0021, 0x7400, 0x4000] as const
/** Those of a packet device: NOP, DEVICE RESET and PACKET. */
const PACKET_SETS = [0x4210, 0x4000, 0x4000] as const

/** Cylinders of a disk by its standard translation of 16 heads and 63 sectors. */
export const standardCylinders = (sectors: number): number => Math.min(MOST_CYLINDERS, Math.floor(sectors / (16 * 63)))

/** The 512 bytes that describe a disk. */
export function identifyDisk(unit: Unit): Uint8Array {
  const { device, number } = unit
  const sectors = sectorCount(unit)
  const { heads, sectorsPerTrack } = device
  const cylinders = Math.min(0xffff, Math.floor(sectors / (heads * sectorsPerTrack)))
  const current = cylinders * heads * sectorsPerTrack
  const id = new Words()
  id.set(0, 0x0040)
  id.set(1, standardCylinders(sectors), 0, 16)
  id.set(6, 63)
  id.text(10, 10, `EMU${String(number + 1).padStart(8, "0")}`)
  id.text(27, 20, "EMU HARDDISK")
  id.set(47, 0x8000 | MOST_MULTIPLE)
  id.set(53, 0x0007, cylinders, heads, sectorsPerTrack)
  id.set(57, current & 0xffff, current >>> 16)
  id.set(59, device.multiple === 0 ? 0 : 0x0100 | device.multiple)
  id.long(60, Math.min(sectors, MOST_LBA28))
  const enabled = (device.isSmartOn ? 0x0001 : 0) | (device.isWriteCacheOn ? 0x0020 : 0)
  common(id, unit, DISK_SETS, [enabled, DISK_SETS[1] & 0x3fff])
  id.long(100, sectors)
  return id.sealed()
}

/** The 512 bytes that describe a CD-ROM drive. */
export function identifyPacketDevice(unit: Unit): Uint8Array {
  const id = new Words()
  // A removable CD-ROM drive with packets of 12 bytes, which asks for them within 50 us.
  id.set(0, 0x85c0)
  id.text(10, 10, `EMU${String(unit.number + 1).padStart(8, "0")}`)
  id.text(27, 20, "EMU CD-ROM")
  id.set(53, 0x0006)
  common(id, unit, PACKET_SETS, [PACKET_SETS[0], 0])
  return id.sealed()
}

function common(id: Words, unit: Unit, sets: readonly number[], enabled: readonly number[]): void {
  id.text(23, 4, "1.0")
  id.set(49, 0x0b00, 0x4000, 0x0200)
  id.set(63, MULTIWORD_MODES | selected(unit.device, 0x20), 0x0003, 120, 120, 120, 120)
  id.set(80, 0x007e)
  id.set(82, ...sets)
  id.set(85, ...enabled, 0x4000)
  id.set(88, ULTRA_MODES | selected(unit.device, 0x40))
  // Hardware reset: this device passed diagnostics, by a cable of 80 wires and its jumper.
  id.set(93, unit.number === 0 ? 0x600b : 0x6b00)
}

/** The bit of the mode in use, if it is of that kind: 0x20 is multiword DMA, 0x40 Ultra DMA. */
function selected({ dmaMode }: AtaDevice, kind: number): number {
  return (dmaMode & 0xf8) === kind ? 0x100 << (dmaMode & 7) : 0
}

/** The 256 words of an answer, little-endian. */
class Words {
  readonly #bytes = new Uint8Array(512)

  set(at: number, ...values: readonly number[]): void {
    for (const [n, value] of values.entries()) {
      this.#bytes[2 * (at + n)] = value & 0xff
      this.#bytes[2 * (at + n) + 1] = value >>> 8
    }
  }

  /** A number of up to 48 bits in successive words, the lowest first: two words up to 2^32. */
  long(at: number, value: number): void {
    this.set(at, value % 2 ** 16, Math.floor(value / 2 ** 16) % 2 ** 16)
    if (value >= 2 ** 32) this.set(at + 2, Math.floor(value / 2 ** 32))
  }

  /** ASCII, padded with spaces: the first character of a word in its upper byte. */
  text(at: number, words: number, text: string): void {
    const padded = text.padEnd(2 * words)
    for (let n = 0; n < words; n++) this.set(at + n, (padded.charCodeAt(2 * n) << 8) | padded.charCodeAt(2 * n + 1))
  }

  /** The bytes, with the signature 0xa5 and a checksum that makes their sum zero in the last word. */
  sealed(): Uint8Array {
    this.#bytes[510] = 0xa5
    this.#bytes[511] = -this.#bytes.reduce((sum, byte) => sum + byte, 0)
    return this.#bytes
  }
}
