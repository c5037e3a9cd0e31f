// The device kit: makes a part from its declaration, and derives reset, snapshot and lines.
import type { Alarm } from "./clock.ts"
import type { Context, Definition, Instance, Region, Surroundings } from "./device.ts"
import { fromPlain, type State, toPlain } from "./plain.ts"
import { mask, type RegisterMap, type Registers } from "./registers.ts"
import { missingWire, type WireKinds, type WiresOf } from "./wires.ts"

/** Makes one part of that declaration. */
export function createInstance<Kinds extends WireKinds, S, Options, Alarms extends string, Regions extends string>(
  definition: Definition<Kinds, S, Options, Alarms, Regions>,
  mapOf: (
    size: number,
    registers: Registers<Context<WiresOf<Kinds>, S, Options, Alarms>>,
  ) => RegisterMap<Context<WiresOf<Kinds>, S, Options, Alarms>>,
  { wires, clock, options: chosen, byteOrder = "little", log = () => {} }: Surroundings<WiresOf<Kinds>, Options>,
): Instance<Regions> {
  const { name, keep = [], inputs } = definition
  const missing = missingWire(definition.wires, wires as object)
  if (missing !== undefined) throw new TypeError(`${name}: the wire ${missing} is missing`)
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

  const region = (
    size: number,
    registers: Registers<Context<WiresOf<Kinds>, S, Options, Alarms>> | undefined,
  ): Region => {
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
        const value = map.read(c, offset, bytes, complain, byteOrder)
        c.settle()
        return mask(value, bytes)
      },
      write(offset, bytes, value, requester = 0) {
        const complain = complaint("write", offset, bytes)
        if (!isSound(offset, bytes)) return complain("misaligned or outside")
        c.requester = requester
        map.write(c, offset, bytes, mask(value, bytes), complain, byteOrder)
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
        label: inputs.label?.(n) ?? String(n),
        specifier: (trigger = "high") => inputs.specifier?.(n, trigger, options) ?? [n],
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
