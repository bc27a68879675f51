"""A gate in front of a server on loopback that can refuse, hang and cut, and go on again.

What goes through is not looked at, so signatures hold: they are made over the address that the
client was given, which is the gate's.
"""

import asyncio
import socket
import struct
import threading


class Gate:
    """`with Gate(port) as gate:` clients use `gate.url`; open until told otherwise."""

    def __init__(self, port):
        self.server_port = port
        self.connections = set()  # pairs of writers: the client's, the server's
        self.accepted = 0
        self.flows = asyncio.Event()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.listening = None
        self.port = 0

    def __enter__(self):
        self.thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_):
        self._do(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def open(self):
        """Takes connections and lets everything through."""
        self._do(self._open())

    def refuse(self):
        """Connections are refused, those that exist are reset."""
        self._do(self._close())

    def hang(self):
        """Connections are taken, yet nothing comes through, in neither direction."""
        self._do(self._hang())

    def cut(self):
        """Resets every connection that exists; new ones are taken."""
        self._do(self._cut())

    def _do(self, what):
        asyncio.run_coroutine_threadsafe(what, self.loop).result(30)

    async def _open(self):
        self.flows.set()
        if self.listening is None:
            self.listening = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self.listening.sockets[0].getsockname()[1]

    async def _close(self):
        if self.listening is not None:
            self.listening.close()
            self.listening = None
        await self._cut()

    async def _hang(self):
        await self._open()
        self.flows.clear()

    async def _cut(self):
        for pair in list(self.connections):
            for writer in pair:
                reset(writer)

    async def _serve(self, reader, writer):
        self.accepted += 1
        try:
            to_server = await asyncio.open_connection("127.0.0.1", self.server_port)
        except OSError:
            reset(writer)
            return
        pair = (writer, to_server[1])
        self.connections.add(pair)
        try:
            await asyncio.gather(self._pass_on(reader, to_server[1]),
                                 self._pass_on(to_server[0], writer))
        finally:
            self.connections.discard(pair)
            for one in pair:
                one.close()

    async def _pass_on(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.flows.wait()
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            reset(writer)


def reset(writer):
    """An end without a farewell: the peer sees "connection reset"."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
