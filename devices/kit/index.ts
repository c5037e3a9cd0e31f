// The device kit: everything that a part imports.
export type { BlockPort, Drive } from "./block.ts"
export { type Alarm, type Clock, Rate, VirtualClock } from "./clock.ts"
export {
  type ArrayAccess,
  type Context,
  type Definition,
  type Device,
  device,
  type Input,
  type Instance,
  type Properties,
  type Region,
  type Surroundings,
  type Trigger,
} from "./device.ts"
export { type DisplayPort, type Picture, Screen } from "./display.ts"
export { type DmaChannelPort, type DmaEndpoint, DmaLink, type DmaPort } from "./dma.ts"
export { push, take } from "./fifo.ts"
export { LocalBus } from "./local-bus.ts"
export {
  PCI_COMMAND,
  PCI_STATUS,
  type PciAddress,
  type PciBar,
  type PciDefinition,
  type PciFunction,
  type PciRegisters,
  type PciSpace,
  type PciWindow,
} from "./pci.ts"
export { PciBus, type PciLocation, type PciPlace, type PciRoute } from "./pci-bus.ts"
export { fromPlain, type Plain, type State, toPlain } from "./plain.ts"
export {
  CharLink,
  type CharPort,
  fanOut,
  type Line,
  type MemoryPort,
  SharedLine,
  unconnected,
  wiredOr,
} from "./ports.ts"
export { type AddressRange, misplacement, RangeMap, type RegisterRange } from "./range-map.ts"
export {
  type ByteOrder,
  mask,
  primeCell,
  type Register,
  type RegisterInfo,
  type Registers,
  swapBytes,
} from "./registers.ts"
export { missingWire, type WireKind, type WireKinds, type WiresOf, wire } from "./wires.ts"
