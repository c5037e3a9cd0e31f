// A kernel for firmware that QEMU's fw_cfg tells where it lies, such as OpenBIOS.

import { TIMEBASE_HZ } from "../../../cpu/powerpc/index.ts"
import { type FwCfgItem, type MacFwCfg, macFwCfg } from "../../../firmware/fw-cfg.ts"
import { ImageError } from "../../../firmware/image-error.ts"
import { type Load, parseElf } from "../../../firmware/loader/index.ts"
import type { BoardOptions, FirmwareRequest } from "../board.ts"

/** Where QEMU puts a kernel: 16 MiB above its own addresses. */
const KERNEL_OFFSET = 0x0100_0000
const ADDRESS_MASK = 0x0fff_ffff
const PAGE = 4096

/** The items of fw_cfg, and what has to be in RAM. */
export type FirmwareConfiguration = { readonly items: readonly FwCfgItem[]; readonly loads: readonly Load[] }

/** What a board tells its firmware, and the kernel that it offers to it. */
export function firmwareConfiguration(
  machine: MacFwCfg["machine"],
  { memoryBytes, kernel, drives }: BoardOptions,
  more: Pick<MacFwCfg, "via" | "nvramAddress"> = {},
): FirmwareConfiguration {
  const loads = kernel ? loadsOf(kernel, memoryBytes) : []
  const isCd = !drives.some((drive) => drive?.media === "disk")
  const items = macFwCfg({
    machine,
    ramBytes: memoryBytes,
    timebaseHz: TIMEBASE_HZ,
    clockHz: 16 * TIMEBASE_HZ,
    busHz: 4 * TIMEBASE_HZ,
    isGraphic: false,
    display: { width: 800, height: 600, depth: 32 },
    bootDevice: isCd ? "d" : "c",
    ...more,
    ...(kernel && { kernel: placeOf(kernel, loads) }),
  })
  return { items, loads }
}

function loadsOf({ kernel, initrd, commandLine = "" }: FirmwareRequest, memoryBytes: number): Load[] {
  const loads: Load[] = parseElf(kernel).segments.map(({ physicalAddress, bytes, memorySize }) => ({
    address: (Number(physicalAddress) & ADDRESS_MASK) + KERNEL_OFFSET,
    bytes,
    size: Number(memorySize),
  }))
  const text = new TextEncoder().encode(`${commandLine}\0`)
  const add = (bytes: Uint8Array) => loads.push({ address: after(loads), bytes, size: bytes.length })
  if (initrd) add(initrd)
  add(text)
  if (after(loads) > memoryBytes)
    throw new ImageError("The kernel and its initrd do not fit into the RAM; give the machine more memory.")
  return loads
}

const after = (loads: readonly Load[]) =>
  Math.ceil(Math.max(...loads.map(({ address, size }) => address + size)) / PAGE) * PAGE

function placeOf({ initrd }: FirmwareRequest, loads: readonly Load[]): NonNullable<MacFwCfg["kernel"]> {
  const commandLine = loads.at(-1)!
  const disk = initrd && loads.at(-2)!
  const program = loads.slice(0, initrd ? -2 : -1)
  const address = Math.min(...program.map((load) => load.address))
  return {
    address,
    bytes: Math.max(...program.map((load) => load.address + load.size)) - address,
    commandLineAddress: commandLine.address,
    ...(disk && { initrd: { address: disk.address, bytes: disk.size } }),
  }
}
