//! The end that answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{BUFFER_BYTES, Frame};
use crate::bench::messaging::load::PAYLOAD_BYTES;

/// Listens on a free port of the loopback, and answers whoever comes.
pub(in super::super) async fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    Ok(address)
}

/// Answers all that has come with one write.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut told = 0;
    let mut input = BytesMut::with_capacity(BUFFER_BYTES);
    let mut output = BytesMut::with_capacity(BUFFER_BYTES);
    while stream.read_buf(&mut input).await? > 0 {
        while let Some(frame) = Frame::take_from(&mut input) {
            if let Some(answer) = handle(frame, &mut told) {
                answer.append_to(&mut output);
            }
        }
        stream.write_all(&output).await?;
        output.clear();
        input.reserve(BUFFER_BYTES);
    }
    Ok(())
}

fn handle(frame: Frame, told: &mut u64) -> Option<Frame> {
    match frame {
        Frame::Ask { number, mut body } => {
            body.truncate(PAYLOAD_BYTES);
            Some(Frame::Answer { number, body })
        }
        Frame::Tell { body: _ } => {
            *told += 1;
            None
        }
        Frame::Count { number } => {
            let body = Bytes::copy_from_slice(&told.to_le_bytes());
            Some(Frame::Answer { number, body })
        }
        Frame::Answer { .. } => None,
    }
}
