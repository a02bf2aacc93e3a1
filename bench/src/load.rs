//! A small closed-loop load generator: each connection sends its next request when it has the
//! answer to the last.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// Any failure ends the run with its message.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Makes the bytes of the `n`-th request of a connection.
pub(crate) type Requests = Arc<dyn Fn(usize, u64) -> Vec<u8> + Send + Sync>;

/// A measurement.
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) elapsed: Duration,
    latencies: Histogram<u64>,
}

impl Outcome {
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency in microseconds below which `share` (0 to 1) of the answers came.
    pub(crate) fn quantile(&self, share: f64) -> u64 {
        self.latencies.value_at_quantile(share)
    }
}

/// Sends requests over `connections` connections for `duration`. Every answer must have a status
/// below 400.
pub(crate) async fn run(
    address: SocketAddr,
    connections: usize,
    duration: Duration,
    requests: Requests,
) -> Result<Outcome, Failure> {
    paced(address, connections, duration, Duration::ZERO, requests).await
}

/// The same with at most one request each `pace` on a connection. An answer that is late counts
/// from when its request was due, so that a stall is not hidden by the requests that were not sent
/// meanwhile.
pub(crate) async fn paced(
    address: SocketAddr,
    connections: usize,
    duration: Duration,
    pace: Duration,
    requests: Requests,
) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for connection in 0..connections {
        let first = start + stagger(pace, connection, connections);
        tasks.spawn(connect(
            address,
            connection,
            (first, start + duration),
            pace,
            Arc::clone(&requests),
        ));
    }
    let mut latencies = Histogram::new(3)?;
    while let Some(task) = tasks.join_next().await {
        latencies.add(task??)?;
    }
    Ok(Outcome { requests: latencies.len(), elapsed: start.elapsed(), latencies })
}

/// How long a connection waits before its first request, so that the requests of all connections do
/// not coincide at every pace.
fn stagger(pace: Duration, connection: usize, connections: usize) -> Duration {
    let part = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    pace * part(connection) / part(connections).max(1)
}

async fn connect(
    address: SocketAddr,
    connection: usize,
    (first, end): (Instant, Instant),
    pace: Duration,
    requests: Requests,
) -> Result<Histogram<u64>, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Histogram::new(3)?;
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut count = 0;
    let mut due = first;
    while Instant::now() < end {
        let request = requests(connection, count);
        if pace.is_zero() {
            due = Instant::now();
        } else {
            tokio::time::sleep_until(due.into()).await;
        }
        let begin = due;
        due += pace;
        stream.write_all(&request).await?;
        answer(&mut stream, &mut buffer).await?;
        latencies.record(u64::try_from(begin.elapsed().as_micros())?)?;
        count += 1;
    }
    Ok(latencies)
}

/// Reads one answer and gives its body.
async fn answer<'b>(stream: &mut TcpStream, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], Failure> {
    buffer.clear();
    let (head, length) = loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break (end + 4, content_length(buffer.get(..end).unwrap_or_default())?);
        }
    };
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
    }
    buffer.get(head..).ok_or_else(|| "the answer is short".into())
}

fn content_length(head: &[u8]) -> Result<usize, Failure> {
    let head = std::str::from_utf8(head)?;
    let status: u16 = head.get(9..12).unwrap_or_default().parse()?;
    if status >= 400 {
        return Err(format!("the server answered {head}").into());
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Ok(length.unwrap_or(0))
}

/// Sends one request and returns the JSON of its response.
pub(crate) async fn once(
    address: SocketAddr,
    request: &[u8],
) -> Result<serde_json::Value, Failure> {
    exchange(TcpStream::connect(address).await?, request).await
}

/// Sends one request and returns the text of its response.
pub(crate) async fn text(address: SocketAddr, request: &[u8]) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    Ok(String::from_utf8(answer(&mut stream, &mut Vec::new()).await?.to_vec())?)
}

/// [`once`] from an address of its own, since the service limits requests by address.
pub(crate) async fn once_from(
    number: usize,
    address: SocketAddr,
    request: &[u8],
) -> Result<serde_json::Value, Failure> {
    let [low, high, ..] = number.to_le_bytes();
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::new(127, 1, high, low), 0).into())?;
    exchange(socket.connect(address).await?, request).await
}

async fn exchange(mut stream: TcpStream, request: &[u8]) -> Result<serde_json::Value, Failure> {
    stream.write_all(request).await?;
    let mut buffer = Vec::new();
    let body = answer(&mut stream, &mut buffer).await?;
    Ok(serde_json::from_slice(body)?)
}

/// The bytes of a request with a JSON body, or with none.
pub(crate) fn request(method: &str, path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    if let Some(token) = token {
        let _ = write!(text, "Authorization: Bearer {token}\r\n");
    }
    if !body.is_empty() {
        let _ =
            write!(text, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}
