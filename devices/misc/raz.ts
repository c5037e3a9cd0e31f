// A range that reads as zero and ignores writes, for blocks of a board that have no model.
import { device } from "../kit/index.ts"

/** Reads as zero, writes ignored; `bytes` is the size of the range. */
export const raz = device({
  name: "raz",
  wires: {},
  size: ({ bytes }) => bytes,
  options: { bytes: 0x1000 },
  state: () => ({}),
  array: { read: () => 0, write() {} },
})
