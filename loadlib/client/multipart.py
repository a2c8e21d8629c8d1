"""Bodies of ``multipart/form-data`` (RFC 7578): fields and files, the same bytes for the same form.

The boundary is a digest of the parts, so that a repeated upload repeats to the byte. Does not read files from
disk by name; open ones are read to their end.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, Protocol

Content = bytes | bytearray | memoryview | str
Fields = Mapping[str, object] | Sequence[tuple[str, object]]

_DEFAULT_TYPE: Final = "application/octet-stream"
_BOUNDARY_BYTES: Final = 16


class Readable(Protocol):
    """An open file."""

    def read(self) -> bytes | str:
        """Return all that is left."""


FileContent = Content | Readable
File = FileContent | tuple[str, FileContent] | tuple[str, FileContent, str]
Files = Mapping[str, File] | Sequence[tuple[str, File]]


def encode_multipart(fields: Fields | None, files: Files) -> tuple[bytes, str]:
    """Return body and Content-Type of a form: its fields, a list value as several, then its files.

    A file is content, an open file, ``(file name, content)`` or ``(file name, content, content type)``.
    Without a name it has the open file's, else the field's; without a type ``application/octet-stream``.

    Raises:
        ValueError: a file is none of these.
        TypeError: as reading an open file does.
    """
    parts = [_field_part(name, value) for name, value in _flat(fields)]
    parts += [_file_part(name, file) for name, file in _pairs(files)]
    digest = blake2b(digest_size=_BOUNDARY_BYTES)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    boundary = digest.hexdigest().encode()
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return body + b"--" + boundary + b"--\r\n", f"multipart/form-data; boundary={boundary.decode()}"


def _pairs(given: Any) -> Iterable[tuple[str, Any]]:
    return given.items() if isinstance(given, Mapping) else given


def _flat(fields: Fields | None) -> Iterable[tuple[str, Any]]:
    for name, value in _pairs(fields or ()):
        if isinstance(value, list | tuple):
            yield from ((name, one) for one in value)
        else:
            yield name, value


def _field_part(name: str, value: object) -> bytes:
    content = bytes(value) if isinstance(value, bytes | bytearray | memoryview) else str(value).encode()
    return _head(name) + b"\r\n" + content


def _file_part(name: str, file: File) -> bytes:
    given_name, source, kind = _parts_of(name, file)
    content = source.read() if hasattr(source, "read") else source
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes | bytearray | memoryview):
        raise ValueError(
            f"the file {name!r} is neither content nor an open file, but {type(content).__name__}"
        )
    if "\r" in kind or "\n" in kind:
        raise ValueError(f"the content type of the file {name!r} contains CR or LF")
    lines = _head(name, given_name) + f"Content-Type: {kind}\r\n".encode("latin-1")
    return lines + b"\r\n" + bytes(content)


def _parts_of(name: str, file: Any) -> tuple[str, Any, str]:
    if not isinstance(file, tuple):
        path = getattr(file, "name", None)
        own = path.rpartition("/")[2] if isinstance(path, str) else ""
        return own or name, file, _DEFAULT_TYPE
    if len(file) not in (2, 3):
        raise ValueError(
            f"the file {name!r} is a tuple of {len(file)}, not of name, content and content type"
        )
    return str(file[0]), file[1], str(file[2]) if len(file) == 3 else _DEFAULT_TYPE


def _head(name: str, file_name: str | None = None) -> bytes:
    """Return Content-Disposition; names as browsers write them (WHATWG HTML, multipart/form-data)."""
    text = f'Content-Disposition: form-data; name="{_escaped(name)}"'
    if file_name is not None:
        text += f'; filename="{_escaped(file_name)}"'
    return f"{text}\r\n".encode()


def _escaped(name: str) -> str:
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
