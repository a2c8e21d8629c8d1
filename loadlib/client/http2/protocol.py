"""The client's side of HTTP/2 (RFC 9113): frames in, changes to streams and frames out. Sans-I/O.

Everything about what the server's frames do lives here: settings, windows, header blocks, the end of streams,
GOAWAY. What an answer may look like is `stream`'s; this file knows neither sockets nor greenlets. Frames of
streams that are over are ignored, since they may have been on their way.
"""

from typing import Final

from loadlib.client.errors import TransportError
from loadlib.client.http2 import frames as f
from loadlib.client.http2.blocks import Block, BlockGatherer
from loadlib.client.http2.decompression import HeaderDecoder
from loadlib.client.http2.errors import (
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    PROTOCOL_ERROR,
    Http2ConnectionError,
    Http2StreamError,
    code_name,
)
from loadlib.client.http2.outgoing import Outgoing, StreamT
from loadlib.client.http2.settings import CONNECTION_WINDOW_BYTES, MAX_WINDOW_BYTES

_HTTP_1: Final = b"HTTP/1"


class Http2Protocol(Outgoing[StreamT]):
    """One connection as frames.

    Attributes:
        touched: those that changed since this was last emptied; whoever waits on them should look.
        answered_s: when a frame of any stream came last, 0 before.
        goaway: what the server's GOAWAY said, for people; empty before.
    """

    def __init__(self, scheme: str, max_header_bytes: int) -> None:
        super().__init__(scheme, max_header_bytes)
        self.touched: dict[StreamT, None] = {}
        self.goaway = ""
        self._splitter = f.FrameSplitter()
        self._decoder = HeaderDecoder(max_header_bytes)
        self._receive_window = CONNECTION_WINDOW_BYTES
        self._blocks = BlockGatherer(max_header_bytes)
        self._now_s = self.answered_s = 0.0
        self._handlers = {
            f.DATA: self._on_data,
            f.HEADERS: self._on_headers,
            f.CONTINUATION: self._on_continuation,
            f.SETTINGS: self._on_settings,
            f.WINDOW_UPDATE: self._on_window_update,
            f.RST_STREAM: self._on_rst_stream,
            f.PING: self._on_ping,
            f.GOAWAY: self._on_goaway,
            f.PUSH_PROMISE: self._on_push_promise,
        }

    def receive(self, data: bytes, now_s: float) -> None:
        """Take bytes as they came at ``now_s``; then see ``touched`` and ``out``.

        Raises:
            Http2ConnectionError: nothing more can be understood or allowed on this connection.
            TransportError: ``http2_refused``: the server speaks HTTP/1.
        """
        self._now_s = now_s
        if not self.settings.received and data.startswith(_HTTP_1):
            raise TransportError("http2_refused", "the server answered in HTTP/1")
        for kind, flags, stream_id, payload in self._splitter.split(data):
            if self._blocks.stream_id and kind != f.CONTINUATION:
                raise Http2ConnectionError(PROTOCOL_ERROR, "a header block was interrupted by another frame")
            if not self.settings.received and (kind != f.SETTINGS or flags & f.ACK):
                raise Http2ConnectionError(PROTOCOL_ERROR, "the server did not begin with SETTINGS")
            handler = self._handlers.get(kind)
            if handler is not None:
                handler(flags, stream_id, payload)

    def _on_data(self, flags: int, stream_id: int, payload: bytes) -> None:
        size = len(payload)
        self._receive_window -= size
        if self._receive_window < 0:
            raise Http2ConnectionError(FLOW_CONTROL_ERROR, "more body than the connection's window")
        if self._receive_window <= CONNECTION_WINDOW_BYTES // 2:
            given = CONNECTION_WINDOW_BYTES - self._receive_window
            self.out += f.number_frame(f.WINDOW_UPDATE, 0, given)
            self._receive_window = CONNECTION_WINDOW_BYTES
        stream = self._stream(stream_id)
        if stream is None:
            return
        data = f.unpadded(flags & f.PADDED, payload)
        self._arrived(stream, size + f.FRAME_HEAD_BYTES)
        stream.receive_window -= size
        try:
            if stream.receive_window < 0:
                raise Http2StreamError(FLOW_CONTROL_ERROR, "more body than the stream's window")
            stream.take_data(data, bool(flags & f.END_STREAM))
        except Http2StreamError as error:
            self._break(stream, error, flags)
            return
        self._settle(stream)
        self.give_back(stream, size - len(data) if stream.holds_window else size)

    def _on_headers(self, flags: int, stream_id: int, payload: bytes) -> None:
        self._stream(stream_id)
        self._head(self._blocks.begin(flags, stream_id, payload))

    def _on_continuation(self, flags: int, stream_id: int, payload: bytes) -> None:
        self._head(self._blocks.go_on(flags, stream_id, payload))

    def _head(self, block: Block | None) -> None:
        """Take a header block once it is complete; that of a stream that is over still changes the table."""
        if block is None:
            return
        fields = self._decoder.decode(block.data)
        stream = self._stream(block.stream_id)
        if stream is None:
            return
        self._arrived(stream, block.wire_bytes)
        try:
            stream.take_head(fields, bool(block.flags & f.END_STREAM), block.wire_bytes)
        except Http2StreamError as error:
            self._break(stream, error, block.flags)
        else:
            self._settle(stream)

    def _on_settings(self, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id:
            raise Http2ConnectionError(PROTOCOL_ERROR, "SETTINGS on a stream")
        if flags & f.ACK:
            if payload:
                raise Http2ConnectionError(FRAME_SIZE_ERROR, "SETTINGS that acknowledges and sets")
            return
        settings = self.settings
        window, table = settings.window_bytes, settings.header_table_bytes
        settings.update(payload)
        if settings.header_table_bytes != table:
            self._encoder.resize(settings.header_table_bytes)
        for stream in self.streams.values():
            stream.send_window += settings.window_bytes - window
            if stream.send_window > MAX_WINDOW_BYTES:
                raise Http2ConnectionError(FLOW_CONTROL_ERROR, "a window beyond 2^31-1")
        self.touched.update(dict.fromkeys(self.streams.values()))
        self.out += f.frame(f.SETTINGS, f.ACK, 0)

    def _on_window_update(self, _flags: int, stream_id: int, payload: bytes) -> None:
        given = f.number_of(payload, "WINDOW_UPDATE") & f.STREAM_ID_MASK
        if not stream_id:
            self.send_window += given
            if not given or self.send_window > MAX_WINDOW_BYTES:
                code = FLOW_CONTROL_ERROR if given else PROTOCOL_ERROR
                raise Http2ConnectionError(code, "a wrong WINDOW_UPDATE")
            self.touched.update(dict.fromkeys(self.streams.values()))
        elif (stream := self._stream(stream_id)) is not None:
            stream.send_window += given
            if not given or stream.send_window > MAX_WINDOW_BYTES:
                code = FLOW_CONTROL_ERROR if given else PROTOCOL_ERROR
                self._break(stream, Http2StreamError(code, "a wrong WINDOW_UPDATE"), 0)
            self.touched[stream] = None

    def _on_rst_stream(self, _flags: int, stream_id: int, payload: bytes) -> None:
        code = f.number_of(payload, "RST_STREAM")
        stream = self._stream(stream_id)
        if stream is not None:
            self._arrived(stream, len(payload) + f.FRAME_HEAD_BYTES)
            self._forget(stream)
            if not stream.complete:
                text = f"the server sent RST_STREAM {code_name(code)}"
                stream.failure = TransportError("http2_reset", text)

    def _on_ping(self, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id or len(payload) != 8:
            raise Http2ConnectionError(PROTOCOL_ERROR if stream_id else FRAME_SIZE_ERROR, "a malformed PING")
        if not flags & f.ACK:
            self.out += f.frame(f.PING, f.ACK, 0, payload)

    def _on_goaway(self, _flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id or len(payload) < 8:
            raise Http2ConnectionError(
                PROTOCOL_ERROR if stream_id else FRAME_SIZE_ERROR, "a malformed GOAWAY"
            )
        last_id = int.from_bytes(payload[:4], "big") & f.STREAM_ID_MASK
        debug = payload[8:88].decode("ascii", "replace")
        self.goaway = f"GOAWAY {code_name(int.from_bytes(payload[4:8], 'big'))}{debug and f': {debug!r}'}"
        self.accepting = False
        for stream in [one for one in self.streams.values() if one.stream_id > last_id]:
            self._forget(stream)
            if not stream.complete:
                stream.failure = TransportError(
                    "http2_goaway", f"{self.goaway}, before this request was processed"
                )
            self.touched[stream] = None

    def _on_push_promise(self, _flags: int, _stream_id: int, _payload: bytes) -> None:
        raise Http2ConnectionError(PROTOCOL_ERROR, "a push that was ruled out")

    def _stream(self, stream_id: int) -> StreamT | None:
        """Return an open stream, None for one that is over."""
        stream = self.streams.get(stream_id)
        if stream is None and (stream_id >= self._next_id or not stream_id & 1):
            raise Http2ConnectionError(
                PROTOCOL_ERROR, f"a frame of the stream {stream_id}, which is not open"
            )
        return stream

    def _arrived(self, stream: StreamT, wire_bytes: int) -> None:
        stream.response_bytes += wire_bytes
        self.answered_s = self._now_s
        if not stream.first_byte_s:
            stream.first_byte_s = self._now_s
        self.touched[stream] = None

    def _settle(self, stream: StreamT) -> None:
        """Close a stream whose answer is complete, once the request is too."""
        if stream.complete and not stream.ended_s:
            stream.ended_s = self._now_s
            if stream.sent_all:
                self._forget(stream)

    def _break(self, stream: StreamT, error: Http2StreamError, flags: int) -> None:
        """Fail a stream; the server is told unless both sides had come to the end."""
        if flags & f.END_STREAM and stream.sent_all:
            self._forget(stream)
        else:
            self.cancel(stream, error.code)
        stream.failure = error
