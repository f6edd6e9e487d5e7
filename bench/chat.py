"""Chat turns through web, Rasa and actions as real processes: alone, at human pace, saturated, and 200 people at once.

Wall time on loopback, SQLite, two web processes; the same conversations straight to Rasa's REST channel in the same run.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx

from bench.chat_servers import Servers, running
from bench.figure import Figure

# One resident's visit: a greeting, a report in one message, the answers it takes, and a question about a service.
VISIT = (
    "你好",
    "海棠新村3号楼的电梯坏了三天没人修，老人下不了楼",
    "对",
    "不用了",
    "社保转移要带什么材料",
    "谢谢",
)
ALONE_TURNS, PACE_S, PACED_S, RESIDENTS = 60, 5.0, 40.0, 20
SATURATED_S, AT_ONCE = 20.0, (4, 8)
CROWD_WORDS = "号楼门口的路灯不亮"
CROWD, PAGES = 200, ("/", "/services", "/requests")
Say = Callable[[str, str], Awaitable[bool]]


@asynccontextmanager
async def _client() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=CROWD + 20, max_keepalive_connections=CROWD + 20)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        yield client


def _to_web(client: httpx.AsyncClient, servers: Servers) -> Say:
    async def say(sender: str, text: str) -> bool:
        answer = await client.post(
            f"{servers.web}/api/v1/chat/messages", json={"sender": sender, "text": text}
        )
        answer.raise_for_status()
        return any(message["author"] == "bot" for message in answer.json()["messages"])

    return say


def _to_rasa(client: httpx.AsyncClient, servers: Servers) -> Say:
    async def say(sender: str, text: str) -> bool:
        answer = await client.post(
            f"{servers.rasa}/webhooks/rest/webhook", json={"sender": sender, "message": text}
        )
        answer.raise_for_status()
        return bool(answer.json())

    return say


class Turns:
    """Milliseconds of each turn, and how many the bot answered."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.milliseconds: list[float] = []
        self.answered = 0

    async def turn(self, sender: str, text: str) -> float:
        """Say it and wait for the answer; returns the seconds it took."""
        begin = time.perf_counter()
        answered = await self._say(sender, text)
        took = time.perf_counter() - begin
        self.milliseconds.append(1000 * took)
        self.answered += answered
        return took

    async def visits(self, until: float, pause_s: float = 0.0) -> None:
        """One resident after another until the moment ``until``, a message every ``pause_s`` seconds."""
        while True:
            sender = uuid.uuid4().hex
            for text in VISIT:
                if time.perf_counter() >= until:
                    return
                took = await self.turn(sender, text)
                await asyncio.sleep(max(0.0, pause_s - took))

    @property
    def p95(self) -> float:
        """In milliseconds."""
        return statistics.quantiles(self.milliseconds, n=20)[-1]


async def _alone(say: Say) -> Turns:
    turns = Turns(say)
    for _ in range(ALONE_TURNS // len(VISIT)):
        sender = uuid.uuid4().hex
        for text in VISIT:
            await turns.turn(sender, text)
    return turns


async def _paced(say: Say) -> Turns:
    turns = Turns(say)
    until = time.perf_counter() + PACED_S

    async def resident(number: int) -> None:
        # People do not begin in the same second.
        await asyncio.sleep(number * PACE_S / RESIDENTS)
        await turns.visits(until, PACE_S)

    await asyncio.gather(*(resident(number) for number in range(RESIDENTS)))
    return turns


async def _saturated(say: Say, at_once: int) -> float:
    """Turns per second with ``at_once`` residents who answer at once."""
    turns, begin = Turns(say), time.perf_counter()
    await asyncio.gather(*(turns.visits(begin + SATURATED_S) for _ in range(at_once)))
    return len(turns.milliseconds) / (time.perf_counter() - begin)


def _look_at(web: str, stop: Event, seen: Queue[list[float]]) -> None:
    times: list[float] = []
    with httpx.Client(trust_env=False, timeout=60) as client:
        while not stop.is_set():
            for page in PAGES:
                begin = time.perf_counter()
                client.get(f"{web}{page}").raise_for_status()
                times.append(1000 * (time.perf_counter() - begin))
                time.sleep(0.02)
    seen.put(times)


async def _pages(servers: Servers, stop: asyncio.Event) -> list[float]:
    """Milliseconds of pages until ``stop``, seen by a reader in a process of its own: 200 writers keep this one busy."""
    context = multiprocessing.get_context("spawn")
    ended, seen = context.Event(), context.Queue()
    reader = context.Process(target=_look_at, args=(servers.web, ended, seen))
    reader.start()
    await stop.wait()
    ended.set()
    times: list[float] = await asyncio.to_thread(seen.get)
    reader.join()
    return times


async def _crowd(client: httpx.AsyncClient, servers: Servers) -> tuple[float, float, int]:
    """p95 of the pages without and with 200 people writing at once, and how many of those got an answer of any kind."""

    async def quiet(stop: asyncio.Event) -> None:
        await asyncio.sleep(8)
        stop.set()

    async def writer(number: int) -> bool:
        # A different matter each, so that every one of them can be looked for afterwards.
        body = {"sender": f"crowd-{number}", "text": f"{number}{CROWD_WORDS}"}
        answer = await client.post(f"{servers.web}/api/v1/chat/messages", json=body)
        return answer.status_code == 200

    async def busy(stop: asyncio.Event) -> int:
        # The reader needs a moment to start.
        await asyncio.sleep(2)
        said = await asyncio.gather(*(writer(number) for number in range(CROWD)))
        stop.set()
        return sum(said)

    p95 = []
    stored = 0
    for load in (quiet, busy):
        stop = asyncio.Event()
        times, found = await asyncio.gather(_pages(servers, stop), load(stop))
        p95.append(statistics.quantiles(times, n=20)[-1])
        stored = found or stored
    return p95[0], p95[1], stored


async def _measured(servers: Servers) -> list[Figure]:
    async with _client() as client:
        web, rasa = _to_web(client, servers), _to_rasa(client, servers)
        for warm in (web, rasa):
            await Turns(warm).visits(time.perf_counter() + 3)
        alone, paced = await _alone(web), await _paced(web)
        rates = {n: (await _saturated(rasa, n), await _saturated(web, n)) for n in AT_ONCE}
        before, during, answered = await _crowd(client, servers)
    plain, through = max(pair[0] for pair in rates.values()), max(pair[1] for pair in rates.values())
    figures = [
        Figure("one resident alone, a turn, p50", statistics.median(alone.milliseconds), "ms"),
        Figure("one resident alone, a turn, p95", alone.p95, "ms", "at most 300"),
        Figure(
            f"{RESIDENTS} residents, a message every {PACE_S:.0f} s each, p95", paced.p95, "ms", "at most 600"
        ),
        Figure("  of these answered by the bot", paced.answered / len(paced.milliseconds), "", "1"),
        Figure("saturated, straight to Rasa", plain, "turns/s"),
        Figure("saturated, through the web", through, "turns/s"),
        Figure("  beside plain Rasa", through / plain, "", "at least 0.8"),
        Figure("pages, p95, nobody writing", before, "ms"),
        Figure(f"pages, p95, {CROWD} people writing at once", during, "ms"),
        Figure("  beside nobody writing", during / before, "", "at most 1.2"),
        Figure(f"of {CROWD} messages at once, taken in", answered, "", str(CROWD)),
        Figure("  and found in the database", servers.stored_words(CROWD_WORDS), "", str(CROWD)),
    ]
    return figures + [Figure(f"memory of {name}", size, "MB") for name, size in servers.memory().items()]


def measure() -> Iterator[Figure]:
    """Start the processes on a demo city of their own, measure, stop them."""
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as servers:
        yield from asyncio.run(_measured(servers))
