//! The agent: what runs in each namespace, serves there and probes from there.
//!
//! It reads commands from standard input, a line each, and ends with it:
//!
//! | command | answer |
//! | --- | --- |
//! | `serve tcp 80` | `ok`, or `error …` |
//! | `set net/ipv4/ip_forward 1` | `ok`, or `error …` |
//! | `probe 17 udp 10.244.0.2 53 2000` | `17 reached`, `17 refused`, `17 timed-out` or `17 error …`, in any order |

use std::io::{self, BufRead as _, ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Outcome, Transport};

/// How many connections an agent tries at a time.
const WORKERS: usize = 8;

/// Threads do little here, and there are many.
const STACK: usize = 128 << 10;

/// A datagram may be lost where there is much traffic; it is sent again after so long.
const AGAIN: Duration = Duration::from_millis(300);

struct Task {
    id: String,
    to: SocketAddr,
    transport: Transport,
    patience: Duration,
}

/// The agent: answers until standard input ends. The program's hidden command calls it.
pub fn run() -> io::Result<()> {
    let (sender, receiver) = channel();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..WORKERS {
        let receiver = Arc::clone(&receiver);
        spawn(move || work(&receiver))?;
    }
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match obey(&words, &sender) {
            Some(Ok(())) => answer("ok")?,
            Some(Err(message)) => answer(&format!("error {message}"))?,
            None => {}
        }
    }
    Ok(())
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().stack_size(STACK).spawn(work).map(drop)
}

fn answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.replace('\n', " "))?;
    out.flush()
}

/// Does what a line says; a probe answers later.
fn obey(words: &[&str], tasks: &Sender<Task>) -> Option<Result<(), String>> {
    match words {
        ["serve", transport, port] => Some(match (Transport::of(transport), port.parse()) {
            (Some(transport), Ok(port)) => serve(transport, port).map_err(|error| error.to_string()),
            _ => Err("no such transport or port".to_owned()),
        }),
        ["set", path, value] => Some(set(path, value)),
        ["probe", id, transport, address, port, patience] => {
            let parsed = (Transport::of(transport), address.parse(), port.parse(), patience.parse());
            let (Some(transport), Ok(address), Ok(port), Ok(patience)) = parsed else {
                return Some(Err("not a probe".to_owned()));
            };
            let to = SocketAddr::new(address, port);
            let task =
                Task { id: (*id).to_owned(), to, transport, patience: Duration::from_millis(patience) };
            tasks.send(task).err().map(|_| Err("no worker is left".to_owned()))
        }
        _ => Some(Err("unknown command".to_owned())),
    }
}

/// Only the network's own settings, which are those of the namespace.
fn set(path: &str, value: &str) -> Result<(), String> {
    if !path.starts_with("net/") || path.contains("..") {
        return Err(format!("{path} is no setting of the network"));
    }
    std::fs::write(format!("/proc/sys/{path}"), value).map_err(|error| format!("/proc/sys/{path}: {error}"))
}

/// Listens on every address of the namespace, in both families where there are two.
fn serve(transport: Transport, port: u16) -> io::Result<()> {
    let both = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port);
    let v4 = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port);
    match transport {
        Transport::Tcp => {
            let listener = TcpListener::bind(both).or_else(|_| TcpListener::bind(v4))?;
            // To be let in is all that a client wants.
            spawn(move || listener.incoming().for_each(drop))
        }
        Transport::Udp => {
            let socket = UdpSocket::bind(both).or_else(|_| UdpSocket::bind(v4))?;
            spawn(move || {
                let mut buffer = [0; 512];
                loop {
                    if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                        let _ = socket.send_to(buffer.get(..length).unwrap_or_default(), from);
                    }
                }
            })
        }
    }
}

fn work(tasks: &Mutex<Receiver<Task>>) {
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
        let tried = match task.transport {
            Transport::Tcp => tcp(&task),
            Transport::Udp => udp(&task),
        };
        let text = match tried {
            Ok(outcome) => format!("{} {outcome}", task.id),
            Err(error) => format!("{} error {error}", task.id),
        };
        if answer(&text).is_err() {
            return;
        }
    }
}

fn tcp(task: &Task) -> io::Result<Outcome> {
    match TcpStream::connect_timeout(&task.to, task.patience) {
        Ok(_) => Ok(Outcome::Reached),
        Err(error) => said(error),
    }
}

fn udp(task: &Task) -> io::Result<Outcome> {
    let any: IpAddr =
        if task.to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.connect(task.to)?;
    let end = Instant::now() + task.patience;
    let mut buffer = [0; 512];
    loop {
        if let Err(error) = socket.send(task.id.as_bytes()) {
            return said(error);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Outcome::TimedOut);
        }
        socket.set_read_timeout(Some(AGAIN.min(left)))?;
        match socket.recv(&mut buffer) {
            Ok(length) if buffer.get(..length) == Some(task.id.as_bytes()) => return Ok(Outcome::Reached),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return said(error),
        }
    }
}

/// What an error says of the way. Linux gives `EHOSTUNREACH` for IPv4 and `EACCES` for IPv6 when a router
/// answers that it is forbidden.
fn said(error: io::Error) -> io::Result<Outcome> {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::PermissionDenied => {
            Ok(Outcome::Refused)
        }
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Ok(Outcome::TimedOut),
        _ => Err(error),
    }
}
