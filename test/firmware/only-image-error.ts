// The promise of every parser: bad input ends in one line of ImageError, or in a result, and in nothing else.

import { expect } from "vitest"
import { ImageError } from "../../firmware/image-error.ts"

/** Runs `attempt`; fails the test if it throws anything but a one-line ImageError. Returns whether it threw. */
export function throwsOnlyImageError(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch (error) {
    expectImageError(error)
    return true
  }
}

/** The same for a promise. */
export async function rejectsOnlyWithImageError(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt()
    return false
  } catch (error) {
    expectImageError(error)
    return true
  }
}

function expectImageError(error: unknown): void {
  if (!(error instanceof ImageError)) throw error
  expect(error.message).toMatch(/^[^\n]{10,300}$/)
}
