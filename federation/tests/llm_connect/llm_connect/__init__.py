"""A small library of llm-connect's shape, for tests: it asks the server at
OPENAI_BASE_URL and its like. Some names of models make it misbehave as libraries do."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from .exceptions import LLMError, RateLimitError


@dataclass
class RunConfig:
    model_name: str
    temperature: float = 0.7
    max_tokens: int = 2_000


@dataclass
class Usage:
    prompt_tokens: int
    completion_tokens: int


@dataclass
class LLMResponse:
    content: str
    model: str
    usage: Usage
    finish_reason: str


class Adapter:
    def __init__(self, provider, model, api_key, system_prompt):
        self.provider = provider
        self.model = model
        self.api_key = api_key
        self.system_prompt = system_prompt

    def execute_prompt(self, prompt, config):
        misbehave(self.model, self.api_key)
        messages = [{"role": "system", "content": self.system_prompt}] if self.system_prompt else []
        messages.append({"role": "user", "content": prompt})
        value = self._post(
            {
                "model": config.model_name,
                "messages": messages,
                "temperature": config.temperature,
                "max_tokens": config.max_tokens,
                "stream": False,
            }
        )
        choice = value["choices"][0]
        usage = value.get("usage", {})
        return LLMResponse(
            content=choice["message"]["content"],
            model=value["model"],
            usage=Usage(usage.get("prompt_tokens"), usage.get("completion_tokens")),
            finish_reason=choice["finish_reason"],
        )

    def _post(self, body):
        base = os.environ[f"{self.provider.upper()}_BASE_URL"]
        request = urllib.request.Request(f"{base}/chat/completions", json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if self.api_key:
            request.add_header("Authorization", f"Bearer {self.api_key}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            kind = RateLimitError if error.code == 429 else LLMError
            raise kind(error.read().decode(errors="replace")) from error
        except OSError as error:
            raise LLMError(f"the provider could not be asked: {error}") from error


def misbehave(model, api_key):
    if model == "prints":
        print('{"content": "not an answer"}')
        os.write(1, b"neither is this\n")
    elif model == "fails":
        raise LLMError(f"it went wrong with the key {api_key}")
    elif model == "crashes":
        sys.stderr.write("the library fell over\n")
        sys.stderr.flush()
        os._exit(3)
    elif model == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif model == "fails badly":
        raise Unspeakable
    elif model == "leaves a process":
        note(subprocess.Popen(["sleep", "3600"]))
    elif model == "exits":
        sys.exit(3)
    elif model == "hangs":
        # With a process of its own, as an adapter of a command has.
        note(subprocess.Popen(["sleep", "3600"]))
        time.sleep(3_600)


def note(child):
    """Writes down this process and the one it has started, beside the library."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with open(os.path.join(here, "pids"), "a") as file:
        file.write(f"{os.getpid()} {child.pid}\n")


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no words")

    @property
    def status(self):
        raise ValueError("no status")


def create_adapter(provider, model, api_key=None, system_prompt=None):
    return Adapter(provider, model, api_key, system_prompt)
