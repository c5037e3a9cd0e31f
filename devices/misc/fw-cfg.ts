// QEMU's firmware configuration device: items that a machine gives its firmware, by key.
// Reference: QEMU, docs/specs/fw_cfg.rst, sections "Selector (Control) Register" and "Data Register".
import { type Context, device } from "../kit/index.ts"

/** An item: what firmware reads after it has selected `key`. */
type Item = { readonly key: number; readonly bytes: Uint8Array }

/** A selector with this bit meant to write the item, which no machine allows any more. */
const WRITE = 0x4000

const options = {
  items: [] as readonly Item[],
}

const state = () => ({
  /** The selected key; after a reset that of the signature. */
  selected: 0,
  offset: 0,
})

type C = Context<object, ReturnType<typeof state>, typeof options>

/** fw_cfg with a selector of two bytes at 0 and a data byte at 2; an item that is not there, or is over, reads as 0. */
export const fwCfg = device({
  name: "fw-cfg",
  wires: {},
  size: 4,
  options,
  state,
  registers: {
    Selector: {
      at: 0,
      width: 2,
      otherLanes: "zero",
      read: () => 0,
      write: (c: C, key) => Object.assign(c.state, { selected: key & ~WRITE, offset: 0 }),
    },
    Data: { at: 2, width: 1, otherLanes: "zero", read: nextByte, write() {} },
  },
})

function nextByte({ state, options }: C): number {
  const item = options.items.find(({ key }) => key === state.selected)
  if (item === undefined || state.offset >= item.bytes.length) return 0
  return item.bytes[state.offset++]!
}
