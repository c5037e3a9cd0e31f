// The machine as the Forth engine sees it: memory and registers, the terminal, configuration variables.

import { asciiText } from "../../byte-reader.ts"
import type { ConsolePort as ForthConsole, MemoryPort, VariablesPort } from "../forth/index.ts"
import { readVariables, writeVariables } from "../packages/nvram-variables.ts"
import type { BusPort, ConsolePort, NvramPort, PhysicalMemory } from "../ports.ts"
import { type DeviceNode, encodeTexts } from "../tree/device-node.ts"

/** RAM, and behind it the registers of the bus. */
export function forthMemory(memory: PhysicalMemory, bus: BusPort | undefined): MemoryPort {
  return {
    read(address, bytes) {
      if (address + bytes <= memory.size) return memory.load(address, bytes)
      return bus?.read(address, bytes)
    },
    write(address, bytes, value) {
      if (address + bytes <= memory.size) memory.store(address, bytes, value)
      else if (bus) bus.write(address, bytes, value)
      else return false
      return true
    },
  }
}

/** The terminal on a serial line. */
export function forthConsole(port: ConsolePort | undefined): ForthConsole {
  return {
    write: (text) => port?.write(Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)),
    read: () => port?.read(1)[0],
  }
}

/** Configuration variables, kept in the node /options and, if they differ from the board's values, in NVRAM. */
export function forthVariables(options: DeviceNode | undefined, nvram: NvramPort | undefined): VariablesPort {
  const initial = new Map(options?.properties)
  const stored = nvram ? readVariables(nvram) : new Map<string, string>()
  for (const [name, text] of stored) if (initial.has(name)) options?.setText(name, text)
  return {
    get(name) {
      const value = options?.properties.get(name)
      return value && asciiText(value.at(-1) === 0 ? value.subarray(0, -1) : value)
    },
    set(name, text) {
      const next = new Map(stored)
      if (text === undefined) next.delete(name)
      else next.set(name, text)
      // A machine without NVRAM forgets the variables when it is reset.
      if (nvram && !writeVariables(nvram, next)) return false
      if (text === undefined) stored.delete(name)
      else stored.set(name, text)
      const value = text === undefined ? initial.get(name) : encodeTexts([text])
      if (value) options?.properties.set(name, value)
      else options?.properties.delete(name)
      return true
    },
  }
}
