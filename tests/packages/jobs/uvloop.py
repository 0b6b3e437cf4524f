"""A server and a client on the loop, a process, a timer, a name that is resolved."""

import asyncio

import uvloop


async def talk():
    async def answer(reader, writer):
        writer.write((await reader.readline()).upper())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("é!\n".encode())
    line = (await reader.readline()).decode()
    writer.close()
    server.close()
    loop = asyncio.get_running_loop()
    try:
        await asyncio.wait_for(asyncio.sleep(30), 0.01)
    except TimeoutError:
        late = True
    found = await loop.getaddrinfo("127.0.0.1", 80, type=1)
    threaded = await asyncio.to_thread(sum, [1, 2])
    return [line, type(loop).__module__, late, found[0][4][0], threaded]


def job():
    return uvloop.run(talk())
