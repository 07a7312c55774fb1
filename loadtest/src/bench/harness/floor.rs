//! The same requests with nothing around them: written to one connection, one after the other.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::super::PATIENCE;

/// A connection to the stub that is written to and read from, and does nothing else.
pub(super) struct Floor {
    stream: BufReader<TcpStream>,
    request: String,
    answer: Vec<u8>,
}

impl Floor {
    /// A connection to the stub at `url`, on which the action is invoked.
    pub(super) fn connect(url: &str, action: &str) -> io::Result<Self> {
        let host = url.trim_start_matches("http://");
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request = format!(
            "POST /api/v1/namespaces/_/actions/{action}?blocking=true&result=false HTTP/1.1\r\n\
             Host: {host}\r\nAuthorization: Basic c3R1YjpzdHVi\r\nAccept: */*\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        Ok(Self {
            stream: BufReader::new(stream),
            request,
            answer: Vec::new(),
        })
    }

    /// One request, until its answer is read.
    pub(super) fn ask(&mut self) -> io::Result<Duration> {
        let started = Instant::now();
        self.stream.get_mut().write_all(self.request.as_bytes())?;
        let length = self.head()?;
        self.answer.resize(length, 0);
        self.stream.read_exact(&mut self.answer)?;
        Ok(started.elapsed())
    }

    /// Reads the head of an answer with status 200; gives the length of its body.
    fn head(&mut self) -> io::Result<usize> {
        let (mut line, mut length) = (String::new(), None);
        self.stream.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200") {
            return Err(io::Error::other(format!("the stub answered {line:?}")));
        }
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end();
            if line.is_empty() {
                return length.ok_or_else(|| io::Error::other("the answer has no length"));
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok();
            }
        }
    }
}
