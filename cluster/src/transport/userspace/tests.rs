//! The userspace transport over real sockets.
