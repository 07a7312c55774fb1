//! Requests, as OpenWhisk's invoker makes them: each over a connection of its own.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How often the invoker tries again while nobody listens.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// Posts to a container, and gives status and body.
///
/// # Errors
///
/// The text says what went wrong.
pub(crate) async fn post(
    address: SocketAddr,
    path: &str,
    body: &[u8],
    timeout: Duration,
) -> Result<(u16, Vec<u8>), String> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        exchange(&mut stream, path, "", body).await
    };
    within(timeout, exchange).await
}

/// Posts to a controller at `http://HOST:PORT`, with its credentials.
///
/// # Errors
///
/// The text says what went wrong.
pub(crate) async fn post_as(
    url: &str,
    path: &str,
    authorization: &str,
    body: &[u8],
    timeout: Duration,
) -> Result<(u16, Vec<u8>), String> {
    let host = url.trim_start_matches("http://");
    let header = format!("Authorization: {authorization}\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(host).await?;
        exchange(&mut stream, path, &header, body).await
    };
    within(timeout, exchange).await
}

async fn within(
    timeout: Duration,
    exchange: impl Future<Output = std::io::Result<Vec<u8>>>,
) -> Result<(u16, Vec<u8>), String> {
    let answer = tokio::time::timeout(timeout, exchange).await;
    let answer = answer.map_err(|_| format!("no answer within {timeout:?}"))?;
    parse(&answer.map_err(|error| error.to_string())?)
}

/// Posts as soon as somebody listens.
pub(crate) async fn post_when_up(
    address: SocketAddr,
    path: &str,
    body: &[u8],
    timeout: Duration,
) -> Result<(u16, Vec<u8>), String> {
    let up = async {
        loop {
            match TcpStream::connect(address).await {
                Ok(stream) => return stream,
                Err(_) => tokio::time::sleep(RETRY_INTERVAL).await,
            }
        }
    };
    within(timeout, async {
        exchange(&mut up.await, path, "", body).await
    })
    .await
}

async fn exchange(
    stream: &mut TcpStream,
    path: &str,
    header: &str,
    body: &[u8],
) -> std::io::Result<Vec<u8>> {
    stream.set_nodelay(true)?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: container\r\nContent-Type: application/json\r\n\
         Accept: application/json\r\nConnection: close\r\n{header}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Status and body of an answer. One without a length counts as none, as for the invoker.
fn parse(answer: &[u8]) -> Result<(u16, Vec<u8>), String> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or("no response was received")?;
    let head = String::from_utf8_lossy(&answer[..end]);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("content-length");
        is_it.then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    let body = answer[end + 4..].to_vec();
    match (status, length) {
        (Some(status), Some(length)) if length == body.len() => Ok((status, body)),
        (Some(_), Some(_)) => Err("the answer was cut off".to_owned()),
        _ => Err("no response was received".to_owned()),
    }
}
