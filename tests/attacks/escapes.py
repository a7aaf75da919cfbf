"""Right answers beside cells that reach for what is not theirs: files, network, processes, the sandbox itself."""

from __future__ import annotations

from tests.attacks.attack import ALL, Attack

LOOKS = {
    "reads-passwords": """
for path in ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/root/.bashrc", "/root/.ssh/id_rsa", "/proc/kcore"):
    try:
        with open(path, "rb") as file: breach(path, file.read(80))
    except OSError: pass
""",
    "reads-the-course": """
import glob
for name in ("solutions", "submitted", "out", "outside", "tests"):
    try: breach(HOST[name], os.listdir(HOST[name]))
    except OSError: pass
for pattern in ("/**/solutions/*/*.ipynb", "/**/gradebook.db", "/**/exercises.toml", "/**/nbgrader_config.py"):
    for root in ("", "/home", "/root", "/work", "/tmp", "/proc/self/cwd/..", "/proc/1/root", "/mnt", "/srv"):
        for path in glob.iglob(root + pattern.replace("/**", "/*")): breach(path)
""",
    "reads-the-environment": """
import glob
print(dict(os.environ))
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
    try:
        with open(path, "rb") as file: print(path, file.read().replace(bytes(1), b" "))
    except OSError: pass
print([name for name in os.environ if "NBGRADER" in name])
""",
    "searches-its-memory": """
needle = ("canary" + "-hidden").encode(), ("BEGIN HIDDEN" + " TESTS").encode()
found = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        low, high = (int(x, 16) for x in line.split()[0].split("-"))
        if "rw-p" in line and high - low < 200_000_000:
            try:
                memory.seek(low); part = memory.read(high - low)
            except (OSError, ValueError, OverflowError): continue
            for text in needle:
                at = part.find(text)
                while at >= 0 and found < 50:
                    found += 1; print(part[at - 50 : at + 300]); at = part.find(text, at + 1)
""",
    "searches-its-objects": """
import gc
for thing in gc.get_objects():
    try:
        values = vars(thing) if hasattr(thing, "__dict__") else thing
        if type(values) is dict:
            for value in list(values.values()):
                if type(value) is str and "HIDDEN" + " TESTS" in value: print(value[:3000])
    except BaseException: pass
""",
    "walks-the-processes": """
for pid in [name for name in os.listdir("/proc") if name.isdigit()]:
    for inside in ("mem", "maps", "root", "cwd", "fd", "ns", "environ"):
        path = f"/proc/{pid}/{inside}"
        try:
            if inside == "fd":
                for handle in os.listdir(path): print(path, handle, os.readlink(f"{path}/{handle}"))
            elif inside in ("root", "cwd") and os.path.exists(path + HOST["outside"]): breach(path)
        except OSError: pass
if os.path.exists(f"/proc/{HOST['pid']}/stat") and not contained(): breach("sees the host's processes")
""",
    "finds-a-note": """
import glob
for place in (".", "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), "/run", "/dev/mqueue"):
    for path in glob.glob(f"{place}/*{HOST['token']}*"): breach(path)
import ctypes
if ctypes.CDLL(None).shmget(0x7919, 0, 0) >= 0: breach("shared memory of another student")
""",
}
WRITES = {
    "leaves-a-note": """
import sysconfig
places = [".", "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), "/run", "/dev/mqueue"]
for place in places:
    try: open(f"{place}/note-{HOST['token']}", "w").write("for a friend")
    except OSError: pass
if contained():
    import ctypes
    ctypes.CDLL(None).shmget(0x7919, 4096, 0o1666)
""",
    "writes-outside": """
import sysconfig, numpy, cnnkit
packages = [os.path.dirname(module.__file__) for module in (os, numpy, cnnkit)]
for place in [HOST["outside"], HOST["submitted"], HOST["out"], HOST["solutions"], "/", "/etc", "/usr/bin", *packages,
              sysconfig.get_paths()["purelib"], sys.prefix, "/proc/1/root/tmp", "/sys", "/dev"]:
    name = f"{place}/written-{HOST['token']}"
    try:
        with open(name, "w") as file: file.write("x")
        if place != "/dev" or not contained(): breach("wrote", name)
    except OSError: pass
for path in (cnnkit.__file__, numpy.__file__, "/etc/passwd", "/proc/sys/kernel/core_pattern"):
    try:
        with open(path, "a"): breach("may write", path)
    except OSError: pass
    try: os.chmod(path, os.stat(path).st_mode); breach("may change", path)
    except OSError: pass
""",
    "links": """
for number, path in enumerate((HOST["outside"], HOST["solutions"], "/etc/shadow", "/proc/1/root")):
    try: os.symlink(path, f"link-{number}")
    except OSError: pass
    try: os.link(path, f"hard-{number}")
    except OSError: pass
    try: breach(os.listdir(f"link-{number}"))
    except OSError: pass
""",
    "poisons-imports": """
evil = "import os; print('BRE' + 'ACH imported'); check = lesson = lambda *a, **k: None\\n"
for name in ("sitecustomize", "usercustomize", "numpy", "random", "json", "cnnkit", "struct", "socket", "linecache"):
    open(f"{name}.py", "w").write(evil)
open("evil.pth", "w").write("import sitecustomize\\n")
os.makedirs("__pycache__", exist_ok=True)
home = os.path.expanduser("~/.local/lib/python3/site-packages")
try: os.makedirs(home); open(f"{home}/usercustomize.py", "w").write(evil)
except OSError: pass
os.environ.update(PYTHONPATH=os.getcwd(), PYTHONSTARTUP="sitecustomize.py", LD_PRELOAD="./evil.so")
sys.path.insert(0, os.getcwd())
""",
    "becomes-root": """
import ctypes, subprocess
libc = ctypes.CDLL(None)
for call in (os.setuid, os.setgid, os.seteuid):
    try:
        call(0)
        if not contained(): breach(call)
    except OSError: pass
for command in (["sudo", "-n", "id"], ["su", "-c", "id"], ["mount"], ["unshare", "-Ur", "id"], ["bwrap", "--version"]):
    try: subprocess.run(command, timeout=2, stdin=subprocess.DEVNULL, capture_output=True)
    except (OSError, subprocess.TimeoutExpired): pass
try:
    os.mknod("disk", 0o60666, os.makedev(8, 0)); open("disk", "rb").read(1); breach("reads a device")
except OSError: pass
""",
    "leaves-the-sandbox": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if contained():
    for flags in (0x10000000, 0x10000000 | 0x20000, 0x20000, 0x40000000, 0x20000000):
        pid = os.fork()
        if pid == 0:
            done = libc.unshare(flags)
            if flags & 0x20000 and libc.umount2(b"/scratch", 2) == 0: breach("uncovered /scratch")
            if flags & 0x20000: libc.mount(b"proc", b"/proc", b"proc", 0, None)
            try: os.chroot("."); os.chroot("../" * 20)
            except OSError: pass
            try: os._exit(7 if os.path.exists(HOST["outside"]) or open("/etc/shadow").read() else 0)
            except OSError: os._exit(0)
        if os.waitpid(pid, 0)[1] >> 8 == 7: breach("left the sandbox with", hex(flags))
    for pid in (1, os.getppid()):
        for kind in ("mnt", "pid", "net", "user"):
            try:
                handle = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
                if libc.setns(handle, 0) == 0 and os.path.exists(HOST["outside"]): breach("entered", pid, kind)
            except OSError: pass
""",
}
TALKS = {
    "calls-out": """
import socket
for address in (("127.0.0.1", HOST["port"]), ("::1", HOST["port"]), ("localhost", HOST["port"]), (HOST["address"], HOST["port"]),
                ("192.0.2.1", 80)):
    try:
        with socket.create_connection(address, timeout=0.5) as line: line.send(b"hello"); breach("reached", address)
    except OSError: pass
for name in ("\\0" + HOST["token"], HOST["outside"] + "/socket"):
    line = socket.socket(socket.AF_UNIX)
    try: line.connect(name); breach("reached", name)
    except OSError: pass
try: breach(socket.getaddrinfo("example.org", 80))
except OSError: pass
try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("127.0.0.1", HOST["port"]))
except OSError: pass
""",
}
STRIKES = {
    "kills-everything": "os.kill(-1, 9)",
    "kills-its-parent": "os.kill(os.getppid(), 9)\nos.kill(1, 9)\nos.killpg(0, 9)",
    "stops-its-parent": "os.kill(os.getppid(), 19)\nos.kill(1, 19)",
    "kills-one-by-one": """
for signal in (19, 15, 9):
    for pid in range(1, 5000):
        if pid != os.getpid():
            try: os.kill(pid, signal)
            except OSError: pass
""",
    "traces-others": """
import ctypes
libc = ctypes.CDLL(None)
for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
    if pid != os.getpid():
        libc.ptrace(16, pid, 0, 0); libc.ptrace(0x4206, pid, 0, 0)
        try:
            with open(f"/proc/{pid}/mem", "r+b", 0) as memory, open(f"/proc/{pid}/maps") as maps:
                for line in maps:
                    if "rw-p" in line:
                        memory.seek(int(line.split("-")[0], 16)); memory.write(bytes(64))
        except OSError: pass
""",
    "slows-others-down": """
try:
    os.nice(-20); breach("took precedence")
except OSError: pass
for pid in range(1, 200):
    try: os.setpriority(os.PRIO_PROCESS, pid, 19)
    except OSError: pass
""",
}

ATTACKS = [
    *(Attack(name, first=code) for name, code in (LOOKS | WRITES | TALKS).items()),
    *(
        Attack(
            name,
            first="if contained():\n    " + code.strip().replace("\n", "\n    "),
            outcomes="graded partly_graded crashed timeout",
            may=ALL,
            only_bwrap=True,
        )
        for name, code in STRIKES.items()
    ),
    Attack(
        "does-all-that-when-called",
        answers={
            "correlate1d": "import socket\ndef correlate1d(x, k):\n    for path in ('/etc/shadow', HOST['solutions'], HOST['outside']):\n"
            "        if os.path.exists(path) and os.access(path, os.R_OK): raise ValueError('BRE' + 'ACH ' + path)\n"
            "    try: socket.create_connection(('127.0.0.1', HOST['port']), timeout=0.5); raise ValueError('BRE' + 'ACH')\n"
            "    except OSError: pass\n    return np.zeros(1)"
        },
        loses="correlate1d",
    ),
]
