// A board without a CPU: memory, a console and drives for the firmware, and a client's side of calls.

import {
  type DrivePort,
  type FirmwareOutcome,
  type FirmwarePorts,
  type MacDescription,
  macTree,
  OpenFirmware,
} from "../../../firmware/open-firmware/index.ts"

/** Where the ROM code would be that calls the firmware. */
export const CLIENT_ENTRY = 0xfff0_0000

export interface FakeBoard {
  firmware: OpenFirmware
  ram: Uint8Array
  /** What was written to the console. */
  output(): string
  /** Puts bytes into the console's input. */
  type(text: string): void
  events: string[]
  /** Answers hypercalls until the firmware neither works nor waits. */
  call(r3: number): FirmwareOutcome
}

export interface FakeBoardOptions {
  ramBytes?: number
  drives?: Record<string, DrivePort>
  ports?: Partial<FirmwarePorts>
}

const encoder = new TextEncoder()

/** The firmware of a Macintosh with memory of its own. */
export function fakeBoard(mac: MacDescription, options: FakeBoardOptions = {}): FakeBoard {
  const ram = new Uint8Array(options.ramBytes ?? mac.memoryBytes)
  const events: string[] = []
  let output = ""
  let input: number[] = []
  const firmware = new OpenFirmware({
    description: macTree({ ...mac, memoryBytes: ram.length }),
    clientEntry: CLIENT_ENTRY,
    consolePath: "scca",
    ports: {
      memory: {
        size: ram.length,
        read: (address, length) => ram.slice(address, address + length),
        write: (address, bytes) => ram.set(bytes, address),
        clear: (address, length) => {
          ram.fill(0, address, address + length)
        },
        load: (address, bytes) => {
          const view = new DataView(ram.buffer)
          return bytes === 1 ? ram[address]! : bytes === 2 ? view.getUint16(address) : view.getUint32(address)
        },
        store: (address, bytes, value) => {
          const view = new DataView(ram.buffer)
          if (bytes === 1) ram[address] = value
          else if (bytes === 2) view.setUint16(address, value)
          else view.setUint32(address, value)
        },
      },
      milliseconds: () => 1234.5,
      powerOff: () => events.push("power off"),
      reset: () => events.push("reset"),
      consoles: {
        scca: {
          write: (bytes) => {
            output += String.fromCharCode(...bytes)
          },
          read: (limit) => Uint8Array.from(input.splice(0, limit)),
        },
      },
      drives: options.drives ?? {},
      ...options.ports,
    },
  })
  return {
    firmware,
    ram,
    output: () => output,
    type: (text) => {
      input = [...input, ...encoder.encode(text)]
    },
    events,
    call(r3) {
      for (let i = 0; i < 1000; i++) {
        const outcome = firmware.call(r3)
        if (outcome.kind === "return" || outcome.kind === "start") return outcome
      }
      throw new Error("The firmware does not come to an end.")
    },
  }
}

/** The client's side of the client interface: arguments and strings in its own memory. */
export class FakeClient {
  readonly board: FakeBoard
  readonly #base: number
  #next: number

  /** The client's memory for arguments and strings starts at `base`. */
  constructor(board: FakeBoard, base = 0x10_0000) {
    this.board = board
    this.#base = base
    this.#next = base
  }

  /** Calls a service; strings become addresses. Returns r3 and the result cells, as signed numbers. */
  call(service: string, resultCount: number, ...args: (number | string)[]): { r3: number; results: number[] } {
    this.#next = this.#base + 0x400
    const cells = [this.#text(service), args.length, resultCount]
    for (const arg of args) cells.push(typeof arg === "string" ? this.#text(arg) : arg)
    const view = new DataView(this.board.ram.buffer)
    ;[...cells, ...Array<number>(resultCount).fill(0)].forEach((cell, i) => {
      view.setUint32(this.#base + i * 4, cell)
    })
    const outcome = this.board.call(this.#base)
    if (outcome.kind !== "return") throw new Error(`${service} does not return: ${outcome.kind}`)
    const results = Array.from({ length: resultCount }, (_, i) => view.getInt32(this.#base + (cells.length + i) * 4))
    return { r3: outcome.value | 0, results }
  }

  /** Calls a service as Linux does: -1 if the interface refuses it, else its first result. */
  prom(service: string, resultCount: number, ...args: (number | string)[]): number {
    const { r3, results } = this.call(service, resultCount, ...args)
    return r3 < 0 ? -1 : (results[0] ?? 0)
  }

  bytes(address: number, length: number): Uint8Array {
    return this.board.ram.slice(address, address + length)
  }

  u32(address: number): number {
    return new DataView(this.board.ram.buffer).getUint32(address)
  }

  text(address: number): string {
    const end = this.board.ram.indexOf(0, address)
    return String.fromCharCode(...this.board.ram.subarray(address, end))
  }

  #text(text: string): number {
    const at = this.#next
    this.board.ram.set(encoder.encode(`${text}\0`), at)
    this.#next = at + text.length + 1
    return at
  }
}
