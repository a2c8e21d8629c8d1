"""The JSON Schema of a thresholds file, for editors: draft 2020-12, derived from the document model.

The schema takes every document that the loader takes; the loader refuses more, since it also knows metrics.
"""

from typing import Any, Final

from loadlib.thresholds.document import DocumentModel

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_TITLE: Final = "Load test thresholds"


def schema() -> dict[str, Any]:
    """Return the JSON Schema as plain data."""
    derived = DocumentModel.model_json_schema()
    return {"$schema": _DRAFT, "title": _TITLE, **_tidy(derived)}


def _tidy(node: Any) -> Any:
    """Say of keys what they must look like, not only which are checked; leave out what helps no editor."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: value for key, value in node.items() if not _is_noise(key, value)}
    if "patternProperties" in node:
        ((pattern, values),) = node.pop("patternProperties").items()
        node |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}
    return {key: _tidy(value) for key, value in node.items()}


def _is_noise(key: str, value: object) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
