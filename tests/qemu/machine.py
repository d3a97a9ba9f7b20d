# SPDX-License-Identifier: BSD-3-Clause
"""A QEMU without a guest: driven by QMP and the qtest protocol.

VTD_QEMU names the binary.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

LIMIT = 120.0  # of a single answer; only a QEMU that hangs needs it


class Died(Exception):
    """QEMU has ended; what it wrote is the text."""


class Machine:
    """A stopped CPU, and everything else of a machine."""

    # What was freed is overwritten, so that a use of it is noticed.
    variables = {"MALLOC_PERTURB_": "165"}

    def __init__(self, *args, machine="q35", memory="256M", qemu=None):
        self.directory = tempfile.mkdtemp(prefix="vtd-qemu.")
        self.events = []
        command = [
            qemu or os.environ["VTD_QEMU"],
            "-nodefaults", "-display", "none",
            "-machine", machine + ",accel=qtest", "-m", memory,
            "-chardev", f"socket,id=t,path={self._path('qtest')}",
            "-qtest", "chardev:t", "-qtest-log", "/dev/null",
            "-chardev", f"socket,id=m,path={self._path('qmp')}",
            "-mon", "chardev=m,mode=control",
            *args,
        ]
        listeners = [self._listener(name) for name in ("qtest", "qmp")]
        self.log = open(self._path("log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT, env=dict(os.environ, **self.variables))
        self.qtest = self.monitor = None
        try:
            self.qtest, self.monitor = [self._accept(one) for one in listeners]
            self._receive(self.monitor)
            self.qmp("qmp_capabilities")
        except Died:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _listener(self, name):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self._path(name))
        listener.listen(1)
        return listener

    def _accept(self, listener):
        listener.settimeout(0.1)
        while True:
            try:
                connection = listener.accept()[0]
                break
            except TimeoutError:
                if self.process.poll() is not None:
                    raise Died(self.output()) from None
        listener.close()
        with connection:
            connection.settimeout(LIMIT)
            return connection.makefile("rw", encoding="utf-8")

    def _receive(self, stream):
        try:
            line = stream.readline()
        except ConnectionResetError:
            line = ""
        if not line:
            self.process.wait()
            raise Died(f"status {self.process.returncode}: {self.output()}")
        return line

    def output(self):
        """All that QEMU has written."""
        self.log.flush()
        with open(self._path("log"), encoding="utf-8") as log:
            return log.read()

    def close(self):
        """End it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        for stream in (self.qtest, self.monitor):
            if stream:
                stream.close()
        self.log.close()
        shutil.rmtree(self.directory)

    # QMP

    def qmp(self, command, **arguments):
        """Returns what the command returns; an error is a RuntimeError."""
        request = {"execute": command, "arguments": arguments}
        self.monitor.write(json.dumps(request) + "\n")
        self.monitor.flush()
        while True:
            answer = json.loads(self._receive(self.monitor))
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(answer["error"]["desc"])
            else:
                return answer["return"]

    def hmp(self, line):
        """A command of the human monitor."""
        return self.qmp("human-monitor-command", **{"command-line": line})

    def wait_event(self, name):
        """Takes the first event of this name, waiting for it if need be."""
        while True:
            for event in self.events:
                if event["event"] == name:
                    self.events.remove(event)
                    return event
            self.events.append(json.loads(self._receive(self.monitor)))

    def save(self, path):
        """The whole state, into a file; the machine stops."""
        self.qmp("migrate", uri="file:" + path)
        self._wait_migrated()

    def load(self, path):
        """A state, into a machine that was started with -incoming defer."""
        self.qmp("migrate-incoming", uri="file:" + path)
        self._wait_migrated()

    def _wait_migrated(self):
        status = None  # there is no event without a capability
        while status not in ("completed", "failed"):
            status = self.qmp("query-migrate").get("status")
        assert status == "completed", self.output()

    # qtest

    def command(self, *words):
        """One command of the qtest protocol."""
        return self.commands(words)[0]

    def commands(self, *commands):
        """Several; what else the main loop has to do comes after the last."""
        self.qtest.write("".join(" ".join(map(str, words)) + "\n"
                                 for words in commands))
        self.qtest.flush()
        return [self._answer(words) for words in commands]

    def _answer(self, words):
        while True:
            answer = self._receive(self.qtest).split()
            if answer[0] == "OK":
                return answer[1:]
            if answer[0] != "IRQ":
                raise RuntimeError(f"qtest: {words}: {answer}")

    def read(self, address, size):
        """Bytes of memory."""
        answer = self.command("read", hex(address), hex(size))[0]
        return bytes.fromhex(answer[2:])

    def write(self, address, content):
        """Write bytes to memory."""
        self.command("write", hex(address), hex(len(content)),
                     "0x" + content.hex())

    def read32(self, address):
        """A word of memory or of a device."""
        return int(self.command("readl", hex(address))[0], 16)

    def read64(self, address):
        """A double word of memory or of a device."""
        return int(self.command("readq", hex(address))[0], 16)

    def write32(self, address, value):
        """Write a word."""
        self.command("writel", hex(address), hex(value))

    def write64(self, address, value):
        """Write a double word."""
        self.command("writeq", hex(address), hex(value))

    def write_words(self, address, *words):
        """Write double words to memory, one after another."""
        self.write(address, struct.pack(f"<{len(words)}Q", *words))

    def firmware_file(self, name):
        """A file of the firmware configuration device, by its DMA."""
        count, = struct.unpack(">I", self._firmware_read(0x19, 4))
        directory = self._firmware_read(0x19, 4 + 64 * count)[4:]
        for size, key, _, label in struct.iter_unpack(">IHH56s", directory):
            if label.rstrip(b"\0").decode() == name:
                return self._firmware_read(key, size)
        raise LookupError(name)

    def _firmware_read(self, key, size):
        control, buffer = 0x1000, 0x1010
        self.write(control, struct.pack(">IIQ", key << 16 | 0xA, size, buffer))
        swapped, = struct.unpack("<I", struct.pack(">I", control))
        self.command("outl", 0x518, hex(swapped))
        return self.read(buffer, size)

    # PCI configuration space, by the ports that every machine has

    def _config(self, bdf, offset):
        self.command("outl", 0xCF8, hex(1 << 31 | bdf << 8 | offset & 0xFC))
        return hex(0xCFC + (offset & 3))

    def config_read(self, bdf, offset, size=4):
        """A register of `size` bytes in the first 256 bytes."""
        name = {1: "inb", 2: "inw", 4: "inl"}[size]
        return int(self.command(name, self._config(bdf, offset))[0], 16)

    def config_write(self, bdf, offset, value, size=4):
        """Write a register of `size` bytes."""
        name = {1: "outb", 2: "outw", 4: "outl"}[size]
        self.command(name, self._config(bdf, offset), hex(value))

    def capability(self, bdf, wanted):
        """Where in configuration space a capability is."""
        offset = self.config_read(bdf, 0x34, 1)
        while offset:
            if self.config_read(bdf, offset, 1) == wanted:
                return offset
            offset = self.config_read(bdf, offset + 1, 1)
        raise LookupError(f"capability {wanted:#x}")
