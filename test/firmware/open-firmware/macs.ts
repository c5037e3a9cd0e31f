// The Macintoshes of the reference trees: the parts of QEMU's boards with the addresses that OpenBIOS gave them.

import type { MacDescription, PciFunction } from "../../../firmware/open-firmware/index.ts"

const QEMU_SUBSYSTEM = [0x1af4, 0x1100] as const

const vga = (device: number, at: number) => ({
  device,
  vendorId: 0x1234,
  deviceId: 0x1111,
  revision: 2,
  classCode: 0x03_0000,
  subsystem: QEMU_SUBSYSTEM,
  bars: [
    { register: 0x10, space: "memory" as const, prefetchable: true, size: 0x0100_0000, address: at },
    { register: 0x18, space: "memory" as const, size: 0x1000, address: at + 0x0100_0000 },
  ],
  width: 800,
  height: 600,
  depth: 32,
  lineBytes: 3200,
})

const memoryBar = (address: number, size: number) => [{ register: 0x10, space: "memory" as const, address, size }]

export const g3beige: MacDescription = {
  board: "g3beige",
  memoryBytes: 0x1000_0000,
  cpu: {
    name: "PowerPC,750",
    version: 0x0008_0301,
    clockHz: 266_000_000,
    busHz: 66_000_000,
    timebaseHz: 16_600_000,
  },
  host: {
    ...{ device: 0, vendorId: 0x1057, deviceId: 2, classCode: 0x06_0001 },
    ...{ subsystem: QEMU_SUBSYSTEM, bars: [] },
  },
  macIo: {
    ...{ device: 16, vendorId: 0x106b, deviceId: 0x10, classCode: 0xff_0000, subsystem: QEMU_SUBSYSTEM },
    bars: memoryBar(0x8108_0000, 0x8_0000),
  },
  display: vga(1, 0x8000_0000),
  network: {
    ...{ device: 2, vendorId: 0x10ec, deviceId: 0x8029, classCode: 0x02_0000, subsystem: QEMU_SUBSYSTEM },
    bars: [{ register: 0x10, space: "io", size: 0x100, address: 0x1000 }],
    interrupt: 23,
    macAddress: Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56),
  },
  drives: [{ channel: 1, unit: 0, kind: "cdrom" }],
  nvramBytes: 0x2000,
}

const usb: PciFunction = {
  ...{ device: 13, vendorId: 0x106b, deviceId: 0x3f, classCode: 0x0c_0310, subsystem: QEMU_SUBSYSTEM },
  bars: memoryBar(0x8008_0000, 0x100),
  interrupt: 0x1c,
}

export const mac99: MacDescription = {
  board: "mac99",
  memoryBytes: 0x1000_0000,
  cpu: {
    name: "PowerPC,G4",
    version: 0x000c_0209,
    clockHz: 900_000_000,
    busHz: 100_000_000,
    timebaseHz: 100_000_000,
  },
  host: {
    ...{ device: 11, vendorId: 0x106b, deviceId: 0x1f, classCode: 0x06_0000 },
    ...{ subsystem: QEMU_SUBSYSTEM, cacheLineSize: 0x1000, bars: [] },
  },
  macIo: {
    ...{ device: 12, vendorId: 0x106b, deviceId: 0x22, classCode: 0xff_0000, subsystem: QEMU_SUBSYSTEM },
    bars: memoryBar(0x8000_0000, 0x8_0000),
  },
  usb,
  display: vga(14, 0x8100_0000),
  network: {
    ...{ device: 15, vendorId: 0x106b, deviceId: 0x21, revision: 1, classCode: 0x02_0000 },
    ...{ minGrant: 64, maxLatency: 64, is66MHzCapable: true, isFastBackToBack: true },
    bars: memoryBar(0x8220_0000, 0x20_0000),
    interrupt: 0x1e,
    macAddress: Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56),
  },
  drives: [{ channel: 1, unit: 0, kind: "cdrom" }],
  nvramBytes: 0x2000,
}

export const mac99Pmu: MacDescription = { ...mac99, board: "mac99-pmu" }
