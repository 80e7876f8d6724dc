# SPDX-License-Identifier: Apache-2.0
"""The control address: GET tells how things stand, POST changes them.

  {"faults": [...]}       replace the fault script
  {"add": [...]}          add rules to it
  {"outage": S or true}   503 to everything for S seconds, or until false
  {"outage": false}       (and this ends every fault)
  {"deny": [DCR, ...]}    the role is missing on exactly these rules
  {"reader": false}       the role on the workspace is missing
  {"revoke": true}        every token granted so far is unknown
"""

import json

from .answer import as_json, error

COMMANDS = {"faults", "add", "outage", "deny", "reader", "revoke"}


def outage(length):
    rule = {
        "on": "any",
        "do": "status",
        "status": 503,
        "body": {"error": {"code": "ServiceUnavailable", "message": "outage"}},
    }
    if length is not True:
        rule["for_seconds"] = float(length)
    return rule


def apply(site, command):
    """Carry COMMAND out; ValueError when it is none."""
    unknown = set(command) - COMMANDS
    if unknown:
        raise ValueError(f"unknown command: {', '.join(sorted(unknown))}")
    if "faults" in command:
        site.plan.replace(command["faults"])
    if "add" in command:
        site.plan.add(command["add"])
    if "outage" in command:
        length = command["outage"]
        site.plan.replace([outage(length)] if length else [])
    if "deny" in command:
        site.settings.deny(command["deny"])
    if "reader" in command:
        site.workspace.reader = command["reader"]
    if command.get("revoke"):
        site.desk.revoke_all()


def state(site):
    return {
        "requests": site.journal.requests,
        "records": site.journal.records,
        "tokens": site.desk.granted,
        "in_flight_most": site.most_in_flight,
        "faults": site.plan.report(),
    }


def answer(site, method, body):
    if method == "GET":
        return as_json(200, state(site))
    if method != "POST":
        return error(405, "MethodNotAllowed", "GET or POST", {"Allow": "POST"})
    try:
        apply(site, json.loads(body))
    except (ValueError, TypeError) as problem:
        return error(400, "BadCommand", str(problem))
    return as_json(200, state(site))
