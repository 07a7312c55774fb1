//! Messages with descriptors, over a `SOCK_SEQPACKET` pair.
#![expect(
    unsafe_code,
    reason = "descriptors arrive as numbers; taking possession of them is a promise"
)]

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, getsockopt,
    recvmsg, sendmsg, setsockopt, socketpair, sockopt,
};

use super::protocol::REQUEST_BYTES_MAX;

/// Standard input, output and error, and the result.
pub(super) const DESCRIPTORS_COUNT: usize = 4;

/// Two connected ends, closed on exec, with room for the longest message.
pub(super) fn pair() -> Result<(OwnedFd, OwnedFd), Errno> {
    let (ours, theirs) = socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?;
    // A message must fit as a whole. The kernel doubles the number, and caps it.
    setsockopt(&ours, sockopt::SndBuf, &REQUEST_BYTES_MAX)?;
    match getsockopt(&ours, sockopt::SndBuf)? {
        room if room > REQUEST_BYTES_MAX + 64 => Ok((ours, theirs)),
        _ => Err(Errno::ENOBUFS),
    }
}

/// Sends one message: `EPIPE` if the other end is gone, `EAGAIN` if it may not wait for room.
pub(super) fn send(
    socket: BorrowedFd<'_>,
    bytes: &[u8],
    descriptors: &[OwnedFd],
    flags: MsgFlags,
) -> Result<(), Errno> {
    let numbers: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&numbers)];
    let rights = if numbers.is_empty() { &[] } else { &rights[..] };
    let flags = flags | MsgFlags::MSG_NOSIGNAL;
    loop {
        let parts = [IoSlice::new(bytes)];
        match sendmsg::<()>(socket.as_raw_fd(), &parts, rights, flags, None) {
            Err(Errno::EINTR) => {}
            sent => return sent.map(drop),
        }
    }
}

/// Receives one message into `buffer`: its length and its descriptors; `None` at the end.
///
/// # Panics
///
/// If `buffer` is too short, or this process has no descriptors left for those that came.
pub(super) fn receive(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: MsgFlags,
) -> Result<Option<(usize, Vec<OwnedFd>)>, Errno> {
    let mut control = cmsg_space!([RawFd; DESCRIPTORS_COUNT]);
    let mut parts = [IoSliceMut::new(buffer)];
    let flags = flags | MsgFlags::MSG_CMSG_CLOEXEC;
    let message = loop {
        let socket = socket.as_fd().as_raw_fd();
        match recvmsg::<()>(socket, &mut parts, Some(&mut control), flags) {
            Err(Errno::EINTR) => {}
            received => break received?,
        }
    };
    let cut = MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC;
    assert!(
        !message.flags.intersects(cut),
        "a message is received whole"
    );
    let mut descriptors = Vec::new();
    for part in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(numbers) = part {
            // SAFETY: the kernel has just made these descriptors for us, and nobody else.
            descriptors.extend(
                numbers
                    .into_iter()
                    .map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }),
            );
        }
    }
    // No message of ours is empty, so nothing means the other end is closed.
    Ok((message.bytes > 0).then_some((message.bytes, descriptors)))
}
