"""What a module of a package imports, read from its source without running it.

Every import counts: at module level, inside a function, under ``TYPE_CHECKING``, relative, and
``import_module("...")`` with a literal name. Which of them are allowed is not decided here.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """One imported name with its place. ``deferred``: it happens in a function, not when the module loads."""

    path: Path
    line: int
    name: str
    deferred: bool


def python_files(root: Path) -> list[Path]:
    """Return the Python files below ``root``, sorted."""
    return sorted(root.rglob("*.py"))


def module_name(path: Path, root: Path) -> str:
    """Return the dotted name of ``path`` in the package whose directory is ``root``."""
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, root: Path) -> list[Import]:
    """Return every import of the module at ``path``; ``from a import b`` is reported as ``a.b``."""
    package = module_name(path, root)
    if path.name != "__init__.py":
        package = package.rpartition(".")[0]
    tree = ast.parse(path.read_text(), str(path))
    return [
        Import(path, node.lineno, name, deferred)
        for node, deferred in _walk(tree, deferred=False)
        for name in _imported_names(node, package)
    ]


def _walk(node: ast.AST, deferred: bool) -> Iterator[tuple[ast.stmt | ast.expr, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.expr):
            yield child, deferred
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _walk(child, deferred or inside)


def _imported_names(node: ast.stmt | ast.expr, package: str) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=module, names=aliases, level=level):
            base = _absolute(module, level, package)
            return [f"{base}.{alias.name}" for alias in aliases]
        case ast.Call(func=ast.Name(id=function) | ast.Attribute(attr=function), args=[argument, *_]):
            dynamic = function in {"import_module", "__import__"}
            return [_literal_start(argument)] if dynamic and _literal_start(argument) else []
    return []


def _absolute(module: str | None, level: int, package: str) -> str:
    """Resolve the ``from`` part of an import; each dot after the first leaves one package."""
    if not level:
        return module or ""
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *([module] if module else [])])


def _literal_start(argument: ast.expr) -> str:
    """Return the known start of a module name: a literal, or an f-string's text before its first ``{``."""
    if isinstance(argument, ast.JoinedStr) and argument.values:
        argument = argument.values[0]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""
