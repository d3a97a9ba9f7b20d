# SPDX-License-Identifier: BSD-3-Clause
"""A saved state of QEMU: where the fields of a device are in it."""

import json


class Stream:
    """The bytes of a file, and the description that QEMU puts at their end."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.content = bytearray(file.read())
        begin = self.content.rindex(b'{"configuration"')
        text = self.content[begin:].decode(errors="replace")
        self.devices = json.JSONDecoder().raw_decode(text)[0]["devices"]

    def write(self, path):
        """Into a file."""
        with open(path, "wb") as file:
            file.write(self.content)

    def device(self, vmstate):
        """The device with a state of this name, and where its fields begin."""
        for device in self.devices:
            if device.get("vmsd_name") == vmstate:
                name = device["name"].encode()
                label = bytes([len(name)]) + name
                # The instance and the version follow.
                return device, self.content.rindex(label) + len(label) + 8
        raise LookupError(vmstate)

    def size(self, vmstate):
        """Bytes that the device takes."""
        return sum(size for _, _, size in self.fields(vmstate))

    def fields(self, vmstate):
        """Yields (path, offset, size) of all that is not a structure."""
        device, offset = self.device(vmstate)
        yield from self._walk(device, offset, "")

    def _walk(self, description, offset, path):
        for field in description["fields"]:
            where = f"{path}/{field['name']}"
            if "index" in field:
                where += f"[{field['index']}]"
            # What repeats in the same form is described once.
            for _ in range(field.get("array_len", 1)):
                if "struct" in field:
                    yield from self._walk(field["struct"], offset, where)
                else:
                    yield where, offset, field["size"]
                offset += field["size"]

    def set(self, vmstate, wanted, value):
        """Another number for the first field whose path ends so."""
        for path, offset, size in self.fields(vmstate):
            if path.endswith(wanted):
                self.content[offset:offset + size] = value.to_bytes(size, "big")
                return
        raise LookupError(wanted)
