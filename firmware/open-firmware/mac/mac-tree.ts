// Device trees of Power Macintoshes, made from what a board tells of its parts.

import { type DeviceTreeNode, node, type PropertyValue } from "../../device-tree/tree.ts"
import type { DriveDescription, MacDescription, PciFunction } from "./description.ts"
import { cudaNode, ideNodes, newWorldStyle, oldWorldStyle, openPicNode, pmuNodes, serialNodes } from "./mac-io-nodes.ts"
import { barAddress, configAddress, headerProperties, pciNode } from "./pci-nodes.ts"
import { cpusNode, memoryNode, openPromNode, optionsNode, packagesNode } from "./system-nodes.ts"

/** Path of the first serial port, for the console. */
export const MAC_CONSOLE_ALIAS = "scca"

/** The tree of a Macintosh, for Open Firmware and for a blob. */
export function macTree(mac: MacDescription): DeviceTreeNode {
  return mac.board === "g3beige" ? oldWorldTree(mac) : newWorldTree(mac)
}

/** Where the host bridges put their spaces, in address space of the CPU. */
const GRACKLE_RANGES = [
  ...[0x0100_0000, 0, 0, 0xfe00_0000, 0, 0x0080_0000],
  ...[0x0200_0000, 0, 0, 0xfd00_0000, 0, 0x0100_0000],
  ...[0x0200_0000, 0, 0x8000_0000, 0x8000_0000, 0, 0x1000_0000],
]
const UNI_NORTH_RANGES = [
  ...[0x0100_0000, 0, 0, 0xf200_0000, 0, 0x0080_0000],
  ...[0x0200_0000, 0, 0x8000_0000, 0x8000_0000, 0, 0x1000_0000],
]

function oldWorldTree(mac: MacDescription): DeviceTreeNode {
  const style = oldWorldStyle(mac.macIo.bars[0]?.address ?? 0)
  const aapl = (of: PciFunction): Record<string, PropertyValue> => ({
    "AAPL,address": of.bars.map((bar) => (bar.space === "io" ? 0xfe00_0000 : 0) + bar.address),
    ...(of.interrupt === undefined ? {} : { "AAPL,interrupts": of.interrupt }),
  })
  const macIo = macIoNode(mac, "heathrow", "AAPL,343S1201", aapl(mac.macIo), [
    cudaNode(style, false),
    ...serialNodes(style),
    ...ideNodes(style, mac),
    node("nvram@60000", { device_type: "nvram", reg: [0x60000, 0x20000], "#bytes": mac.nvramBytes }),
  ])
  const pci = node(
    "pci@80000000",
    {
      ...hostProperties(mac.host, "grackle", "MOT,MPC106"),
      reg: [0x8000_0000, 0x7f00_0000],
      ranges: GRACKLE_RANGES,
    },
    [...pciNodes(mac, aapl), macIo],
  )
  return node(
    "",
    {
      model: "Power Macintosh",
      compatible: ["AAPL,PowerMac G3", "MacRISC"],
      "AAPL,cpu-id": 0,
      "AAPL,original-name": "device-tree",
      ...rootProperties(mac),
    },
    systemNodes(mac, [pci], { macIo: "/pci@80000000/mac-io@10", nvram: "/pci@80000000/mac-io@10/nvram@60000" }),
  )
}

function newWorldTree(mac: MacDescription): DeviceTreeNode {
  const openPic = openPicNode()
  const style = newWorldStyle(openPic)
  const isPmu = mac.board === "mac99-pmu"
  const macIo = macIoNode(mac, "Keylargo", "AAPL,Keylargo", { "interrupt-parent": openPic }, [
    ...(isPmu ? pmuNodes(style) : [cudaNode(style, true)]),
    ...serialNodes(style),
    ...ideNodes(style, mac),
    openPic,
  ])
  // INTA# of a function is cell 1 in its interrupts; the map leads it to a source of the OpenPIC, level-sensitive.
  const wired = [mac.usb, mac.display, mac.network].filter((of) => of?.interrupt !== undefined)
  const pci = node(
    "pci@f2000000",
    {
      ...hostProperties(mac.host, "uni-north", "AAPL,UniNorth"),
      reg: [0xf200_0000, 0x0200_0000],
      ranges: UNI_NORTH_RANGES,
      "interrupt-parent": openPic,
      "interrupt-map": wired.flatMap((of) => [configAddress(of!), 0, 0, 1, openPic, of!.interrupt!, 1]),
      "interrupt-map-mask": [0x00ff_f800, 0, 0, 7],
    },
    [macIo, ...pciNodes(mac, (of) => (of.interrupt === undefined ? {} : { interrupts: 1 }))],
  )
  const nvram = node("nvram@fff04000", {
    device_type: "nvram",
    compatible: "nvram,flash",
    reg: [0xfff0_4000, 0x4000],
    "#bytes": mac.nvramBytes,
  })
  const uniNorth = node("uni-n@f8000000", {
    device_type: "memory-controller",
    compatible: "uni-north",
    "device-rev": 7,
    reg: [0xf800_0000, 0x0100_0000],
  })
  return node(
    "",
    {
      model: "PowerMac3,1",
      compatible: ["PowerMac3,1", "MacRISC", "MacRISC2", "Power Macintosh"],
      device_type: "bootrom",
      ...rootProperties(mac),
    },
    systemNodes(mac, [nvram, pci, uniNorth], { macIo: "/pci@f2000000/mac-io@c", nvram: "/nvram@fff04000" }),
  )
}

function rootProperties({ cpu }: MacDescription): Record<string, PropertyValue> {
  return { "#address-cells": 1, "#size-cells": 1, "clock-frequency": cpu.busHz, "system-id": "0000000000000" }
}

function hostProperties(host: PciFunction, compatible: string, model: string): Record<string, PropertyValue> {
  return {
    device_type: "pci",
    compatible,
    model,
    ...headerProperties(host),
    "#address-cells": 3,
    "#size-cells": 2,
    "#interrupt-cells": 1,
    "bus-range": [0, 0],
  }
}

function macIoNode(
  { macIo }: MacDescription,
  compatible: string,
  model: string,
  properties: Record<string, PropertyValue>,
  children: DeviceTreeNode[],
): DeviceTreeNode {
  const bar = macIo.bars[0]
  return pciNode(
    "mac-io",
    macIo,
    {
      device_type: "mac-io",
      compatible,
      model,
      "#address-cells": 1,
      "#size-cells": 1,
      "#interrupt-cells": 1,
      ...(bar ? { ranges: [0, barAddress(macIo, bar), 0, bar.address, bar.size] } : {}),
      ...properties,
    },
    children,
  )
}

/** The functions beside mac-io; `wiring` states their interrupts as the board does. */
function pciNodes(mac: MacDescription, wiring: (of: PciFunction) => Record<string, PropertyValue>): DeviceTreeNode[] {
  const { usb, display, network, board } = mac
  const nodes: DeviceTreeNode[] = []
  if (usb) {
    const properties = { device_type: "usb", compatible: ["pci106b,3f", "pciclass,0c0310"], "#address-cells": 1 }
    const keyboard = board === "mac99-pmu" ? [node("keyboard", { device_type: "keyboard" })] : []
    nodes.push(pciNode("usb", usb, { ...properties, ...wiring(usb) }, keyboard))
  }
  if (display) {
    const { width, height, depth, lineBytes, bars } = display
    const properties = {
      ...{ device_type: "display", compatible: "VGA", model: "QEMU VGA" },
      ...{ address: bars[0]?.address ?? 0, width, height, depth, linebytes: lineBytes },
    }
    nodes.push(pciNode("QEMU,VGA", display, { ...properties, ...wiring(display) }))
  }
  if (network) {
    const { macAddress } = network
    const properties = { device_type: "network" }
    const isGem = network.vendorId === 0x106b
    const kind = isGem
      ? { compatible: "gmac", "local-mac-address": macAddress }
      : { model: "NE2000 PCI", "network-type": "ethernet", removable: "network", category: "net" }
    nodes.push(pciNode(isGem ? "ethernet" : "NE2000", network, { ...properties, ...kind, ...wiring(network) }))
  }
  return nodes
}

function systemNodes(
  mac: MacDescription,
  buses: DeviceTreeNode[],
  paths: { macIo: string; nvram: string },
): DeviceTreeNode[] {
  const { macIo, nvram } = paths
  const via = mac.board === "mac99-pmu" ? "via-pmu" : "via-cuda"
  const serial = `${macIo}/escc/ch-a`
  return [
    node("aliases", { ...aliases(mac, macIo, via), nvram }),
    openPromNode(),
    optionsNode({
      "boot-device": bootDevices(mac),
      "input-device": serial,
      "output-device": serial,
      "vga-ndrv?": "true",
    }),
    node("chosen"),
    node("builtin", {}, [node("console")]),
    packagesNode(),
    cpusNode(mac.cpu),
    memoryNode(mac.memoryBytes),
    node("rom@ff800000", {
      reg: [0xff80_0000, 0],
      "#address-cells": 1,
      ranges: [0xff80_0000, 0x0080_0000, 0xff80_0000],
    }),
    ...buses,
  ]
}

function aliases(mac: MacDescription, macIo: string, via: string): Record<string, PropertyValue> {
  const drivePath = ({ channel, kind, unit }: DriveDescription) => `${macIo}/ata-3@2${channel}000/${kind}@${unit}`
  const disk = mac.drives.find((drive) => drive.kind === "disk")
  const cdrom = mac.drives.find((drive) => drive.kind === "cdrom")
  const keyboard = mac.board === "mac99-pmu" ? "/pci@f2000000/usb@d/keyboard" : `${macIo}/via-cuda@16000/adb/keyboard@8`
  const [a, b] = [`${macIo}/escc/ch-a`, `${macIo}/escc/ch-b`]
  return {
    "mac-io": macIo,
    ...(via === "via-cuda"
      ? { "adb-keyboard": `${macIo}/via-cuda/adb/keyboard`, "adb-mouse": `${macIo}/via-cuda/adb/mouse` }
      : {}),
    keyboard,
    kbd: keyboard,
    [via]: `${macIo}/${via}`,
    rtc: `${macIo}/${via}/rtc`,
    scca: a,
    sccb: b,
    ...(mac.board === "g3beige" ? { ttya: a, ttyb: b } : {}),
    screen: a,
    ...Object.fromEntries(mac.drives.map((drive, i) => [`ide${i}`, drivePath(drive)])),
    ...(disk ? { hd: drivePath(disk), disk: drivePath(disk) } : {}),
    ...(cdrom ? { cd: drivePath(cdrom), cdrom: drivePath(cdrom) } : {}),
  }
}

/** What to boot from, in order: a disk, then a disc. */
function bootDevices({ drives }: MacDescription): string {
  const hasDisk = drives.some(({ kind }) => kind === "disk")
  const hasDisc = drives.some(({ kind }) => kind === "cdrom")
  return [...(hasDisk ? ["hd"] : []), ...(hasDisc || !hasDisk ? ["cd"] : [])]
    .flatMap((device) => [`${device}:,\\\\:tbxi`, `${device}:,\\ppc\\bootinfo.txt`, `${device}:,%BOOT`])
    .join(" ")
}
