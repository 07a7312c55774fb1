//! What a connection costs: a server that answers every request with the same bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::http;

/// What it answers: as long as what the runtime answers.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\
    content-type: application/json\r\ndate: Tue, 24 Nov 2026 00:00:00 GMT\r\n\r\n{\"n\": 10}";

/// A server that does nothing. It ends with the process.
pub(super) struct Echo {
    address: SocketAddr,
}

impl Echo {
    pub(super) fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that breaks off is seen by itself.
                let _ = answer(stream);
            }
        });
        Ok(Self { address })
    }

    /// One request over a connection of its own.
    pub(super) fn exchange(&self, body: &str) -> std::io::Result<Duration> {
        let started = Instant::now();
        http::post(self.address, "/run", body)?;
        Ok(started.elapsed())
    }
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = [0; 4096];
    // The bodies of this benchmark fit into one segment.
    let _ = stream.read(&mut request)?;
    stream.write_all(ANSWER)
}
