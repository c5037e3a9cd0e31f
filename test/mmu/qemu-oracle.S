@ Asks the MMU about random page tables: for each address a privileged and a user read, write and execution.
@ BASE is the start of RAM, V7 selects the registers of ARMv7. See qemu-oracle.ts for the layout of memory.

        .equ CASES, BASE + 0x200000
        .equ RESULTS, BASE + 0x400000
        .equ TARGET, BASE + 0x1000000
        .equ TARGET_END, BASE + 0x3000000

        .arm
        .global _start
_start:
        ldr     r0, =vectors
#ifdef V7
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
#else
        mov     r1, #0
        ldmia   r0!, {r2-r9}
        stmia   r1!, {r2-r9}
        ldmia   r0!, {r2-r9}
        stmia   r1!, {r2-r9}
#endif
        @ Every KiB of the target: svc 0, then its own address.
        ldr     r0, =TARGET
        ldr     r1, =TARGET_END
        ldr     r2, =0xef000000
1:      str     r2, [r0]
        str     r0, [r0, #4]
        add     r0, r0, #1024
        cmp     r0, r1
        blo     1b

        ldr     r4, =CASES
        ldr     r6, =RESULTS
        ldr     r5, [r4], #4                    @ number of cases
next_case:
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #1
        mcr     p15, 0, r0, c1, c0, 0
        ldr     r1, =0x30180303                 @ AFE TRE UWXN WXN R S A M
        bic     r0, r0, r1
        ldr     r1, [r4], #4
        orr     r0, r0, r1
        ldmia   r4!, {r1, r2, r3, r8, r9, r10, r11}
#ifdef V7
        mcr     p15, 0, r1, c2, c0, 2           @ TTBCR
#endif
        mcr     p15, 0, r2, c2, c0, 0           @ TTBR0
#ifdef V7
        mcr     p15, 0, r3, c2, c0, 1           @ TTBR1
        mcr     p15, 0, r9, c10, c2, 0          @ PRRR
        mcr     p15, 0, r10, c10, c2, 1         @ NMRR
#endif
        mcr     p15, 0, r8, c3, c0, 0           @ DACR
        mov     r7, r11                         @ number of addresses
        mov     r1, #0
        mcr     p15, 0, r1, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r0, c1, c0, 0
#ifdef V7
        isb
#endif
next_address:
        ldr     r8, [r4], #4
        add     r9, r8, #4
        mov     r10, #1
        ldr     r10, [r9]
        str     r10, [r6], #4
        mov     r11, r10
        mov     r10, #1
        str     r11, [r9]
        str     r10, [r6], #4
        mov     r10, #1
        mov     r2, r9
        ldrt    r10, [r2]
        str     r10, [r6], #4
        mov     r10, #1
        mov     r2, r9
        strt    r11, [r2]
        str     r10, [r6], #4
        mov     r1, #0xd3
        adr     r3, 2f
        b       execute
2:      str     r10, [r6], #4
        mov     r1, #0xd0
        adr     r3, 3f
        b       execute
3:      str     r10, [r6], #4
        subs    r7, r7, #1
        bne     next_address
        subs    r5, r5, #1
        bne     next_case
        mrc     p15, 0, r0, c1, c0, 0
        bic     r0, r0, #1
        mcr     p15, 0, r0, c1, c0, 0
        ldr     r0, =BASE + 0x3ffffc
        ldr     r1, =0x600d600d
        str     r1, [r0]
4:      b       4b

execute:
        msr     spsr_cxsf, r1
        movs    pc, r8

on_svc: mov     r10, #1
        mov     pc, r3

on_data_abort:
        mrc     p15, 0, r10, c5, c0, 0          @ DFSR
        orr     r10, r10, #0x80000000
        mrc     p15, 0, r12, c6, c0, 0          @ DFAR
        cmp     r12, r9
        orrne   r10, r10, #0x40000000
        subs    pc, lr, #4

on_prefetch_abort:
        mrc     p15, 0, r10, c5, c0, 1          @ IFSR
        orr     r10, r10, #0x80000000
        mov     r1, #0xd3
        msr     spsr_cxsf, r1
        movs    pc, r3

        .balign 32
vectors:
        b       .
        b       .
        ldr     pc, [pc, #16]
        ldr     pc, [pc, #16]
        ldr     pc, [pc, #16]
        b       .
        b       .
        b       .
        .word   on_svc, on_prefetch_abort, on_data_abort
        .ltorg
