// Starts a PowerPC kernel with a flattened device tree (Linux: Documentation/powerpc/booting.rst, entry II.2).

import {
  type Chosen,
  decodeBlob,
  encodeBlob,
  ImageError,
  setChosen,
  setMemory,
} from "../../../firmware/device-tree/index.ts"
import { ELF_MACHINE, hex, type Load, parseElf, physicalEntry, sizeText } from "../../../firmware/loader/index.ts"
import type { KernelPlacement, KernelRequest } from "../architecture.ts"

const MiB = 1024 * 1024
/** Where the tree and the initrd go: above a kernel of usual size, below the end of what it maps first. */
const TREE_AT = 15 * MiB
const INITRD_AT = 24 * MiB
const PAGE = 4096

/** Places a kernel; ImageError if it is not one for 32-bit PowerPC, or does not fit. */
export function placePowerPcKernel(request: KernelRequest): KernelPlacement {
  const { kernel, initrd, deviceTree, ramBytes } = request
  const elf = parseElf(kernel)
  if (elf.machine !== ELF_MACHINE.PPC) throw new ImageError("The kernel is not a PowerPC ELF file.")
  if (!deviceTree) throw new ImageError("A PowerPC kernel needs a device tree (--dtb).")
  const loads: Load[] = elf.segments.map(({ physicalAddress, bytes, memorySize }) => ({
    address: Number(physicalAddress),
    bytes,
    size: Number(memorySize),
  }))
  const end = Math.max(...loads.map(({ address, size }) => address + size))
  const treeAt = Math.max(TREE_AT, Math.ceil(end / PAGE) * PAGE)
  const initrdAt = Math.max(INITRD_AT, treeAt + MiB)
  const blob = treeFor(request, deviceTree, initrdAt)
  loads.push({ address: treeAt, bytes: blob, size: blob.length })
  if (initrd) loads.push({ address: initrdAt, bytes: initrd, size: initrd.length })
  for (const { address, size } of loads) {
    if (address + size > ramBytes)
      throw new ImageError(
        `${sizeText(size)} at ${hex(address)} do not fit into the RAM; give the machine more memory.`,
      )
  }
  return {
    loads,
    entry: physicalEntry(elf),
    // Before the kernel has a stack of its own, its first functions save registers below r1.
    registers: { r1: treeAt - 64, r3: treeAt, r4: 0, r5: 0, MSR: 0 },
    notes: [`device tree at ${hex(treeAt)}`, ...(initrd ? [`initrd at ${hex(initrdAt)}`] : [])],
  }
}

function treeFor(
  { initrd, commandLine, ramBase, ramBytes }: KernelRequest,
  given: NonNullable<KernelRequest["deviceTree"]>,
  initrdAt: number,
): Uint8Array {
  const tree = given instanceof Uint8Array ? decodeBlob(given) : given
  const chosen: Chosen = {}
  if (commandLine !== undefined) chosen.bootargs = commandLine
  if (initrd) {
    chosen.initrdStart = BigInt(initrdAt)
    chosen.initrdEnd = BigInt(initrdAt + initrd.length)
  }
  const withMemory = setMemory(tree.root, [{ address: BigInt(ramBase), size: BigInt(ramBytes) }])
  return encodeBlob(setChosen(withMemory, chosen), { reserved: tree.reserved ?? [], bootCpu: tree.bootCpu ?? 0 })
}
