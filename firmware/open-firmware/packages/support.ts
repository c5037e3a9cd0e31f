// Support packages that drivers open as children of themselves (IEEE 1275-1994, section 3.8).

import type { ClientMemory } from "../memory/client-memory.ts"
import type { DrivePort } from "../ports.ts"
import { callMethod, type Driver, type Instance } from "../tree/instance.ts"
import { MethodError } from "../tree/method-error.ts"
import { MethodStack } from "../tree/method-stack.ts"
import { diskDriver } from "./disk.ts"

/** Bytes of the firmware's memory through which blocks travel. */
export const SUPPORT_BUFFER_BYTES = 4096

/**
 * The packages `deblocker` and `disk-label`: bytes, partitions and files on a parent that reads blocks. Their arguments
 * select a partition or a file; those of `deblocker` are ignored.
 */
export function supportDriver(memory: ClientMemory, buffer: number, name: string): Driver {
  return (instance) => {
    const drive = parentDrive(instance, memory, buffer)
    return diskDriver(memory, drive)(name === "deblocker" ? { ...instance, args: "" } : instance)
  }
}

/** The parent's blocks as a drive; a parent without the methods of a block device is an empty one. */
function parentDrive(instance: Instance, memory: ClientMemory, buffer: number): DrivePort {
  const { parent } = instance
  const ask = (method: string, ...params: readonly number[]): number => {
    if (!parent) return 0
    const stack = new MethodStack(params)
    try {
      callMethod(parent, method, stack)
      return stack.popUnsigned()
    } catch (error) {
      if (error instanceof MethodError) return 0
      throw error
    }
  }
  const blockBytes = ask("block-size")
  const isUsable = blockBytes > 0 && blockBytes <= SUPPORT_BUFFER_BYTES
  return {
    blockBytes: isUsable ? blockBytes : 512,
    blocks: isUsable ? ask("#blocks") : 0,
    read(block, count) {
      const bytes = new Uint8Array(count * blockBytes)
      for (let i = 0; i < count; i++) {
        if (ask("read-blocks", buffer, block + i, 1) !== 1) return undefined
        bytes.set(memory.bytes(buffer, blockBytes), i * blockBytes)
      }
      return bytes
    },
    write(block, bytes) {
      for (let i = 0; i < bytes.length; i += blockBytes) {
        memory.setBytes(buffer, bytes.subarray(i, i + blockBytes))
        if (ask("write-blocks", buffer, block + i / blockBytes, 1) !== 1) return false
      }
      return true
    },
  }
}
