// The public module "emu": boot a guest from code.

export { CharLink, type Picture, Screen } from "../devices/kit/index.ts"
export { ImageError } from "../firmware/loader/index.ts"
export { architectures, type GuestArchitecture } from "./architectures/index.ts"
export { type Booted, type BootOptions, type BootResult, boot, prepare } from "./boot.ts"
export { Cpu, type CpuOptions } from "./cpu.ts"
export type { CpuSystem, RegisterGroup, RegisterValue } from "./cpu-system.ts"
export { ENGINES, type Engine } from "./engine.ts"
export {
  type Board,
  type BoardKind,
  type BoardOptions,
  type DriveOptions,
  type ExtraPart,
  Machine,
  type MachineOptions,
  MiB,
  machines,
  type Part,
  WiringError,
} from "./machines/index.ts"
export type { PanicAction } from "./panic.ts"
export { type Outcome, Session, type SessionOptions, type SessionResult } from "./session.ts"
export { createHost, type SessionHost, TimeoutError } from "./session-host.ts"
