"""The table of endpoints as an OpenAPI 3.1 description, for programs of yours."""

from __future__ import annotations

from typing import Any

from etude.apps.studio.asked import Endpoint
from etude.apps.studio.fields import schema


def described(endpoints: tuple[Endpoint, ...], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description of `endpoints`."""
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        ids = [part[1 : part.index("}")] for part in one.path.split("/") if part.startswith("{")]
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ids
        ] + [{"name": name, "in": "query", "schema": {"type": "string"}} for name in one.query]
        entry: dict[str, Any] = {
            "summary": one.about,
            "parameters": parameters,
            "responses": {str(one.status): {"description": "done"}, "4XX": {"description": "{'error': why}"}},
        }
        if one.fields or one.raw:
            content = (
                {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
                if one.raw
                else {"application/json": {"schema": schema(one.fields)}}
            )
            entry["requestBody"] = {"required": True, "content": content}
        paths.setdefault(one.path, {})[one.method.lower()] = entry
    token = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "etude studio", "version": version},
        "paths": paths,
        "components": {"securitySchemes": {"token": token}},
        "security": [{"token": []}],
    }
