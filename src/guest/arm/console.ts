// The monitor's console, a PL011 (ARM DDI 0183G): direct writes, reads by interrupts, formatted output, line input.

/** `console_start`, `put`, `print`, `read_line`. */
export const console = String.raw`
console_start:
    ldr     r0, =UART
    mov     r1, #0
    str     r1, [r0, #UARTCR]
    mov     r1, #13                     @ 115200 bits a second from 24 MHz
    str     r1, [r0, #UARTIBRD]
    mov     r1, #1
    str     r1, [r0, #UARTFBRD]
    mov     r1, #0x70                   @ eight bits, FIFOs
    str     r1, [r0, #UARTLCR_H]
    mov     r1, #0x50                   @ receive, receive timeout
    str     r1, [r0, #UARTIMSC]
    movw    r1, #0x301                  @ receiver, transmitter, on
    str     r1, [r0, #UARTCR]
    bx      lr

@ Prints the character r0; a line feed starts a new line.
put:
    cmp     r0, #10
    bne     put_byte
    push    {r4, lr}
    mov     r0, #13
    bl      put_byte
    pop     {r4, lr}
    mov     r0, #10
put_byte:
    ldr     r1, =UART
1:  ldr     r2, [r1, #UARTFR]
    tst     r2, #0x20                   @ transmit FIFO full
    bne     1b
    str     r0, [r1, #UARTDR]
    bx      lr

put_text:
    push    {r4, lr}
    mov     r4, r0
1:  ldrb    r0, [r4], #1
    cmp     r0, #0
    popeq   {r4, pc}
    bl      put
    b       1b

put_decimal:
    push    {r4, lr}
    mov     r1, #10
    udiv    r2, r0, r1
    mls     r4, r2, r1, r0
    movs    r0, r2
    blne    put_decimal
    add     r0, r4, #'0'
    pop     {r4, lr}
    b       put

put_hex:
    push    {r4, r5, r6, lr}
    mov     r4, r0
    mov     r5, #8
1:  ror     r4, r4, #28
    and     r0, r4, #15
    cmp     r0, #10
    addlo   r0, r0, #'0'
    addhs   r0, r0, #'a' - 10
    bl      put
    subs    r5, r5, #1
    bne     1b
    pop     {r4, r5, r6, pc}

@ Prints the format r0 with r1 to r3: %u decimal, %x eight hexadecimal digits, %s text, %c character.
print:
    push    {r1, r2, r3}
    push    {r4, r5, lr}
    mov     r4, r0
    add     r5, sp, #12
1:  ldrb    r0, [r4], #1
    cmp     r0, #0
    beq     2f
    adr     lr, 1b
    cmp     r0, #'%'
    bne     put
    ldrb    r1, [r4], #1
    ldr     r0, [r5], #4
    cmp     r1, #'u'
    beq     put_decimal
    cmp     r1, #'x'
    beq     put_hex
    cmp     r1, #'s'
    beq     put_text
    b       put
2:  pop     {r4, r5, lr}
    add     sp, sp, #12
    bx      lr

@ Buffers received characters; drops them if the buffer is full.
console_interrupt:
    ldr     r0, =UART
    ldr     r1, =input
1:  ldr     r2, [r0, #UARTFR]
    tst     r2, #0x10                   @ receive FIFO empty
    bne     2f
    ldr     r2, [r0, #UARTDR]
    ldr     r3, [r1]
    ldr     r12, [r1, #4]
    sub     r12, r3, r12
    cmp     r12, #INPUT_BYTES
    bhs     1b
    and     r12, r3, #INPUT_BYTES - 1
    add     r12, r12, #8
    strb    r2, [r1, r12]
    add     r3, r3, #1
    str     r3, [r1]
    b       1b
2:  mov     r2, #0x50
    str     r2, [r0, #UARTICR]
    bx      lr

@ Waits for a character and returns it in r0.
read_byte:
    ldr     r1, =input
1:  cpsid   i
    ldr     r2, [r1]
    ldr     r3, [r1, #4]
    cmp     r2, r3
    wfieq                               @ an interrupt ends the wait though it is masked
    cpsie   i
    beq     1b
    and     r0, r3, #INPUT_BYTES - 1
    add     r0, r0, #8
    ldrb    r0, [r1, r0]
    add     r3, r3, #1
    str     r3, [r1, #4]
    bx      lr

@ Reads a line and echoes it: Backspace deletes a character, Ctrl-U all of them. Returns the text in r0.
read_line:
    push    {r4, r5, r6, lr}
    ldr     r4, =line
    mov     r5, #0                      @ characters so far
1:  bl      read_byte
    cmp     r0, #13
    cmpne   r0, #10
    beq     5f
    cmp     r0, #8
    cmpne   r0, #127
    beq     3f
    cmp     r0, #21
    beq     4f
    cmp     r0, #27
    beq     7f
    cmp     r0, #32
    blo     1b
    cmp     r0, #126
    bhi     1b
    cmp     r5, #LINE_BYTES - 1
    bhs     1b
    strb    r0, [r4, r5]
    add     r5, r5, #1
    adr     lr, 1b
    b       put
3:  cmp     r5, #0
    beq     1b
    adr     lr, 1b
    b       6f
4:  cmp     r5, #0
    beq     1b
    adr     lr, 4b
    b       6f
5:  mov     r0, #0
    strb    r0, [r4, r5]
    mov     r0, #10
    bl      put
    mov     r0, r4
    pop     {r4, r5, r6, pc}
6:  sub     r5, r5, #1
    ldr     r0, =rubout
    b       put_text
7:  bl      read_byte                   @ ESC [ ... letter: a key that means nothing here
    cmp     r0, #'['
    cmpne   r0, #'O'
    bne     1b
8:  bl      read_byte
    cmp     r0, #'@'
    blo     8b
    b       1b
    .pool

input:
    .word   0                           @ characters received
    .word   0                           @ characters taken
    .space  INPUT_BYTES
line:
    .space  LINE_BYTES
rubout:
    .asciz  "\b \b"
    .balign 4
`
