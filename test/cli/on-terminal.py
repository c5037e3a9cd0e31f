# Runs the command on a terminal of its own and does to it what the script says. Prints what came of it, as JSON.
# Arguments: "leader" or "guest" (whether the command leads the terminal's session), a script in JSON, the command.

import json, os, pty, resource, select, signal, subprocess, sys, termios, time

kind, script, argv = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]
LONGEST = 45
# SIGQUIT would leave the memory of the process in a file.
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
result = {"out": ""}

if kind == "leader":
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
else:
    # The terminal is not its controlling one, so that closing it sends no signal.
    terminal, inner = pty.openpty()
    child = subprocess.Popen(argv, stdin=inner, stdout=inner, stderr=subprocess.PIPE, start_new_session=True)
    pid = child.pid
    os.close(inner)

before = termios.tcgetattr(terminal)


def read(seconds):
    if select.select([terminal], [], [], seconds)[0]:
        try:
            result["out"] += os.read(terminal, 65536).decode("utf8", "replace")
        except OSError:
            time.sleep(seconds)


def wait_for(condition):
    end = time.time() + LONGEST
    while not condition() and time.time() < end:
        read(0.01)


started = time.time()
is_open = True
for action, *rest in script:
    if action == "see":
        wait_for(lambda: rest[0] in result["out"])
        time.sleep(0.2)
    if action == "raw":
        result["raw"] = not termios.tcgetattr(terminal)[3] & termios.ICANON
    if action == "sleep":
        time.sleep(rest[0])
    started = time.time()
    if action == "deaf":
        read = lambda seconds: time.sleep(seconds)
    if action == "type":
        os.write(terminal, rest[0].encode())
    if action == "signal":
        os.kill(pid, getattr(signal, rest[0]))
    if action == "close":
        os.close(terminal)
        is_open = False
while time.time() < started + LONGEST:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        break
    read(0.01) if is_open else time.sleep(0.01)
else:
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
result["seconds"] = time.time() - started
result["signal"] = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else None
result["status"] = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
if is_open and kind == "leader":
    result["isRestored"] = termios.tcgetattr(terminal) == before
print(json.dumps(result))
