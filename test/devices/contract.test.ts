// Every part keeps the device contract (devices/README.md).
import { describe, expect, it } from "vitest"
import { ide } from "../../devices/block/ide.ts"
import { vga } from "../../devices/display/vga.ts"
import { dbdma } from "../../devices/dma/dbdma.ts"
import { cfiFlash } from "../../devices/flash/cfi-flash.ts"
import { pl061 } from "../../devices/gpio/pl061.ts"
import { gicv2 } from "../../devices/interrupt/gicv2.ts"
import { heathrowPic } from "../../devices/interrupt/heathrow-pic.ts"
import { openpic } from "../../devices/interrupt/openpic.ts"
import { pl190 } from "../../devices/interrupt/pl190.ts"
import { versatileSic } from "../../devices/interrupt/versatile-sic.ts"
import { type BlockPort, DmaLink, device, LocalBus, PciBus, wire } from "../../devices/kit/index.ts"
import { cuda } from "../../devices/macio/cuda.ts"
import { featureControl } from "../../devices/macio/feature-control.ts"
import { keylargoGpio } from "../../devices/macio/keylargo-gpio.ts"
import { keylargoTimer } from "../../devices/macio/keylargo-timer.ts"
import { pmu } from "../../devices/macio/pmu.ts"
import { fwCfg } from "../../devices/misc/fw-cfg.ts"
import { raz } from "../../devices/misc/raz.ts"
import { versatileI2c } from "../../devices/misc/versatile-i2c.ts"
import { versatileSysreg } from "../../devices/misc/versatile-sysreg.ts"
import { macioNvram } from "../../devices/nvram/macio-nvram.ts"
import { grackle } from "../../devices/pci/grackle.ts"
import { macIo } from "../../devices/pci/mac-io.ts"
import { uninorthPci } from "../../devices/pci/uninorth.ts"
import { uninorthControl } from "../../devices/pci/uninorth-control.ts"
import { pl031 } from "../../devices/rtc/pl031.ts"
import { pl011 } from "../../devices/serial/pl011.ts"
import { z8530 } from "../../devices/serial/z8530.ts"
import { contract, type Subject } from "../../devices/testing.ts"
import { sp804 } from "../../devices/timer/sp804.ts"
import { virtioMmio } from "../../devices/virtio/virtio-mmio.ts"
import { sp805 } from "../../devices/watchdog/sp805.ts"

/** Contents that no write changes, since a snapshot of a part does not have them. */
const constantBytes = (length: number) =>
  Uint8Array.from({ length }, (_, n) => (Math.imul(n + 1, 0x9e37_79b1) >>> 24) & (n % 16 === 3 ? 0x7f : 0xff))
const constantBlock = (size: number): BlockPort => ({
  size,
  isReadOnly: false,
  read: (offset, into) => offset + into.length <= size && into.fill(offset & 0xff).length > 0,
  write: (offset, from) => offset + from.length <= size,
  flush: () => true,
})

const subjects: Subject[] = [
  {
    name: "pl011",
    create: ({ clock, log, line, port }) => pl011.create({ clock, log, wires: { irq: line("irq"), console: port() } }),
  },
  {
    name: "pl031",
    create: ({ clock, log, line }) =>
      pl031.create({ clock, log, wires: { irq: line("irq") }, options: { epochSeconds: 0xffff_fff0 } }),
  },
  {
    name: "gicv2",
    inputs: 288,
    create: ({ clock, log, line }) => gicv2.create({ clock, log, wires: { irq: [line("irq")], fiq: [line("fiq")] } }),
  },
  {
    name: "gicv2 with four CPUs",
    inputs: 64,
    create: ({ clock, log, line }) =>
      gicv2.create({
        clock,
        log,
        options: { cpus: 4, interrupts: 64 },
        wires: { irq: [0, 1, 2, 3].map((n) => line(`irq${n}`)), fiq: [0, 1, 2, 3].map((n) => line(`fiq${n}`)) },
      }),
  },
  {
    name: "pl190",
    inputs: 32,
    create: ({ clock, log, line }) => pl190.create({ clock, log, wires: { irq: line("irq"), fiq: line("fiq") } }),
  },
  {
    name: "versatile-sic",
    inputs: 32,
    create: ({ clock, log, line }) =>
      versatileSic.create({ clock, log, wires: { irq: line("irq"), direct: { 21: line("21"), 30: line("30") } } }),
  },
  { name: "versatile-i2c", create: ({ clock, log }) => versatileI2c.create({ clock, log, wires: {} }) },
  { name: "sp804", create: ({ clock, log, line }) => sp804.create({ clock, log, wires: { irq: line("irq") } }) },
  {
    name: "sp805",
    create: ({ clock, log, line }) => sp805.create({ clock, log, wires: { irq: line("irq"), reset: line("reset") } }),
  },
  {
    name: "pl061",
    inputs: 8,
    create: ({ clock, log, line }) =>
      pl061.create({ clock, log, wires: { irq: line("irq"), pins: [line("pin0"), line("pin1")] } }),
  },
  {
    name: "versatile-sysreg",
    create: ({ clock, log, line }) => versatileSysreg.create({ clock, log, wires: { reset: line("reset") } }),
  },
  {
    name: "cfi-flash",
    stateBytes: 8 * 16384 * 1.4,
    create: ({ clock, log, line }) =>
      cfiFlash.create({
        clock,
        log,
        wires: { readArray: line("readArray") },
        options: { bytes: 8 * 8192, sectorBytes: 8192, contents: Uint8Array.from({ length: 9000 }, (_, n) => n) },
      }),
  },
  {
    name: "virtio-mmio",
    create: ({ clock, log, line }) => virtioMmio.create({ clock, log, wires: { irq: line("irq") } }),
  },
  {
    name: "z8530",
    inputs: 6,
    create: ({ clock, log, line, port }) =>
      z8530.create({ clock, log, wires: { irqA: line("irqA"), irqB: line("irqB"), portA: port(), portB: port() } }),
  },
  {
    name: "cuda",
    create: ({ clock, log, line, port }) =>
      cuda.create({
        clock,
        log,
        wires: {
          irq: line("irq"),
          powerOff: line("powerOff"),
          reset: line("reset"),
          keyboard: port(),
          mouse: port(),
        },
      }),
  },
  {
    name: "dbdma",
    create: ({ clock, log, line, memory }) =>
      dbdma.create({
        clock,
        log,
        wires: {
          memory: memory(constantBytes(0x1_0000), { isConstant: true }),
          channels: { 0: new DmaLink(), 5: new DmaLink() },
          irq: { 0: line("irq0"), 5: line("irq5") },
        },
      }),
  },
  {
    name: "ide",
    // A block of data for each device, in base64.
    stateBytes: 2 * 65_536 * 1.4 + 4000,
    create: ({ clock, log, line }) =>
      ide.create({
        clock,
        log,
        wires: {
          irq: line("irq"),
          dma: new DmaLink(),
          drive0: { media: "disk", block: constantBlock(512 * 1000) },
          drive1: { media: "cdrom", block: constantBlock(2048 * 1000) },
        },
      }),
  },
  {
    name: "macio-nvram",
    create: ({ clock, log }) => macioNvram.create({ clock, log, wires: {} }),
  },
  {
    name: "fw-cfg",
    create: ({ clock, log }) =>
      fwCfg.create({ clock, log, wires: {}, options: { items: [{ key: 0, bytes: Uint8Array.of(1, 2, 3) }] } }),
  },
  {
    name: "pmu with ADB",
    create: ({ clock, log, line, port }) =>
      pmu.create({
        clock,
        log,
        options: { hasAdb: true },
        wires: {
          irq: line("irq"),
          interrupt: line("interrupt"),
          powerOff: line("powerOff"),
          reset: line("reset"),
          keyboard: port(),
          mouse: port(),
        },
      }),
  },
  {
    name: "heathrow-pic",
    inputs: 64,
    create: ({ clock, log, line }) => heathrowPic.create({ clock, log, wires: { irq: line("irq") } }),
  },
  {
    name: "openpic",
    inputs: 64,
    create: ({ clock, log, line }) => openpic.create({ clock, log, wires: { int: [line("int")] } }),
  },
  {
    name: "openpic with two CPUs",
    inputs: 64,
    create: ({ clock, log, line }) =>
      openpic.create({
        clock,
        log,
        options: { cpus: 2 },
        wires: { int: [line("int0"), line("int1")], init: [line("init0"), line("init1")] },
      }),
  },
  {
    name: "grackle",
    create({ clock, log }) {
      const bus = new PciBus("pci")
      const part = grackle.create({ clock, log, wires: { bus } })
      bus.attach("grackle", { slot: 0, function: 0 }, part.pci!)
      return part
    },
  },
  {
    name: "uninorth-pci",
    create({ clock, log }) {
      const bus = new PciBus("pci")
      const part = uninorthPci.create({ clock, log, wires: { bus } })
      bus.attach("uninorth", { slot: 11, function: 0 }, part.pci!)
      return part
    },
  },
  {
    name: "vga",
    stateBytes: 2 * 0x1_0000,
    create: ({ clock, log }) =>
      vga.create({ clock, log, wires: {}, options: { memoryBytes: 0x1_0000, rom: Uint8Array.of(0x55, 0xaa, 1, 2) } }),
  },
  { name: "uninorth-control", create: ({ clock, log }) => uninorthControl.create({ clock, log, wires: {} }) },
  { name: "mac-io", create: ({ clock, log }) => macIo.create({ clock, log, wires: { cells: new LocalBus("cells") } }) },
  {
    name: "keylargo-gpio",
    inputs: 35,
    create: ({ clock, log, line }) =>
      keylargoGpio.create({ clock, log, wires: { irqs: { 1: line("1"), 9: line("9") } } }),
  },
  { name: "keylargo-timer", create: ({ clock, log }) => keylargoTimer.create({ clock, log, wires: {} }) },
  { name: "feature-control", create: ({ clock, log }) => featureControl.create({ clock, log, wires: {} }) },
  { name: "raz", create: ({ clock, log }) => raz.create({ clock, log, wires: {} }) },
]

for (const subject of subjects) {
  describe(subject.name, () => {
    for (const seed of [1, 2, 3]) {
      for (const { rule, check } of contract(subject, seed)) it(`${rule} (seed ${seed})`, check)
    }
  })
}

/** A part that breaks rules on demand: the contract must notice. */
const flawed = (flaw: string): Subject => ({
  name: flaw,
  create: ({ clock, log, line }) => {
    let hidden = 0
    const part = device({
      name: "flawed",
      wires: { irq: wire.line },
      size: 16,
      options: {},
      state: () => ({ value: 0, queue: [] as number[] }),
      ...(flaw === "keeps state over reset" ? { keep: [] } : {}),
      registers: {
        value: {
          at: 0,
          read: (c) => (flaw === "hides state" ? hidden : c.state.value),
          write(c, v) {
            hidden = v
            c.state.value = v
            if (flaw === "grows") for (let n = 0; n < 10; n++) c.state.queue.push(v)
            if (flaw === "throws" && v === 0xff) throw new Error("a part may not throw")
          },
        },
        wide: { at: 4, read: () => (flaw === "gives fractions" ? 0.5 : 1) },
      },
      drive: (c) => c.wires.irq.set(c.state.value === 1),
    }).create({ clock, log, wires: { irq: line("irq") } })
    if (flaw === "drives lines at restore") return { ...part, restore: () => part.reset() }
    if (flaw === "keeps state over reset") return { ...part, reset() {} }
    if (flaw === "ignores undefined accesses") return { ...part, read: (at, n) => (at === 8 ? 0 : part.read(at, n)) }
    return part
  },
})

describe("the contract", () => {
  const broken = (flaw: string) =>
    contract(flawed(flaw)).flatMap(({ rule, check }) => {
      try {
        check()
        return []
      } catch {
        return [rule]
      }
    })

  it("passes a sound part", () => expect(broken("none")).toEqual([]))

  for (const [flaw, rule] of [
    ["hides state", "a restored snapshot behaves as the original did"],
    ["grows", "hostile accesses neither throw nor fill memory"],
    ["throws", "hostile accesses neither throw nor fill memory"],
    ["drives lines at restore", "restore drives no line"],
    ["keeps state over reset", "reset equals fresh state"],
    ["ignores undefined accesses", "an undefined access is logged, reads as 0 and changes nothing"],
  ] as const) {
    it(`notices a part that ${flaw}`, () => expect(broken(flaw)).toContain(rule))
  }
})
