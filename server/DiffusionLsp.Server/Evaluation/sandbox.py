# Runs the program on standard input out of this machine's reach, and says "passed" where it runs to its end. It expects
# to be the first process of new mount, network, pid and ipc namespaces. A set-up that fails raises before a line of the
# program is run.
import ctypes
import os
import resource
import signal
import struct
import sys

user, cpu_seconds, wall_seconds, memory_bytes, file_bytes = map(int, sys.argv[1:])
libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


program = sys.stdin.buffer.read()
verdict = os.dup(1)

# Everything is read-only, submounts included (mount_setattr, Linux 5.12), but for an empty folder to work in. Another
# hides /run, where the sockets of services are.
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, READ_ONLY = 442, -100, 0x8000, 1
attributes = ctypes.create_string_buffer(struct.pack("4Q", READ_ONLY, 0, 0, 0), 32)
check(libc.syscall(MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, attributes, ctypes.c_size_t(32)), "mount_setattr")
for folder in filter(os.path.isdir, ("/run", "/tmp")):
    size = f"size={16 * file_bytes},mode=1777"
    check(libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, size.encode()), f"mount on {folder}")
os.chdir("/tmp")

# Of a privileged user's rights the right to read is kept, since the interpreter may lie in a folder of that user.
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS = 1, 8, 38
CAPABILITY_VERSION, READ_SEARCH = 0x20080522, 1 << 2
check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keepcaps")
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
header = struct.pack("Ii", CAPABILITY_VERSION, 0)
check(libc.capset(header, struct.pack("6I", READ_SEARCH, READ_SEARCH, 0, 0, 0, 0)), "capset")
check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "pdeathsig")

for limit, value in (
    (resource.RLIMIT_CPU, cpu_seconds),
    (resource.RLIMIT_AS, memory_bytes),
    (resource.RLIMIT_FSIZE, file_bytes),
    (resource.RLIMIT_NOFILE, 64),
    (resource.RLIMIT_NPROC, 0),
    (resource.RLIMIT_CORE, 0),
):
    resource.setrlimit(limit, (value, value))

# Whoever started this keeps the time as well, unless it has died.
signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
signal.alarm(wall_seconds)

# A program that leaves early, by exit(0) for one, has not run its tests: only its end counts.
nowhere = os.open(os.devnull, os.O_RDWR)
for stream in (0, 1, 2):
    os.dup2(nowhere, stream)
exec(compile(program, "program.py", "exec"), {"__name__": "__main__"})
os.write(verdict, b"passed")
os._exit(0)
