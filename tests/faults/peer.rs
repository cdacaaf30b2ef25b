//! Plays one fault, at one place of the conversation.

use nix::libc;

use crate::faults::{Act, Fault};
use crate::messages::{self, ACKNOWLEDGE, FLAGS, TYPE};
use crate::traced::{Between, Delivery};
use net::Result;

/// Stands between the program and the kernel, and counts.
#[derive(Default)]
pub struct Peer<'a> {
    fault: Option<(&'a Fault, usize)>,
    /// Requests that were sent, and datagrams that were received.
    pub sent: usize,
    pub received: usize,
    /// What the kernel answered.
    pub answers: Vec<Vec<u8>>,
    /// What comes behind the next one.
    held: Option<Vec<u8>>,
}

impl<'a> Peer<'a> {
    /// The fault happens at this request or answer, counted from 1.
    pub fn new(fault: &'a Fault, place: usize) -> Self {
        Self {
            fault: Some((fault, place)),
            ..Self::default()
        }
    }

    fn now(&self, count: usize) -> Option<&'a Act> {
        let (fault, place) = self.fault?;
        (count == place || fault.lasts && count > place).then_some(&fault.act)
    }
}

impl Between for Peer<'_> {
    fn send(&mut self, request: &mut [u8]) -> std::result::Result<(), i32> {
        self.sent += 1;
        if let Some(Act::Send(errno)) = self.now(self.sent) {
            return Err(*errno);
        }
        if let Some(Act::Refuse(_)) = self.now(self.received + 1) {
            keep_from_kernel(request);
        }
        Ok(())
    }

    fn about_to_receive(&mut self) -> Result<()> {
        Ok(())
    }

    fn receive(&mut self, datagram: Vec<u8>) -> Vec<Delivery> {
        self.received += 1;
        self.answers.push(datagram.clone());
        if let Some(held) = self.held.take() {
            return vec![Delivery::Datagram(datagram), Delivery::Datagram(held)];
        }
        match self.now(self.received) {
            Some(Act::Receive(deliveries)) => deliveries(&datagram),
            Some(Act::Refuse(errno)) => {
                vec![Delivery::Datagram(messages::error(&datagram, -errno))]
            }
            Some(Act::Swap) => {
                self.held = Some(datagram);
                vec![]
            }
            _ => vec![Delivery::Datagram(datagram)],
        }
    }
}

/// Makes the last request, if it asks for an acknowledgement, one that the kernel acknowledges without doing anything.
fn keep_from_kernel(request: &mut [u8]) {
    let length = messages::messages(request)
        .last()
        .map_or(0, |message| message.len());
    let start = request.len() - length;
    let last = &mut request[start..];
    if FLAGS.get(last) & u32::from(ACKNOWLEDGE) != 0 {
        TYPE.set(last, libc::NLMSG_NOOP as u32);
    }
}
