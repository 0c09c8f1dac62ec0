"""Runs lethe on pseudo terminals and asserts what a user sees there.

Works in the current folder, which has suite.json; $LETHE is the program.
"""

import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios

LETHE = os.environ["LETHE"]


class Screen:
    """As much of a terminal as is used: text, CR, LF, CSI A, J, K, m."""

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column = columns, [""], 0, 0
        self.wrapped, self.colours, self.other = 0, 0, []

    def feed(self, text):
        for token in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b.?|[\s\S]", text):
            self.take(token)

    def take(self, token):
        if token == "\r":
            self.column = 0
        elif token == "\n":
            self.down()
        elif token.startswith("\x1b["):
            self.control(token[2:-1], token[-1])
        elif token.startswith("\x1b"):
            self.other.append(token)
        else:
            if self.column == self.columns:
                self.wrapped += 1
                self.column = 0
                self.down()
            line = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = line[:self.column] + token + line[self.column + 1:]
            self.column += 1

    def down(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append("")

    def control(self, argument, kind):
        if kind == "A":
            assert self.row >= int(argument), "the cursor leaves the screen"
            self.row -= int(argument)
        elif kind == "K":
            self.rows[self.row] = self.rows[self.row][:self.column]
        elif kind == "J":
            self.rows[self.row] = self.rows[self.row][:self.column]
            del self.rows[self.row + 1:]
        elif kind == "m":
            self.colours += 1
        else:
            self.other.append(argument + kind)

    def narrow(self, columns):
        """Breaks the lines again, as terminals do."""
        above = self.rows[:self.row]
        pieces = [row[i:i + columns] for row in above
                  for i in range(0, max(len(row), 1), columns)]
        self.rows, self.row = pieces + [""], len(pieces)
        self.columns = columns

    def text(self):
        return "\n".join(row.rstrip() for row in self.rows)


class Session:
    """A command on a terminal; `frames` are the screens it showed."""

    def __init__(self, arguments, columns=80, environment=None):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.pop("NO_COLOR", None)
            os.environ["TERM"] = "xterm-256color"
            os.environ.update(environment or {})
            os.dup2(os.open("table", os.O_WRONLY | os.O_CREAT), 1)
            os.execv(LETHE, [LETHE, *arguments])
        self.resize(columns)
        self.screen, self.bytes, self.frames = Screen(columns), "", []

    def resize(self, columns):
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)

    def run(self, each=lambda session: None):
        while True:
            try:
                piece = os.read(self.terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            text = piece.decode("utf-8", "replace").replace("\r\n", "\n\r")
            self.bytes += text
            self.screen.feed(text)
            self.frames.append(self.screen.text())
            each(self)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def expect(holds, what, session):
    if not holds:
        print("FAILED:", what)
        print(repr(session.bytes[-1500:]))
        sys.exit(1)


def has(session, pattern):
    return any(re.search(pattern, frame, re.M) for frame in session.frames)


def whole(columns, environment):
    s = Session(["run", "suite.json", "--out", f"run{columns}"], columns, environment)
    code = s.run()
    expect(code == 0, f"exit code {code}", s)
    expect(has(s, r"^tiny in run\d+: \d of 6 cells done"), "a head line", s)
    expect(has(s, r"^\[#*>?\.*\]$"), "a map of the cells", s)
    expect(has(s, r"^  now     "), "what is going on", s)
    expect(has(s, r"^  time    .*about .* left"), "the time left", s)
    expect(s.screen.wrapped == 0, "no line wraps", s)
    expect((s.screen.colours > 0) != ("NO_COLOR" in environment), "colours", s)
    expect(not s.screen.other, f"only known controls: {s.screen.other}", s)
    expect("cells done" not in s.screen.text(), "the block is taken away", s)
    expect("everything is in" in s.screen.text(), "the last line", s)


def dumb():
    s = Session(["run", "suite.json", "--out", "dumb"], 80, {"TERM": "dumb"})
    expect(s.run() == 0, "exit code", s)
    expect("\x1b" not in s.bytes, "TERM=dumb: no escapes", s)
    expect(has(s, r"^\d of 6 cells: npo"), "TERM=dumb: plain lines", s)


def stopped():
    def stop(session):
        if "cell    " in session.screen.text():
            os.kill(session.pid, signal.SIGTERM)

    s = Session(["run", "suite.json", "--out", "stopped"], 80)
    code = s.run(stop)
    expect(code == 143, f"exit code {code} of SIGTERM", s)
    expect("?25l" not in s.bytes, "the cursor is never hidden", s)
    expect(s.screen.text().rstrip().endswith("the same command goes on"),
           "the last line says what to do", s)
    with open("stopped/events.jsonl") as file:
        last = file.read().splitlines()[-1]
    expect('"run_stopped"' in last and "signal 15" in last, f"the log: {last}", s)


def narrowed():
    def narrow(session):
        if "cell    " in session.screen.text() and session.screen.columns == 80:
            session.resize(30)
            session.screen.narrow(30)
            session.narrow = len(session.bytes)

    shown = []
    for attempt in range(5):  # a run may be over before it is drawn again
        s = Session(["run", "suite.json", "--out", f"narrow{attempt}"], 80)
        expect(s.run(narrow) == 0, "exit code", s)
        # The first frame afterwards may have been on its way already.
        frames = re.sub(r"\x1b\[[0-9;]*[mK]", "",
                        s.bytes[s.narrow:]).split("\x1b[J")[2:]
        lines = [line.strip("\r") for frame in frames for line in frame.split("\n")]
        drawn = [re.sub(r"\x1b\[\d+A", "", line) for line in lines]
        shown = [line for line in drawn
                 if re.match(r"tiny in|\[|  (time|cell|now) ", line)]
        if shown:
            break
    expect(shown and max(map(len, shown)) <= 29, "lines fit 30 columns", s)


whole(80, {})
whole(120, {"NO_COLOR": "1"})
dumb()
stopped()
narrowed()
print("5 passed, 0 failed")
