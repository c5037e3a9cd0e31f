// Linux with a busybox user space on the Macintosh boards, by our Open Firmware.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { FileBlock } from "../../src/host/file-block.ts"
import type { BootOptions, Engine } from "../../src/index.ts"
import { describeGuests, guestFile, linuxTrouble, run } from "./guests.ts"
import { selfTestLines, selfTestOf, vectorSelfTestLines } from "./self-test.ts"

const KERNEL = "ppc/vmlinux"
const INITRD = "ppc/initramfs-ppc32.cpio.gz"
/** Another kernel, in gzip, with virtio and 9p. */
const KVM_GUEST = "ppc/kvmguest/ppc32-kvmguest-vmlinux.gz"
const MINUTES = 60_000
/** Bounds against a boot that hangs, in instructions. */
const LIMIT = { selfTest: 8e9, shell: 5e9 }
const MiB = 1024 * 1024

/** Boards with what the kernel prints of their parts, as it does on QEMU's. */
const BOARDS = [
  {
    machine: "g3beige",
    selfTest: selfTestLines,
    lines: [
      "cpu\t\t: 740/750",
      "Found Grackle (MPC106) PCI host bridge at 0x0000000080000000. Firmware bus number: 0->0",
      "PowerMac motherboard: PowerMac G3 (Silk)",
      "irq: Found primary Apple PIC /pci@80000000/mac-io@10 for 64 irqs",
      "Macintosh Cuda and Egret driver.",
      "nvram: OF partition at 0x1800",
      "setting system clock to 2024-01-01T12:00:0",
    ],
  },
  {
    machine: "mac99",
    selfTest: vectorSelfTestLines,
    lines: [
      "cpu\t\t: 7400, altivec supported",
      "Found UniNorth memory controller & host bridge @ 0xf8000000 revision: 0x07",
      'mpic: Setting up MPIC " MPIC 1   " version 1.2 at 80040000, max 1 CPUs',
      "Macintosh Cuda and Egret driver.",
      "setting system clock to 2024-01-01T12:00:0",
    ],
  },
  {
    machine: "mac99,via=pmu",
    selfTest: vectorSelfTestLines,
    lines: ["PMU i2c /pci@f2000000/mac-io@c/via-pmu@16000", "setting system clock to 2024-01-01T12:00:0"],
  },
] as const

describeGuests("Linux on the Macintosh boards", [KERNEL, INITRD], () => {
  const guest = (machine: string, append: string, more: Partial<BootOptions> = {}) => ({
    image: guestFile(KERNEL),
    initrd: guestFile(INITRD),
    machine,
    append: `console=ttyPZ0 ${append}`,
    failOn: linuxTrouble,
    ...more,
  })

  it.each(BOARDS)(
    "passes its self test on $machine, and is switched off by a command",
    {
      timeout: 8 * MINUTES,
    },
    async ({ machine, selfTest, lines }) => {
      const { text, ...end } = await run({
        ...guest(machine, ""),
        expect: [/GUEST-SELFTEST-\w+/, /guest# /],
        send: ["", "poweroff -f\n"],
        maxInstructions: LIMIT.selfTest,
      })
      expect(end).toMatchObject({ outcome: "off", reason: "" })
      expect(selfTestOf(text)).toEqual(selfTest)
      for (const line of lines) expect(text).toContain(line)
      expect(text.trimEnd()).toMatch(/reboot: Power down$/)
    },
  )

  it("starts with the same bytes and the same number of instructions each time, and on the interpreter", {
    timeout: 8 * MINUTES,
  }, async () => {
    // A slow clock makes the kernel's delays short.
    const start = (engine: Engine) =>
      run({
        ...guest("g3beige", "guest.noself", { engine, clockRate: 1e8 }),
        expect: [/GUEST-INIT-START/],
        maxInstructions: LIMIT.shell,
      })
    const first = await start("jit")
    expect(first).toMatchObject({ outcome: "matched", reason: "" })
    for (const engine of ["jit", "interpreter"] as const) {
      const again = await start(engine)
      expect(again.output).toBe(first.output)
      expect(again.instructions).toBe(first.instructions)
      expect(again.virtualSeconds).toBe(first.virtualSeconds)
    }
  })

  it("keeps a disk over a restart and from one board to another", { timeout: 8 * MINUTES }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "emu-disk-"))
    const path = join(folder, "disk.img")
    writeFileSync(path, new Uint8Array(8 * MiB))
    const errors: string[] = []
    const disk = {
      media: "disk",
      index: 0,
      name: "disk",
      image: new FileBlock(path, false, ({ what }) => errors.push(what)),
    } as const
    const check = "mount /dev/sda /mnt && md5sum /mnt/busybox; umount /mnt\n"
    const first = await run({
      ...guest("g3beige", "guest.noself", { drives: [disk], clockRate: 1e8 }),
      expect: [/guest# /, /guest# /, /GUEST-SHELL/, /guest# /, /guest# /],
      send: [
        "mke2fs -q /dev/sda && mount /dev/sda /mnt && cp /bin/busybox /mnt && sync && umount /mnt; md5sum /bin/busybox\n",
        "reboot -f\n",
        "",
        check,
        "poweroff -f\n",
      ],
      maxInstructions: LIMIT.shell,
    })
    expect(first).toMatchObject({ outcome: "off", reason: "" })
    const sum = /^([0-9a-f]{32}) {2}\/bin\/busybox$/m.exec(first.text)?.[1]
    expect(sum).toBeDefined()
    expect(first.text).toContain(`${sum}  /mnt/busybox\n`)
    const second = await run({
      ...guest("mac99", "guest.noself", { drives: [disk], clockRate: 1e8 }),
      expect: [/guest# /, /guest# /],
      send: [check, "poweroff -f\n"],
      maxInstructions: LIMIT.shell,
    })
    rmSync(folder, { recursive: true })
    expect(second).toMatchObject({ outcome: "off", reason: "" })
    expect(second.text).toContain(`${sum}  /mnt/busybox\n`)
    expect(errors).toEqual([])
  })
})

describeGuests("Linux with KVM's guest support on mac99", [KVM_GUEST, INITRD], () => {
  it("is unpacked, and starts its user space", { timeout: 4 * MINUTES }, async () => {
    const end = await run({
      image: guestFile(KVM_GUEST),
      initrd: guestFile(INITRD),
      machine: "mac99",
      append: "console=ttyPZ0",
      failOn: linuxTrouble,
      expect: [/7400, altivec supported/],
      clockRate: 1e8,
      maxInstructions: LIMIT.shell,
    })
    expect(end).toMatchObject({ outcome: "matched", reason: "" })
  })
})
