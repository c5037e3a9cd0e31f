// Open Firmware of a PowerPC machine, run by the host (IEEE 1275-1994 and its PowerPC Processor Binding).

import type { DeviceTreeNode } from "../device-tree/tree.ts"
import { ImageError } from "../image-error.ts"
import { type CallOutcome, ClientInterface } from "./client/client-interface.ts"
import type { Poll } from "./client/service.ts"
import type { ForthEngine } from "./forth-port.ts"
import { BootLoader } from "./loading/boot-loader.ts"
import type { ClientImage } from "./loading/client-image.ts"
import { type KernelRequest, placeKernel } from "./loading/kernel.ts"
import { ClientMemory } from "./memory/client-memory.ts"
import { MemoryMap } from "./memory/memory-map.ts"
import { attachDrivers } from "./packages/attach.ts"
import type { ConsolePort, DrivePort, FirmwarePorts, ProgramStart } from "./ports.ts"
import type { DeviceNode } from "./tree/device-node.ts"
import { InstanceTable } from "./tree/instance.ts"
import { OpenFirmwareTree } from "./tree/open-firmware-tree.ts"
import { makeForth } from "./user-interface/user-interface.ts"

/** What a firmware is made of. */
export interface OpenFirmwareOptions {
  /** The board's device tree; it has at least /chosen, /memory and a CPU. */
  readonly description: DeviceTreeNode
  readonly ports: FirmwarePorts
  /** Address of the ROM code that passes r3 to `call`. */
  readonly clientEntry: number
  /** Path or alias of the serial port or display that is stdin and stdout. */
  readonly consolePath: string
  /** Makes another Forth engine than the firmware's own, once the rest of the firmware exists. */
  readonly makeForth?: (firmware: OpenFirmware) => ForthEngine
}

/** How the machine goes on after the ROM's hypercall. */
export type FirmwareOutcome =
  /** The hypercall is done: r3 gets the value, and the ROM code returns to its caller. */
  | { readonly kind: "return"; readonly value: number }
  /** A program starts: the CPU gets its registers. */
  | { readonly kind: "start"; readonly program: ProgramStart }
  /** The firmware has more to do: the CPU executes the same hypercall again, at once. */
  | { readonly kind: "again" }
  /** The firmware waits for a key, or for a time in milliseconds; then the CPU executes the same hypercall again. */
  | { readonly kind: "wait"; readonly untilMs: number | undefined }

/** Memory for the firmware's buffers, and above them the stack of a program: the binding asks for 32 KiB at least. */
const OWN_BYTES = 64 * 1024
/** Room above the first frame: a back chain and a place for the link register. */
const FRAME_BYTES = 64
/** MSR of a program in real mode: floating point, machine checks and recoverable exceptions; no interrupts. */
const CLIENT_MSR = 0x3002
/** Words of Forth that one hypercall executes. */
const SLICE_WORDS = 20_000
/** Boot scripts that boot a script, at most. */
const MAX_SCRIPT_DEPTH = 8

/** What the firmware does when a call into Forth ends. */
type AfterForth = (result: { code: number; message: string; results: readonly number[] }) => FirmwareOutcome | undefined

/** A machine's Open Firmware: its device tree, its open packages, the interface for programs, and the prompt. */
export class OpenFirmware {
  readonly tree: OpenFirmwareTree
  readonly instances = new InstanceTable()
  readonly memory: ClientMemory
  readonly map: MemoryMap
  readonly client: ClientInterface
  readonly loader: BootLoader
  readonly ports: FirmwarePorts
  readonly #options: OpenFirmwareOptions
  readonly #chosen: DeviceNode
  /** Where programs find the end of their stack. */
  readonly #stackTop: number
  readonly #forth: ForthEngine
  /** Calls into Forth that have not ended, the innermost last. */
  #calls: AfterForth[] = []
  /** Whether the prompt runs; a client that entered it may go on. */
  #prompt: "off" | "on" | "entered" = "off"
  #isOver = false
  /** Whether the last call was a poll without success, and whether it comes again after a sleep. */
  #polling: "off" | "awake" | "asleep" = "off"

  /** Makes the tree and opens the console; ImageError if the description lacks what the firmware needs. */
  constructor(options: OpenFirmwareOptions) {
    this.#options = options
    this.ports = options.ports
    this.tree = new OpenFirmwareTree(options.description)
    this.memory = new ClientMemory(this.ports.memory)
    const memoryNode = this.#firstOfType("memory")
    const mmuNode = this.#firstOfType("cpu")
    this.map = new MemoryMap(this.memory.size, memoryNode, mmuNode)
    const scratch = this.claimOwn(OWN_BYTES)
    this.#stackTop = scratch + OWN_BYTES - FRAME_BYTES
    const { tree, instances, memory, map, ports } = this
    attachDrivers(tree, { ports, memory, map, memoryNode, mmuNode, scratch })
    this.client = new ClientInterface({ tree, instances, memory, map, ports })
    this.#chosen = this.#require("/chosen")
    this.loader = new BootLoader({ tree, memory, map, chosen: this.#chosen, drives: this.#drives() })
    this.#fillChosen(memoryNode, mmuNode)
    this.#forth = (options.makeForth ?? makeForth)(this)
  }

  /** The serial line of the console. */
  get consolePort(): ConsolePort | undefined {
    return this.ports.consoles[this.#options.consolePath]
  }

  /** Whether a client has entered the prompt and may go on. */
  get isEntered(): boolean {
    return this.#prompt === "entered"
  }

  /** Resets the machine or turns it off; the firmware does nothing more. */
  end(how: "reset" | "powerOff"): void {
    this.#isOver = true
    this.ports[how]()
  }

  /** Claims memory that programs never get; ImageError if there is too little. */
  claimOwn(size: number): number {
    const start = this.map.claimOwn(size)
    if (start === undefined) throw new ImageError("The machine has too little memory for Open Firmware.")
    return start
  }

  /** Places a kernel, its RAM disk and its command line, ready to start; ImageError if it cannot run here. */
  startKernel(request: KernelRequest): ProgramStart {
    const { commandLine = "" } = request
    if (commandLine.includes("\0")) throw new ImageError("The command line contains a NUL character; remove it.")
    const { image, initrdStart, initrdBytes } = placeKernel(request, this.memory, this.map)
    this.#chosen.setText("bootargs", commandLine)
    if (initrdBytes > 0) {
      this.#chosen.setCells("linux,initrd-start", 0, initrdStart)
      this.#chosen.setCells("linux,initrd-end", 0, initrdStart + initrdBytes)
    }
    return this.#imageStart(image, initrdStart, initrdBytes)
  }

  /** Starts the prompt, behind a first command (`boot`) if one is given; the next hypercall runs it. */
  startPrompt(command?: string): void {
    this.#prompt = "on"
    if (command !== undefined) this.#command(command)
  }

  /** Answers the ROM's hypercall with r3. It never throws and does a bounded amount of work. */
  call(r3: number): FirmwareOutcome {
    if (this.#prompt !== "off" || this.#calls.length > 0) return this.#runForth()
    const outcome = this.client.call(r3)
    return this.#isToSleep(outcome.poll) ? { kind: "wait", untilMs: this.#nextMs() } : this.#serve(outcome)
  }

  /**
   * A client that polls for a key or for the time, and does nothing else, sleeps for a moment: an idle guest costs the
   * host nothing. The same call is served when the moment is over.
   */
  #isToSleep(poll: Poll | undefined): boolean {
    const isToSleep = poll !== undefined && this.#polling === "awake"
    this.#polling = poll === undefined ? "off" : isToSleep ? "asleep" : "awake"
    return isToSleep
  }

  #nextMs(): number {
    return Math.floor(this.ports.milliseconds()) + 1
  }

  #serve(outcome: CallOutcome): FirmwareOutcome {
    const { request } = outcome
    const done: FirmwareOutcome = { kind: "return", value: outcome.value }
    switch (request?.kind) {
      case undefined:
        return done
      case "chain":
        return { kind: "start", program: this.#programStart(request.entry, { 6: request.args, 7: request.length }) }
      case "interpret":
        this.#evaluate(request.text, request.stack, ({ code, results }) => {
          // The top of the stack is the first result behind that of the catch.
          outcome.finish([code, ...results.toReversed()])
          return done
        })
        break
      case "prompt":
        this.#prompt = request.ended ? "on" : "entered"
        this.#forth.resume()
        break
      case "boot":
        this.startPrompt(`boot ${request.parameters}`)
        break
    }
    return this.#runForth()
  }

  #evaluate(text: string, args: readonly number[], after: AfterForth): void {
    this.#calls.push(after)
    this.#forth.begin(text, args)
  }

  #runForth(): FirmwareOutcome {
    if (this.#isOver) return { kind: "wait", untilMs: undefined }
    const { status, untilMs } = this.#forth.run(SLICE_WORDS)
    switch (status) {
      case "running":
        return { kind: "again" }
      case "waiting":
        return { kind: "wait", untilMs }
      case "client":
        return this.#startReady()
      case "done": {
        const result = this.#forth.takeResult()
        return this.#calls.pop()?.(result) ?? { kind: "again" }
      }
    }
  }

  /** Forth's `go`: starts the program that is ready, evaluates a boot script, or lets the client go on. */
  #startReady(): FirmwareOutcome {
    const ready = this.loader.take()
    if (ready?.kind === "program") {
      this.#prompt = "off"
      this.#calls = []
      return { kind: "start", program: this.#imageStart(ready.image, 0, 0) }
    }
    if (!ready && this.#prompt === "entered") {
      this.#prompt = "off"
      return { kind: "return", value: 0 }
    }
    this.#forth.resume()
    if (ready && this.#calls.length < MAX_SCRIPT_DEPTH) {
      this.#command(ready.text)
    }
    return { kind: "again" }
  }

  /** Evaluates a command of the firmware's own; the user reads why it failed. */
  #command(text: string): void {
    this.#evaluate(text, [], ({ code, message }) => {
      if (code !== 0) this.#say(message)
      return undefined
    })
  }

  #say(line: string): void {
    this.consolePort?.write(new TextEncoder().encode(`${line}\r\n`))
  }

  #imageStart({ entry, toc = 0 }: ClientImage, initrdStart: number, initrdBytes: number): ProgramStart {
    return this.#programStart(entry, { 2: toc, 3: initrdStart, 4: initrdBytes })
  }

  /** r3 and r4 describe a RAM disk, r5 is the client interface, r6 and r7 are arguments that a program passes on. */
  #programStart(entry: number, registers: Readonly<Record<number, number>>): ProgramStart {
    this.memory.clear(this.#stackTop, FRAME_BYTES)
    return { entry, registers: { 1: this.#stackTop, ...registers, 5: this.#options.clientEntry }, msr: CLIENT_MSR }
  }

  #fillChosen(memoryNode: DeviceNode, mmuNode: DeviceNode): void {
    const consoleNode = this.#require(this.#options.consolePath)
    this.#choose("stdin", consoleNode)
    this.#choose("stdout", consoleNode)
    this.#choose("memory", memoryNode)
    this.#choose("mmu", mmuNode)
    for (const name of ["nvram", "rtc"]) {
      const node = this.tree.find(name)
      if (node) this.#choose(name, node)
    }
    this.#chosen.setText("bootargs", "")
  }

  /** Opens a node and puts its ihandle into a property of /chosen. */
  #choose(property: string, node: DeviceNode): void {
    const instance = this.instances.openChain(node)
    if (!instance) throw new ImageError(`Open Firmware cannot open ${node.path} for /chosen.`)
    this.#chosen.setCells(property, instance.ihandle)
  }

  #drives(): ReadonlyMap<DeviceNode, DrivePort> {
    return new Map(Object.entries(this.ports.drives).map(([path, drive]) => [this.#require(path), drive] as const))
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
