# SPDX-License-Identifier: BSD-3-Clause
"""A vhost-user back end that moves no data: it answers QEMU, asks for
translations, and keeps what QEMU says about them."""
import array
import mmap
import os
import socket
import struct
import threading

(GET_FEATURES, SET_FEATURES, SET_MEM_TABLE, GET_VRING_BASE, SET_VRING_KICK,
 SET_VRING_CALL, SET_VRING_ERR, GET_PROTOCOL_FEATURES, GET_QUEUE_NUM,
 SET_BACKEND_REQ_FD, IOTLB_MSG) = (1, 2, 5, 11, 12, 13, 14, 15, 17, 21, 22)
NEED_REPLY, REPLY, VERSION = 8, 4, 1
MISS, UPDATE, INVALIDATE = 1, 2, 3
READ, WRITE = 1, 2
FEATURES = 1 << 33 | 1 << 32 | 1 << 30
PROTOCOL_FEATURES = 1 << 5 | 1 << 3
HEADER = struct.Struct('<III')
IOTLB = struct.Struct('<QQQBB6x')


class Backend:
    """One card's back end.  `updates` are (iova, size, address in RAM, rights),
    `invalidations` (iova, size, what the watched status was then)."""

    def __init__(self, path, ram, watch):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.ram, self.watch = ram, watch
        self.regions = []
        self.changed = threading.Condition()
        self.updates, self.invalidations = [], []
        self.requests = None
        threading.Thread(target=self.serve, daemon=True).start()

    # ---- what the tests use

    def miss(self, iova, rights=READ):
        """Asks for IOVA; true if QEMU says that it could answer."""
        body = IOTLB.pack(iova, 0, 0, rights, MISS)
        self.requests.sendall(HEADER.pack(1, VERSION | NEED_REPLY, len(body)) + body)
        _, _, size = HEADER.unpack(receive(self.requests, HEADER.size))
        return int.from_bytes(receive(self.requests, size), 'little') == 0

    def look(self):
        """Updates and invalidations since the last look."""
        with self.changed:
            seen = self.updates, self.invalidations
            self.updates, self.invalidations = [], []
            return seen

    def started(self):
        """Waits until QEMU has given a queue's kick, and so has started."""
        with self.changed:
            return self.changed.wait_for(lambda: self.requests and self.kicked, 60)

    # ---- the protocol

    kicked = False

    def serve(self):
        peer, _ = self.listener.accept()
        while True:
            try:
                header, fds = receive_fds(peer, HEADER.size)
            except ConnectionError:
                return
            request, flags, size = HEADER.unpack(header)
            body = receive(peer, size) if size else b''
            with self.changed:
                answer = self.handle(request, body, fds)
                self.changed.notify_all()
            if answer is None and flags & NEED_REPLY:
                answer = bytes(8)
            if answer is not None:
                peer.sendall(HEADER.pack(request, VERSION | REPLY, len(answer)) + answer)

    def handle(self, request, body, fds):
        if request == SET_BACKEND_REQ_FD:
            self.requests = socket.socket(fileno=fds.pop())
            self.requests.settimeout(60)
        for fd in fds:
            os.close(fd)
        if request == SET_MEM_TABLE:
            self.regions = [struct.unpack_from('<QQQQ', body, 8 + 32 * i)
                            for i in range(struct.unpack_from('<I', body)[0])]
        elif request == SET_VRING_KICK:
            self.kicked = True
        elif request == IOTLB_MSG:
            self.iotlb(*IOTLB.unpack(body))
        return {GET_FEATURES: struct.pack('<Q', FEATURES),
                GET_PROTOCOL_FEATURES: struct.pack('<Q', PROTOCOL_FEATURES),
                GET_QUEUE_NUM: struct.pack('<Q', 1),
                GET_VRING_BASE: body}.get(request)

    def iotlb(self, iova, size, address, rights, kind):
        if kind == UPDATE:
            self.updates.append((iova, size, self.guest_address(address, size), rights))
        elif kind == INVALIDATE:
            with open(self.ram, 'rb') as ram:
                page = mmap.mmap(ram.fileno(), 4096, access=mmap.ACCESS_READ,
                                 offset=self.watch & ~4095)
                status, = struct.unpack_from('<I', page, self.watch & 4095)
            self.invalidations.append((iova, size, status))

    def guest_address(self, address, size):
        """None for a block that is not wholly in the guest's memory."""
        for guest, length, user, _ in self.regions:
            if user <= address and address + size <= user + length:
                return address - user + guest
        return None


def receive(peer, size):
    return receive_fds(peer, size)[0]


def receive_fds(peer, size):
    data, fds = b'', array.array('i')
    while len(data) < size:
        part, ancillary, _, _ = peer.recvmsg(size - len(data), 4096)
        if not part:
            raise ConnectionError('QEMU has ended')
        data += part
        for _, _, content in ancillary:
            fds.frombytes(content)
    return data, list(fds)
