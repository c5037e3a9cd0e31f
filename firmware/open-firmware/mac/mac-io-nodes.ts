// Nodes of the parts inside the Heathrow and KeyLargo chips; offsets are those of the chips.

import { type DeviceTreeNode, empty, node, type PropertyValue } from "../../device-tree/tree.ts"
import type { DriveDescription, MacDescription } from "./description.ts"

/** An interrupt line: of Heathrow, or a source of the OpenPIC with its sense (0 edge, 1 level). */
type Source = readonly [line: number, sense: 0 | 1]

/** How parts state their registers and interrupts on one generation of boards. */
export interface MacIoStyle {
  /** Properties for interrupts: Heathrow's lines, or OpenPIC sources. */
  interrupts(heathrow: readonly number[], openPic: readonly Source[]): Record<string, PropertyValue>
  /** Old boards also state the addresses that registers have for the CPU. */
  addresses(...offsets: readonly number[]): Record<string, PropertyValue>
}

/** Old World: lines of Heathrow in AAPL,interrupts, addresses in AAPL,address. */
export function oldWorldStyle(base: number): MacIoStyle {
  return {
    interrupts: (heathrow) => ({ "AAPL,interrupts": heathrow }),
    addresses: (...offsets) => ({ "AAPL,address": offsets.map((offset) => base + offset) }),
  }
}

/** New World: an interrupt tree with the OpenPIC at its root. */
export function newWorldStyle(openPic: DeviceTreeNode): MacIoStyle {
  return {
    interrupts: (_, sources) => ({ interrupts: sources.flat(), "interrupt-parent": openPic }),
    addresses: () => ({}),
  }
}

/** One channel of the serial controller: offset of its registers, distance of data and of extra registers, DMA. */
interface SerialChannel {
  readonly name: "ch-a" | "ch-b"
  readonly offset: number
  readonly data: number
  readonly extra: number
  readonly compatible: string
}

const ESCC: readonly SerialChannel[] = [
  { name: "ch-a", offset: 0x13020, data: 0x10, extra: 0x30, compatible: "chrp,es2" },
  { name: "ch-b", offset: 0x13000, data: 0x10, extra: 0x40, compatible: "chrp,es3" },
]
const ESCC_LEGACY: readonly SerialChannel[] = [
  { name: "ch-a", offset: 0x12002, data: 4, extra: 8, compatible: "chrp,es4" },
  { name: "ch-b", offset: 0x12000, data: 4, extra: 8, compatible: "chrp,es5" },
]

/** Interrupts of a channel: its own, then those of its two DMA channels. */
const SERIAL_INTERRUPTS = {
  "ch-a": { heathrow: [0x0f], openPic: [[0x25, 1] as const, [4, 0] as const, [5, 0] as const], dma: 0x8400 },
  "ch-b": { heathrow: [0x10], openPic: [[0x24, 1] as const, [6, 0] as const, [7, 0] as const], dma: 0x8600 },
}

/** The serial controller at its two places. */
export function serialNodes(style: MacIoStyle): DeviceTreeNode[] {
  const channel = ({ name, offset, data, extra, compatible }: SerialChannel): DeviceTreeNode => {
    const { heathrow, openPic, dma } = SERIAL_INTERRUPTS[name]
    return node(`${name}@${offset.toString(16)}`, {
      device_type: "serial",
      compatible,
      reg: [offset, 1, offset + data, 1, offset + extra, 1, dma, 0x100, dma + 0x100, 0x100],
      "slot-names": 0,
      ...style.interrupts(heathrow, openPic),
      ...style.addresses(offset),
    })
  }
  return [
    node(
      "escc@13000",
      {
        device_type: "escc",
        compatible: ["escc", "CHRP,es0"],
        reg: [0x13000, 0x1000],
        "#address-cells": 1,
        "#size-cells": 1,
        ranges: empty,
      },
      ESCC.map(channel),
    ),
    node(
      "escc-legacy@12000",
      {
        device_type: "escc-legacy",
        compatible: "chrp,es1",
        reg: [0x12000, 0x1000],
        "#address-cells": 1,
        ranges: empty,
      },
      ESCC_LEGACY.map(channel),
    ),
  ]
}

/** CUDA with its ADB devices, its clock and its power management. */
export function cudaNode(style: MacIoStyle, isNewWorld: boolean): DeviceTreeNode {
  return node(
    "via-cuda@16000",
    {
      device_type: "via-cuda",
      compatible: "cuda",
      reg: [0x16000, 0x2000],
      "#address-cells": 1,
      "#size-cells": 0,
      ...(isNewWorld ? { "#interrupt-cells": 2 } : {}),
      ...style.interrupts([0x12], [[0x19, 0]]),
    },
    [
      node("adb", { device_type: "adb", compatible: "adb", "#address-cells": 1, "#size-cells": 0 }, [
        node("keyboard@8", { device_type: "keyboard", reg: 8 }),
        node("mouse@9", { device_type: "mouse", reg: 9, "#buttons": 3 }),
      ]),
      node("rtc", { device_type: "rtc", compatible: "rtc" }),
      node("power-mgt", { device_type: "power-mgt", compatible: "cuda", "mgt-kind": "min-consumption-pwm-led" }),
    ],
  )
}

/** Power limits of the PMU's machine, as Apple's firmware has them. */
const PRIM_INFO = Uint8Array.of(
  ...[0x00, 0x00, 0x00, 0xff, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x03, 0x0d, 0x40],
  ...[0x00, 0x01, 0xe7, 0x05, 0x00, 0x00, 0x34, 0x00, 0x00, 0x00, 0x00, 0x00],
  ...[0x00, 0x00, 0x26, 0x0d, 0x46, 0x00, 0x02, 0x78, 0x78, 0x3c, 0x00],
)

/** The PMU and the GPIO pins that it interrupts by. */
export function pmuNodes(style: MacIoStyle): DeviceTreeNode[] {
  return [
    node(
      "gpio@50",
      { device_type: "gpio", compatible: "mac-io-gpio", reg: [0x50, 0x30], "#address-cells": 1, "#size-cells": 0 },
      [
        node("extint-gpio1@9", {
          compatible: ["keywest-gpio1", "gpio"],
          reg: 9,
          ...style.interrupts([], [[0x2f, 1]]),
        }),
        node("programmer-switch", { device_type: "programmer-switch", ...style.interrupts([], [[0x37, 0]]) }),
      ],
    ),
    node(
      "via-pmu@16000",
      {
        device_type: "via-pmu",
        compatible: "pmu",
        reg: [0x16000, 0x2000],
        "#address-cells": 1,
        "#size-cells": 0,
        "pmu-version": 0x00d0_330c,
        ...style.interrupts([], [[0x19, 1]]),
      },
      [
        node("rtc", { device_type: "rtc", compatible: "rtc,via-pmu" }),
        node("power-mgt", {
          device_type: "power-mgt",
          compatible: "via-pmu-99",
          "registry-name": "extint-gpio1",
          "prim-info": PRIM_INFO,
        }),
      ],
    ),
  ]
}

/** Cycle times of PIO modes, as OpenBIOS states them. */
const PIO_TIMING = [0x526, 0x85, 0x25, 0x25, 0x25, 0, 0, 0]

/** The two IDE channels with their drives. */
export function ideNodes(style: MacIoStyle, { board, drives }: MacDescription): DeviceTreeNode[] {
  const isNewWorld = board !== "g3beige"
  return ([0, 1] as const).map((channel) => {
    const offset = 0x20000 + channel * 0x1000
    const dma = 0x8b00 + channel * 0x200
    return node(
      `ata-3@${offset.toString(16)}`,
      {
        device_type: "ata",
        compatible: isNewWorld ? "keylargo-ata" : "heathrow-ata",
        model: "ata-3",
        reg: [offset, 0x1000, dma, 0x200],
        "#address-cells": 1,
        "#size-cells": 0,
        ...(isNewWorld ? { "#interrupt-cells": 2 } : {}),
        "AAPL,connector": "ata",
        "AAPL,bus-id": channel,
        "AAPL,pio-timing": PIO_TIMING,
        ...style.interrupts(
          [0x0d + channel, 2 + channel],
          [
            [0x0d + channel, 1],
            [2 + channel, 0],
          ],
        ),
        ...style.addresses(offset, dma),
      },
      drives.filter((drive) => drive.channel === channel).map(driveNode),
    )
  })
}

function driveNode({ kind, unit }: DriveDescription): DeviceTreeNode {
  return node(`${kind}@${unit}`, { device_type: "block", reg: unit })
}

/** KeyLargo's interrupt controller. */
export function openPicNode(): DeviceTreeNode {
  return node("interrupt-controller@40000", {
    device_type: "open-pic",
    compatible: "chrp,open-pic",
    reg: [0x40000, 0x40000],
    "#address-cells": 0,
    "#interrupt-cells": 2,
    "interrupt-controller": empty,
    "built-in": empty,
    "clock-frequency": 0x003f_940a,
  })
}
