"""What Schemathesis cannot know: who calls, under which key, what there is to ask for, and what our answers may not say."""

import collections
import json
import os
import pathlib
import re
import subprocess
import uuid

import schemathesis

CONTRACT = os.environ["HAULGATE_CONTRACT"]
# Told of what keeps to the document, these say that it does not.
BREACHES = {"schema_violation", "malformed_parameter", "malformed_json", "idempotency_key_malformed"}


def callers():
    """Who may call each operation of the contract, as policies/access.txt has it."""
    text = pathlib.Path("policies/access.txt").read_text()
    names = dict(re.findall(r"^  ([A-Z])  (\S+) ", text, re.MULTILINE))
    head, *rows = next(table for table in text.split("\n\n") if table.startswith(CONTRACT + " ")).splitlines()
    letters = head.split()[1:]
    marks = {row.split()[0]: row.split()[1:] for row in rows if row.strip()}
    return {name: [names[letter] for letter, mark in zip(letters, row) if mark == "✔"] for name, row in marks.items()}


CALLERS = callers()


def caller(case, context):
    """The same one for as much as possible: what one has made, another may not see."""
    often = collections.Counter(name for names in CALLERS.values() for name in names)
    return max(CALLERS[case.operation.definition.raw["operationId"]], key=lambda name: (often[name], name))


@schemathesis.auth(cache_by_key=caller)
class Bearer:
    """A token of the demo's own issuer."""

    def get(self, case, context):
        name = caller(case, context)
        command = [os.environ["HAULGATE_BINARY"], "token", name, "--directory", os.environ["HAULGATE_DIRECTORY"]]
        if name == "driver-app":
            command += ["--driver", "drv_001"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


def keeps_to_the_document(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def is_followed(case):
    """A stream does not end before the token does."""
    return "text/event-stream" in case.operation.definition.raw["responses"].get("200", {}).get("content", {})


class Known:
    """What answers have named, by the name they gave it. Every second request is about something that there is."""

    ID = re.compile(r"[a-z]{3}_[\w.-]{1,90}|SO-[\w-]{1,36}|[0-9a-f]{64}")

    def __init__(self):
        self.values = collections.defaultdict(collections.deque)
        self.turn = 0

    def learn(self, value):
        if isinstance(value, list):
            for item in value:
                self.learn(item)
        for name, member in value.items() if isinstance(value, dict) else ():
            if not isinstance(member, str):
                self.learn(member)
            elif self.ID.fullmatch(member) and member not in self.values[name]:
                self.values[name].append(member)

    def put_in(self, members):
        self.turn += 1
        for name in members if isinstance(members, dict) and self.turn % 2 else ():
            values = self.values.get(name)
            if values and isinstance(members[name], str):
                members[name] = values[0]
                values.rotate(-1)


KNOWN = Known()


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Keys are new ones, or every request would be somebody's second; cursors are only ever given out; and webhooks
    lead nowhere (RFC 2606), for the machines of others are none of ours to call. What would be followed is not there, and
    no planner thinks for longer than it has to."""
    if is_followed(case):
        case.path_parameters = dict.fromkeys(case.path_parameters or {}, "shp_nowhere.1")
        return
    if not keeps_to_the_document(case):
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
    if case.query and "cursor" in case.query:
        del case.query["cursor"]
    KNOWN.put_in(case.path_parameters)
    KNOWN.put_in(case.body)
    if isinstance(case.body, dict) and "url" in case.body:
        case.body["url"] = "https://receiver.invalid/events"
    if isinstance(case.body, dict) and case.body.keys() & {"jobs", "fleet"}:
        case.body["thinking_seconds"] = 1


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code in (200, 201, 202) and "json" in response.headers.get("content-type", [""])[0]:
        KNOWN.learn(response.json())


@schemathesis.check
def what_keeps_to_the_document_is_not_called_a_breach(ctx, response, case):
    if not keeps_to_the_document(case) or response.status_code not in (400, 422):
        return
    problem = response.json()
    # The columns of a file stand in no schema; and a patch is one thing, what comes of it another, with a schema of its own.
    columns = problem.get("errors") and all(error["pointer"].startswith("#csv") for error in problem["errors"])
    amended = case.method.upper() == "PATCH" and problem["detail"].startswith("The order does not keep")
    assert problem["code"] not in BREACHES or columns or amended, f"told that it breaks the contract: {problem}"


@schemathesis.check
def every_refusal_is_a_problem_that_names_itself(ctx, response, case):
    if response.status_code < 400 or case.method.upper() == "HEAD":
        return
    problem = response.json()
    assert response.headers["content-type"] == ["application/problem+json"], response.headers["content-type"]
    assert problem["status"] == response.status_code and problem["code"] and problem["title"], problem


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """A line for each item; a text is sent as it is."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    return "\n".join(json.dumps(item) for item in (value if isinstance(value, list) else [value])).encode()
