"""What Schemathesis cannot know: who calls, under which key, and what our answers may not say."""

import os
import pathlib
import subprocess
import time
import tomllib
import uuid

import schemathesis

CONTRACT = os.environ["HAULGATE_CONTRACT"]
# Told of what keeps to the document, these say that it does not.
BREACHES = {"schema_violation", "malformed_parameter", "malformed_json", "idempotency_key_malformed"}


def consumer():
    """The first consumer that has subscribed to the contract."""
    policies = tomllib.loads(pathlib.Path("policies/consumers.toml").read_text())
    subscribed = [name for name, entry in policies["consumers"].items() if CONTRACT in entry["contracts"]]
    return sorted(subscribed)[0]


@schemathesis.auth()
class Bearer:
    """A token of the demo's own issuer."""

    def get(self, case, context):
        name = consumer()
        command = [os.environ["HAULGATE_BINARY"], "token", name, "--directory", os.environ["HAULGATE_DIRECTORY"]]
        if name == "driver-app":
            command += ["--driver", "drv_001"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


def keeps_to_the_document(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Keys are new ones, or every request would be somebody's second; cursors are only ever given out."""
    if not keeps_to_the_document(case):
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
    if case.query and "cursor" in case.query:
        del case.query["cursor"]


@schemathesis.check
def what_keeps_to_the_document_is_not_called_a_breach(ctx, response, case):
    if not keeps_to_the_document(case) or response.status_code not in (400, 422):
        return
    problem = response.json()
    # The columns of a file stand in no schema.
    columns = all(error["pointer"].startswith("#csv") for error in problem.get("errors", [])) and problem.get("errors")
    assert problem["code"] not in BREACHES or columns, f"told that it breaks the contract: {problem}"


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
    import json

    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    return "\n".join(json.dumps(item) for item in (value if isinstance(value, list) else [value])).encode()
