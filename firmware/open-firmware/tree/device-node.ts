// A node of Open Firmware's device tree (IEEE 1275-1994, section 3.2): properties in order, children, a driver.

import type { Driver } from "./instance.ts"
import { unitFromReg } from "./unit-address.ts"

/** A package: a node of the device tree with its properties and, if it has methods, its driver. */
export class DeviceNode {
  /** The number by which clients and properties refer to this node. */
  readonly phandle: number
  readonly parent: DeviceNode | undefined
  readonly children: DeviceNode[] = []
  /** Values as encoded bytes, in order of creation. */
  readonly properties = new Map<string, Uint8Array>()
  /** The unit address that the tree's description gives; undefined for a node that was made later. */
  readonly #unit: string | undefined
  driver: Driver | undefined

  constructor(phandle: number, parent: DeviceNode | undefined, name: string, unit: string | undefined) {
    this.phandle = phandle
    this.parent = parent
    this.#unit = unit
    this.setText("name", name)
  }

  /** The property `name`, which has no unit address. */
  get name(): string {
    return this.text("name") ?? ""
  }

  /** The unit address as text ("1f,0"), empty if the node has none. */
  get unit(): string {
    return this.#unit ?? unitFromReg(this)
  }

  /** The name with its unit address, as a path has it. */
  get fullName(): string {
    return this.unit === "" ? this.name : `${this.name}@${this.unit}`
  }

  /** The path from the root ("/pci@80000000/mac-io@10"). */
  get path(): string {
    const parts: string[] = []
    for (let at: DeviceNode | undefined = this; at?.parent; at = at.parent) parts.unshift(at.fullName)
    return `/${parts.join("/")}`
  }

  /** The first string of a property; undefined without the property. */
  text(name: string): string | undefined {
    return this.texts(name)[0]
  }

  /** The strings of a property; none without the property. */
  texts(name: string): string[] {
    const bytes = this.properties.get(name)
    if (!bytes || bytes.length === 0) return []
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")
    return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0")
  }

  /** The 32-bit cells of a property, without a trailing part of a cell. */
  cells(name: string): number[] {
    const bytes = this.properties.get(name)
    if (!bytes) return []
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Array.from({ length: bytes.length >>> 2 }, (_, i) => view.getUint32(i * 4))
  }

  setText(name: string, ...values: string[]): void {
    this.properties.set(name, encodeTexts(values))
  }

  setCells(name: string, ...values: number[]): void {
    const view = new DataView(new ArrayBuffer(values.length * 4))
    values.forEach((value, i) => {
      view.setUint32(i * 4, value)
    })
    this.properties.set(name, new Uint8Array(view.buffer))
  }
}

/** Strings as a property has them: each with a NUL, one byte for each character. */
export function encodeTexts(values: readonly string[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => Array.from(`${value}\0`, (c) => c.charCodeAt(0) & 0xff)))
}
