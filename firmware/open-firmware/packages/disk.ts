// Disks as packages: bytes and blocks of a disk, a partition or a file (IEEE 1275-1994, section 3.7.4).

import { ImageError } from "../../image-error.ts"
import { type ByteSource, driveSource } from "../filesystems/byte-source.ts"
import { parseDiskArguments } from "../filesystems/file-path.ts"
import { type Found, findOnDisk } from "../filesystems/index.ts"
import type { ClientMemory } from "../memory/client-memory.ts"
import type { DrivePort } from "../ports.ts"
import { type Driver, flag, type Instance, type Methods } from "../tree/instance.ts"
import { MethodError, THROW } from "../tree/method-error.ts"
import type { ParameterStack } from "../tree/method-stack.ts"

/** Bytes that one step of a transfer moves. */
const CHUNK_BYTES = 65_536

/** A drive whose arguments select a partition or a file. */
export function diskDriver(memory: ClientMemory, drive: DrivePort): Driver {
  return (instance) => new DiskInstance(memory, drive, instance).methods
}

/** What the arguments of a drive name; undefined if there is none or the medium is damaged. */
export function openDrive(drive: DrivePort, args: string): Found | undefined {
  const parsed = parseDiskArguments(args)
  if (!parsed || drive.blocks === 0) return undefined
  try {
    return findOnDisk(driveSource(drive), parsed)
  } catch (error) {
    if (error instanceof ImageError) return undefined
    throw error
  }
}

class DiskInstance {
  readonly methods: Methods
  readonly #memory: ClientMemory
  readonly #drive: DrivePort
  readonly #instance: Instance
  #found: Found | undefined
  #position = 0

  constructor(memory: ClientMemory, drive: DrivePort, instance: Instance) {
    this.#memory = memory
    this.#drive = drive
    this.#instance = instance
    const { blockBytes } = drive
    this.methods = {
      open: (stack) => {
        this.#found = openDrive(this.#drive, this.#instance.args)
        stack.push(flag(this.#found !== undefined))
      },
      close: () => {
        this.#found = undefined
      },
      read: (stack) => this.#read(stack),
      write: (stack) => this.#write(stack),
      seek: (stack) => this.#seek(stack),
      load: (stack) => this.#load(stack),
      offset: (stack) => this.#offset(stack),
      size: (stack) => pushDouble(stack, this.#source.size),
      "block-size": (stack) => stack.push(blockBytes),
      "#blocks": (stack) => stack.push(drive.blocks),
      "max-transfer": (stack) => stack.push(CHUNK_BYTES),
      "read-blocks": (stack) => this.#readBlocks(stack),
      "write-blocks": (stack) => this.#writeBlocks(stack),
    }
  }

  get #source(): ByteSource {
    if (!this.#found) throw new MethodError(THROW.BAD_ARGUMENT, "The disk is not open.")
    return this.#found.source
  }

  /** ( addr len -- actual ) */
  #read(stack: ParameterStack): void {
    const length = stack.popUnsigned()
    stack.push(this.#transfer(stack.popUnsigned(), length))
  }

  /** ( addr -- size ) */
  #load(stack: ParameterStack): void {
    this.#position = 0
    const size = this.#source.size
    if (this.#transfer(stack.popUnsigned(), size) < size) throw new MethodError(THROW.MEMORY_FAULT, "It does not fit.")
    stack.push(size)
  }

  /** Copies from the position to memory, as much as there is. */
  #transfer(address: number, length: number): number {
    const source = this.#source
    const count = Math.max(0, Math.min(length, source.size - this.#position))
    if (!this.#memory.contains(address, count)) return 0
    let done = 0
    try {
      for (; done < count; done += CHUNK_BYTES) {
        const bytes = source.read(this.#position + done, Math.min(CHUNK_BYTES, count - done))
        this.#memory.setBytes(address + done, bytes)
      }
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
    }
    const moved = Math.min(done, count)
    this.#position += moved
    return moved
  }

  /** ( addr len -- actual ) */
  #write(stack: ParameterStack): void {
    const length = stack.popUnsigned()
    const address = stack.popUnsigned()
    const { size } = this.#source
    const start = this.#found?.start
    const count = Math.max(0, Math.min(length, size - this.#position))
    // A file's blocks are not written: the firmware would have to keep the file system whole.
    const isPossible = start !== undefined && this.#memory.contains(address, count)
    const isWritten = isPossible && this.#writeBytes(start + this.#position, address, count)
    if (isWritten) this.#position += count
    stack.push(isWritten ? count : 0)
  }

  /** Writes whole blocks; the first and the last keep their other bytes. */
  #writeBytes(position: number, address: number, count: number): boolean {
    const { blockBytes } = this.#drive
    for (let done = 0; done < count; ) {
      const at = position + done
      const skip = at % blockBytes
      const part = Math.min(count - done, CHUNK_BYTES - skip)
      const block = (at - skip) / blockBytes
      const blocks = Math.ceil((skip + part) / blockBytes)
      const isWhole = skip === 0 && part % blockBytes === 0
      const bytes = isWhole ? new Uint8Array(part) : this.#drive.read(block, blocks)
      if (!bytes) return false
      bytes.set(this.#memory.bytes(address + done, part), skip)
      if (!this.#drive.write(block, bytes)) return false
      done += part
    }
    return true
  }

  /** ( pos.lo pos.hi -- status ) */
  #seek(stack: ParameterStack): void {
    const high = stack.popUnsigned()
    const position = high * 2 ** 32 + stack.popUnsigned()
    const isInside = position <= this.#source.size
    if (isInside) this.#position = position
    stack.push(isInside ? 0 : -1)
  }

  /** ( rel.lo rel.hi -- abs.lo abs.hi ) */
  #offset(stack: ParameterStack): void {
    const high = stack.popUnsigned()
    pushDouble(stack, high * 2 ** 32 + stack.popUnsigned() + (this.#found?.start ?? 0))
  }

  /** ( addr block #blocks -- #read ) */
  #readBlocks(stack: ParameterStack): void {
    const count = stack.popUnsigned()
    const block = stack.popUnsigned()
    const address = stack.popUnsigned()
    const { blockBytes, blocks } = this.#drive
    const possible = Math.max(0, Math.min(count, blocks - block))
    let done = 0
    if (this.#memory.contains(address, possible * blockBytes)) {
      for (; done < possible; done++) {
        const bytes = this.#drive.read(block + done, 1)
        if (!bytes) break
        this.#memory.setBytes(address + done * blockBytes, bytes)
      }
    }
    stack.push(done)
  }

  /** ( addr block #blocks -- #written ) */
  #writeBlocks(stack: ParameterStack): void {
    const count = stack.popUnsigned()
    const block = stack.popUnsigned()
    const address = stack.popUnsigned()
    const { blockBytes, blocks } = this.#drive
    const possible = Math.max(0, Math.min(count, blocks - block))
    const isWritten =
      this.#memory.contains(address, possible * blockBytes) &&
      this.#writeBytes(block * blockBytes, address, possible * blockBytes)
    stack.push(isWritten ? possible : 0)
  }
}

function pushDouble(stack: ParameterStack, value: number): void {
  stack.push(value % 2 ** 32)
  stack.push(Math.floor(value / 2 ** 32))
}
