"""The parts of a multipart/form-data body, parsed while the body arrives.

Rule: the parser never holds more of the file than one chunk of the body. The caller that feeds the
parser takes the bytes of the file out of the parser.
"""

import logging

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from tickiti_cli.contract.errors import InvalidJson, PayloadTooLarge, UnsupportedMediaType

MULTIPART = "multipart/form-data"
FILE = "file"
"""Name of the part that is a file. Other parts with a file name are discarded."""

MOST_TEXT = 64 * 1024
"""Bytes of all parts that are not files."""

MOST_PARTS = 1_000
"""A form of this API has five; empty parts would otherwise be limited by the body alone."""

_BINARY = {b"", b"binary", b"8bit", b"7bit"}
_BROKEN = "The body must be multipart/form-data: {}."

logging.getLogger("python_multipart").setLevel(logging.ERROR)


class MultipartBody:
    """The text parts and the file of one body. `feed` it, then `finish`."""

    def __init__(self, content_type: str | None) -> None:
        """Raises UnsupportedMediaType for another type, and InvalidJson without a boundary."""
        kind, options = parse_options_header(content_type)
        if kind.decode("latin-1") != MULTIPART:
            raise UnsupportedMediaType(
                f"Send the body as Content-Type: {MULTIPART}, without a Content-Encoding."
            )
        self.fields: dict[str, str | list[str]] = {}
        """Texts by the name of their part; a list where parts have the same name, so that the
        field's own validation refuses it, as it refuses a list in JSON."""

        self.file_name: str | None = None
        """None until a part `file` with a file name has begun."""

        self.fresh = bytearray()
        """Bytes of the file that were not taken yet."""

        self._parts = self._texts_size = 0
        self._has_ended = False
        self._parser = self._parser_of(options.get(b"boundary", b""))
        self._begin_part()

    def feed(self, chunk: bytes) -> None:
        """Parse a chunk of the body. Raises InvalidJson and PayloadTooLarge."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise _broken("it cannot be parsed") from None

    def finish(self) -> None:
        """Raise InvalidJson if the body ended before its last boundary."""
        if not self._has_ended:
            raise _broken("its last boundary is missing")

    def _parser_of(self, boundary: bytes) -> MultipartParser:
        if not boundary:
            raise _broken("its Content-Type names no boundary")
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._add_header_name,
                    "on_header_value": self._add_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._add_data,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise _broken("its boundary is too long") from None

    def _begin_part(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._header_name, self._header_value = b"", b""
        self._name = ""
        self._is_file = self._is_discarded = False
        self._text = bytearray()

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name, self._header_value = b"", b""

    def _end_headers(self) -> None:
        """Decide by the headers of a part whether the part is the file, a text, or discarded."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise PayloadTooLarge(f"The form has more than {MOST_PARTS} parts.")
        disposition = self._headers.get(b"content-disposition", b"").decode("latin-1")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise _broken("a part has no name")
        if self._headers.get(b"content-transfer-encoding", b"").strip().lower() not in _BINARY:
            raise _broken("a part has a Content-Transfer-Encoding")
        self._name = _text(options[b"name"])
        self._is_file = b"filename" in options
        if self._is_file:
            self._begin_file(_text(options[b"filename"]))

    def _begin_file(self, name: str) -> None:
        # A form whose file was not chosen sends an empty name.
        self._is_discarded = self._name != FILE or not name
        if self._is_discarded:
            return
        if self.file_name is not None:
            raise _broken("it has two files")
        self.file_name = name

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_discarded:
            return
        if self._is_file:
            self.fresh += data[start:end]
            return
        self._text += data[start:end]
        self._texts_size += end - start
        if self._texts_size > MOST_TEXT:
            raise PayloadTooLarge(f"The parts without a file are larger than {MOST_TEXT} bytes.")

    def _end_part(self) -> None:
        if not self._is_file:
            self._add_text(_text(bytes(self._text)))

    def _add_text(self, text: str) -> None:
        match self.fields.get(self._name):
            case None:
                self.fields[self._name] = text
            case str(first):
                self.fields[self._name] = [first, text]
            case texts:
                texts.append(text)

    def _end(self) -> None:
        self._has_ended = True


def _broken(problem: str) -> InvalidJson:
    return InvalidJson(_BROKEN.format(problem))


def _text(raw: bytes) -> str:
    """UTF-8 without NUL, as in JSON bodies."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise _broken("a text in it is not UTF-8") from None
    if "\0" in text:
        raise _broken("a text in it has a NUL")
    return text
