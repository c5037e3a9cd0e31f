// A guest that does everything wrong with an IDE channel and its DMA: nothing throws, nothing grows, images keep their size.
import { describe, expect, it } from "vitest"
import { Random } from "../support/random.ts"
import { CHANNEL, cdrom, disk, diskOf, IdeBench, REG } from "./ide-bench.ts"

const COMMANDS = [
  0x08, 0x20, 0x24, 0x25, 0x29, 0x30, 0x35, 0x39, 0x90, 0xa0, 0xa1, 0xc4, 0xc5, 0xc6, 0xc8, 0xca, 0xec, 0xef,
]
const PACKETS = [0x00, 0x03, 0x12, 0x1b, 0x1e, 0x25, 0x28, 0x43, 0x46, 0x4a, 0x51, 0x5a, 0xa8, 0xbd, 0xbe]
const DMA_COMMANDS = [0x0000, 0x1000, 0x2000, 0x3000, 0x4600, 0x5600, 0x6000, 0x7000, 0x600c, 0x6003, 0x6030]

function misuse(seed: number): string {
  const random = new Random(seed)
  const below = (n: number) => random.u32() % n
  const pick = <T>(...from: readonly T[]): T => from[below(from.length)]!
  const image = diskOf(64)
  const bench = new IdeBench(disk(image), cdrom(new Uint8Array(64 * 2048)))
  const small = () => pick(0, 1, 2, 16, 63, 64, below(256))
  const actions = [
    () => bench.put(pick(REG.features, REG.count, REG.low, REG.mid, REG.high), small()),
    () => bench.put(REG.device, pick(0xe0, 0xf0, 0xa0, 0xb0, below(256))),
    () => bench.put(REG.command, pick(...COMMANDS, below(256))),
    () => bench.feed(Uint8Array.from({ length: 12 }, (_, n) => (n === 0 ? pick(...PACKETS, below(256)) : small()))),
    () => bench.feed(new Uint8Array(pick(2, 512, 700))),
    () => bench.words(pick(1, 6, 256, 1000)),
    () => bench.put(REG.control, pick(0, 0, 2, 4, 0x80)),
    () => bench.get(pick(...Object.values(REG))),
    () => {
      const command = () =>
        [pick(...DMA_COMMANDS), pick(0, 1, 512, 0xffff, below(5000)), random.u32() % (pick(1, 4) << 20)] as const
      bench.list(0x1000, command(), command(), command(), [pick(0x7000, 0x600c), 0, 0, 0x1000])
      bench.run(pick(0x1000, 0xf_fff0, random.u32()))
    },
    () => bench.dma.write(CHANNEL * 0x80, 4, random.u32()),
    () => bench.pass(pick(100, 1000, 50_000)),
  ]
  for (let n = 0; n < 3000; n++) pick(...actions)()
  expect(image.length).toBe(64 * 512)
  for (const part of [bench.channel, bench.dma]) {
    const saved = JSON.stringify(part.snapshot())
    expect(saved.length).toBeLessThan(200_000)
    part.restore(JSON.parse(saved))
    expect(JSON.stringify(part.snapshot())).toBe(saved)
  }
  // Whatever state it is in, a reset by software brings it back.
  bench.dma.write(CHANNEL * 0x80, 4, 0xffff_0000)
  bench.put(REG.control, 4)
  bench.put(REG.control, 0)
  bench.pass(1e5)
  bench.issue(0xec, { device: 0xe0 })
  expect(bench.get(REG.status)).toBe(0x58)
  return `${bench.clock.nowNs()} ${bench.edges.length} ${bench.messages.length} ${image.join()}`
}

describe("a hostile guest at an IDE channel", () => {
  for (let seed = 1; seed <= 8; seed++)
    it(`comes to nothing, and the same twice (seed ${seed})`, () => expect(misuse(seed)).toBe(misuse(seed)))
})
