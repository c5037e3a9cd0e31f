// Public API: boot a guest from code.

export { CharLink } from "../devices/kit/index.ts"
export { ImageError } from "../firmware/loader/index.ts"
export { type Booted, type BootOptions, boot, defaultHost, prepare } from "./boot.ts"
export { ENGINES, type Engine } from "./engine.ts"
export { Machine, type MachineOptions } from "./machine.ts"
export { type Board, type BoardKind, type BoardOptions, MiB, machines } from "./machines/index.ts"
export { Part, type Pin } from "./part.ts"
export { type Outcome, Session, type SessionHost, type SessionOptions, type SessionResult } from "./session.ts"
