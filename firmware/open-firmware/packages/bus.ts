// Buses as packages: unit addresses, mapping of registers, DMA memory, PCI configuration (IEEE 1275-1994, section 3.6).

import type { ClientMemory } from "../memory/client-memory.ts"
import { type MemoryMap, MODE_DEVICE } from "../memory/memory-map.ts"
import type { BusPort } from "../ports.ts"
import { cpuAddress } from "../tree/bus-address.ts"
import type { DeviceNode } from "../tree/device-node.ts"
import type { Driver, Method } from "../tree/instance.ts"
import { MethodError, THROW } from "../tree/method-error.ts"
import type { ParameterStack } from "../tree/method-stack.ts"
import { addressCells, decodeUnit, encodeUnit, isPci } from "../tree/unit-address.ts"

/** What a bus works with. `scratch` is memory of the firmware, for texts that methods return. */
export interface BusContext {
  readonly memory: ClientMemory
  readonly map: MemoryMap
  readonly bus: BusPort | undefined
  readonly scratch: number
}

const PAGE = 4096
/** Characters of a unit address, at most. */
const MAX_UNIT = 64

/** A node with units below it. */
export function busDriver(node: DeviceNode, context: BusContext): Driver {
  return () => ({
    ...unitMethods(node, context),
    ...mappingMethods(node, context),
    ...(isPci(node) && context.bus ? configurationMethods(context.bus) : {}),
  })
}

function unitMethods(node: DeviceNode, { memory, scratch }: BusContext): Record<string, Method> {
  return {
    /** ( addr len -- phys.lo ... phys.hi ) */
    "decode-unit"(stack) {
      const length = Math.min(stack.popUnsigned(), MAX_UNIT)
      const text = String.fromCharCode(...memory.bytes(stack.popUnsigned(), length))
      const cells = decodeUnit(node, text)
      if (!cells) throw new MethodError(THROW.BAD_ARGUMENT, `${text} is no unit address.`)
      for (const cell of cells.toReversed()) stack.push(cell)
    },
    /** ( phys.lo ... phys.hi -- addr len ) */
    "encode-unit"(stack) {
      const text = encodeUnit(node, popPhysical(node, stack))
      memory.setBytes(scratch, new TextEncoder().encode(text))
      stack.push(scratch)
      stack.push(text.length)
    },
  }
}

function mappingMethods(node: DeviceNode, { map }: BusContext): Record<string, Method> {
  return {
    /** ( phys.lo ... phys.hi size -- virt ) */
    "map-in"(stack) {
      const size = stack.popUnsigned()
      const cells = popPhysical(node, stack)
      const address = cpuAddress(node, cells)
      if (address === undefined) throw new MethodError(THROW.BAD_ARGUMENT, `${node.path} cannot map that address.`)
      map.translations.map(address, size, address, MODE_DEVICE)
      map.update()
      stack.push(address)
    },
    /** ( virt size -- ) */
    "map-out"(stack) {
      const size = stack.popUnsigned()
      map.translations.unmap(stack.popUnsigned(), size)
      map.update()
    },
    /** ( size -- virt ) */
    "dma-alloc"(stack) {
      const address = map.claim(0, stack.popUnsigned(), PAGE)
      if (address === undefined) throw new MethodError(THROW.BAD_ARGUMENT, "There is no memory for DMA.")
      stack.push(address)
    },
    /** ( virt size -- ) */
    "dma-free"(stack) {
      const size = stack.popUnsigned()
      map.release(stack.popUnsigned(), size)
    },
    /** ( virt size cacheable? -- devaddr ) */
    "dma-map-in"(stack) {
      stack.pop()
      stack.pop()
    },
    /** ( virt devaddr size -- ) */
    "dma-map-out": dropThree,
    /** ( virt devaddr size -- ) */
    "dma-sync": dropThree,
  }
}

/** PCI Bus Binding, section 5: configuration space by address of function and register. */
function configurationMethods(bus: BusPort): Record<string, Method> {
  const methods: Record<string, Method> = {}
  for (const [letter, bytes] of [
    ["b", 1],
    ["w", 2],
    ["l", 4],
  ] as const) {
    methods[`config-${letter}@`] = (stack) => {
      const address = stack.popUnsigned()
      stack.push(bus.readConfiguration(address & 0x00ff_ff00, address & 0xff & -bytes, bytes))
    }
    methods[`config-${letter}!`] = (stack) => {
      const address = stack.popUnsigned()
      bus.writeConfiguration(address & 0x00ff_ff00, address & 0xff & -bytes, bytes, stack.popUnsigned())
    }
  }
  return methods
}

function dropThree(stack: ParameterStack): void {
  for (let i = 0; i < 3; i++) stack.pop()
}

/** The cells of an address below a bus, most significant first; phys.hi is on top. */
function popPhysical(node: DeviceNode, stack: ParameterStack): number[] {
  return Array.from({ length: addressCells(node) }, () => stack.popUnsigned())
}
