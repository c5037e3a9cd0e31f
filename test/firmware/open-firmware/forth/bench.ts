// A Forth engine over plain memory, with a console that tests type into and read from.

import {
  type CallResult,
  Forth,
  type ForthOptions,
  type ForthTree,
  type SystemPort,
} from "../../../../firmware/open-firmware/forth/index.ts"

/** Guest memory of the bench starts at 0; the engine's data space at DATA. */
export const RAM_BYTES = 0x20_0000
export const DATA = 0x10_0000

const NO_TREE: ForthTree = {
  root: 1,
  has: (node) => node === 1,
  parent: () => 0,
  children: () => [],
  name: () => "/",
  find: (path) => (path === "/" ? { node: 1, argsOf: () => "" } : undefined),
  propertyNames: () => [],
  property: () => undefined,
  setProperty: () => false,
  deleteProperty: () => undefined,
  addNode: () => 0,
  instance: () => undefined,
  instantiate: () => 0,
  dispose: () => undefined,
  setArgs: () => undefined,
  methods: () => [],
  call: () => undefined,
}

/** An engine, its memory and its terminal. */
export class ForthBench {
  readonly ram = new DataView(new ArrayBuffer(RAM_BYTES))
  readonly forth: Forth
  readonly variables = new Map<string, string>()
  /** What the console showed. */
  output = ""
  #keys: number[] = []
  milliseconds = 0

  constructor({ tree = NO_TREE, system = {} }: { tree?: ForthTree; system?: Partial<SystemPort> } = {}) {
    const { ram, variables } = this
    const options: ForthOptions = {
      memory: {
        read(address, bytes) {
          if (address + bytes > RAM_BYTES) return undefined
          return bytes === 1 ? ram.getUint8(address) : bytes === 2 ? ram.getUint16(address) : ram.getUint32(address)
        },
        write(address, bytes, value) {
          if (address + bytes > RAM_BYTES) return false
          if (bytes === 1) ram.setUint8(address, value)
          else if (bytes === 2) ram.setUint16(address, value)
          else ram.setUint32(address, value)
          return true
        },
      },
      console: {
        write: (text) => {
          this.output += text
        },
        read: () => this.#keys.shift(),
      },
      system: { milliseconds: () => this.milliseconds, ...system },
      tree,
      variables: {
        get: (name) => variables.get(name),
        set: (name, value) => {
          if (value === undefined) variables.delete(name)
          else variables.set(name, value)
          return true
        },
      },
      base: DATA,
      size: RAM_BYTES - DATA,
    }
    this.forth = new Forth(options)
    this.settle()
  }

  /** Types keys without running the engine. */
  press(text: string): void {
    this.#keys.push(...[...text].map((char) => char.charCodeAt(0)))
  }

  /** Runs until the engine waits or `steps` words were executed; what was shown meanwhile. */
  settle(steps = 2_000_000): string {
    const before = this.output.length
    for (let left = steps; left > 0; ) {
      const { steps: done, status } = this.forth.run(Math.min(left, 10_000))
      left -= Math.max(1, done)
      if (status !== "running") break
    }
    return this.output.slice(before)
  }

  /** Types a line and Return; what it printed, without the echo and the next prompt. */
  type(line: string, steps?: number): string {
    this.press(`${line}\r`)
    const shown = this.settle(steps)
    const start = shown.indexOf("\n") + 1
    return shown
      .slice(start)
      .replace(/(?:ok|\]) $/, "")
      .replaceAll("\r\n", "\n")
      .replace(/\n$/, "")
  }

  /** Calls from outside, until the call ends or waits; a call that does not end is interrupted. */
  evaluate(text: string, args: readonly number[] = []): CallResult {
    this.forth.begin(text, args)
    for (let slices = 0; slices < 100; slices++) {
      const { status } = this.forth.run(10_000)
      if (status === "done") return this.forth.takeResult()
      if (status === "waiting") this.forth.interrupt()
    }
    throw new Error("The call does not end.")
  }

  /** Types several lines; what the last one printed. */
  lines(...lines: readonly string[]): string {
    return lines.map((line) => this.type(line)).at(-1) ?? ""
  }
}
