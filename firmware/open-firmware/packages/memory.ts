// The packages /memory and MMU (IEEE 1275-1994, section 3.6.5; PowerPC Processor Binding, section 5.1).

import type { MemoryMap } from "../memory/memory-map.ts"
import type { FreeRanges } from "../memory/ranges.ts"
import { type Driver, flag, type Method } from "../tree/instance.ts"
import { MethodError, THROW } from "../tree/method-error.ts"
import type { ParameterStack } from "../tree/method-stack.ts"

const SPACE = 2 ** 32

/** Physical memory: `claim` and `release`. */
export function memoryDriver(map: MemoryMap): Driver {
  return () => claimMethods(map, () => map.physical)
}

/** Virtual addresses: `claim`, `release`, and the mappings. */
export function mmuDriver(map: MemoryMap): Driver {
  return () => ({ ...claimMethods(map, () => map.virtual), ...mappingMethods(map) })
}

function claimMethods(map: MemoryMap, rangesOf: () => FreeRanges): Record<string, Method> {
  return {
    /** ( [address] size alignment -- base ) */
    claim(stack) {
      const alignment = stack.popUnsigned()
      const size = stack.popUnsigned()
      const base =
        alignment === 0 ? claimAt(rangesOf(), stack.popUnsigned(), size) : rangesOf().claimAligned(size, alignment)
      if (base === undefined) throw new MethodError(THROW.BAD_ARGUMENT, "The memory is not free.")
      map.update()
      stack.push(base)
    },
    /** ( address size -- ) */
    release(stack) {
      const size = stack.popUnsigned()
      rangesOf().release(stack.popUnsigned(), size)
      map.update()
    },
  }
}

function claimAt(ranges: FreeRanges, address: number, size: number): number | undefined {
  return ranges.claim(address, size) ? address : undefined
}

function mappingMethods(map: MemoryMap): Record<string, Method> {
  return {
    /** ( physical virtual size mode -- ) */
    map(stack) {
      const mode = stack.popUnsigned()
      const size = stack.popUnsigned()
      const virtual = stack.popUnsigned()
      const physical = stack.popUnsigned()
      if (virtual + size > SPACE || !map.translations.map(virtual, size, physical, mode)) {
        throw new MethodError(THROW.BAD_ARGUMENT, "The addresses cannot be mapped.")
      }
      map.update()
    },
    /** ( virtual size -- ) */
    unmap(stack) {
      const size = stack.popUnsigned()
      map.translations.unmap(stack.popUnsigned(), size)
      map.update()
    },
    /** ( virtual size mode -- ) */
    modify(stack) {
      const mode = stack.popUnsigned()
      const size = stack.popUnsigned()
      const virtual = stack.popUnsigned()
      const found = map.translations.find(virtual)
      if (!found || virtual + size > found.virtual + found.size) {
        throw new MethodError(THROW.BAD_ARGUMENT, "The addresses are not mapped.")
      }
      map.translations.map(virtual, size, found.physical + virtual - found.virtual, mode)
      map.update()
    },
    translate: (stack) => translate(map, stack),
  }
}

/** ( virtual -- false | physical mode true ) */
function translate(map: MemoryMap, stack: ParameterStack): void {
  const virtual = stack.popUnsigned()
  const found = map.translations.find(virtual)
  if (found) {
    stack.push(found.physical + virtual - found.virtual)
    stack.push(found.mode)
  }
  stack.push(flag(found !== undefined))
}
