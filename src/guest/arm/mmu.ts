// The monitor's translation tables: short descriptors (ARM DDI 0406C, B3.5), an identity map except for a window of pages.

/** `mmu_start`. */
export const mmu = `
@ Builds the tables and turns the MMU and the caches on.
mmu_start:
    ldr     r0, =TABLE1
    mov     r1, #0x4400                 @ bytes of both tables
    mov     r2, #0
1:  str     r2, [r0], #4
    subs    r1, r1, #4
    bne     1b

    ldr     r0, =TABLE1
    ldr     r1, =GICD + SECTION_DEVICE
    str     r1, [r0, #(GICD >> 20) * 4]
    ldr     r1, =UART + SECTION_DEVICE
    str     r1, [r0, #(UART >> 20) * 4]
    ldr     r1, =TABLE2 + 1
    str     r1, [r0, #(WINDOW >> 20) * 4]
    ldr     r1, =RAM + SECTION_MEMORY + 0x20
    str     r1, [r0, #(CLOSED_DOMAIN >> 20) * 4]

    add     r0, r0, #(RAM >> 20) * 4
    ldr     r1, =RAM + SECTION_MEMORY
    ldr     r2, =memory_bytes
    ldr     r2, [r2]
    lsr     r2, r2, #20
2:  str     r1, [r0], #4
    add     r1, r1, #0x100000
    subs    r2, r2, #1
    bne     2b

    ldr     r0, =TABLE2
    ldr     r1, =window_pages
    mov     r2, #7
3:  ldr     r3, [r1], #4
    str     r3, [r0], #4
    subs    r2, r2, #1
    bne     3b

    mov     r0, #0
    mcr     p15, 0, r0, c2, c0, 2       @ TTBCR: one table for all addresses
    ldr     r0, =TABLE1
    mcr     p15, 0, r0, c2, c0, 0       @ TTBR0
    mov     r0, #1
    mcr     p15, 0, r0, c3, c0, 0       @ DACR: domain 0 is checked, all others are closed
    mcr     p15, 0, r0, c8, c7, 0       @ TLBIALL
    mcr     p15, 0, r0, c7, c5, 0       @ ICIALLU
    mcr     p15, 0, r0, c7, c5, 6       @ BPIALL
    dsb     sy
    isb     sy
    mrc     p15, 0, r0, c1, c0, 0       @ SCTLR
    bic     r0, r0, #0x30000000         @ no TRE, no AFE
    bic     r0, r0, #0x00000002         @ no alignment checks
    orr     r0, r0, #0x00001800         @ instruction cache, branch prediction
    orr     r0, r0, #0x00000005         @ data cache, MMU
    mcr     p15, 0, r0, c1, c0, 0
    isb     sy
    bx      lr
    .pool

window_pages:
    .word   PAGE + PAGE_RW              @ READ_WRITE
    .word   PAGE + PAGE_RO              @ READ_ONLY
    .word   PAGE + PAGE_NONE            @ NO_ACCESS
    .word   0                           @ HOLE
    .word   PAGE + PAGE_USER_RO         @ USER_CODE
    .word   PAGE + PAGE_XN              @ NO_EXECUTE
    .word   PAGE + PAGE_RW              @ MOVING
`
