# SPDX-License-Identifier: BSD-3-Clause
"""The other side of a vhost-user device: keeps an IOTLB, moves no packets."""

import os
import socket
import struct
import threading

(GET_FEATURES, SET_FEATURES, SET_OWNER, RESET_OWNER, SET_MEM_TABLE) = range(1, 6)
GET_VRING_BASE, SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR = range(11, 15)
GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, GET_QUEUE_NUM = range(15, 18)
SET_BACKEND_REQ_FD, IOTLB_MESSAGE = 21, 22

BACKEND_IOTLB_MESSAGE = 1

VERSION_1, IOMMU_PLATFORM, PROTOCOL = 1 << 32, 1 << 33, 1 << 30
REPLY_ACK, BACKEND_REQ = 1 << 3, 1 << 5

REPLY, NEED_REPLY = 1 << 2, 1 << 3
MISS, UPDATE, INVALIDATE = 1, 2, 3
READ, WRITE = 1, 2

HEADER = struct.Struct("<III")
ENTRY = struct.Struct("<QQQBB6x")

# Of a single message; only a QEMU that hangs needs it.
LIMIT = 120.0


class Backend:
    """Listens at `path`, and answers on a thread of its own.

    `cache` maps (first, last) of what QEMU said to where that is in QEMU's
    address space; `invalidated` has the ranges that it took back.
    """

    def __init__(self, path):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.changed = threading.Condition()
        self.cache = {}
        self.invalidated = []
        self.regions = []
        self.requests = None
        self.connection = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        """QEMU has gone."""
        self.thread.join(LIMIT)
        for one in (self.listener, self.connection, self.requests):
            if one:
                one.close()

    def _run(self):
        self.connection = self.listener.accept()[0]
        while True:
            try:
                header, fds, _, _ = socket.recv_fds(self.connection,
                                                    HEADER.size, 16)
            except ConnectionResetError:
                header = b""
            if not header:
                return
            request, flags, size = HEADER.unpack(header)
            payload = b""
            while len(payload) < size:
                payload += self.connection.recv(size - len(payload))
            self._handle(request, flags, payload, fds)

    def _handle(self, request, flags, payload, fds):
        answer = None
        if request == GET_FEATURES:
            answer = struct.pack("<Q", VERSION_1 | IOMMU_PLATFORM | PROTOCOL)
        elif request == GET_PROTOCOL_FEATURES:
            answer = struct.pack("<Q", REPLY_ACK | BACKEND_REQ)
        elif request == GET_QUEUE_NUM:
            answer = struct.pack("<Q", 1)
        elif request == GET_VRING_BASE:
            answer = payload
        elif request == SET_MEM_TABLE:
            self._set_memory(payload)
        elif request == SET_BACKEND_REQ_FD:
            self.requests = socket.socket(fileno=fds.pop())
        elif request == IOTLB_MESSAGE:
            self._iotlb(*ENTRY.unpack(payload))
        if answer is None and flags & NEED_REPLY:
            answer = struct.pack("<Q", 0)
        if answer is not None:
            self.connection.sendall(
                HEADER.pack(request, 1 | REPLY, len(answer)) + answer)
        for descriptor in fds:
            os.close(descriptor)

    def _set_memory(self, payload):
        count = struct.unpack_from("<I", payload)[0]
        with self.changed:
            self.regions = [struct.unpack_from("<QQQQ", payload, 8 + 32 * i)
                            for i in range(count)]

    def _iotlb(self, iova, size, address, rights, kind):
        # As back ends in C compute it: nothing is below an end of 0.
        end = (iova + size) % (1 << 64)
        last = end - 1
        with self.changed:
            if kind == UPDATE:
                self.cache[iova, last] = (address, rights)
            elif kind == INVALIDATE:
                self.invalidated.append((iova, iova + size - 1))
                for entry in list(self.cache):
                    if entry[0] <= last and iova <= entry[1]:
                        del self.cache[entry]
            self.changed.notify_all()

    def _physical(self, address):
        """Guest-physical, of QEMU's own address."""
        for physical, size, base, _ in self.regions:
            if base <= address < base + size:
                return physical + address - base
        raise LookupError(hex(address))

    def lookup(self, iova):
        """(first, last, guest-physical of first) around `iova`, or None."""
        with self.changed:
            for (first, last), (address, _) in self.cache.items():
                if first <= iova <= last:
                    return (first, last, self._physical(address))
        return None

    def miss(self, iova, rights=READ):
        """Ask for `iova`.  Returns what lookup() returns then."""
        payload = ENTRY.pack(iova, 0, 0, rights, MISS)
        self.requests.sendall(HEADER.pack(BACKEND_IOTLB_MESSAGE, 1 | NEED_REPLY,
                                          len(payload)) + payload)
        # QEMU answers when the update has gone out, or there is none.
        self.requests.settimeout(LIMIT)
        answer = b""
        while len(answer) < HEADER.size + 8:
            answer += self.requests.recv(HEADER.size + 8 - len(answer))
        return self.lookup(iova)
