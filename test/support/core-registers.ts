// The core registers of an ARM CPU by number, for tests that start it with values in them.

/** Registers by number as `Cpu.start` takes them: by name. */
export const coreRegisters = (values: Readonly<Record<number, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([n, value]) => [`GPR[${n}]`, value]))
