// The device kit: turns the declaration of a part into something that a machine can place on a bus.
import type { Alarm, Clock } from "./clock.ts"
import { fromPlain, type Plain, type State, toPlain } from "./plain.ts"
import type { Line } from "./ports.ts"
import { mask, type RegisterInfo, RegisterMap, type Registers } from "./registers.ts"

/** Values of a device-tree node's properties; `true` is an empty property. */
export type Properties = { [name: string]: string | number | readonly string[] | readonly number[] | true }

/** All that the functions of a part may touch. */
export interface Context<Wires, S, Options, Alarms extends string = never> {
  readonly wires: Wires
  readonly options: Options
  /** The state; the kit replaces it at reset and restore, so never keep a reference to it. */
  state: S
  readonly clock: Clock
  readonly alarms: { readonly [name in Alarms]: Alarm }
  /** Number of the CPU that makes the present access. */
  readonly requester: number
  /** Reports what a guest did wrong, in one short line. */
  log(message: string): void
  /** Brings output lines and alarms up to date after a change that came from outside. */
  settle(): void
}

/** A range of addresses: sizes are 1, 2 or 4 bytes, values unsigned; a bad access is logged and gives 0. */
export interface Region {
  readonly size: number
  /** `requester` is the number of the CPU that makes the access, for parts with a bank of registers per CPU. */
  read(offset: number, size: number, requester?: number): number
  write(offset: number, size: number, value: number, requester?: number): void
}

/** A part as a machine sees it. */
export interface Instance<Regions extends string = never> extends Region {
  readonly name: string
  /** Further ranges of addresses, for parts that have several. */
  readonly regions: { readonly [name in Regions]: Region }
  /** The registers of the first region. */
  readonly map: readonly RegisterInfo[]
  /** Names of the state that survives a reset: non-volatile contents and the levels of input wires. */
  readonly kept: readonly string[]
  /** The part's end of input wire `n`, of CPU `cpu` where inputs are banked; throws RangeError when there is none. */
  input(n: number, cpu?: number): Line
  reset(): void
  snapshot(): Plain
  /** Puts a snapshot back without driving any line; throws TypeError when it is not one of this part. */
  restore(snapshot: Plain): void
  /** Properties that this part gives its device-tree node. */
  tree(): Properties
  /** Memory that reads at and after `offset` see at present, or undefined while reads must go through `read`. */
  direct(offset: number): Uint8Array | undefined
}

/** The declaration of a part. */
export interface Definition<Wires, S, Options, Alarms extends string, Regions extends string> {
  readonly name: string
  /** Size of the range of addresses in bytes. */
  readonly size: number | ((options: Options) => number)
  /** What the board may choose, with defaults. */
  readonly options: Options
  /** Makes the state that a reset gives. */
  readonly state: (options: Options, nowNs: number) => S
  /** Names of the state that survives a reset. */
  readonly keep?: readonly (keyof S & string)[]
  readonly registers?: Registers<Context<Wires, S, Options, Alarms>>
  /** Instead of registers, for parts that are one large array. */
  readonly array?: {
    read(c: Context<Wires, S, Options, Alarms>, offset: number, size: number): number
    write(c: Context<Wires, S, Options, Alarms>, offset: number, size: number, value: number): void
  }
  readonly regions?: {
    readonly [name in Regions]: {
      readonly size: number
      readonly registers: Registers<Context<Wires, S, Options, Alarms>>
    }
  }
  /** What happens when an alarm goes off. */
  readonly alarms?: { readonly [name in Alarms]: (c: Context<Wires, S, Options, Alarms>) => void }
  readonly inputs?: {
    readonly count: number | ((options: Options) => number)
    set(c: Context<Wires, S, Options, Alarms>, n: number, level: boolean, cpu: number): void
  }
  /** Once, when the part is made: registers callbacks with ports. */
  start?(c: Context<Wires, S, Options, Alarms>): void
  /** Sets every output line from the state: after each access, input and alarm and at reset, never at restore. */
  drive?(c: Context<Wires, S, Options, Alarms>): void
  /** Sets or cancels every alarm from the state: whenever `drive` runs, and at restore. */
  arm?(c: Context<Wires, S, Options, Alarms>): void
  direct?(c: Context<Wires, S, Options, Alarms>, offset: number): Uint8Array | undefined
  tree?(options: Options): Properties
}

/** What a machine hands to a part. */
export interface Surroundings<Wires, Options> {
  readonly wires: Wires
  readonly clock: Clock
  readonly options?: Partial<Options>
  readonly log?: (message: string) => void
}

/** A kind of part. */
export interface Device<Wires, Options, Regions extends string> {
  readonly name: string
  create(surroundings: Surroundings<Wires, Options>): Instance<Regions>
}

/** Declares a part: `device<Wires>()({...})`; the empty call lets the wires be named and the rest be inferred. */
export function device<Wires>() {
  return <S, Options, Alarms extends string = never, Regions extends string = never>(
    definition: Definition<Wires, S, Options, Alarms, Regions>,
  ): Device<Wires, Options, Regions> => {
    const maps = new Map<object, RegisterMap<Context<Wires, S, Options, Alarms>>>()
    const mapOf = (size: number, registers: Registers<Context<Wires, S, Options, Alarms>>) => {
      let map = maps.get(registers)
      if (map === undefined) maps.set(registers, (map = new RegisterMap(size, registers)))
      return map
    }
    return { name: definition.name, create: (surroundings) => create(definition, mapOf, surroundings) }
  }
}

function create<Wires, S, Options, Alarms extends string, Regions extends string>(
  definition: Definition<Wires, S, Options, Alarms, Regions>,
  mapOf: (
    size: number,
    registers: Registers<Context<Wires, S, Options, Alarms>>,
  ) => RegisterMap<Context<Wires, S, Options, Alarms>>,
  { wires, clock, options: chosen, log = () => {} }: Surroundings<Wires, Options>,
): Instance<Regions> {
  const { name, keep = [], inputs } = definition
  const options: Options = { ...definition.options, ...chosen }
  const size = typeof definition.size === "number" ? definition.size : definition.size(options)
  const inputCount = typeof inputs?.count === "function" ? inputs.count(options) : (inputs?.count ?? 0)
  const alarms = {} as { [name in Alarms]: Alarm }
  const c = {
    wires,
    options,
    state: definition.state(options, clock.nowNs()),
    clock,
    alarms,
    requester: 0,
    log: (message: string) => log(`${name}: ${message}`),
    settle() {
      definition.drive?.(c)
      definition.arm?.(c)
    },
  }
  for (const alarm in definition.alarms) {
    const ring = definition.alarms[alarm]
    alarms[alarm] = clock.alarm(() => {
      ring(c)
      c.settle()
    })
  }

  const region = (size: number, registers: Registers<Context<Wires, S, Options, Alarms>> | undefined): Region => {
    const map: Pick<RegisterMap<typeof c>, "read" | "write"> = registers === undefined
      ? definition.array!
      : mapOf(size, registers)
    const isSound = (offset: number, bytes: number) =>
      (bytes === 4 || bytes === 2 || bytes === 1) && offset >= 0 && offset + bytes <= size && offset % bytes === 0
    const complaint = (verb: string, offset: number, bytes: number) => (reason: string) =>
      c.log(`${verb} of ${bytes} at 0x${offset.toString(16)}: ${reason}`)
    return {
      size,
      read(offset, bytes, requester = 0) {
        const complain = complaint("read", offset, bytes)
        if (!isSound(offset, bytes)) {
          complain("misaligned or outside")
          return 0
        }
        c.requester = requester
        const value = map.read(c, offset, bytes, complain)
        c.settle()
        return mask(value, bytes)
      },
      write(offset, bytes, value, requester = 0) {
        const complain = complaint("write", offset, bytes)
        if (!isSound(offset, bytes)) return complain("misaligned or outside")
        c.requester = requester
        map.write(c, offset, bytes, mask(value, bytes), complain)
        c.settle()
      },
    }
  }
  const regions = {} as { [name in Regions]: Region }
  for (const extra in definition.regions) {
    regions[extra] = region(definition.regions[extra].size, definition.regions[extra].registers)
  }
  const cancelAlarms = () => {
    for (const alarm in alarms) alarms[alarm].cancel()
  }

  definition.start?.(c)
  c.settle()
  return {
    ...region(size, definition.registers),
    name,
    regions,
    map: definition.registers === undefined ? [] : mapOf(size, definition.registers).cells,
    kept: keep,
    input(n, cpu = 0) {
      if (inputs === undefined || !(n >= 0 && n < inputCount)) throw new RangeError(`${name} has no input ${n}`)
      return {
        set(level) {
          inputs.set(c, n, level, cpu)
          c.settle()
        },
      }
    },
    reset() {
      const fresh = definition.state(options, clock.nowNs())
      for (const key of keep) fresh[key] = c.state[key]
      c.state = fresh
      cancelAlarms()
      c.settle()
    },
    snapshot: () => toPlain(c.state as State),
    restore(snapshot) {
      const state = fromPlain(snapshot)
      const fresh = definition.state(options, clock.nowNs()) as State
      for (const key in fresh) {
        if (typeof (state as State)?.[key] !== typeof fresh[key])
          throw new TypeError(`not a snapshot of ${name}: ${key}`)
      }
      c.state = state as S
      cancelAlarms()
      definition.arm?.(c)
    },
    tree: () => definition.tree?.(options) ?? {},
    direct: (offset) => definition.direct?.(c, offset),
  }
}
