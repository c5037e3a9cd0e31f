// Client services for control transfer, the user interface and time (IEEE 1275-1994, sections 6.3.2.1, 6.3.2.5 to 7).

import { oneResult, type Service } from "./service.ts"

/** What clients leave with the firmware. */
export interface ControlState {
  /** Address of the client's callback; 0 without one. */
  callback: number
  /** Address of the client's functions from symbol to value and from value to symbol. */
  symbolLookup: [number, number]
  /** Whether a client has ended all use of devices by the firmware. */
  isQuiet: boolean
  /** The time that a client was told last, in milliseconds. */
  lastTime: number
}

/** The services by name. */
export function controlServices(state: ControlState): Readonly<Record<string, Service>> {
  return {
    boot: { args: 1, run: ({ memory }, { args }) => ({ kind: "boot", parameters: memory.text(args[0]!) }) },
    enter: { args: 0, run: () => ({ kind: "prompt", ended: false }) },
    exit: { args: 0, run: () => ({ kind: "prompt", ended: true }) },
    chain: {
      args: 5,
      run({ map }, { args: [address, size, entry, args, length] }) {
        map.release(address!, size!)
        return { kind: "chain", entry: entry!, args: args!, length: length! }
      },
    },
    // The first argument behind the text is the top of the stack.
    interpret: {
      args: 1,
      run({ memory }, { args }) {
        return { kind: "interpret", text: memory.text(args[0]!), stack: args.slice(1).reverse() }
      },
    },
    "set-callback": oneResult(1, (_, address) => {
      const before = state.callback
      state.callback = address!
      return before
    }),
    "set-symbol-lookup": {
      args: 2,
      run(_, { args }) {
        state.symbolLookup = [args[0]!, args[1]!]
        return undefined
      },
    },
    milliseconds: {
      args: 0,
      run({ ports }, call) {
        const now = Math.floor(ports.milliseconds())
        if (now === state.lastTime) call.poll = "time"
        state.lastTime = now
        call.results.push(now)
        return undefined
      },
    },
    // Apple's addition: the kernel takes over, and the firmware lets go of all devices.
    quiesce: {
      args: 0,
      run() {
        state.isQuiet = true
        return undefined
      },
    },
  }
}
