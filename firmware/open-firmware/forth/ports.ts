// What the Forth engine needs of the world around it: memory, a console, a machine, configuration variables.

/** Guest memory and device registers; virtual addresses equal physical ones. */
export interface MemoryPort {
  /** A big-endian value of 1, 2 or 4 bytes at an aligned address; undefined if nothing answers there. */
  read(address: number, bytes: 1 | 2 | 4): number | undefined
  /** False if nothing answers there. */
  write(address: number, bytes: 1 | 2 | 4, value: number): boolean
}

/** The terminal of the user interface; one character (0 to 255) per byte. */
export interface ConsolePort {
  write(text: string): void
  /** Takes the next byte that was typed; undefined if there is none. */
  read(): number | undefined
  /** Whether more output is taken now; always, if the port does not say. */
  isReady?(): boolean
}

/** The machine around the firmware. A text that is returned is the error message for the user. */
export interface SystemPort {
  /** Virtual time since the start, in milliseconds. */
  milliseconds(): number
  /** Loads a client program from the path and arguments of the command line; "" stands for the defaults. */
  load?(parameters: string): string | undefined
  /** Prepares the loaded image to be started (init-program). */
  initProgram?(): string | undefined
  /** Whether an image is ready to be started (state-valid). */
  isLoaded?(): boolean
  /** Gives the CPU to the loaded program. The engine stops until it is run again. */
  go?(): string | undefined
  /** Looks for devices anew (probe-all). */
  probe?(): void
  reset?(): void
  powerOff?(): void
  /** Lines that `banner` prints. */
  banner?(): readonly string[]
  /** What `.version` prints. */
  version?(): string
}

/** Nonvolatile storage of configuration variables, as text. */
export interface VariablesPort {
  /** The stored text; undefined if the default holds. */
  get(name: string): string | undefined
  /** Stores a text, or the default if it is undefined. False if there is no room. */
  set(name: string, value: string | undefined): boolean
}
