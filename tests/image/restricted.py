"""Becomes a process in a root directory as the strictest pods have it: `ROOT PROGRAM …`.

In one process: after an `exec` root has no capability that is not in its bounding set.
"""

import ctypes
import os
import sys
import time

NOBODY = 65532
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
LAST_CAPABILITY = 40

root, *command = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
for capability in range(LAST_CAPABILITY + 1):
    if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"cannot drop capability {capability}")
os.chroot(root)
os.chdir("/")
os.setgroups([NOBODY])
os.setgid(NOBODY)
os.setuid(NOBODY)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
    raise OSError(ctypes.get_errno(), "cannot give up new privileges")
# For who wants to know how long the program takes.
print(f'{{"exec": {time.monotonic()}}}', flush=True)
os.execv(command[0], command)
