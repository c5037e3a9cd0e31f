// What a client-interface service works with (IEEE 1275-1994, section 6.3.1).

import type { ClientMemory } from "../memory/client-memory.ts"
import type { MemoryMap } from "../memory/memory-map.ts"
import type { FirmwarePorts } from "../ports.ts"
import type { InstanceTable } from "../tree/instance.ts"
import type { OpenFirmwareTree } from "../tree/open-firmware-tree.ts"

/** The parts of the firmware that services use. */
export interface ServiceContext {
  readonly tree: OpenFirmwareTree
  readonly instances: InstanceTable
  readonly memory: ClientMemory
  readonly map: MemoryMap
  readonly ports: FirmwarePorts
}

/** What a call asks for beyond its results. */
export type ServiceRequest =
  /** Start of a program at an address, with arguments for it. */
  | { readonly kind: "chain"; readonly entry: number; readonly args: number; readonly length: number }
  /** Evaluation of Forth; the result of the catch and the stack become the results. */
  | { readonly kind: "interpret"; readonly text: string; readonly stack: readonly number[] }
  /** The prompt. A client that has not ended may go on later. */
  | { readonly kind: "prompt"; readonly ended: boolean }
  /** The end of the client, and the command `boot` with parameters. */
  | { readonly kind: "boot"; readonly parameters: string }

/** One call: its arguments, and its results as far as the service sets them. */
export interface ServiceCall {
  readonly args: readonly number[]
  /** The number of result cells that the client has room for. */
  readonly resultCount: number
  readonly results: number[]
  /** What the client will ask for again if it has nothing else to do: a key, or a later time. */
  poll?: Poll
}

/** What a client polls for. */
export type Poll = "key" | "time"

/** A service with the number of arguments that it needs at least. */
export interface Service {
  readonly args: number
  run(context: ServiceContext, call: ServiceCall): ServiceRequest | undefined
}

/** The result that says "none" or "failed". */
export const FAILED = 0xffff_ffff

/** A service whose only result is what the function returns. */
export function oneResult(args: number, run: (context: ServiceContext, ...args: number[]) => number): Service {
  return {
    args,
    run(context, call) {
      call.results.push(run(context, ...call.args.slice(0, args)) >>> 0)
      return undefined
    },
  }
}
