// Public face of Open Firmware: the firmware, its ports, and the device trees of Macintoshes.

export type { ForthEngine, ForthSlice } from "./forth-port.ts"
export type { KernelRequest } from "./loading/kernel.ts"
export type {
  CpuDescription,
  DisplayDescription,
  DriveDescription,
  MacDescription,
  NetworkDescription,
  PciBar,
  PciFunction,
} from "./mac/description.ts"
export { MAC_CONSOLE_ALIAS, macTree } from "./mac/mac-tree.ts"
export { type FirmwareOutcome, OpenFirmware, type OpenFirmwareOptions } from "./open-firmware.ts"
export type {
  BusPort,
  CalendarTime,
  ConsolePort,
  DisplayPort,
  DrivePort,
  FirmwarePorts,
  NvramPort,
  PhysicalMemory,
  ProgramStart,
  RealTimeClockPort,
} from "./ports.ts"
