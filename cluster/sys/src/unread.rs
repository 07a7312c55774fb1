//! What is still inside a pipe.
#![expect(unsafe_code, reason = "an ioctl has no safe wrapper")]

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;

/// How many bytes were written to a pipe and not read yet; either end tells.
///
/// # Errors
///
/// What the kernel says; for a pipe, nothing.
pub fn unread_bytes(pipe: impl AsFd) -> io::Result<usize> {
    let mut count: c_int = 0;
    let pipe = pipe.as_fd().as_raw_fd();
    // SAFETY: the descriptor is open, and FIONREAD writes one int, which outlives the call.
    let done = unsafe { libc::ioctl(pipe, libc::FIONREAD, &raw mut count) };
    Errno::result(done)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn both_ends_tell_what_is_inside() {
        let (mut outlet, mut inlet) = io::pipe().expect("there are descriptors");
        inlet.write_all(b"four!").expect("it has room");
        outlet.read_exact(&mut [0]).expect("it has more");
        assert_eq!(unread_bytes(&inlet).expect("it is a pipe"), 4);
        assert_eq!(unread_bytes(&outlet).expect("it is a pipe"), 4);
        drop(outlet);
        // What nobody will read stays inside.
        assert_eq!(unread_bytes(&inlet).expect("it is a pipe"), 4);
    }
}
