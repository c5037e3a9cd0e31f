// Non-volatile RAM of a Mac: bytes that stand further apart on the bus than in the chip.
// Reference: the maps of QEMU's g3beige and mac99; Linux, arch/powerpc/platforms/powermac/nvram.c.
import { type Context, device } from "../kit/index.ts"

const options = {
  /** Size of the chip. */
  bytes: 0x2000,
  /** Addresses from one byte to the next. */
  stride: 16,
  /** Initial contents, from offset 0; the rest is zeros. */
  contents: new Uint8Array(0) as Uint8Array,
}

const state = ({ bytes, contents }: typeof options) => {
  const data = new Uint8Array(bytes)
  data.set(contents.subarray(0, bytes))
  return { data }
}

type C = Context<object, ReturnType<typeof state>, typeof options>

/** NVRAM, whose contents survive a reset. A byte answers at each of its `stride` addresses. */
export const macioNvram = device({
  name: "macio-nvram",
  wires: {},
  size: ({ bytes, stride }) => bytes * stride,
  options,
  state,
  keep: ["data"],
  array: {
    read(c: C, offset, size) {
      let value = 0
      for (let n = 0; n < size; n++) value |= c.state.data[at(c, offset + n)]! << (8 * n)
      return value
    },
    write(c: C, offset, size, value) {
      for (let n = 0; n < size; n++) c.state.data[at(c, offset + n)] = value >>> (8 * n)
    },
  },
  tree: ({ bytes }) => ({ device_type: "nvram", "#bytes": bytes }),
})

const at = (c: C, offset: number) => Math.floor(offset / c.options.stride)
