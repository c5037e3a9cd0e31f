// The device kit: makes a part from its declaration, and derives reset, snapshot and lines.
import type { Alarm } from "./clock.ts"
import type { ArrayAccess, Context, Definition, Instance, Region, Surroundings } from "./device.ts"
import { freshPciRegisters, type PciRegisters } from "./pci.ts"
import { createPciFunction } from "./pci-function.ts"
import { fromPlain, type Plain, type State, toPlain } from "./plain.ts"
import { type ByteOrder, mask, RegisterMap, type Registers } from "./registers.ts"
import { missingWire, type WireKinds, type WiresOf } from "./wires.ts"

/** The member of a snapshot that has the registers of a PCI function. */
const CONFIGURATION = "configuration"

/** Makes one part of that declaration. */
export function createInstance<Kinds extends WireKinds, S, Options, Alarms extends string, Regions extends string>(
  definition: Definition<Kinds, S, Options, Alarms, Regions>,
  mapOf: (
    size: number,
    registers: Registers<Context<WiresOf<Kinds>, S, Options, Alarms>>,
  ) => RegisterMap<Context<WiresOf<Kinds>, S, Options, Alarms>>,
  { wires, clock, options: chosen, byteOrder = "little", log = () => {} }: Surroundings<WiresOf<Kinds>, Options>,
): Instance<Regions> {
  type C = Context<WiresOf<Kinds>, S, Options, Alarms>
  const { name, keep = [], inputs } = definition
  const missing = missingWire(definition.wires, wires as object)
  if (missing !== undefined) throw new TypeError(`${name}: the wire ${missing} is missing`)
  const options: Options = { ...definition.options, ...chosen }
  const bytesOf = (size: number | ((options: Options) => number)) => (typeof size === "number" ? size : size(options))
  const size = bytesOf(definition.size)
  const inputCount = typeof inputs?.count === "function" ? inputs.count(options) : (inputs?.count ?? 0)
  const pci = typeof definition.pci === "function" ? definition.pci(options) : definition.pci
  const alarms = {} as { [name in Alarms]: Alarm }
  const c = {
    wires,
    options,
    state: definition.state(options, clock.nowNs()),
    pci: freshPciRegisters(pci ?? {}),
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

  const region = (size: number, map: RegisterMap<C> | ArrayAccess<C>, order: ByteOrder): Region => {
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
        const value = map.read(c, offset, bytes, complain, order)
        c.settle()
        return mask(value, bytes)
      },
      write(offset, bytes, value, requester = 0) {
        const complain = complaint("write", offset, bytes)
        if (!isSound(offset, bytes)) return complain("misaligned or outside")
        c.requester = requester
        map.write(c, offset, bytes, mask(value, bytes), complain, order)
        c.settle()
      },
      ...("answers" in map && { answers: (offset: number, bytes: number) => map.answers!(c, offset, bytes) }),
      ...("opensOnto" in map && { opensOnto: map.opensOnto!(c) }),
    }
  }
  const { registers } = definition
  const first = region(size, registers === undefined ? definition.array! : mapOf(size, registers), byteOrder)
  const regions = {} as { [name in Regions]: Region }
  for (const extra in definition.regions) {
    const declared = definition.regions[extra]
    const size = bytesOf(declared.size)
    regions[extra] = region(size, declared.array ?? mapOf(size, declared.registers), byteOrder)
  }
  const regionOf = (of: string | undefined) => (of === undefined ? first : regions[of as Regions])
  const space =
    pci &&
    createPciFunction(
      pci,
      () => c.pci,
      regionOf,
      (size, registers) => region(size, new RegisterMap<C>(size, registers), "little"),
    )
  const cancelAlarms = () => {
    for (const alarm in alarms) alarms[alarm].cancel()
  }

  definition.start?.(c)
  c.settle()
  return {
    ...first,
    name,
    regions,
    ...(space && { pci: space.function }),
    map: registers === undefined ? [] : mapOf(size, registers).cells,
    kept: keep,
    input(n, cpu = 0) {
      if (inputs === undefined || !(n >= 0 && n < inputCount)) throw new RangeError(`${name} has no input ${n}`)
      return {
        label: inputs.label?.(n) ?? String(n),
        ...(inputs.property !== undefined && { property: inputs.property }),
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
      if (pci) c.pci = freshPciRegisters(pci)
      space?.changed()
      cancelAlarms()
      c.settle()
    },
    snapshot() {
      const state = toPlain(c.state as State)
      return pci ? { ...(state as { [key: string]: Plain }), [CONFIGURATION]: toPlain(c.pci) } : state
    },
    restore(snapshot) {
      const state = fromPlain(snapshot) as State
      const fresh = definition.state(options, clock.nowNs()) as State
      if (pci) fresh[CONFIGURATION] = freshPciRegisters(pci)
      for (const key in fresh) {
        if (typeof state?.[key] !== typeof fresh[key]) throw new TypeError(`not a snapshot of ${name}: ${key}`)
      }
      if (pci) {
        c.pci = state[CONFIGURATION] as PciRegisters
        delete state[CONFIGURATION]
      }
      c.state = state as S
      space?.changed()
      cancelAlarms()
      definition.arm?.(c)
    },
    tree: () => definition.tree?.(options) ?? {},
    direct: (offset) => definition.direct?.(c, offset),
  }
}
