/* /init of the i386 guest: runs /bench once for each of its arguments, which is the bench's scale. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    for (int n = 1; n < argc; n++) {
        int status = -1;
        if (fork() == 0) {
            execl("/bench", "/bench", argv[n], (char *)0);
            _exit(127);
        }
        wait(&status);
        printf("GUEST-BENCH-DONE rc=%d\n", WEXITSTATUS(status));
        fflush(stdout);
    }
    for (;;) pause();
}
