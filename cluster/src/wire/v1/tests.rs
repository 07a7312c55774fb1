//! Golden bytes: version 1 never changes.
