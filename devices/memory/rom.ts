// A ROM: memory with fixed contents, which a CPU reads directly.
import { device } from "../kit/index.ts"

/** Bytes that a CPU maps at a time. */
const PAGE = 4096

/** A ROM of `bytes` bytes that begins with `contents` and goes on with zeros. Writes are ignored. */
export const rom = device({
  name: "rom",
  wires: {},
  size: ({ bytes }) => bytes,
  options: { bytes: 0x10_0000, contents: new Uint8Array(0) as Uint8Array },
  state: () => ({}),
  array: {
    read(c, offset, size) {
      let value = 0
      for (let n = size - 1; n >= 0; n--) value = value * 256 + (c.options.contents[offset + n] ?? 0)
      return value
    },
    write() {},
  },
  direct(c, offset) {
    const page = new Uint8Array(PAGE)
    page.set(c.options.contents.subarray(offset, offset + PAGE))
    return page
  },
})
