// A CPU for tests of system registers: registers in memory, and ports that record what is asked of them.

import { type ArmCpu, type ArmModelName, armModel, helperTable, MODE, MODES, state } from "../../../cpu/arm/index.ts"
import { StateView } from "../../../cpu/ir/index.ts"

/** A CPU after reset, what its ports were asked, and the exception that its last access left. */
export function fakeCpu(model: ArmModelName) {
  const view = new StateView(state, new ArrayBuffer(state.size))
  view.reset()
  const calls: string[] = []
  const record =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push(
        [name, ...args.map((a) => (typeof a === "number" ? `0x${a.toString(16)}` : JSON.stringify(a)))].join(" "),
      )
    }
  let raised: string | undefined
  const cycles = { now: 0 }
  const timers = {
    physical: { control: 0, compare: 0n },
    virtual: { control: 0, compare: 0n },
  }
  const cpu: ArmCpu = {
    model: armModel(model),
    state: view,
    mmu: {
      switchSpace: record("switchSpace"),
      domainsChanged: record("domainsChanged"),
      regimeChanged: record("regimeChanged"),
      invalidateAll: record("invalidateAll"),
      invalidateAsid: record("invalidateAsid"),
      invalidateVa: record("invalidateVa"),
      invalidateVaAllAsid: record("invalidateVaAllAsid"),
      translateForAts(va, { write, privileged }) {
        record("translateForAts")(va, write, privileged)
        return 0x12_8765_4000n
      },
    },
    timer: {
      physicalCount: () => 0x1_0000_0000n,
      virtualCount: () => 0xffff_ffff_ffff_ffffn,
      control: (name) => timers[name].control,
      setControl: (name, value) => (timers[name].control = value & 3),
      compareValue: (name) => timers[name].compare,
      setCompareValue: (name, value) => (timers[name].compare = value),
      timerValue: (name) => Number(timers[name].compare & 0xffff_ffffn),
      setTimerValue: (name, value) => (timers[name].compare = BigInt.asUintN(64, 0x1_0000_0000n + BigInt(value))),
    },
    peripheralBase: 0x0800_0000,
    cycles: () => cycles.now,
    raise: (exception) => (raised = exception),
  }
  helperTable.resetSystem(cpu)
  calls.length = 0
  const attempt = <T>(access: () => T): T | "undefined" => {
    raised = undefined
    const result = access()
    return raised === "undefined" ? "undefined" : result
  }
  return {
    cpu,
    state: view,
    calls,
    cycles,
    asUser<T>(access: () => T): T {
      view.set(MODE, 0, MODES.usr)
      const result = access()
      view.set(MODE, 0, MODES.svc)
      return result
    },
    /** Value unsigned, or "undefined". */
    read(number: number): number | "undefined" {
      const value = attempt(() => helperTable.readRegister(cpu, number))
      return value === "undefined" ? value : value >>> 0
    },
    write: (number: number, value: number) => attempt(() => helperTable.writeRegister(cpu, number, value | 0)),
    readWide(number: number): bigint | "undefined" {
      const value = attempt(() => helperTable.readRegister64(cpu, number))
      return value === "undefined" ? value : BigInt.asUintN(64, value)
    },
    writeWide: (number: number, value: bigint) => attempt(() => helperTable.writeRegister64(cpu, number, value)),
  }
}
