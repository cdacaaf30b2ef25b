//! Another process that sends to the program's netlink sockets, with all rights, what looks like the kernel's refusals.

use std::fs;
use std::io;
use std::path::Path;

use netlink_sys::protocols::NETLINK_GENERIC;
use netlink_sys::{Socket, SocketAddr};
use nix::libc;

use super::privilege::directory;
use crate::commands;
use crate::messages::{self, HEADER, PORT, SEQUENCE};
use crate::observer::is_kernel;
use crate::process::{Process, Registers};
use crate::traced::{self, Between, Delivery, Outcome};
use director::{Case, Stage, case};
use net::{Context, Result};

pub const INTRUDER: Case = case(
    "answers-intruder",
    "what another process sends is discarded or refused",
    intruder,
);

const SOCKETS: &str = "/proc/thread-self/net/netlink";
/// More sequence numbers than a listing of the table uses on one socket.
const REQUESTS: u32 = 20;

fn intruder(stage: &Stage) -> Result<()> {
    stage.set(commands::TABLE)?;
    let path = directory(stage)?;
    let run = |between: &mut dyn Between| -> Result<Outcome> {
        traced::run("ipvsadm -Ln", "", Path::new(&path), between)
    };
    let (alone, disturbed, intruder) = stage.director()?.on(|| -> Result<_> {
        let alone = run(&mut Onlooker)?;
        let mut intruder = Intruder::new()?;
        let disturbed = run(&mut intruder)?;
        Ok((alone, disturbed, intruder))
    })??;
    let Intruder { before, after, .. } = intruder;
    stage.expect(
        "before they are connected, both sockets take what it sends",
        format_args!("{before:?}"),
        before.iter().filter(|sent| sent.is_ok()).count() == 2,
    )?;
    let refused = |sent: &io::Result<usize>| {
        let errno = sent.as_ref().err().and_then(io::Error::raw_os_error);
        errno == Some(libc::ECONNREFUSED)
    };
    stage.expect(
        "then the kernel refuses it",
        format_args!("{after:?}"),
        after.len() > 5 && after.iter().all(refused),
    )?;
    stage.expect(
        "the listing is as ever",
        format_args!("{disturbed:?} {alone:?}"),
        disturbed.status == Ok(0)
            && disturbed.stderr.is_empty()
            && disturbed.stdout.contains("10.0.0.11:80")
            && disturbed.stdout == alone.stdout,
    )
}

/// Changes nothing.
struct Onlooker;

impl Between for Onlooker {
    fn send(&mut self, _: &mut [u8]) -> std::result::Result<(), i32> {
        Ok(())
    }

    fn about_to_receive(&mut self) -> Result<()> {
        Ok(())
    }

    fn receive(&mut self, datagram: Vec<u8>) -> Vec<Delivery> {
        vec![Delivery::Datagram(datagram)]
    }
}

/// Sends to every socket of the namespace but its own.
struct Intruder {
    socket: Socket,
    own: u32,
    /// What came of it when a socket was about to be connected, and whenever the program sent something.
    before: Vec<io::Result<usize>>,
    after: Vec<io::Result<usize>>,
}

impl Intruder {
    fn new() -> Result<Intruder> {
        let bound = Socket::new(NETLINK_GENERIC).and_then(|mut socket| {
            let own = socket.bind_auto()?.port_number();
            Ok((socket, own))
        });
        let (socket, own) = bound.context(|| "a netlink socket".to_owned())?;
        Ok(Intruder {
            socket,
            own,
            before: Vec::new(),
            after: Vec::new(),
        })
    }

    /// Sends a refusal of each request that a socket may have sent.
    fn send(&self) -> Result<Vec<io::Result<usize>>> {
        let text = fs::read_to_string(SOCKETS).context(|| SOCKETS.to_owned())?;
        let generic = NETLINK_GENERIC.to_string();
        let ports = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let protocol = words.next()?;
            let port = words.next()?.parse().ok()?;
            (protocol == generic && port != 0 && port != self.own).then_some(port)
        });
        let refusals = |port| {
            let refusal = |sequence| {
                let mut request = vec![0; HEADER];
                SEQUENCE.set(&mut request, sequence);
                PORT.set(&mut request, port);
                messages::error(&request, -libc::EPERM)
            };
            (1..=REQUESTS).flat_map(refusal).collect::<Vec<u8>>()
        };
        let send = |port| {
            let to = SocketAddr::new(port, 0);
            self.socket
                .send_to(&refusals(port), &to, libc::MSG_DONTWAIT)
        };
        Ok(ports.map(send).collect())
    }
}

impl Between for Intruder {
    fn send(&mut self, _: &mut [u8]) -> std::result::Result<(), i32> {
        let sent = Intruder::send(self).map_err(|_| libc::EIO)?;
        self.after.extend(sent);
        Ok(())
    }

    fn about_to_receive(&mut self) -> Result<()> {
        Ok(())
    }

    fn receive(&mut self, datagram: Vec<u8>) -> Vec<Delivery> {
        vec![Delivery::Datagram(datagram)]
    }

    fn call(&mut self, thread: Process, registers: &Registers) -> Result<()> {
        if registers.orig_rax as i64 == libc::SYS_connect
            && is_kernel(&thread.read(registers.rsi, registers.rdx)?)
        {
            self.before.extend(Intruder::send(self)?);
        }
        Ok(())
    }
}
