"""Beam's servers on loopback only.

Beam 2.62 makes loopback addresses for its gRPC servers and then listens on every interface: ``ServerFactory`` takes the
port of the address alone (``NettyServerBuilder.forPort``). Whoever reaches the job server can run code here. This
writes a jar with that one class changed to ``NettyServerBuilder.forAddress``, to be put before Beam's own.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

CLASS = "org/apache/beam/sdk/fn/server/ServerFactory$InetSocketAddressServerFactory.class"
_BUILDER = "org/apache/beam/vendor/grpc/v1p60p1/io/grpc/netty/NettyServerBuilder"
_ALOAD_1, _INVOKEVIRTUAL, _INVOKESTATIC, _NOP = 0x2B, 0xB6, 0xB8, 0x00
# Bytes after the tag of each kind of constant (Java Virtual Machine Specification, 4.4); 1 is text.
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}


class Constants:
    """The constant pool of a class file: what is in it, and room for more."""

    def __init__(self, code: bytes) -> None:
        self.count: int = struct.unpack_from(">H", code, 8)[0]
        self.entries: dict[int, bytes] = {}
        self.end, number = 10, 1
        while number < self.count:
            size = 3 + struct.unpack_from(">H", code, self.end + 1)[0] if code[self.end] == 1 else (
                1 + _SIZES[code[self.end]])
            self.entries[number] = code[self.end:self.end + size]
            number += 2 if code[self.end] in (5, 6) else 1  # long and double take two numbers
            self.end += size
        self._body = code

    def find(self, entry: bytes) -> int:
        """The number of an entry; raises ValueError where it is not."""
        for number, each in self.entries.items():
            if each == entry:
                return number
        raise ValueError(f"the class has no constant {entry!r}")

    def add(self, entry: bytes) -> int:
        """The number of a new entry at the end."""
        self.entries[self.count] = entry
        self.count += 1
        return self.count - 1

    def file(self, rest: bytes) -> bytes:
        """The class file with these constants and what follows them."""
        return self._body[:8] + struct.pack(">H", self.count) + b"".join(self.entries.values()) + rest


def text(words: str) -> bytes:
    """A text constant."""
    return b"\x01" + struct.pack(">H", len(words)) + words.encode("ascii")


def pair(tag: int, first: int, second: int) -> bytes:
    """A constant that names two others: a method (10) or a name with its type (12)."""
    return struct.pack(">BHH", tag, first, second)


def listen_where_told(code: bytes) -> bytes:
    """The class with ``forPort(address.getPort())`` turned into ``forAddress(address)``; raises ValueError if it
    is another class than this was written for."""
    constants = Constants(code)
    builder = constants.find(b"\x07" + struct.pack(">H", constants.find(text(_BUILDER))))

    def method(name: str, takes: str, known: bool) -> int:
        put = constants.find if known else constants.add
        name_at = put(text(name))
        return put(pair(10, builder, put(pair(12, name_at, put(text(f"({takes})L{_BUILDER};"))))))

    old = struct.pack(">BH", _INVOKESTATIC, method("forPort", "I", known=True))
    new = struct.pack(">BH", _INVOKESTATIC, method("forAddress", "Ljava/net/SocketAddress;", known=False))
    body = code[constants.end:]
    at = body.find(old)
    if body.count(old) != 1 or body[at - 4:at - 2] != bytes([_ALOAD_1, _INVOKEVIRTUAL]):
        raise ValueError("ServerFactory does not listen as it did in Beam 2.62")
    return constants.file(body[:at - 3] + bytes([_NOP] * 3) + new + body[at + 3:])


def write_loopback_jar(beam: Path, into: Path) -> None:
    """From Beam's jar with the class, a jar with the changed class alone."""
    with zipfile.ZipFile(beam) as source, zipfile.ZipFile(into, "w") as changed:
        changed.writestr(CLASS, listen_where_told(source.read(CLASS)))
