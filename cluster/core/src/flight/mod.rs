//! One flight as one member sees it.
