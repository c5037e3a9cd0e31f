// What a client-interface service works with (IEEE 1275-1994, section 6.3.1).

import type { ClientMemory } from "../memory/client-memory.ts"
import type { MemoryMap } from "../memory/memory-map.ts"
import type { FirmwarePorts, ForthEngine, ProgramStart } from "../ports.ts"
import type { InstanceTable } from "../tree/instance.ts"
import type { OpenFirmwareTree } from "../tree/open-firmware-tree.ts"

/** How the machine goes on after a call. */
export type ClientOutcome =
  /** The call returns to its caller with this value in r3. */
  | { readonly kind: "return"; readonly value: number }
  /** Another program starts. */
  | { readonly kind: "start"; readonly program: ProgramStart }
  /** The client is done, or asks for the user interface: the firmware's prompt. */
  | { readonly kind: "prompt"; readonly ended: boolean }

/** The parts of the firmware that services use. */
export interface ServiceContext {
  readonly tree: OpenFirmwareTree
  readonly instances: InstanceTable
  readonly memory: ClientMemory
  readonly map: MemoryMap
  readonly ports: FirmwarePorts
  readonly forth: ForthEngine | undefined
  /** Loads and starts what a boot specifier names; undefined if that fails. */
  boot(specifier: string): ProgramStart | undefined
}

/** One call: its arguments, and its results as far as the service sets them. */
export interface ServiceCall {
  readonly args: readonly number[]
  /** The number of result cells that the client has room for. */
  readonly resultCount: number
  readonly results: number[]
}

/** Performs a call; it may say that the call does not return. */
export type ServiceHandler = (context: ServiceContext, call: ServiceCall) => ClientOutcome | undefined

/** A service with the number of arguments that it needs at least. */
export interface Service {
  readonly args: number
  readonly run: ServiceHandler
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
