// Loads an ARM Linux kernel, its initrd and its device tree by its boot protocol (Linux: Documentation/arm/booting.rst).

import {
  type Chosen,
  type DeviceTree,
  type DeviceTreeNode,
  decodeBlob,
  encodeBlob,
  setChosen,
  setMemory,
} from "../device-tree/index.ts"
import { hex, ImageError, sizeText } from "../image-error.ts"
import { type Load, type PlacedKernel, placeKernel } from "./arm-kernel.ts"
import { encodeAtags } from "./atags.ts"

/** What to boot; addresses are physical, sizes in bytes. */
export interface ArmLinuxRequest {
  /** zImage, uncompressed kernel, uImage or ELF file, without compression around it (`unpack`). */
  kernel: Uint8Array
  initrd?: Uint8Array
  /** A blob or a tree; without either the kernel gets a tagged list. */
  deviceTree?: Uint8Array | (Pick<DeviceTree, "root"> & Partial<DeviceTree>)
  commandLine?: string
  ramBase: number
  ramBytes: number
  /** Number of the board in the machine registry, used without a device tree; Versatile PB if not given. */
  machineType?: number
}

/** What to load, and where to start: in Supervisor mode, interrupts masked, MMU and caches off. */
export interface ArmLinuxPlacement {
  loads: Load[]
  /** Physical address of the first instruction. */
  entry: number
  /** Whether the first instruction is in Thumb state. */
  thumb: boolean
  registers: { r0: number; r1: number; r2: number }
  /** What was done, a sentence each, for the user. */
  notes: string[]
}

export const MACHINE_TYPE_VERSATILE_PB = 0x183

/** r1 if the device tree identifies the board. */
export const MACHINE_TYPE_DEVICE_TREE = 0xffff_ffff

const MiB = 1024 * 1024
const PAGE_BYTES = 4096
const ATAGS_OFFSET = 0x100
/** The kernel builds its first page table here. */
const PAGE_TABLE_OFFSET = 0x4000
/** Length at which Linux on ARM cuts its command line, including the NUL. */
const COMMAND_LINE_BYTES = 1024

interface Table {
  name: string
  address: number
  bytes: Uint8Array
}

interface Part {
  name: string
  low: number
  high: number
}

/** Places everything in RAM; ImageError if the image is no ARM kernel or does not fit. It does not change its inputs. */
export function placeArmLinux(request: ArmLinuxRequest): ArmLinuxPlacement {
  const { ramBase, commandLine } = request
  if (commandLine?.includes("\0")) throw new ImageError("The command line contains a NUL character; remove it.")
  const kernel = placeKernel(request.kernel, ramBase)
  const notes = [...kernel.notes]
  if (commandLine !== undefined && new TextEncoder().encode(commandLine).length >= COMMAND_LINE_BYTES) {
    notes.push(`Linux on ARM keeps only the first ${COMMAND_LINE_BYTES - 1} bytes of a command line.`)
  }
  const parts: Part[] = []
  for (const { address, size } of kernel.loads) {
    // The parser has refused overlaps within the kernel. Comparing each pair of its thousands of segments would take long.
    const part = { name: "kernel", low: address, high: address + size }
    requireInside(request, part)
    parts.push(part)
  }
  requireInside(request, { name: "unpacked kernel", low: kernel.low, high: kernel.high })

  const loads = [...kernel.loads]
  const initrdAt = initrdAddress(request, kernel)
  const initrdBytes = request.initrd?.length ?? 0
  if (request.initrd) {
    if (initrdBytes === 0) throw new ImageError("The initrd is empty; get the file again or leave it out.")
    claim(parts, request, { name: "initrd", low: initrdAt, high: initrdAt + initrdBytes })
    loads.push({ address: initrdAt, bytes: request.initrd, size: initrdBytes })
  }

  const table = request.deviceTree
    ? placeTree(request, request.deviceTree, initrdAt, kernel)
    : placeList(request, initrdAt, kernel)
  if (table) {
    claim(parts, request, { name: table.name, low: table.address, high: table.address + table.bytes.length })
    loads.push({ address: table.address, bytes: table.bytes, size: table.bytes.length })
  }
  notes.push(...parts.map(({ name, low, high }) => `${name} at ${hex(low)}, ${sizeText(high - low)}`))

  const boardNumber = request.machineType ?? MACHINE_TYPE_VERSATILE_PB
  return {
    loads,
    entry: kernel.entry,
    thumb: kernel.thumb,
    registers: { r0: 0, r1: request.deviceTree ? MACHINE_TYPE_DEVICE_TREE : boardNumber, r2: table?.address ?? 0 },
    notes,
  }
}

// QEMU's choice: high enough for the kernel to unpack below it, low enough for the kernel's permanent mapping to reach it.
// It moves up only if the kernel is known to need that memory.
function initrdAddress({ ramBase, ramBytes }: ArmLinuxRequest, kernel: PlacedKernel): number {
  const usual = alignPage(ramBase + Math.min(Math.floor(ramBytes / 2), 128 * MiB))
  return usual >= kernel.low && usual < kernel.high ? alignPage(kernel.high) : usual
}

function placeTree(
  request: ArmLinuxRequest,
  given: NonNullable<ArmLinuxRequest["deviceTree"]>,
  initrdAt: number,
  kernel: PlacedKernel,
): Table {
  const { ramBase, ramBytes, initrd, commandLine } = request
  const tree = given instanceof Uint8Array ? decodeBlob(given) : given
  const chosen: Chosen = {}
  if (commandLine !== undefined) chosen.bootargs = commandLine
  if (initrd) {
    chosen.initrdStart = BigInt(initrdAt)
    chosen.initrdEnd = BigInt(initrdAt + initrd.length)
  }
  const withMemory: DeviceTreeNode = setMemory(tree.root, [{ address: BigInt(ramBase), size: BigInt(ramBytes) }])
  const bytes = encodeBlob(setChosen(withMemory, chosen), {
    reserved: tree.reserved ?? [],
    bootCpu: tree.bootCpu ?? 0,
  })
  // A program that is not Linux is not told in a register: QEMU's rule is the base of RAM, if the program leaves room.
  const atBase = !kernel.isLinux && (ramBase + bytes.length <= kernel.low || kernel.high <= ramBase)
  return { name: "device tree", address: atBase ? ramBase : alignPage(initrdAt + (initrd?.length ?? 0)), bytes }
}

function placeList(request: ArmLinuxRequest, initrdAt: number, kernel: PlacedKernel): Table | undefined {
  const { ramBase, ramBytes, initrd, commandLine } = request
  const bytes = encodeAtags({
    ramBase,
    ramBytes,
    ...(initrd ? { initrd: { address: initrdAt, size: initrd.length } } : {}),
    ...(commandLine === undefined ? {} : { commandLine }),
  })
  if (ATAGS_OFFSET + bytes.length > PAGE_TABLE_OFFSET) {
    throw new ImageError(`The command line of ${commandLine?.length ?? 0} characters is too long; shorten it.`)
  }
  const address = ramBase + ATAGS_OFFSET
  // A program linked to the base of RAM expects no list.
  const inTheWay = kernel.low < address + bytes.length && address < kernel.high
  return inTheWay && !kernel.isLinux ? undefined : { name: "tagged list", address, bytes }
}

function claim(parts: Part[], request: ArmLinuxRequest, part: Part): void {
  requireInside(request, part)
  for (const other of parts) {
    if (part.low < other.high && other.low < part.high) {
      throw new ImageError(`The ${describe(part)} would overlap the ${describe(other)}; give the machine more memory.`)
    }
  }
  parts.push(part)
}

function requireInside({ ramBase, ramBytes }: ArmLinuxRequest, part: Part): void {
  if (part.low >= ramBase && part.high <= ramBase + ramBytes) return
  const ram = `${sizeText(ramBytes)} of RAM at ${hex(ramBase)}`
  const advice = part.low < ramBase ? "link it for this machine" : "give the machine more memory"
  throw new ImageError(`The ${describe(part)} does not fit into the ${ram}; ${advice}.`)
}

function describe({ name, low, high }: Part): string {
  return `${name} (${hex(low)} to ${hex(high)})`
}

function alignPage(address: number): number {
  return Math.ceil(address / PAGE_BYTES) * PAGE_BYTES
}
