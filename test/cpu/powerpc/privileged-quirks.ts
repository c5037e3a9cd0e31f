// Where QEMU 7.2 departs from the manuals, with what they want instead.

import type { PowerPcModelName } from "../../../cpu/powerpc/index.ts"

type Quirk = { readonly case: string; readonly record: string; readonly model?: PowerPcModelName }

const quirks: readonly Quirk[] = []

/** The record that the manuals want of a case, if QEMU's is another one. */
export const quirkOf = (name: string, model: PowerPcModelName): string | undefined =>
  quirks.find((quirk) => quirk.case === name && (quirk.model ?? model) === model)?.record
