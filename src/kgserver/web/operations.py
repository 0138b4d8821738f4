"""For those who run the server: does it live, can it answer, how does it do.

A proxy in front need not let anyone else read these; they hold nothing personal.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, current_app, g

from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.engine.question import Question
from kgserver.errors import KgError
from kgserver.web.record import Record

blueprint = Blueprint("operations", __name__, url_prefix="/-")


@blueprint.get("/live")
def live() -> Response:
    """Whether the process answers at all."""
    return Response("live\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/ready")
def ready() -> Response:
    """Whether a question is answered now; which revision is served, and how a reload went."""
    served: Served = current_app.extensions["served"]
    graph: Graph = g.held
    news = served.news
    fault = _fault(graph)
    told: dict[str, object] = {"ready": fault is None, "revision": graph.manifest.revision}
    if fault:
        told["why"] = fault
    if graph.pool:
        status = graph.pool.status()
        told["workers"] = {
            "wanted": status.workers,
            "ready": status.ready,
            "busy": status.busy,
            "network": status.network,
        }
    told["reload"] = {"state": news.state, "when": news.when.isoformat(), "why": news.why}
    return Response(
        json.dumps(told, ensure_ascii=False) + "\n",
        200 if fault is None else 503,
        content_type="application/json",
    )


@blueprint.get("/metrics")
def metrics() -> Response:
    """Figures for Prometheus."""
    record: Record = current_app.extensions["record"]
    return Response(record.figures(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _fault(graph: Graph) -> str | None:
    """Return what is in the way of an answer, by asking for one that nobody remembers.

    Workers that are all busy answer soon: that is no fault, and nobody waits here to see it.
    """
    if graph.pool and (status := graph.pool.status()).busy >= status.ready:
        return None if status.ready else "No worker is running"
    try:
        graph.ask(Question("ASK { }", graph.at("all"), volatile=True))
    except KgError as error:
        return str(error)
    return None
