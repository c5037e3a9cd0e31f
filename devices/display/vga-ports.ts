// VGA registers at 0x3c0 to 0x3df, as far as modes of Bochs' display interface need them: palette and blanking act, the
// others keep what is written. Reference: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem.
import type { Context, Register, Registers } from "../kit/index.ts"

/** The registers. */
export type VgaState = {
  /** The next write of the attribute controller's port goes to a register instead of the index. */
  isAttributeData: boolean
  attributeIndex: number
  attributes: Uint8Array
  miscellaneous: number
  sequencerIndex: number
  sequencer: Uint8Array
  graphicsIndex: number
  graphics: Uint8Array
  crtcIndex: number
  crtc: Uint8Array
  inputStatus: number
  pixelMask: number
  /** Red, green and blue of 256 colours. */
  palette: Uint8Array
  paletteReadAt: number
  paletteWriteAt: number
  /** How many of a colour's three values the next access finds done. */
  paletteStep: number
  /** Values of the colour that is being written. */
  paletteLatch: Uint8Array
  /** The last index was one to read from. */
  isPaletteRead: boolean
}

/** The registers after a reset. */
export const freshVga = (): VgaState => ({
  isAttributeData: false,
  attributeIndex: 0,
  attributes: new Uint8Array(0x20),
  miscellaneous: 0,
  sequencerIndex: 0,
  sequencer: new Uint8Array(8),
  graphicsIndex: 0,
  graphics: new Uint8Array(16),
  crtcIndex: 0,
  crtc: new Uint8Array(256),
  inputStatus: 0,
  pixelMask: 0xff,
  palette: new Uint8Array(768),
  paletteReadAt: 0,
  paletteWriteAt: 0,
  paletteStep: 0,
  paletteLatch: new Uint8Array(3),
  isPaletteRead: false,
})

/** Palette address source: without it the attribute controller shows nothing. */
const ATTRIBUTE_SHOWS = 0x20
/** Vertical retrace and display enable, which change with every look: nobody waits for them in vain. */
const STATUS_CHANGES = 0x09

/** Whether the attribute controller blanks the picture. */
export const isBlank = ({ attributeIndex }: VgaState): boolean => (attributeIndex & ATTRIBUTE_SHOWS) === 0

type C = Context<object, { vga: VgaState }, object>

/** The registers from offset `base` on, where 0x3c0 stands. */
export function vgaPorts(base: number): Registers<C> {
  const byte = (port: number, access: Pick<Register<C>, "read" | "write">): Register<C> => ({
    at: base + port - 0x3c0,
    width: 1,
    otherLanes: "zero",
    ...access,
  })
  return {
    AttributeIndex: byte(0x3c0, { read: ({ state }) => state.vga.attributeIndex, write: writeAttribute }),
    AttributeData: byte(0x3c1, {
      read: ({ state: { vga } }) => vga.attributes[vga.attributeIndex & 0x1f]!,
      write() {},
    }),
    MiscellaneousOutput: byte(0x3c2, { read: () => 0, write: ({ state }, v) => (state.vga.miscellaneous = v) }),
    SequencerIndex: byte(0x3c4, {
      read: ({ state }) => state.vga.sequencerIndex,
      write: ({ state }, v) => (state.vga.sequencerIndex = v & 7),
    }),
    SequencerData: byte(0x3c5, {
      read: ({ state: { vga } }) => vga.sequencer[vga.sequencerIndex]!,
      write: ({ state: { vga } }, v) => (vga.sequencer[vga.sequencerIndex] = v),
    }),
    PixelMask: byte(0x3c6, {
      read: ({ state }) => state.vga.pixelMask,
      write: ({ state }, v) => (state.vga.pixelMask = v),
    }),
    PaletteReadIndex: byte(0x3c7, {
      read: ({ state }) => (state.vga.isPaletteRead ? 3 : 0),
      write({ state: { vga } }, v) {
        Object.assign(vga, { paletteReadAt: v, paletteStep: 0, isPaletteRead: true })
      },
    }),
    PaletteWriteIndex: byte(0x3c8, {
      read: ({ state }) => state.vga.paletteWriteAt,
      write({ state: { vga } }, v) {
        Object.assign(vga, { paletteWriteAt: v, paletteStep: 0, isPaletteRead: false })
      },
    }),
    PaletteData: byte(0x3c9, { read: readPalette, write: writePalette }),
    FeatureControl: byte(0x3ca, { read: () => 0, write() {} }),
    MiscellaneousInput: byte(0x3cc, { read: ({ state }) => state.vga.miscellaneous, write() {} }),
    GraphicsIndex: byte(0x3ce, {
      read: ({ state }) => state.vga.graphicsIndex,
      write: ({ state }, v) => (state.vga.graphicsIndex = v & 15),
    }),
    GraphicsData: byte(0x3cf, {
      read: ({ state: { vga } }) => vga.graphics[vga.graphicsIndex]!,
      write: ({ state: { vga } }, v) => (vga.graphics[vga.graphicsIndex] = v),
    }),
    CrtcIndex: byte(0x3d4, {
      read: ({ state }) => state.vga.crtcIndex,
      write: ({ state }, v) => (state.vga.crtcIndex = v),
    }),
    CrtcData: byte(0x3d5, {
      read: ({ state: { vga } }) => vga.crtc[vga.crtcIndex]!,
      write: ({ state: { vga } }, v) => (vga.crtc[vga.crtcIndex] = v),
    }),
    InputStatus1: byte(0x3da, {
      read({ state: { vga } }) {
        vga.isAttributeData = false
        vga.inputStatus ^= STATUS_CHANGES
        return vga.inputStatus
      },
      write() {},
    }),
  }
}

function writeAttribute({ state: { vga } }: C, value: number): void {
  if (vga.isAttributeData) vga.attributes[vga.attributeIndex & 0x1f] = value
  else vga.attributeIndex = value & 0x3f
  vga.isAttributeData = !vga.isAttributeData
}

function readPalette({ state: { vga } }: C): number {
  const value = vga.palette[3 * vga.paletteReadAt + vga.paletteStep]!
  if (++vga.paletteStep === 3) {
    vga.paletteStep = 0
    vga.paletteReadAt = (vga.paletteReadAt + 1) & 0xff
  }
  return value
}

function writePalette({ state: { vga } }: C, value: number): void {
  vga.paletteLatch[vga.paletteStep] = value
  if (++vga.paletteStep < 3) return
  vga.palette.set(vga.paletteLatch, 3 * vga.paletteWriteAt)
  vga.paletteStep = 0
  vga.paletteWriteAt = (vga.paletteWriteAt + 1) & 0xff
}
