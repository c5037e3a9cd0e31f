// Bridges and interrupt controllers beside those of QEMU's g3beige and mac99: the same accesses, the same answers.

import { describe, expect, it } from "vitest"
import { unavailable } from "../../oracle/qemu.ts"
import { type Access, qtest } from "../../support/qtest.ts"
import { Random } from "../../support/random.ts"
import { carryOut, g3beige, mac99 } from "./mac-boards.ts"

const why = unavailable("qemu-system-ppc")
const HEATHROW = "/machine/unattached/device[3]/pic"
const KEYLARGO = "/machine/unattached/device[8]/pic"

/** A value as a big-endian CPU stores it for a little-endian register. */
const swapped = (value: number) =>
  (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0

/** Selects a register of a function behind Grackle, and reads or writes it at any offset of the word. */
const grackle = (slot: number, register: number, ...then: (["read", 1 | 2 | 4] | ["write", 1 | 2 | 4, number])[]) =>
  cycles(
    0xfec0_0000,
    swapped((0x8000_0000 | (slot << 11) | (register & 0xfc)) >>> 0),
    0xfee0_0000 + (register & 3),
    then,
  )

/** The same behind UniNorth, by the slot's IDSEL line. */
const uninorth = (slot: number, register: number, ...then: (["read", 1 | 2 | 4] | ["write", 1 | 2 | 4, number])[]) =>
  cycles(0xf280_0000, swapped(((1 << slot) | (register & 0xfc)) >>> 0), 0xf2c0_0000 + (register & 7), then)

function cycles(
  address: number,
  word: number,
  data: number,
  then: (["read", 1 | 2 | 4] | ["write", 1 | 2 | 4, number])[],
): Access[] {
  const accesses = then.map(
    (one): Access => (one[0] === "read" ? ["read", data, one[1]] : ["write", data, one[1], one[2]]),
  )
  return [["write", address, 4, word], ["read", address, 4], ...accesses]
}

/** Mac I/O of the beige G3 at 0x80000000, decoding memory. */
const placeHeathrow = [...grackle(16, 0x10, ["write", 4, swapped(0x8000_0000)]), ...grackle(16, 4, ["write", 2, 0x200])]
const placeKeylargo = [
  ...uninorth(12, 0x10, ["write", 4, swapped(0x8000_0000)]),
  ...uninorth(12, 4, ["write", 2, 0x200]),
]

describe.skipIf(why)(`beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it("Grackle's configuration cycles reach the same registers", async () => {
    const headers = [0, 2, 8, 9, 10, 0xe, 0x2c, 0x3d]
    const accesses = [0, 16, 5, 31].flatMap((slot) => [
      ...headers.flatMap((register) => grackle(slot, register, ["read", 1])),
      ...[0, 8, 0x2c].flatMap((register) => grackle(slot, register, ["read", 4], ["read", 2])),
    ])
    const bar = [
      ...grackle(16, 0x10, ["write", 4, 0xffff_ffff], ["read", 4]),
      ...grackle(16, 0x14, ["write", 4, 0xffff_ffff], ["read", 4]),
      ...grackle(16, 0x30, ["write", 4, 0xffff_ffff], ["read", 4]),
      ...grackle(16, 0x12, ["write", 1, 0x55], ["read", 2]),
      ...grackle(16, 0x3c, ["write", 1, 0x17], ["read", 4]),
    ]
    // Without the enable bit, nothing is selected.
    const disabled: Access[] = [
      ["write", 0xfec0_0000, 4, 0x0080_0000],
      ["read", 0xfee0_0000, 4],
    ]
    const all = [...accesses, ...bar, ...disabled]
    expect(carryOut(g3beige(), all)).toEqual(await qtest("g3beige", HEATHROW, all))
  })

  it("UniNorth's configuration cycles reach the same registers, in each format of the address", async () => {
    const headers = [0, 2, 4, 6, 8, 9, 10, 0xc, 0xd, 0xe, 0x2c, 0x2e, 0x3c]
    const accesses = [11, 12, 20].flatMap((slot) =>
      headers.flatMap((of) => uninorth(slot, of, ["read", 1], ...(of % 2 === 0 ? [["read", 2] as ["read", 2]] : []))),
    )
    const byDevice = [0x8000_5800, 0x8000_6000, 0x8000_6008, 0x0000_6001, 0x8001_6000, 0x0001_6001].flatMap((word) =>
      cycles(0xf280_0000, swapped(word), 0xf2c0_0000, [["read", 4]]),
    )
    const control: Access[] = [["read", 0xf800_0000, 4]]
    const all = [...accesses, ...byDevice, ...control]
    expect(carryOut(mac99(), all)).toEqual(await qtest("mac99", KEYLARGO, all))
  })

  it.each([1, 2])("Heathrow's interrupt controller does the same at random (seed %d)", async (seed) => {
    const random = new Random(seed)
    const levels = new Array<boolean>(64).fill(false)
    const accesses: Access[] = [...placeHeathrow]
    const base = 0x8000_0010
    for (let n = 0; n < 1500; n++) {
      const action = random.below(5)
      const bank = base + 0x10 * random.below(2)
      if (action < 2) {
        const input = random.below(64)
        levels[input] = !levels[input]
        accesses.push(["line", input, levels[input]!])
      } else if (action < 4) accesses.push(["write", bank + (action === 2 ? 4 : 8), 4, random.below(2 ** 32)])
      else for (const at of [0, 4, 8, 12]) accesses.push(["read", bank + at, 4])
      accesses.push(["interrupt"])
    }
    expect(carryOut(g3beige(), accesses)).toEqual(await qtest("g3beige", HEATHROW, accesses))
  })

  it.each([1, 2])("KeyLargo's OpenPIC gives the same vectors at random (seed %d)", async (seed) => {
    const random = new Random(seed)
    const board = mac99()
    const accesses: Access[] = []
    const answers: number[] = []
    const act = (...these: Access[]) => {
      accesses.push(...these)
      answers.push(...carryOut(board, these))
    }
    const base = 0x8004_0000
    act(...placeKeylargo)
    for (const at of [0x1000, 0x1020, 0x1080, 0x10e0, 0x10f0, 0x2_0080, 0x2_0090]) act(["read", base + at, 4])
    for (let n = 0; n < 64; n++) {
      const vecpri =
        ((random.below(3) === 0 ? 0x8000_0000 : 0) | (random.below(2) << 22) | (random.below(16) << 16) | n) >>> 0
      act(
        ["write", base + 0x1_0000 + 0x20 * n, 4, swapped(vecpri)],
        ["write", base + 0x1_0010 + 0x20 * n, 4, swapped(1)],
      )
    }
    const levels = new Array<boolean>(64).fill(false)
    for (let n = 0; n < 3000; n++) {
      const action = random.below(8)
      if (action < 3) {
        const input = random.below(64)
        levels[input] = !levels[input]
        act(["line", input, levels[input]!])
      } else if (action === 3) act(["write", base + 0x2_0080, 4, swapped(random.below(6))])
      else if (action > 5) act(["write", base + 0x2_00b0, 4, 0])
      // QEMU lets a CPU acknowledge interrupts that the one in service hides.
      else if (board.isInterrupted()) act(["read", base + 0x2_00a0, 4])
    }
    expect(answers.length).toBeGreaterThan(200)
    expect(answers).toEqual(await qtest("mac99", KEYLARGO, accesses))
  })
})
