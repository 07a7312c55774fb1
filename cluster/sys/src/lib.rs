//! The operating system, and nothing else: processes here, SCTP sockets beside them.
