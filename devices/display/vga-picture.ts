// The picture of a VGA in a mode of Bochs' display interface: pixels of 8 to 32 bits as red, green and blue.
import type { ByteOrder, Picture } from "../kit/index.ts"
import { DISPI, type Dispi, hasEightBitDac, isOn, rowBytes } from "./dispi.ts"
import { isBlank, type VgaState } from "./vga-ports.ts"

/** A pixel's colour, red in the high byte of 24 bits. */
type Colour = number

const expand = (value: number, bits: number) => (value << (8 - bits)) | (value >>> (2 * bits - 8))

/** The colours of the palette. */
function coloursOf({ palette, pixelMask }: VgaState, isEightBit: boolean): Colour[] {
  const level = (at: number) => (isEightBit ? palette[at]! : expand(palette[at]! & 0x3f, 6))
  return Array.from({ length: 256 }, (_, n) => {
    const at = 3 * (n & pixelMask)
    return (level(at) << 16) | (level(at + 1) << 8) | level(at + 2)
  })
}

/** Gives the colour of the pixel that begins at an offset; undefined for depths that show nothing here. */
function reader(
  memory: Uint8Array,
  depth: number,
  order: ByteOrder,
  palette: () => Colour[],
): ((at: number) => Colour) | undefined {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  const isLittle = order === "little"
  switch (depth) {
    case 8: {
      const colours = palette()
      return (at) => colours[memory[at]!]!
    }
    case 15:
    case 16: {
      const greenBits = depth - 10
      return (at) => {
        const pixel = view.getUint16(at, isLittle)
        const red = expand((pixel >>> (5 + greenBits)) & 31, 5)
        const green = expand((pixel >>> 5) & ((1 << greenBits) - 1), greenBits)
        return (red << 16) | (green << 8) | expand(pixel & 31, 5)
      }
    }
    case 24:
      return isLittle
        ? (at) => memory[at]! | (memory[at + 1]! << 8) | (memory[at + 2]! << 16)
        : (at) => (memory[at]! << 16) | (memory[at + 1]! << 8) | memory[at + 2]!
    case 32:
      return (at) => view.getUint32(at, isLittle) & 0xff_ffff
    default:
      return undefined
  }
}

/** What the part shows; undefined outside of a mode of the interface, and in one of 4 bits. */
export function pictureOf(memory: Uint8Array, dispi: Dispi, vga: VgaState, order: ByteOrder): Picture | undefined {
  if (!isOn(dispi)) return undefined
  const [width, height, depth] = [dispi[DISPI.WIDTH]!, dispi[DISPI.HEIGHT]!, dispi[DISPI.DEPTH]!]
  const colourAt = reader(memory, depth, order, () => coloursOf(vga, hasEightBitDac(dispi)))
  if (!colourAt) return undefined
  const rgb = new Uint8Array(3 * width * height)
  if (isBlank(vga)) return { width, height, rgb }
  const row = rowBytes(dispi)
  const bytes = Math.ceil(depth / 8)
  const start = dispi[DISPI.X_OFFSET]! * bytes + dispi[DISPI.Y_OFFSET]! * row
  let to = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = colourAt(start + y * row + x * bytes)
      rgb[to++] = colour >>> 16
      rgb[to++] = (colour >>> 8) & 0xff
      rgb[to++] = colour & 0xff
    }
  }
  return { width, height, rgb }
}
