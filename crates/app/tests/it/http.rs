//! HTTP with bare hands: no client of ours may stand between a test and what a twin says.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

/// One connection that is kept alive.
pub struct Line(BufReader<TcpStream>);

impl Line {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request with the token `T`; the status and the body of the answer.
    pub fn ask(&mut self, request: &str, body: &str) -> io::Result<(u16, serde_json::Value)> {
        let (status, body) = self.ask_text(request, body)?;
        Ok((status, serde_json::from_str(&body).unwrap_or_default()))
    }

    /// The same, for an answer that is not one JSON text.
    pub fn ask_text(&mut self, request: &str, body: &str) -> io::Result<(u16, String)> {
        let (status, body) = self.send(request, "authorization: Bearer T\r\n", body)?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }

    /// Fetches a file, with the token or without.
    pub fn fetch(&mut self, path: &str, with_token: bool) -> io::Result<(u16, Vec<u8>)> {
        let token = if with_token {
            "authorization: Bearer T\r\n"
        } else {
            ""
        };
        self.send(&format!("GET {path}"), token, "")
    }

    fn send(&mut self, request: &str, token: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
        let length = body.len();
        let text = format!(
            "{request} HTTP/1.1\r\nhost: twin\r\n{token}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.0.get_mut().write_all(text.as_bytes())?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let broken = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(broken)?;
        let (mut length, mut in_chunks) = (0, false);
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name {
                "content-length" => length = value.trim().parse().unwrap(),
                "transfer-encoding" => in_chunks = value.trim() == "chunked",
                _ => {}
            }
        }
        let body = if in_chunks {
            self.chunks()?
        } else {
            self.exactly(length)?
        };
        Ok((status, body))
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut whole = Vec::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            whole.extend(self.exactly(size)?);
            self.exactly(2)?;
            if size == 0 {
                return Ok(whole);
            }
        }
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(body)
    }
}
