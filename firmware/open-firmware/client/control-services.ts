// Client services for control transfer, the user interface and time (IEEE 1275-1994, sections 6.3.2.1, 6.3.2.5 to 7).

import type { ProgramStart } from "../ports.ts"
import { FAILED, oneResult, type Service, type ServiceCall, type ServiceContext } from "./service.ts"

/** State of the services for one client. */
export interface ControlState {
  /** Address of the client's callback; 0 without one. */
  callback: number
  /** Address of the client's functions from symbol to value and from value to symbol. */
  symbolLookup: [number, number]
  /** Whether the client has ended all use of devices by the firmware. */
  quiet: boolean
}

/** The services by name. `start` makes a program ready to run with arguments for it. */
export function controlServices(
  state: ControlState,
  start: (entry: number, args: number, length: number) => ProgramStart,
): Readonly<Record<string, Service>> {
  return {
    boot: {
      args: 1,
      run(context, { args }) {
        const program = context.boot(context.memory.text(args[0]!))
        return program ? { kind: "start", program } : { kind: "prompt", ended: true }
      },
    },
    enter: { args: 0, run: () => ({ kind: "prompt", ended: false }) },
    exit: { args: 0, run: () => ({ kind: "prompt", ended: true }) },
    chain: {
      args: 5,
      run({ map }, { args }) {
        const [address, size, entry, programArgs, length] = args
        map.release(address!, size!)
        return { kind: "start", program: start(entry!, programArgs!, length!) }
      },
    },
    interpret: { args: 1, run: interpret },
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
    milliseconds: oneResult(0, ({ ports }) => Math.floor(ports.milliseconds())),
    // Apple's addition: the kernel takes over, and the firmware lets go of all devices.
    quiesce: {
      args: 0,
      run() {
        state.quiet = true
        return undefined
      },
    },
  }
}

/** Like `call-method`: the first argument is the top of the stack, and so is the result behind that of the catch. */
function interpret({ forth, memory }: ServiceContext, call: ServiceCall): undefined {
  const text = memory.text(call.args[0]!)
  const stack = call.args.slice(1).reverse()
  call.results.push(forth ? forth.interpret(text, stack) >>> 0 : FAILED)
  while (call.results.length < call.resultCount) call.results.push((stack.pop() ?? 0) >>> 0)
}
