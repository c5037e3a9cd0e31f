// Open Firmware of a PowerPC machine, run by the host (IEEE 1275-1994 and its PowerPC Processor Binding).

import type { DeviceTreeNode } from "../device-tree/tree.ts"
import { ImageError } from "../image-error.ts"
import { ClientInterface } from "./client/client-interface.ts"
import type { ClientOutcome } from "./client/service.ts"
import { type KernelRequest, placeKernel } from "./loading/kernel.ts"
import { ClientMemory } from "./memory/client-memory.ts"
import { MemoryMap } from "./memory/memory-map.ts"
import { attachDrivers } from "./packages/attach.ts"
import type { FirmwarePorts, ProgramStart } from "./ports.ts"
import type { DeviceNode } from "./tree/device-node.ts"
import { type Instance, InstanceTable } from "./tree/instance.ts"
import { OpenFirmwareTree } from "./tree/open-firmware-tree.ts"

/** What a firmware is made of. */
export interface OpenFirmwareOptions {
  /** The board's device tree; it has at least /chosen, /memory and a CPU. */
  readonly description: DeviceTreeNode
  readonly ports: FirmwarePorts
  /** Address of the ROM code that passes r3 to `clientCall` and returns its value in r3. */
  readonly clientEntry: number
  /** Path or alias of the serial port or display that is stdin and stdout. */
  readonly consolePath: string
}

/** Bytes of the stack that a program starts with; the binding asks for 32 KiB at least. */
const STACK_BYTES = 64 * 1024
/** Room above the first frame: a back chain and a place for the link register. */
const FRAME_BYTES = 64
/** MSR of a program in real mode: floating point, machine checks and recoverable exceptions; no interrupts. */
const CLIENT_MSR = 0x3002

/** A machine's Open Firmware: its device tree, its open packages, and the interface for programs. */
export class OpenFirmware {
  readonly tree: OpenFirmwareTree
  readonly instances = new InstanceTable()
  readonly memory: ClientMemory
  readonly map: MemoryMap
  readonly client: ClientInterface
  readonly #options: OpenFirmwareOptions
  readonly #chosen: DeviceNode
  readonly #stackStart: number

  /** Makes the tree and opens the console; ImageError if the description lacks what the firmware needs. */
  constructor(options: OpenFirmwareOptions) {
    this.#options = options
    const { ports } = options
    this.tree = new OpenFirmwareTree(options.description)
    this.memory = new ClientMemory(ports.memory)
    const memoryNode = this.#firstOfType("memory")
    const mmuNode = this.#firstOfType("cpu")
    this.map = new MemoryMap(ports.memory.size, memoryNode, mmuNode)
    const stackStart = this.map.claim(0, STACK_BYTES, STACK_BYTES)
    if (stackStart === undefined) throw new ImageError("The machine has too little memory for Open Firmware.")
    this.#stackStart = stackStart
    attachDrivers(this.tree, { ports, memory: this.memory, map: this.map, memoryNode, mmuNode })
    this.client = new ClientInterface(
      {
        tree: this.tree,
        instances: this.instances,
        memory: this.memory,
        map: this.map,
        ports,
        forth: undefined,
        boot: () => undefined,
      },
      (entry, args, length) => this.#programStart(entry, 0, 0, args, length),
    )
    this.#chosen = this.#require("/chosen")
    this.#choose("memory", memoryNode)
    this.#choose("mmu", mmuNode)
    const consoleNode = this.#require(options.consolePath)
    this.#choose("stdin", consoleNode)
    this.#choose("stdout", consoleNode)
    for (const name of ["nvram", "rtc"]) {
      const node = this.tree.find(name)
      if (node) this.#choose(name, node)
    }
  }

  /** Performs a client's call; its arguments are at this address. It never throws, whatever the client passes. */
  clientCall(address: number): ClientOutcome {
    return this.client.call(address)
  }

  /** Places a kernel, its RAM disk and its command line, ready to start; ImageError if it cannot run here. */
  startKernel(request: KernelRequest): ProgramStart {
    const { commandLine = "" } = request
    if (commandLine.includes("\0")) throw new ImageError("The command line contains a NUL character; remove it.")
    const { entry, initrdStart, initrdBytes } = placeKernel(request, this.memory, this.map, this.#stackStart)
    this.#chosen.setText("bootargs", commandLine)
    if (initrdBytes > 0) {
      this.#chosen.setCells("linux,initrd-start", 0, initrdStart)
      this.#chosen.setCells("linux,initrd-end", 0, initrdStart + initrdBytes)
    }
    return this.#programStart(entry, initrdStart, initrdBytes, 0, 0)
  }

  /** r3 and r4 describe a RAM disk, r5 is the client interface, r6 and r7 are arguments that a program passes on. */
  #programStart(entry: number, r3: number, r4: number, r6: number, r7: number): ProgramStart {
    const stack = this.#stackStart + STACK_BYTES - FRAME_BYTES
    this.memory.clear(stack, FRAME_BYTES)
    return {
      entry,
      registers: { 1: stack, 3: r3, 4: r4, 5: this.#options.clientEntry, 6: r6, 7: r7 },
      msr: CLIENT_MSR,
    }
  }

  /** Opens a node and puts its ihandle into a property of /chosen. */
  #choose(property: string, node: DeviceNode): Instance {
    const instance = this.instances.openChain(node)
    if (!instance) throw new ImageError(`Open Firmware cannot open ${node.path} for /chosen.`)
    this.#chosen.setCells(property, instance.ihandle)
    return instance
  }

  #require(path: string): DeviceNode {
    const node = this.tree.find(path)
    if (!node) throw new ImageError(`The device tree has no node ${path}, which Open Firmware needs.`)
    return node
  }

  #firstOfType(type: string): DeviceNode {
    const node = this.tree.nodes().find((one) => one.text("device_type") === type)
    if (!node) throw new ImageError(`The device tree has no node of type ${type}, which Open Firmware needs.`)
    return node
  }
}
