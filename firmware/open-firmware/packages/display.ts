// Displays as packages (IEEE 1275 recommended practice "8-bit Graphics Extension", section 3).

import type { ClientMemory } from "../memory/client-memory.ts"
import type { DisplayPort } from "../ports.ts"
import type { DeviceNode } from "../tree/device-node.ts"
import type { Driver } from "../tree/instance.ts"
import type { ParameterStack } from "../tree/method-stack.ts"

/** A rectangle of whole pixels inside the screen. */
interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The mode of a display as its node states it. */
interface Mode {
  readonly width: number
  readonly height: number
  readonly lineBytes: number
  readonly pixelBytes: number
}

/** A frame buffer with rectangles and a palette. */
export function displayDriver(memory: ClientMemory, port: DisplayPort, node: DeviceNode): Driver {
  const mode = (): Mode => {
    const cell = (name: string) => node.cells(name)[0] ?? 0
    const pixelBytes = Math.max(1, Math.ceil(cell("depth") / 8))
    return { width: cell("width"), height: cell("height"), lineBytes: cell("linebytes"), pixelBytes }
  }
  /** Calls `line` with the frame buffer's offset of each line of the rectangle on the stack. */
  const eachLine = (stack: ParameterStack, line: (offset: number, bytes: number, row: number) => void): void => {
    const { lineBytes, pixelBytes, ...screen } = mode()
    const { x, y, width, height } = popRectangle(stack, screen)
    const address = stack.popUnsigned()
    const bytes = width * pixelBytes
    for (let row = 0; row < height; row++) {
      if (memory.contains(address, (row + 1) * bytes))
        line((y + row) * lineBytes + x * pixelBytes, bytes, address + row * bytes)
    }
  }
  return () => ({
    /** ( -- width height ) */
    dimensions(stack) {
      const { width, height } = mode()
      stack.push(width)
      stack.push(height)
    },
    /** ( color x y width height -- ) */
    "fill-rectangle"(stack) {
      const { lineBytes, pixelBytes, ...screen } = mode()
      const { x, y, width, height } = popRectangle(stack, screen)
      const pixel = new Uint8Array(4)
      new DataView(pixel.buffer).setUint32(0, stack.popUnsigned())
      const line = new Uint8Array(width * pixelBytes)
      for (let i = 0; i < line.length; i += pixelBytes) line.set(pixel.subarray(4 - pixelBytes), i)
      for (let row = 0; row < height; row++) port.write((y + row) * lineBytes + x * pixelBytes, line)
    },
    /** ( addr x y width height -- ) */
    "draw-rectangle": (stack) => eachLine(stack, (offset, bytes, at) => port.write(offset, memory.bytes(at, bytes))),
    /** ( addr x y width height -- ) */
    "read-rectangle": (stack) => eachLine(stack, (offset, bytes, at) => memory.setBytes(at, port.read(offset, bytes))),
    /** ( r g b index -- ) */
    "color!"(stack) {
      const index = stack.pop() & 0xff
      const blue = stack.pop()
      const green = stack.pop()
      port.setColor(index, stack.pop() & 0xff, green & 0xff, blue & 0xff)
    },
    /** ( index -- r g b ) */
    "color@"(stack) {
      for (const component of port.getColor(stack.pop() & 0xff)) stack.push(component)
    },
    /** ( addr index #indices -- ) */
    "set-colors"(stack) {
      const { address, first, count } = popColors(stack)
      const colors = memory.bytes(address, count * 3)
      for (let i = 0; i < count; i++) port.setColor(first + i, colors[i * 3]!, colors[i * 3 + 1]!, colors[i * 3 + 2]!)
    },
    /** ( addr index #indices -- ) */
    "get-colors"(stack) {
      const { address, first, count } = popColors(stack)
      memory.setBytes(
        address,
        Uint8Array.from(Array.from({ length: count }, (_, i) => port.getColor(first + i)).flat()),
      )
    },
  })
}

function popRectangle(stack: ParameterStack, screen: { width: number; height: number }): Rectangle {
  const height = stack.popUnsigned()
  const width = stack.popUnsigned()
  const y = Math.min(stack.popUnsigned(), screen.height)
  const x = Math.min(stack.popUnsigned(), screen.width)
  // What would lie beside the screen is cut off.
  return { x, y, width: Math.min(width, screen.width - x), height: Math.min(height, screen.height - y) }
}

function popColors(stack: ParameterStack): { address: number; first: number; count: number } {
  const count = stack.popUnsigned()
  const first = stack.pop() & 0xff
  return { address: stack.popUnsigned(), first, count: Math.min(count, 256 - first) }
}
