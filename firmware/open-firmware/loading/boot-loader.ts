// Loads what a boot specifier names, and makes it ready to start (IEEE 1275-1994, sections 7.4.3 and 7.4.4).

import { ImageError, sizeText } from "../../image-error.ts"
import type { ByteSource } from "../filesystems/byte-source.ts"
import type { ClientMemory } from "../memory/client-memory.ts"
import type { MemoryMap } from "../memory/memory-map.ts"
import { openDrive } from "../packages/disk.ts"
import type { DrivePort } from "../ports.ts"
import type { DeviceNode } from "../tree/device-node.ts"
import { expandAlias } from "../tree/device-path.ts"
import type { OpenFirmwareTree } from "../tree/open-firmware-tree.ts"
import { readBootScript } from "./boot-script.ts"
import { type ClientImage, placeImage, readClientImage } from "./client-image.ts"

/** What a loader works with. */
export interface BootContext {
  readonly tree: OpenFirmwareTree
  readonly memory: ClientMemory
  readonly map: MemoryMap
  readonly chosen: DeviceNode
  readonly drives: ReadonlyMap<DeviceNode, DrivePort>
}

/** A file that was loaded, with where it came from. */
interface LoadedFile {
  readonly bytes: Uint8Array
  readonly device: string
  readonly partition: number
  readonly path: string
}

/** What is ready to start: a program in memory, or Forth to evaluate. */
export type ReadyProgram =
  | { readonly kind: "program"; readonly image: ClientImage }
  | { readonly kind: "script"; readonly text: string }

/** What a disk boots if nobody says more: the file of type tbxi in the blessed folder. */
const DEFAULT_FILE = ",\\\\:tbxi"

/** Steps of booting, as the commands `load`, `init-program` and `go` make them. Each returns an error message if it fails. */
export class BootLoader {
  readonly #context: BootContext
  #file: LoadedFile | undefined
  #ready: ReadyProgram | undefined

  constructor(context: BootContext) {
    this.#context = context
  }

  /** Whether something is ready to start. */
  get isReady(): boolean {
    return this.#ready !== undefined
  }

  /** `load`: reads the file that `[device] [arguments]` names, or the first of the option boot-device. */
  load(parameters: string): string | undefined {
    this.#file = undefined
    this.#ready = undefined
    const { devices, args } = this.#parse(parameters)
    let problem = "There is no device to boot from."
    for (const device of devices) {
      const outcome = this.#tryDevice(device)
      if (typeof outcome !== "string") {
        this.#file = outcome
        this.#context.chosen.setText("bootpath", outcome.path)
        this.#context.chosen.setText("bootargs", args)
        return undefined
      }
      problem = outcome
    }
    return problem
  }

  /** `init-program`: finds out what was loaded and puts a program into memory. */
  initProgram(): string | undefined {
    const file = this.#file
    if (!file) return "Nothing is loaded."
    const { device, partition, path, bytes } = file
    const script = readBootScript(bytes, { device, partition, fullPath: path })
    try {
      if (script !== undefined) this.#ready = { kind: "script", text: script }
      else this.#ready = this.#initImage(bytes)
    } catch (error) {
      if (error instanceof ImageError) return error.message
      throw error
    }
    return this.#ready ? undefined : `${path} is neither a program nor a boot script.`
  }

  /** `go`: hands out what is ready, once. */
  take(): ReadyProgram | undefined {
    const ready = this.#ready
    this.#ready = undefined
    return ready
  }

  #initImage(bytes: Uint8Array): ReadyProgram | undefined {
    const image = readClientImage(bytes)
    if (!image) return undefined
    // What an earlier program claimed ends with it.
    this.#context.map.reset()
    placeImage(image, this.#context.memory, this.#context.map)
    return { kind: "program", image }
  }

  /** A first word that is a path or an alias names the device; everything else is for the program. */
  #parse(parameters: string): { devices: readonly string[]; args: string } {
    const { root, find } = this.#options()
    const [, word = "", rest = ""] = /^\s*(\S*)\s*([\s\S]*)$/.exec(parameters) ?? []
    if (word !== "" && expandAlias(root, word) !== undefined) return { devices: [word], args: rest.trim() }
    const devices = find("boot-device")
      .split(/\s+/)
      .filter((device) => device !== "")
    return { devices, args: word === "" ? find("boot-file") : `${word} ${rest}`.trim() }
  }

  #options(): { root: DeviceNode; find(name: string): string } {
    const { root } = this.#context.tree
    const options = this.#context.tree.find("/options")
    return { root, find: (name) => options?.text(name) ?? "" }
  }

  #tryDevice(specifier: string): LoadedFile | string {
    const found = this.#context.tree.resolve(specifier)
    if (!found) return `There is no device ${specifier}.`
    const drive = this.#context.drives.get(found.node)
    if (!drive) return `${found.node.path} is no disk to boot from.`
    const given = found.argsOf(found.node)
    const args = /^\d*$/.test(given) ? given + DEFAULT_FILE : given
    const path = `${found.node.path}:${args}`
    const file = openDrive(drive, args)
    if (!file) return `There is no file ${path}.`
    const bytes = this.#readAll(file.source, path)
    if (typeof bytes === "string") return bytes
    return { bytes, device: found.node.path, partition: file.partition, path }
  }

  #readAll(source: ByteSource, path: string): Uint8Array | string {
    if (source.size > this.#context.memory.size) return `${path} has ${sizeText(source.size)}, more than the memory.`
    try {
      return source.read(0, source.size)
    } catch (error) {
      if (error instanceof ImageError) return error.message
      throw error
    }
  }
}
