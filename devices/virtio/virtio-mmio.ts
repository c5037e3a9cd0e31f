// A virtio-mmio transport with no device behind it. Reference: Virtual I/O Device (VIRTIO) 1.1, sections 4.2.2 and 4.2.4.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"

/** `irq` stays low: an empty slot never interrupts. */
const wires = { irq: wire.line }

/** An empty slot: a driver reads DeviceID 0 and leaves it alone (section 4.2.2.2). */
export const virtioMmio = device({
  name: "virtio-mmio",
  wires,
  size: 0x200,
  options: {},
  state: () => ({}),
  registers: {
    MagicValue: { at: 0x00, read: () => 0x7472_6976 },
    // The legacy interface.
    Version: { at: 0x04, read: () => 1 },
    DeviceID: { at: 0x08, read: () => 0 },
    VendorID: { at: 0x0c, read: () => 0x554d_4551 },
    Absent: { at: 0x10, count: (0x200 - 0x10) / 4, read: () => 0, write() {} },
  },
  drive(c: Context<WiresOf<typeof wires>, object, object>) {
    c.wires.irq.set(false)
  },
  tree: () => ({ compatible: "virtio,mmio", "dma-coherent": true }),
})
