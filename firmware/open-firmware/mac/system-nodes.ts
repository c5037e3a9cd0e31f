// Nodes that every Open Firmware has: processors, memory, options, packages (IEEE 1275-1994, section 3.5).

import { type DeviceTreeNode, empty, node, type PropertyValue } from "../../device-tree/tree.ts"
import type { CpuDescription } from "./description.ts"

/** The processor; the MMU's properties are added by the firmware. */
export function cpusNode(cpu: CpuDescription): DeviceTreeNode {
  return node("cpus", { "#address-cells": 1, "#size-cells": 0 }, [
    node(`${cpu.name}@0`, {
      device_type: "cpu",
      reg: 0,
      "cpu-version": cpu.version,
      "d-cache-size": 0x8000,
      "i-cache-size": 0x8000,
      "d-cache-sets": 128,
      "i-cache-sets": 128,
      "d-cache-block-size": 32,
      "i-cache-block-size": 32,
      "tlb-sets": 64,
      "tlb-size": 128,
      "timebase-frequency": cpu.timebaseHz,
      "clock-frequency": cpu.clockHz,
      "bus-frequency": cpu.busHz,
      state: "running",
      "reservation-granule-size": 32,
    }),
  ])
}

/** RAM from address 0. */
export function memoryNode(bytes: number): DeviceTreeNode {
  return node("memory@0", { device_type: "memory", reg: [0, bytes] })
}

/** What the firmware is. */
export function openPromNode(): DeviceTreeNode {
  return node(
    "openprom",
    {
      device_type: "BootROM",
      model: "OpenFirmware 3",
      "boot-syntax": 1,
      "relative-addressing": empty,
      "supports-bootinfo": empty,
    },
    [node("client-services")],
  )
}

/** Support packages; each loads a format or reads a file system (section 3.8). */
export function packagesNode(): DeviceTreeNode {
  const names = [
    "cmdline",
    "disk-label",
    "terminal-emulator",
    "deblocker",
    "hfsplus-files",
    "hfs-files",
    "iso9660-files",
    "mac-parts",
    "xcoff-loader",
    "elf-loader",
    "bootinfo-loader",
  ]
  return node(
    "packages",
    {},
    names.map((name) => node(name)),
  )
}

/** Configuration variables with their values (section 7.4.4.1); those of the board come last. */
export function optionsNode(values: Record<string, string>): DeviceTreeNode {
  const properties: Record<string, PropertyValue> = {
    "auto-boot?": "true",
    "boot-args": "",
    "boot-command": "boot",
    "boot-file": "",
    "boot-screen": "",
    "boot-script": "",
    "default-mac-address": "false",
    "diag-switch?": "false",
    "fcode-debug?": "false",
    "little-endian?": "false",
    "load-base": "4000000",
    nvramrc: "",
    "oem-banner": "",
    "oem-banner?": "false",
    "oem-logo?": "false",
    "pci-probe-mask": "-1",
    "real-base": "-1",
    "real-mode?": "true",
    "real-size": "-1",
    "screen-#columns": "100",
    "screen-#rows": "75",
    "scroll-lock": "true",
    "selftest-#megs": "0",
    "skip-netboot?": "false",
    "use-generic?": "false",
    "use-nvramrc?": "false",
    "virt-base": "-1",
    "virt-size": "-1",
  }
  return node("options", { ...properties, ...values })
}
