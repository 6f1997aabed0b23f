#!/usr/bin/env python3
"""The seam between Inter-Hub and llm-connect (Python 3.10 or later, standard library only).

    llm_bridge.py            one JSON request on standard input, one JSON answer on
                             standard output; an error is JSON too, with exit status 1
    llm_bridge.py --check    the same for: is llm-connect there?
    llm_bridge.py --serve    JSON-RPC 2.0 over HTTP on loopback, until standard input is
                             closed; one line on standard output tells port and secret

llm-connect is taken from LLM_CONNECT_PATH, or from ~/llm-connect; never from PyPI, where
that name is another package. docs/llm-connect.md describes the wire.
"""

from __future__ import annotations

import hmac
import importlib
import json
import os
import queue
import resource
import secrets
import select
import signal
import sys
import threading
import time

if "--serve" in sys.argv[1:]:
    import asyncio  # It takes longer to load than all the rest, and one call does without.

MAX_REQUEST_BYTES = 32 * 1024 * 1024
MAX_HEAD_BYTES = 16 * 1024
MAX_ERROR_CHARS = 2_000
DEFAULT_MAX_TOKENS = 2_000
DEFAULT_TEMPERATURE = 0.7
DEFAULT_DEADLINE_SECONDS = 600.0
DEFAULT_MAX_ANSWER_BYTES = 4 * 1024 * 1024
DEFAULT_WORKERS = 128
# Connections that have not shown the secret yet: how many beyond those of all workers at once,
# and for how long.
MORE_STRANGERS = 256
STRANGER_SECONDS = 10
# A library that could not be imported is not tried again sooner by a look at it.
IMPORT_AGAIN_SECONDS = 5


class BridgeFailure(Exception):
    """An error of the bridge itself. `name` is its errorType."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name = name


# --- the library


class Library:
    """llm-connect, imported when it is first needed and looked for again until it is there."""

    def __init__(self):
        self._lock = threading.Lock()
        self._found = None
        self._failed_at = None
        # What a look at it says, without importing anything.
        self.problem = None
        self.looked = threading.Event()

    def get(self):
        with self._lock:
            if self._found is None:
                try:
                    self._found, self.problem = self._load(), None
                except BridgeFailure as error:
                    self.problem = describe(error)["error"]
                    self._failed_at = time.monotonic()
                    raise
                finally:
                    self.looked.set()
            return self._found

    def look(self):
        """Imports it in a thread, unless that was done or has just failed."""
        again = self._failed_at is None or time.monotonic() - self._failed_at > IMPORT_AGAIN_SECONDS
        if self._found is None and again and not self._lock.locked():
            threading.Thread(target=self._try, daemon=True).start()

    def _try(self):
        try:
            self.get()
        except BridgeFailure:
            pass

    @staticmethod
    def folder():
        return os.path.expanduser(os.environ.get("LLM_CONNECT_PATH") or "~/llm-connect")

    def _load(self):
        folder = self.folder()
        places = [folder, os.path.join(folder, "src")]
        home = next((p for p in places if os.path.isfile(os.path.join(p, "llm_connect", "__init__.py"))), None)
        if home is None:
            raise BridgeFailure(
                "LibraryMissing",
                f"There is no llm-connect in {folder}. Put the library there, or set LLM_CONNECT_PATH to its folder. "
                "Never install the package of that name from PyPI: it is another one.",
            )
        if home not in sys.path:
            sys.path.insert(0, home)
        importlib.invalidate_caches()
        try:
            package = importlib.import_module("llm_connect")
            errors = importlib.import_module("llm_connect.exceptions")
            return package.create_adapter, package.RunConfig, errors.LLMError
        except BaseException as error:  # A module may call sys.exit too.
            raise BridgeFailure(
                "LibraryMissing",
                f"llm-connect in {home} cannot be used: {type(error).__name__}: {words_of(error)}. "
                "Check that it is complete and that what it needs is installed.",
            ) from error


LIBRARY = Library()


# --- one call


def text_field(request, name, required=False):
    value = request.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or (required and not value):
        raise BridgeFailure("RequestError", f"{name} must be a text" + (" that is not empty" if required else ""))
    return value


def number_field(request, name, default, least, most, whole=False):
    value = request.get(name)
    if value is None:
        return default
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
        raise BridgeFailure("RequestError", f"{name} must be a {'whole ' if whole else ''}number from {least} to {most}")
    return value


def read_request(request):
    """The request, checked, with its defaults."""
    if not isinstance(request, dict):
        raise BridgeFailure("RequestError", "the request must be a JSON object")
    return {
        "provider": text_field(request, "provider", required=True),
        "model": text_field(request, "model", required=True),
        "system_prompt": text_field(request, "systemPrompt"),
        "prompt": text_field(request, "prompt", required=True),
        "api_key": text_field(request, "api_key"),
        "max_tokens": number_field(request, "maxTokens", DEFAULT_MAX_TOKENS, 1, 10_000_000, whole=True),
        "temperature": number_field(request, "temperature", DEFAULT_TEMPERATURE, 0, 2),
        "deadline_seconds": number_field(request, "deadlineSeconds", DEFAULT_DEADLINE_SECONDS, 0.001, 86_400),
        "max_answer_bytes": number_field(
            request, "maxAnswerBytes", DEFAULT_MAX_ANSWER_BYTES, 1, 1 << 30, whole=True
        ),
    }


def execute(request):
    """Asks the library. Blocks until it has answered."""
    create_adapter, run_config, _ = LIBRARY.get()
    adapter = create_adapter(
        provider=request["provider"],
        model=request["model"],
        api_key=request["api_key"],
        system_prompt=request["system_prompt"],
    )
    config = run_config(
        model_name=request["model"], temperature=request["temperature"], max_tokens=request["max_tokens"]
    )
    answer = adapter.execute_prompt(request["prompt"], config)
    content = "" if answer.content is None else answer.content
    if not isinstance(content, str):
        raise BridgeFailure("ParseError", f"llm-connect gave {type(content).__name__} as content, not a text")
    if len(content) <= request["max_answer_bytes"]:
        content = whole_characters(content)
    if len(content) > request["max_answer_bytes"] or len(content.encode()) > request["max_answer_bytes"]:
        raise BridgeFailure(
            "TooLarge", f"the answer has more than the {request['max_answer_bytes']} bytes that are read of one"
        )
    usage = getattr(answer, "usage", None)
    return {
        "content": content,
        "model": word(getattr(answer, "model", None)) or request["model"],
        "tokensIn": count(usage, "prompt_tokens"),
        "tokensOut": count(usage, "completion_tokens"),
        "finishReason": word(getattr(answer, "finish_reason", None)),
    }


def count(usage, name):
    """A number of tokens, from an object or a dictionary; None where it is not told."""
    value = usage.get(name) if isinstance(usage, dict) else getattr(usage, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def word(value):
    value = getattr(value, "value", value)
    return whole_characters(value) if isinstance(value, str) and value else None


def whole_characters(text):
    """Without halves of surrogate pairs, which no JSON reader takes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# --- errors


def chain(error):
    """An error and what it says caused it, each once."""
    seen = []
    while error is not None and error not in seen and len(seen) < 10:
        seen.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return seen


def words_of(error):
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__


def describe(error, api_key=None):
    """An error as it goes over the wire. Never with a key in it."""
    own = isinstance(error, BridgeFailure)
    said = {
        "error": without_keys(words_of(error), api_key),
        "errorType": error.name if own else type(error).__name__,
    }
    if not own:
        # A library's objects may fail at any touch: what cannot be told is left out.
        for name, tell in (("errorNames", class_names), ("httpStatus", http_status), ("retryAfter", retry_after)):
            try:
                value = tell(chain(error))
            except Exception:
                value = None
            if value is not None:
                said[name] = value
        said.setdefault("errorNames", [type(error).__name__])
    return said


def class_names(errors):
    names = [c.__name__ for e in errors for c in type(e).__mro__ if c not in (object, Exception, BaseException)]
    return list(dict.fromkeys(names))


def http_status(errors):
    for error in errors:
        for holder in (error, getattr(error, "response", None)):
            for name in ("status_code", "http_status", "status", "code"):
                value = getattr(holder, name, None)
                if isinstance(value, str) and value.isascii() and value.isdigit():
                    value = int(value)
                if isinstance(value, int) and 400 <= value <= 599:
                    return int(value)
    return None


def retry_after(errors):
    """What the provider asks to wait, as it said it: seconds or a date."""
    for error in errors:
        value = getattr(error, "retry_after", None)
        for holder in (error, getattr(error, "response", None)):
            headers = getattr(holder, "headers", None)
            if value is None and hasattr(headers, "get"):
                value = headers.get("Retry-After") or headers.get("retry-after")
        if isinstance(value, (int, float, str)):
            return str(value)
    return None


def without_keys(text, api_key=None):
    for secret in [api_key, *secrets_around()]:
        if secret and len(secret) >= 4:
            text = text.replace(secret, "[redacted]")
    return whole_characters(text[: 4 * MAX_ERROR_CHARS])[:MAX_ERROR_CHARS]


def secrets_around():
    """Keys in the environment, and passwords in the addresses there."""
    for name, value in os.environ.items():
        if name.endswith("_API_KEY"):
            yield value
        elif name.endswith("_BASE_URL") and "@" in value:
            sign_in = value.split("://", 1)[-1].rsplit("@", 1)[0]
            yield sign_in
            yield sign_in.split(":", 1)[-1]


def encode(value):
    return json.dumps(value, allow_nan=False).encode()


def parse(body):
    try:
        return json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BridgeFailure("RequestError", f"the request is no JSON: {error}") from None


# --- the process


def take_streams():
    """Standard input and output for this script alone. A library reads nothing there, and what
    it prints goes to standard error."""
    given, out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(given, "rb", buffering=0), os.fdopen(out, "wb")


def watch(pipe):
    """Starts a process that ends this one, and what it has started, as soon as the other end of
    `pipe` is closed: the one who asked is gone, be it by kill -9. A thread could not do it while
    a library holds the interpreter."""
    watched, group = os.getpid(), os.getpgid(0)
    alive, held = os.pipe()
    if os.fork() != 0:
        os.close(alive)
        return  # `held` is closed when this process ends.
    try:
        os.close(held)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        poll = select.poll()
        poll.register(pipe, 0)
        poll.register(alive, 0)
        if all(descriptor != alive for descriptor, _ in poll.poll()):
            if group == watched:
                os.killpg(group, signal.SIGKILL)
            os.kill(watched, signal.SIGKILL)
    finally:
        os._exit(0)


def end_now(status):
    """Not by the interpreter's way out: a thread of the library must not hold it up."""
    os._exit(status)


# --- one request on standard input


def answer_one(out, ask):
    watch(out.fileno())
    failed = False
    try:
        said = ask()
    except BridgeFailure as error:
        said, failed = describe(error), True
    if "error" in said:
        failed = True
    out.write(encode(said) + b"\n")
    out.flush()
    end_now(int(failed))


def ask_once(given):
    body = read_all(given)
    if len(body) > MAX_REQUEST_BYTES:
        raise BridgeFailure("RequestError", f"the request has more than {MAX_REQUEST_BYTES} bytes")
    request = read_request(parse(body))
    try:
        return execute(request)
    except BaseException as error:  # A library may raise SystemExit too.
        return describe(error, request["api_key"])


def read_all(given):
    """Up to one byte more than a request may have."""
    body = bytearray()
    while len(body) <= MAX_REQUEST_BYTES:
        piece = given.read(1 << 20)
        if not piece:
            break
        body += piece
    return bytes(body)


def check():
    LIBRARY.get()
    return {"library": Library.folder(), "python": ".".join(map(str, sys.version_info[:3]))}


# --- the serve mode


class Pool:
    """Threads for calls that block. A thread whose call was given up is left to itself, and
    another takes its place."""

    def __init__(self, size):
        self.size = size
        self._jobs = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self.threads = 0
        threading.stack_size(1024 * 1024)

    def submit(self, job):
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            else:
                self.threads += 1
                threading.Thread(target=self._work, daemon=True).start()
        self._jobs.put(job)

    def _work(self):
        while True:
            self._jobs.get()()
            with self._lock:
                if self._idle >= self.size:
                    self.threads -= 1
                    return
                self._idle += 1


class Gone(Exception):
    """The client has closed its connection."""


class Refusal(Exception):
    """A request that is no JSON-RPC call. `status` is HTTP's."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Server:
    def __init__(self, workers):
        self.secret = secrets.token_urlsafe(32)
        self.pool = Pool(workers)
        self.places = asyncio.Semaphore(workers)
        self.started = time.monotonic()
        self.strangers = 0
        self.under_way = self.answered = self.failed = 0
        # Calls that nobody waits for any more, whose threads the library still holds: when each
        # was given up, and how long it might have taken.
        self.abandoned = {}
        self.draining = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    async def run(self, out):
        listener = await asyncio.start_server(self.client, "127.0.0.1", 0, limit=MAX_HEAD_BYTES, backlog=self.pool.size + 128)
        port = listener.sockets[0].getsockname()[1]
        out.write(encode({"port": port, "secret": self.secret, "pid": os.getpid()}) + b"\n")
        out.close()
        LIBRARY.look()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.draining.set)
        await self.draining.wait()
        listener.close()
        await self.idle.wait()

    async def client(self, reader, writer):
        # So that `drain` waits until the kernel has all of an answer.
        writer.transport.set_write_buffer_limits(high=0)
        self.strangers += 1
        known = False
        try:
            if self.strangers > self.pool.size + MORE_STRANGERS:
                return
            headers = await asyncio.wait_for(self.head(reader, writer), STRANGER_SECONDS)
            self.strangers -= 1
            known = True
            while headers is not None and await self.exchange(headers, reader, writer):
                headers = await self.head(reader, writer)
        except (Gone, ConnectionError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            pass
        finally:
            self.strangers -= not known
            writer.close()

    async def exchange(self, headers, reader, writer):
        """One request and its response. False where the connection ends with it."""
        self.under_way += 1
        self.idle.clear()
        try:
            try:
                body = await self.body(reader, headers)
            except Refusal as refusal:
                await refuse(writer, refusal)
                return False
            answer = await self.call(body, reader)
            keep = not self.draining.is_set()
            await respond(writer, 200 if answer else 204, answer or b"", close=not keep)
            return keep
        finally:
            self.under_way -= 1
            if self.under_way == 0:
                self.idle.set()

    async def head(self, reader, writer):
        """The headers of the next request; None where none comes or it is refused."""
        try:
            return self.read_head(await reader.readuntil(b"\r\n\r\n"))
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            await refuse(writer, Refusal(431, "the head of the request is too long"))
        except Refusal as refusal:
            await refuse(writer, refusal)
        return None

    def read_head(self, head):
        line, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (r.partition(":") for r in rest if r)}
        # Before the body is read, so that a stranger costs nothing.
        given = headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, f"Bearer {self.secret}".encode()):
            raise Refusal(401, "the secret of this start is required: Authorization: Bearer SECRET")
        if line.split(" ")[:2] != ["POST", "/"]:
            raise Refusal(405, "only POST / is served")
        return headers

    async def body(self, reader, headers):
        try:
            length = int(headers["content-length"])
        except (KeyError, ValueError):
            raise Refusal(411, "Content-Length is required") from None
        if not 0 <= length <= MAX_REQUEST_BYTES:
            raise Refusal(413, f"the body has more than {MAX_REQUEST_BYTES} bytes")
        return await reader.readexactly(length)

    async def call(self, body, reader):
        """The encoded response of one call; None for a notification."""
        ident = None
        try:
            # A large one would hold up the others.
            request = parse(body) if len(body) < 1 << 18 else await asyncio.to_thread(parse, body)
            if not isinstance(request, dict) or request.get("jsonrpc") != "2.0":
                return rpc_error(None, -32600, "one JSON-RPC 2.0 request is expected; there are no batches")
            ident, method, params = request.get("id"), request.get("method"), request.get("params")
            if not isinstance(ident, (str, int, type(None))):
                return rpc_error(None, -32600, "the id is a text or a whole number")
            if method == "execute":
                answer = await self.execute(ident, params, reader)
            elif method == "health":
                answer = rpc_result(ident, await self.health())
            elif method == "shutdown":
                self.draining.set()
                answer = rpc_result(ident, {"callsUnderWay": self.under_way - 1})
            else:
                answer = rpc_error(ident, -32601, "the methods are execute, health and shutdown")
            return answer if "id" in request else None
        except BridgeFailure as error:
            return rpc_error(ident, -32700, str(error))

    async def execute(self, ident, params, reader):
        if self.draining.is_set():
            return rpc_failure(ident, BridgeFailure("BridgeStopping", "the bridge is stopping"))
        try:
            request = read_request(params)
        except BridgeFailure as error:
            return rpc_error(ident, -32602, str(error), describe(error))
        deadline = asyncio.get_running_loop().time() + request["deadline_seconds"]
        # Another request before this one is answered ends the connection too.
        gone = asyncio.ensure_future(reader.read(1))
        try:
            return await self.first(gone, self.work(ident, request), deadline)
        except asyncio.TimeoutError:
            self.failed += 1
            late = f"llm-connect did not answer within {request['deadline_seconds']} s"
            return rpc_failure(ident, BridgeFailure("Timeout", late))
        finally:
            if not gone.done():
                gone.cancel()
                await asyncio.wait({gone})

    async def first(self, gone, work, deadline):
        """What `work` gives, unless the client goes or time is up before."""
        work = asyncio.ensure_future(work)
        left = deadline - asyncio.get_running_loop().time()
        await asyncio.wait({work, gone}, timeout=max(left, 0), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        work.cancel()
        await asyncio.wait({work})
        if gone.done():
            raise Gone
        raise asyncio.TimeoutError

    async def work(self, ident, request):
        """The call in a thread. Where it is given up, its thread ends when the library does."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def job():
            # Whatever a library does, its call ends.
            answer, failed = rpc_error(ident, -32000, "the error cannot be told", UNTOLD), True
            try:
                try:
                    answer, failed = rpc_result(ident, execute(request)), False
                except BaseException as error:
                    answer = rpc_failure(ident, error, request["api_key"])
            finally:
                loop.call_soon_threadsafe(end, answer, failed)

        def end(answer, failed):
            if self.abandoned.pop(done, None) is None and not done.done():
                self.answered += not failed
                self.failed += failed
                done.set_result(answer)

        async with self.places:
            self.pool.submit(job)
            try:
                return await done
            except asyncio.CancelledError:
                # Unless it has ended in this very moment.
                if done.cancelled() or not done.done():
                    self.abandoned[done] = (time.monotonic(), request["deadline_seconds"])
                raise

    async def health(self):
        LIBRARY.look()
        until = time.monotonic() + 1
        while not LIBRARY.looked.is_set() and time.monotonic() < until:
            await asyncio.sleep(0.02)
        now = time.monotonic()
        return {
            "library": None if LIBRARY.problem else Library.folder(),
            "problem": LIBRARY.problem,
            "python": ".".join(map(str, sys.version_info[:3])),
            "callsUnderWay": self.under_way - 1,
            "answered": self.answered,
            "failed": self.failed,
            "abandoned": len(self.abandoned),
            # Those of them that were given up longer ago than they might have taken.
            "stuck": sum(now - since > deadline for since, deadline in self.abandoned.values()),
            "workers": self.pool.size,
            "uptimeSeconds": round(now - self.started, 3),
        }


UNTOLD = {"error": "the library raised an error that cannot be told", "errorType": "BridgeError", "errorNames": []}


def rpc_result(ident, result):
    return encode({"jsonrpc": "2.0", "id": ident, "result": result})


def rpc_error(ident, code, message, data=None):
    error = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return encode({"jsonrpc": "2.0", "id": ident, "error": error})


def rpc_failure(ident, error, api_key=None):
    said = describe(error, api_key)
    return rpc_error(ident, -32000, said["error"], said)


async def refuse(writer, refusal):
    await respond(writer, refusal.status, encode({"error": str(refusal)}), close=True)


async def respond(writer, status, body, close=False):
    reason = {200: "OK", 204: "No Content", 401: "Unauthorized"}.get(status, "Refused")
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    head += "Connection: close\r\n\r\n" if close else "\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


def serve(given, out, workers):
    watch(given.fileno())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError):
        pass  # As many as there are, then.

    async def main():
        await Server(workers).run(out)

    status = 1
    try:
        asyncio.run(main())
        status = 0
    finally:
        end_now(status)


def main(arguments):
    given, out = take_streams()
    # Keys are in memory: no image of it is written.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.version_info < (3, 10):
        out.write(encode({"error": "llm_bridge.py needs Python 3.10 or later.", "errorType": "BridgeError"}) + b"\n")
        out.flush()
        return 1
    if arguments[:1] == ["--serve"] and all(a.isdecimal() and int(a) > 0 for a in arguments[1:]) and len(arguments) <= 2:
        serve(given, out, int(arguments[1]) if len(arguments) == 2 else DEFAULT_WORKERS)
    elif arguments == ["--check"]:
        answer_one(out, check)
    elif not arguments:
        answer_one(out, lambda: ask_once(given))
    else:
        out.write(__doc__.encode())
        out.flush()
        return 0 if arguments in (["--help"], ["-h"]) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
