// Feature control registers of a Mac I/O chip: resets, clocks and power of its cells.
// Reference: Linux, arch/powerpc/include/asm/heathrow.h and keylargo.h.
import { type Context, device } from "../kit/index.ts"

const options = {
  /** Number of registers: the media bay's, and 3 more of a Heathrow or 5 of a KeyLargo. */
  count: 4,
}

const state = ({ count }: typeof options) => ({ bytes: new Uint8Array(4 * count) })

type C = Context<object, ReturnType<typeof state>, typeof options>

/**
 * Registers from 0x34 of the chip on: MBCR, then FCR or FCR0 and so on. They hold what is written; all cells work,
 * whatever it says. Their words are little-endian.
 */
export const featureControl = device({
  name: "feature-control",
  wires: {},
  size: ({ count }) => 4 * count,
  options,
  state,
  array: {
    read(c: C, offset, size) {
      let value = 0
      for (let n = 0; n < size; n++) value |= c.state.bytes[offset + n]! << (8 * n)
      return value
    },
    write(c: C, offset, size, value) {
      for (let n = 0; n < size; n++) c.state.bytes[offset + n] = value >>> (8 * n)
    },
  },
})
