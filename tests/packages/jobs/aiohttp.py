"""A server and a client on the loop: JSON, a form, a web socket, a time limit, a cookie."""

import asyncio

import aiohttp
from aiohttp import web


async def talk():
    async def echo(request):
        response = web.json_response({"given": await request.json(), "kind": request.content_type})
        response.set_cookie("seen", "yes")
        return response

    async def socket(request):
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data.upper())
        return ws

    async def slow(request):
        await asyncio.sleep(30)

    app = web.Application()
    app.add_routes([web.post("/echo", echo), web.get("/ws", socket), web.get("/slow", slow)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.post(f"{url}/echo", json={"a": "é"}) as response:
            echoed = [response.status, await response.json(), response.cookies["seen"].value]
        async with session.ws_connect(f"{url}/ws") as ws:
            await ws.send_str("ü")
            said = (await ws.receive()).data
        try:
            await session.get(f"{url}/slow", timeout=aiohttp.ClientTimeout(total=0.1))
        except TimeoutError as error:
            late = isinstance(error, asyncio.TimeoutError)
    await runner.cleanup()
    return [echoed, said, late]


def job():
    return asyncio.run(talk())
