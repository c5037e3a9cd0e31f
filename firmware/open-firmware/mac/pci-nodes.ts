// Nodes of PCI functions and host bridges (PCI Bus Binding to IEEE 1275, revision 2.1, section 4).

import { type DeviceTreeNode, empty, node, type PropertyValue } from "../../device-tree/tree.ts"
import type { PciBar, PciFunction } from "./description.ts"

/** Space codes of phys.hi, section 2.2.1.1. */
const SPACE = { io: 0x0100_0000, memory: 0x0200_0000 } as const
const PREFETCHABLE = 0x4000_0000

/** The properties that follow from a configuration header. */
export function headerProperties(of: PciFunction): Record<string, PropertyValue> {
  const { subsystem } = of
  return {
    "vendor-id": of.vendorId,
    "device-id": of.deviceId,
    "revision-id": of.revision ?? 0,
    "class-code": of.classCode,
    "min-grant": of.minGrant ?? 0,
    "max-latency": of.maxLatency ?? 0,
    "devsel-speed": 0,
    "cache-line-size": of.cacheLineSize ?? 0,
    ...(subsystem ? { "subsystem-id": subsystem[1], "subsystem-vendor-id": subsystem[0] } : {}),
    ...(of.is66MHzCapable ? { "66mhz-capable": empty } : {}),
    ...(of.isFastBackToBack ? { "fast-back-to-back": empty } : {}),
  }
}

/** The node of a function below its bus; `properties` come after those of the header. */
export function pciNode(
  name: string,
  of: PciFunction,
  properties: Record<string, PropertyValue>,
  children: DeviceTreeNode[] = [],
): DeviceTreeNode {
  const config = configAddress(of)
  const hi = (bar: PciBar): number => (config | barSpace(bar) | bar.register) >>> 0
  const unit = of.device.toString(16) + (of.function ? `,${of.function.toString(16)}` : "")
  return node(
    `${name}@${unit}`,
    {
      ...headerProperties(of),
      reg: [config, 0, 0, 0, 0, ...of.bars.flatMap((bar) => [hi(bar), 0, 0, 0, bar.size])],
      ...(of.bars.length > 0
        ? { "assigned-addresses": of.bars.flatMap((bar) => [hi(bar), 0, bar.address, 0, bar.size]) }
        : {}),
      ...properties,
    },
    children,
  )
}

/** phys.hi of a function's configuration space on bus 0. */
export function configAddress(of: PciFunction): number {
  return (of.device << 11) | ((of.function ?? 0) << 8)
}

/** phys.hi of a base address register, with its space and its offset. */
export function barAddress(of: PciFunction, bar: PciBar): number {
  return (configAddress(of) | barSpace(bar) | bar.register) >>> 0
}

function barSpace({ space, prefetchable }: PciBar): number {
  return SPACE[space] | (prefetchable ? PREFETCHABLE : 0)
}
