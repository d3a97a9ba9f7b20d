#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""qmp.py SOCKET [--until EVENT] COMMAND [KEY=VALUE...]

Sends one QMP command and prints what it returns as JSON.  A VALUE is JSON if
it can be read as JSON, else a string.  With --until it then waits for EVENT,
at most two minutes, and prints the event's data instead.  An error is printed
on standard error and is exit status 1.
"""
import json
import socket
import sys


class Failed(Exception):
    """A command was refused, or QEMU has gone."""


class Monitor:
    """One connection to QEMU's monitor."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(120)
        self.socket.connect(path)
        self.stream = self.socket.makefile('rw')
        self.events = []
        self.receive()
        self.execute('qmp_capabilities')

    def receive(self):
        line = self.stream.readline()
        if not line:
            raise Failed('QEMU closed its monitor')
        return json.loads(line)

    def execute(self, command, **arguments):
        self.stream.write(json.dumps({'execute': command,
                                      'arguments': arguments}) + '\n')
        self.stream.flush()
        while True:
            reply = self.receive()
            if 'error' in reply:
                raise Failed(f"{command}: {reply['error']['desc']}")
            if 'return' in reply:
                return reply['return']
            self.events.append(reply)

    def wait_event(self, name):
        while True:
            for event in self.events:
                if event.get('event') == name:
                    return event.get('data', {})
            self.events = [self.receive()]


def value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def main(path, *words):
    words = list(words)
    event = None
    if words[0] == '--until':
        event = words[1]
        del words[:2]
    arguments = dict(w.split('=', 1) for w in words[1:])
    monitor = Monitor(path)
    answer = monitor.execute(words[0],
                             **{k: value(v) for k, v in arguments.items()})
    if event:
        answer = monitor.wait_event(event)
    print(json.dumps(answer))


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (Failed, OSError) as error:
        sys.exit(f'qmp: {error}')
