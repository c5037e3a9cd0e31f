// Bochs' display interface, by which a VGA's modes without BIOS are set. It has no manual: registers and limits are those
// of Bochs' VBE extensions and QEMU's `VGA`.

/** Registers by index. */
export const DISPI = {
  ID: 0,
  WIDTH: 1,
  HEIGHT: 2,
  DEPTH: 3,
  ENABLE: 4,
  BANK: 5,
  VIRTUAL_WIDTH: 6,
  VIRTUAL_HEIGHT: 7,
  X_OFFSET: 8,
  Y_OFFSET: 9,
  MEMORY_64K: 10,
} as const

/** Bits of ENABLE. */
const ENABLE = { ON: 1, GET_CAPABILITIES: 2, EIGHT_BIT_DAC: 0x20, NO_CLEAR: 0x80 } as const
/** Oldest and newest version of the interface. */
const ID_FIRST = 0xb0c0
const ID_NEWEST = 0xb0c5
const LIMITS = { width: 16_000, height: 12_000, depth: 32 } as const
const DEPTHS = [4, 8, 15, 16, 24, 32]

/** Registers ID to Y_OFFSET. */
export type Dispi = number[]

/** The registers after a reset. */
export const freshDispi = (): Dispi => [ID_NEWEST, 0, 0, 0, 0, 0, 0, 0, 0, 0]

/** Whether a mode of the interface is on. */
export const isOn = (dispi: Dispi): boolean => (dispi[DISPI.ENABLE]! & ENABLE.ON) !== 0
/** Whether the palette has eight bits for each colour, instead of six. */
export const hasEightBitDac = (dispi: Dispi): boolean => (dispi[DISPI.ENABLE]! & ENABLE.EIGHT_BIT_DAC) !== 0

/** Bytes of a row of pixels, which need not all be visible. */
export function rowBytes(dispi: Dispi): number {
  const depth = dispi[DISPI.DEPTH]!
  return Math.floor((dispi[DISPI.VIRTUAL_WIDTH]! * (depth === 15 ? 16 : depth)) / 8)
}

/** Reads a register. */
export function readDispi(dispi: Dispi, index: number, memoryBytes: number): number {
  if (index === DISPI.MEMORY_64K) return memoryBytes / 0x1_0000
  if ((dispi[DISPI.ENABLE]! & ENABLE.GET_CAPABILITIES) !== 0) {
    if (index === DISPI.WIDTH) return LIMITS.width
    if (index === DISPI.HEIGHT) return LIMITS.height
    if (index === DISPI.DEPTH) return LIMITS.depth
  }
  return dispi[index] ?? 0
}

/** Writes a register; returns how many bytes of memory a mode that begins clears. */
export function writeDispi(dispi: Dispi, index: number, value: number, memoryBytes: number): number {
  switch (index) {
    case DISPI.ID:
      if (value >= ID_FIRST && value <= ID_NEWEST) dispi[index] = value
      return 0
    case DISPI.BANK:
      dispi[index] = value & (memoryBytes / 0x1_0000 - 1)
      return 0
    case DISPI.ENABLE: {
      const isStart = (value & ENABLE.ON) !== 0 && !isOn(dispi)
      if (isStart) {
        for (const of of [DISPI.VIRTUAL_WIDTH, DISPI.X_OFFSET, DISPI.Y_OFFSET]) dispi[of] = 0
        dispi[index] = ENABLE.ON
        limit(dispi, memoryBytes)
      }
      dispi[index] = value
      return isStart && (value & ENABLE.NO_CLEAR) === 0 ? dispi[DISPI.HEIGHT]! * rowBytes(dispi) : 0
    }
    case DISPI.WIDTH:
    case DISPI.HEIGHT:
    case DISPI.DEPTH:
    case DISPI.VIRTUAL_WIDTH:
    case DISPI.X_OFFSET:
    case DISPI.Y_OFFSET:
      dispi[index] = value
      limit(dispi, memoryBytes)
  }
  return 0
}

/** Keeps a mode that is on within the memory. */
function limit(dispi: Dispi, memoryBytes: number): void {
  if (!isOn(dispi)) return
  if (!DEPTHS.includes(dispi[DISPI.DEPTH]!)) dispi[DISPI.DEPTH] = 8
  const bits = dispi[DISPI.DEPTH] === 15 ? 16 : dispi[DISPI.DEPTH]!
  const inUnits = (pixels: number, most: number) => Math.min(Math.max(pixels & ~7, 8), most)
  dispi[DISPI.WIDTH] = inUnits(dispi[DISPI.WIDTH]!, LIMITS.width)
  dispi[DISPI.VIRTUAL_WIDTH] = Math.max(inUnits(dispi[DISPI.VIRTUAL_WIDTH]!, LIMITS.width), dispi[DISPI.WIDTH]!)
  const row = rowBytes(dispi)
  const rows = Math.floor(memoryBytes / row)
  dispi[DISPI.HEIGHT] = Math.min(Math.max(dispi[DISPI.HEIGHT]!, 1), LIMITS.height, rows)
  dispi[DISPI.VIRTUAL_HEIGHT] = rows
  dispi[DISPI.X_OFFSET] = Math.min(dispi[DISPI.X_OFFSET]!, LIMITS.width)
  dispi[DISPI.Y_OFFSET] = Math.min(dispi[DISPI.Y_OFFSET]!, LIMITS.height)
  const visible = dispi[DISPI.HEIGHT]! * row
  const start = () => Math.floor((dispi[DISPI.X_OFFSET]! * bits) / 8) + dispi[DISPI.Y_OFFSET]! * row
  if (start() + visible > memoryBytes) dispi[DISPI.Y_OFFSET] = 0
  if (start() + visible > memoryBytes) dispi[DISPI.X_OFFSET] = 0
}
