// FCode in expansion ROMs of PCI cards (PCI Local Bus Specification 2.2, section 6.3.1; PCI Bus Binding, section 9).

const HEADER = { signature: 0xaa55, fcodePointer: 0x02, dataPointer: 0x18, bytes: 0x1a } as const
/** "PCIR" */
const DATA = { signature: 0x5249_4350, imageLength: 0x10, codeType: 0x14, indicator: 0x15, bytes: 0x18 } as const
const OPEN_FIRMWARE = 1
const LAST_IMAGE = 0x80
const UNIT = 512
/** First bytes of a program: start0 to start4, and version1. */
const STARTS: readonly number[] = [0xf0, 0xf1, 0xf2, 0xf3, 0xfd]

/** The FCode program of a ROM, from its first byte to the end of its image; undefined if the ROM has none. */
export function findFcode(rom: Uint8Array): Uint8Array | undefined {
  // A file may hold the bare program.
  if (STARTS.includes(rom[0] ?? 0)) return rom
  const view = new DataView(rom.buffer, rom.byteOffset, rom.byteLength)
  for (let image = 0; image + HEADER.bytes <= rom.length; ) {
    if (view.getUint16(image, true) !== HEADER.signature) return undefined
    const data = image + view.getUint16(image + HEADER.dataPointer, true)
    if (data + DATA.bytes > rom.length || view.getUint32(data, true) !== DATA.signature) return undefined
    const length = view.getUint16(data + DATA.imageLength, true) * UNIT
    if (view.getUint8(data + DATA.codeType) === OPEN_FIRMWARE) {
      const program = image + view.getUint16(image + HEADER.fcodePointer, true)
      return STARTS.includes(rom[program] ?? 0) ? rom.subarray(program, image + length) : undefined
    }
    if (length === 0 || view.getUint8(data + DATA.indicator) & LAST_IMAGE) return undefined
    image += length
  }
  return undefined
}
