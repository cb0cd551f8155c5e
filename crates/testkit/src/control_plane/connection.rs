//! A connection that is kept: HTTP/1.1, one request after the other.
//!
//! [`Client`] pays for a handshake with each request, which is most of the time that a request takes.
//! Who measures the API server must not measure that.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;

use super::client::{Answer, Client, JSON, parse};
use super::error::{ControlPlaneError, Tried as _};

/// Somebody who asks the API server again and again.
#[derive(Debug)]
pub struct Connection {
    client: Client,
    stream: StreamOwned<ClientConnection, TcpStream>,
}

impl Client {
    /// Opens a connection that [`Connection::request`] uses again.
    pub fn connect(&self) -> Result<Connection, ControlPlaneError> {
        Ok(Connection { client: self.clone(), stream: self.open("a connection")? })
    }
}

impl Connection {
    /// Any request. A refusal is an [`Answer`]; an error means that there was none, and the connection is of no
    /// use any more.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ControlPlaneError> {
        let what = || format!("{method} {path}");
        let body = body.map(Value::to_string).unwrap_or_default();
        let head = self.client.head(method, path, "1.1", JSON, body.len());
        self.stream.write_all(format!("{head}\r\n{body}").as_bytes()).tried(what)?;
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 << 10];
        loop {
            if let Some(whole) = complete(&bytes) {
                return parse(&whole).ok_or_else(|| ControlPlaneError::Answer(what()));
            }
            let read = self.stream.read(&mut chunk).tried(what)?;
            if read == 0 {
                return Err(ControlPlaneError::Answer(format!("{}: it ended early", what())));
            }
            bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
    }
}

/// The answer with its body in one piece, if all of it is there.
fn complete(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let (head, body) = bytes.split_at_checked(end)?;
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if field("transfer-encoding:") == Some("chunked") {
        return Some([head, &dechunk(body)?].concat());
    }
    let length: usize = field("content-length:").map_or(Some(0), |length| length.parse().ok())?;
    Some([head, body.get(..length)?].concat())
}

/// RFC 9112, section 7.1, without trailers; `None` until the last chunk is there.
fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(str::from_utf8(rest.get(..end)?).ok()?.trim(), 16).ok()?;
        let from = end + 2;
        let chunk = rest.get(from..from.checked_add(length)?)?;
        let next = from + length + 2;
        rest = rest.get(next..)?;
        if length == 0 {
            return Some(out);
        }
        out.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(complete(whole).unwrap(), whole);
        let chunked =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n";
        for length in 0..chunked.len() {
            assert_eq!(complete(&chunked[..length]), None, "{length}");
        }
        assert!(complete(chunked).unwrap().ends_with(b"\r\n\r\n{\"a\":1}"));
    }
}
