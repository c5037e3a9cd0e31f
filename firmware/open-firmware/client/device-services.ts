// Client services for devices and memory (IEEE 1275-1994, sections 6.3.2.3 and 6.3.2.4).

import { WildPointer } from "../memory/client-memory.ts"
import { NOTHING_YET } from "../packages/serial.ts"
import { callMethod, type Instance, methodNames } from "../tree/instance.ts"
import { MethodError, THROW } from "../tree/method-error.ts"
import { MethodStack } from "../tree/method-stack.ts"
import { FAILED, oneResult, type Service, type ServiceCall, type ServiceContext } from "./service.ts"

/** The services by name. */
export const deviceServices: Readonly<Record<string, Service>> = {
  open: oneResult(1, ({ tree, instances, memory }, path) => {
    const found = tree.resolve(memory.text(path!))
    // A device that does not open has the ihandle 0.
    return found ? (instances.openChain(found.node, found.argsOf)?.ihandle ?? 0) : 0
  }),
  close: {
    args: 1,
    run({ instances }, { args }) {
      const instance = instances.find(args[0]!)
      if (instance) instances.closeChain(instance)
      return undefined
    },
  },
  read: {
    args: 3,
    run(context, call) {
      const [ihandle, address, length] = call.args
      const result = transfer(context, "read", ihandle!, [address!, length!])
      if ((result | 0) === NOTHING_YET) call.poll = "key"
      call.results.push(result)
      return undefined
    },
  },
  write: oneResult(3, (context, ihandle, address, length) => transfer(context, "write", ihandle!, [address!, length!])),
  // The method takes the high half of the position on top.
  seek: oneResult(3, (context, ihandle, high, low) => transfer(context, "seek", ihandle!, [low!, high!])),
  "call-method": { args: 2, run: callMethodService },
  "test-method": oneResult(2, ({ tree, memory }, phandle, name) => {
    const node = tree.byPhandle(phandle!)
    return node && methodNames(node).includes(memory.text(name!)) ? 0 : FAILED
  }),
  claim: oneResult(3, ({ map }, address, size, alignment) => map.claim(address!, size!, alignment!) ?? FAILED),
  release: {
    args: 2,
    run({ map }, { args }) {
      map.release(args[0]!, args[1]!)
      return undefined
    },
  },
}

/** Calls a method whose only result is a number; -1 if there is no such instance or method. */
function transfer({ instances }: ServiceContext, method: string, ihandle: number, params: readonly number[]): number {
  const stack = new MethodStack(params)
  return runMethod(instances.find(ihandle), method, stack) === 0 ? (stack.cells.at(-1) ?? FAILED) : FAILED
}

/** The first argument is the top of the method's stack, and so is the result behind that of the catch. */
function callMethodService({ instances, memory }: ServiceContext, call: ServiceCall): undefined {
  const stack = new MethodStack(call.args.slice(2).reverse())
  call.results.push(runMethod(instances.find(call.args[1]!), memory.text(call.args[0]!), stack))
  call.results.push(...stack.cells.toReversed())
}

function runMethod(instance: Instance | undefined, name: string, stack: MethodStack): number {
  if (!instance) return THROW.BAD_ARGUMENT
  try {
    callMethod(instance, name, stack)
    return 0
  } catch (error) {
    if (error instanceof MethodError) return error.code
    if (error instanceof WildPointer) return THROW.MEMORY_FAULT
    throw error
  }
}
