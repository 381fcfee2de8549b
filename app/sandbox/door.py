"""The address at which apps reach Slack. It can be shut, while people go in and out by the page's own."""

from aiohttp import web


class Door:
    """A second address of a server; `port` is where, once it has been open."""

    def __init__(self, runner: web.AppRunner, host: str) -> None:
        self._runner, self._host = runner, host
        self._site: web.TCPSite | None = None
        self.port = 0

    async def open(self) -> None:
        """Listen, at the port of the last time."""
        if self._site is None:
            known = {address[1] for address in self._runner.addresses}
            self._site = web.TCPSite(self._runner, self._host, self.port)
            await self._site.start()
            self.port = next(address[1] for address in self._runner.addresses if address[1] not in known)

    async def shut(self) -> None:
        """Listen no more: whoever knocks is refused, and whoever is in knocks again for the next call."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
            self._see_out()

    def _see_out(self) -> None:
        """Close the connections of those who came in by this door; what they are being told already, they are told."""
        for guest in self._runner.server.connections if self._runner.server else ():
            if guest.transport and guest.transport.get_extra_info("sockname")[1] == self.port:
                guest.close()
