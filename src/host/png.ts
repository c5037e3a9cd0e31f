// PNG images of pictures (Portable Network Graphics, second edition, sections 5, 9 and 11).

import { crc32, deflateSync } from "node:zlib"
import type { Picture } from "../../devices/kit/index.ts"

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
/** Eight bits for each of red, green and blue; no interlacing. */
const DEPTH_AND_COLOUR = Uint8Array.of(8, 2, 0, 0, 0)

/** A picture as a PNG file. */
export function encodePng({ width, height, rgb }: Picture): Uint8Array {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set(DEPTH_AND_COLOUR, 8)
  // Each row begins with the number of its filter: 0 is none.
  const rows = new Uint8Array(height * (1 + 3 * width))
  for (let y = 0; y < height; y++) {
    rows.set(rgb.subarray(3 * width * y, 3 * width * (y + 1)), y * (1 + 3 * width) + 1)
  }
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array(0)),
  ])
}

/** A chunk: its length, its type, its data, and a checksum of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const word = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  return Buffer.concat([word(data.length), body, word(crc32(body))])
}
