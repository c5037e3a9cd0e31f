// The client interface (IEEE 1275-1994, chapter 6): how a running program calls the firmware.

import { type ClientMemory, WildPointer } from "../memory/client-memory.ts"
import type { ProgramStart } from "../ports.ts"
import { type ControlState, controlServices } from "./control-services.ts"
import { deviceServices } from "./device-services.ts"
import { type ClientOutcome, FAILED, oneResult, type Service, type ServiceContext } from "./service.ts"
import { treeServices } from "./tree-services.ts"

const CELL = 4
const HEADER_BYTES = 3 * CELL
/** Arguments and results of a call together, at most. */
const MAX_CELLS = 64

const SUCCESS: ClientOutcome = { kind: "return", value: 0 }
const FAILURE: ClientOutcome = { kind: "return", value: FAILED }

/** Serves the calls of a client program. */
export class ClientInterface {
  readonly state: ControlState = { callback: 0, symbolLookup: [0, 0], quiet: false }
  readonly #context: ServiceContext
  readonly #services: ReadonlyMap<string, Service>

  /** `start` makes a program ready to run with arguments for it. */
  constructor(context: ServiceContext, start: (entry: number, args: number, length: number) => ProgramStart) {
    this.#context = context
    const services = new Map<string, Service>()
    for (const group of [treeServices, deviceServices, controlServices(this.state, start)]) {
      for (const [name, service] of Object.entries(group)) services.set(name, service)
    }
    services.set(
      "test",
      oneResult(1, ({ memory }, name) => (services.has(memory.text(name!)) ? 0 : FAILED)),
    )
    this.#services = services
  }

  /** The names of the services, in no order that matters. */
  get names(): readonly string[] {
    return [...this.#services.keys()]
  }

  /**
   * Performs the call whose argument array is at an address: service name, number of arguments, number of results, then
   * the arguments and room for the results. The value for r3 is 0, or -1 for an unknown service or a wild pointer.
   */
  call(arrayAddress: number): ClientOutcome {
    const { memory } = this.#context
    const address = arrayAddress >>> 0
    try {
      const service = this.#services.get(memory.text(memory.u32(address)))
      const argCount = memory.u32(address + CELL)
      const resultCount = memory.u32(address + 2 * CELL)
      if (!service || argCount < service.args || argCount + resultCount > MAX_CELLS) return FAILURE
      const args = readCells(memory, address + HEADER_BYTES, argCount)
      const resultsAt = address + HEADER_BYTES + argCount * CELL
      // The results must have room before the service changes anything.
      readCells(memory, resultsAt, resultCount)
      const results: number[] = []
      const outcome = service.run(this.#context, { args, resultCount, results })
      for (let i = 0; i < resultCount; i++) {
        // A result that the service does not have is 0.
        const value = results[i] ?? 0
        memory.setU32(resultsAt + i * CELL, value)
      }
      return outcome ?? SUCCESS
    } catch (error) {
      if (error instanceof WildPointer) return FAILURE
      throw error
    }
  }
}

function readCells(memory: ClientMemory, address: number, count: number): number[] {
  const bytes = memory.bytes(address, count * CELL)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, i) => view.getUint32(i * CELL))
}
