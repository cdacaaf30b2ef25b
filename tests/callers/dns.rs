//! A name server of our own: it answers every question for the name of an address, and for the address of such a name,
//! when and as it is configured to.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use net::{Context, Host, Result};

/// How long a blocked thread takes to see that it should end.
const TICK: Duration = Duration::from_millis(50);
/// Bytes before the question.
const HEADER: usize = 12;

/// What the server does with a question.
#[derive(Clone, Copy)]
pub struct Manner {
    /// How long an answer takes; questions are answered beside one another.
    pub delay: Duration,
    /// The labels of the name of 10.1.x.y, given x and y; none is silence.
    pub name: fn(u8, u8) -> Option<Vec<Vec<u8>>>,
    /// Whether these names have addresses too.
    pub forward: bool,
}

impl Manner {
    /// The x and y of the address that has a name.
    fn address(&self, labels: &[&[u8]]) -> Option<[u8; 2]> {
        let all = (0..2).flat_map(|x| (0..=255).map(move |y| [x, y]));
        let has = |[x, y]: &[u8; 2]| (self.name)(*x, *y).is_some_and(|name| name == labels);
        all.filter(|_| self.forward).find(has)
    }
}

/// What the server has been asked.
#[derive(Default)]
struct Asked {
    /// Questions in all.
    all: AtomicUsize,
    /// Questions whose answers are due.
    open: AtomicUsize,
    /// The most of these at any time.
    most: AtomicUsize,
}

/// A server's thread, which ends on drop.
pub struct NameServer {
    stop: Arc<AtomicBool>,
    asked: Arc<Asked>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Starts one at 127.0.0.1 of a host.
    pub fn start(host: &Host, manner: Manner) -> Result<Self> {
        let socket = host.on(|| -> io::Result<UdpSocket> {
            let socket = UdpSocket::bind("127.0.0.1:53")?;
            socket.set_read_timeout(Some(TICK))?;
            Ok(socket)
        })?;
        let socket = socket.context(|| "the name server".to_owned())?;
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(Asked::default());
        let (stopped, noted) = (Arc::clone(&stop), Arc::clone(&asked));
        Ok(Self {
            stop,
            asked,
            thread: Some(thread::spawn(move || {
                serve(&socket, manner, &stopped, &noted);
            })),
        })
    }

    /// How many questions came until now.
    pub fn questions(&self) -> usize {
        self.asked.all.load(Ordering::Relaxed)
    }

    /// How many waited for their answers at the same time.
    pub fn at_once(&self) -> usize {
        self.asked.most.load(Ordering::Relaxed)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &UdpSocket, manner: Manner, stop: &AtomicBool, asked: &Asked) {
    let mut buffer = [0; 512];
    thread::scope(|scope| {
        while !stop.load(Ordering::Relaxed) {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            asked.all.fetch_add(1, Ordering::Relaxed);
            if let Some(reply) = reply(&buffer[..length], &manner) {
                let open = asked.open.fetch_add(1, Ordering::Relaxed) + 1;
                asked.most.fetch_max(open, Ordering::Relaxed);
                scope.spawn(move || {
                    thread::sleep(manner.delay);
                    asked.open.fetch_sub(1, Ordering::Relaxed);
                    send(socket, &reply, from);
                });
            }
        }
    });
}

fn send(socket: &UdpSocket, reply: &[u8], to: SocketAddr) {
    // Who asked may have lost patience.
    let _ = socket.send_to(reply, to);
}

/// The answer to a question for `y.x.1.10.in-addr.arpa`, or for one of the names of such addresses; others are not
/// known.
fn reply(question: &[u8], manner: &Manner) -> Option<Vec<u8>> {
    /// The types of records: IPv4 address, name, IPv6 address.
    const A: u8 = 1;
    const PTR: u8 = 12;
    const AAAA: u8 = 28;
    let labels = labels(question.get(HEADER..)?)?;
    let asked = labels.iter().map(|label| label.len() + 1).sum::<usize>() + 1 + 4;
    let mut reply = question.get(..HEADER + asked)?.to_vec();
    let kind = *reply.get(HEADER + asked - 3)?;
    if let Some([x, y]) = manner.address(&labels) {
        // A response, recursion available; one question, and an answer if it is for an IPv4 address.
        let answers = u8::from(kind == A);
        reply[2..HEADER].copy_from_slice(&[0x81, 0x80, 0, 1, 0, answers, 0, 0, 0, 0]);
        if kind == A {
            reply.extend([
                0xc0,
                HEADER as u8,
                0,
                A,
                0,
                1,
                0,
                0,
                0,
                60,
                0,
                4,
                10,
                1,
                x,
                y,
            ]);
        }
        return [A, AAAA].contains(&kind).then_some(reply);
    }
    if labels.get(2..) != Some(&[b"1", b"10", b"in-addr", b"arpa"]) {
        // A response, recursion available, no such name; one question.
        reply[2..HEADER].copy_from_slice(&[0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0]);
        return Some(reply);
    }
    let byte = |index: usize| std::str::from_utf8(labels.get(index)?).ok()?.parse().ok();
    let name = (manner.name)(byte(1)?, byte(0)?)?;
    // The same with one answer.
    reply[2..HEADER].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    // The name that was asked for, PTR, IN, a minute.
    reply.extend([0xc0, HEADER as u8, 0, PTR, 0, 1, 0, 0, 0, 60]);
    let mut data = Vec::new();
    for label in name {
        data.push(u8::try_from(label.len()).ok()?);
        data.extend(label);
    }
    data.push(0);
    reply.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
    reply.extend(data);
    Some(reply)
}

fn labels(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut labels = Vec::new();
    loop {
        let (length, rest) = bytes.split_first()?;
        if *length == 0 {
            return Some(labels);
        }
        let (label, rest) = rest.split_at_checked(usize::from(*length))?;
        labels.push(label);
        bytes = rest;
    }
}
