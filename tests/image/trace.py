"""What a process did to the system, by strace."""

import dataclasses
import pathlib
import re
import subprocess

LINE = re.compile(r"^(?P<process>\d+) +(?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>-?\w+)")
# An open file is not yet written to, but nobody opens one so for another reason.
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
CHANGES = {
    "creat", "mkdir", "mkdirat", "unlink", "unlinkat", "rmdir", "rename", "renameat",
    "renameat2", "link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat",
    "chown", "fchown", "fchownat", "truncate", "ftruncate", "mknod", "mknodat", "mount",
}  # fmt: skip
# Where nothing stays.
NOWHERE = ("/dev/null", "/dev/tty", "/proc/self/")


@dataclasses.dataclass
class Trace:
    """The calls after the program itself had begun."""

    calls: set[str]
    written: list[str]

    @classmethod
    def read(cls, path: pathlib.Path, program: str) -> "Trace":
        calls, written, began = set(), [], False
        for line in path.read_text(errors="replace").splitlines():
            began = began or f'execve("{program}"' in line
            found = LINE.match(line)
            # The end of a call that another thread interrupted has its arguments elsewhere.
            if not began:
                continue
            if resumed := re.match(r"^\d+ +<\.\.\. (\w+) resumed>", line):
                calls.add(resumed[1])
            if unfinished := re.match(r"^\d+ +(\w+)\(.*<unfinished \.\.\.>$", line):
                calls.add(unfinished[1])
            if found:
                calls.add(found["call"])
                if writes(found):
                    written.append(line)
        return cls(calls, written)


def writes(call: re.Match) -> bool:
    if call["result"].startswith("-"):
        return False
    if call["call"] in ("open", "openat"):
        path = re.search(r'"([^"]*)"', call["arguments"])
        return bool(WRITES.search(call["arguments"])) and not path[1].startswith(NOWHERE)
    return call["call"] in CHANGES


def permitted(*sets: str) -> set[str]:
    """The calls of systemd's named sets."""
    found: set[str] = set()
    for name in sets:
        command = ["systemd-analyze", "--no-pager", "syscall-filter", name]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        words = {line.strip() for line in listed.splitlines() if line.startswith("    ")}
        found |= {word for word in words if re.fullmatch(r"\w+", word)}
        for other in words:
            if other.startswith("@"):
                found |= permitted(other)
    return found
