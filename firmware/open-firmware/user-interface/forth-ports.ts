// The machine as the Forth engine sees it: memory and registers, the terminal, configuration variables.

import { asciiText } from "../../byte-reader.ts"
import type { ConsolePort as ForthConsole, MemoryPort, VariablesPort } from "../forth/index.ts"
import type { BusPort, ConsolePort, PhysicalMemory } from "../ports.ts"
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

/** Configuration variables, kept in the node /options. `save` stores them for good; false if there is no room. */
export function forthVariables(options: DeviceNode | undefined, save: () => boolean): VariablesPort {
  const initial = new Map(options?.properties)
  return {
    get(name) {
      const value = options?.properties.get(name)
      if (!value) return undefined
      return asciiText(value.at(-1) === 0 ? value.subarray(0, -1) : value)
    },
    set(name, text) {
      if (!options) return false
      const before = options.properties.get(name)
      const value = text === undefined ? initial.get(name) : encodeTexts([text])
      if (value) options.properties.set(name, value)
      else options.properties.delete(name)
      if (save()) return true
      if (before) options.properties.set(name, before)
      else options.properties.delete(name)
      return false
    },
  }
}
