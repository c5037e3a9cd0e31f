// The client interface (IEEE 1275-1994, chapter 6): how a running program calls the firmware.

import { WildPointer } from "../memory/client-memory.ts"
import { type ControlState, controlServices } from "./control-services.ts"
import { deviceServices } from "./device-services.ts"
import {
  FAILED,
  oneResult,
  type Poll,
  type Service,
  type ServiceCall,
  type ServiceContext,
  type ServiceRequest,
} from "./service.ts"
import { treeServices } from "./tree-services.ts"

const CELL = 4
const HEADER_CELLS = 3
/** Arguments and results of a call together, at most. */
const MAX_CELLS = 16

/** What a call did: its value for r3, and perhaps a request that comes before its return. */
export interface CallOutcome {
  readonly value: number
  readonly request: ServiceRequest | undefined
  /** What the client polls for, if the call had nothing new for it. */
  readonly poll?: Poll | undefined
  /** Stores results that become known later. */
  finish(results: readonly number[]): void
}

const FAILURE: CallOutcome = { value: FAILED, request: undefined, finish() {} }

/** Serves the calls of client programs. */
export class ClientInterface {
  readonly state: ControlState = { callback: 0, symbolLookup: [0, 0], isQuiet: false, lastTime: -1 }
  readonly #context: ServiceContext
  readonly #services: ReadonlyMap<string, Service>

  constructor(context: ServiceContext) {
    this.#context = context
    const services = new Map<string, Service>()
    for (const group of [treeServices, deviceServices, controlServices(this.state)]) {
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
   * the arguments and room for the results. The value is 0, or -1 for an unknown service or a wild pointer.
   */
  call(arrayAddress: number): CallOutcome {
    const { memory } = this.#context
    const address = arrayAddress >>> 0
    try {
      const [name, argCount, resultCount, ...cells] = memory.cells(address, HEADER_CELLS + MAX_CELLS)
      if (name === undefined || argCount === undefined || resultCount === undefined) return FAILURE
      const service = this.#services.get(memory.text(name))
      // The results must have room before the service changes anything.
      if (!service || argCount < service.args || argCount + resultCount > cells.length) return FAILURE
      const args = cells.slice(0, argCount)
      const resultsAt = address + (HEADER_CELLS + argCount) * CELL
      const finish = (results: readonly number[]): void => {
        // A result that the service does not have is 0.
        for (let i = 0; i < resultCount; i++) memory.setU32(resultsAt + i * CELL, results[i] ?? 0)
      }
      const call: ServiceCall = { args, resultCount, results: [] }
      const request = service.run(this.#context, call)
      if (!request) finish(call.results)
      return { value: 0, request, finish, poll: call.poll }
    } catch (error) {
      if (error instanceof WildPointer) return FAILURE
      throw error
    }
  }
}
