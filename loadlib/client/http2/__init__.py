"""HTTP/2 behind the client's interface: one multiplexed connection per origin and client.

`protocol` and what it stands on are sans-I/O; `connection` moves their bytes, `pool` shares the connection
and `attempt` measures one request on it. Imported only by clients that were told to speak HTTP/2: header
compression comes with the extra ``http2``.
"""
