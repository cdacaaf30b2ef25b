//! The faults: what the program gets in the place of an answer, and what may come of it.

use std::thread::sleep;
use std::time::Duration;

use nix::libc;

use crate::messages::{self, ATTRIBUTE_LENGTH, ATTRIBUTES, CODE, FLAGS, HEADER, LENGTH, PORT};
use crate::messages::{DISTURBED, MULTIPART, SEQUENCE, TYPE, each, is_payload};
use crate::traced::Delivery::{self, Datagram, Endless, Error};

/// A fault at one place of a conversation.
pub struct Fault {
    pub name: &'static str,
    pub act: Act,
    /// Whether it goes on from that place.
    pub lasts: bool,
    pub then: Then,
    /// One of these is in what the program says, where it fails.
    pub words: &'static [&'static str],
}

/// What is done.
pub enum Act {
    /// In the place of a datagram the program gets these.
    Receive(fn(&[u8]) -> Vec<Delivery>),
    /// A datagram comes behind the next one.
    Swap,
    /// The kernel does not do what it is asked, and answers with this error number.
    Refuse(i32),
    /// The request is not sent, with this error number.
    Send(i32),
}

impl Fault {
    /// Whether it makes anything of this answer but itself.
    pub fn concerns(&self, answer: &[u8]) -> bool {
        match self.act {
            Act::Receive(deliveries) => match &deliveries(answer)[..] {
                [Datagram(bytes)] => bytes != answer || self.name == "late",
                _ => true,
            },
            Act::Swap => !is_part(answer),
            Act::Refuse(_) | Act::Send(_) => true,
        }
    }
}

/// What may come of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The program is to notice nothing.
    Right,
    /// It is to fail.
    Fails,
}

use Act::{Receive, Refuse, Send, Swap};
use Then::{Fails, Right};

const fn fault(name: &'static str, act: Act, then: Then, words: &'static [&'static str]) -> Fault {
    Fault {
        name,
        act,
        lasts: false,
        then,
        words,
    }
}

const SILENCE: &[&str] = &["did not answer within"];
const MALFORMED: &[&str] = &["malformed netlink message"];
const UNREADABLE: &[&str] = &["malformed netlink message", "cannot be understood"];
const LONGER: &[&str] = &["a datagram longer than its buffer"];
const OVERRUN: &[&str] = &["did not fit into the receive queue"];
const SENDING: &[&str] = &["cannot send on the netlink socket"];
const RECEIVING: &[&str] = &["cannot receive from the netlink socket"];

#[rustfmt::skip]
pub static FAULTS: [Fault; 52] = [
    // Cut off, or of a length that cannot be.
    fault("empty", Receive(|bytes| at_an_end(bytes, vec![Datagram(vec![])])), Fails, SILENCE),
    Fault { lasts: true, ..fault("from here on empty", Receive(|_| vec![Datagram(vec![])]), Fails, SILENCE) },
    fault("3 bytes of it", Receive(|bytes| cut(bytes, 3)), Fails, MALFORMED),
    fault("half a header of it", Receive(|bytes| cut(bytes, HEADER / 2)), Fails, MALFORMED),
    fault("a header of it", Receive(|bytes| cut(bytes, HEADER)), Fails, MALFORMED),
    fault("half of it", Receive(|bytes| cut(bytes, bytes.len() / 2 + 1)), Fails, MALFORMED),
    fault("all but 4 bytes of it", Receive(|bytes| cut(bytes, bytes.len() - 4)), Fails, MALFORMED),
    fault("longer than the buffer", Receive(|bytes| longer(bytes, false)), Fails, LONGER),
    // It is asked for again, with longer buffers.
    fault("a dump longer than the buffer", Receive(|bytes| longer(bytes, true)), Right, &[]),
    Fault { lasts: true, ..fault("dumps longer than every buffer", Receive(|bytes| longer(bytes, true)), Fails, LONGER) },
    fault("a message of length 0", Receive(|bytes| with(bytes, LENGTH, 0)), Fails, MALFORMED),
    fault("a message of 4 GiB", Receive(|bytes| with(bytes, LENGTH, u32::MAX)), Fails, MALFORMED),
    fault("a message without attributes", Receive(|bytes| shorter(bytes, ATTRIBUTES)), Fails, UNREADABLE),
    fault("a message without a body", Receive(|bytes| shorter(bytes, HEADER)), Fails, UNREADABLE),
    fault("half an attribute", Receive(|bytes| shorter(bytes, ATTRIBUTES + 6)), Fails, UNREADABLE),
    fault("an attribute of length 0", Receive(|bytes| attribute(bytes, 0)), Fails, UNREADABLE),
    fault("an attribute of 64 KiB", Receive(|bytes| attribute(bytes, 0xffff)), Fails, UNREADABLE),
    // Of another conversation.
    fault("another sequence number", Receive(|bytes| at_an_end(bytes, other(bytes, SEQUENCE))), Fails, SILENCE),
    fault("another port", Receive(|bytes| at_an_end(bytes, other(bytes, PORT))), Fails, SILENCE),
    fault("another family", Receive(other_family), Fails, &["of another family", "cannot be understood"]),
    fault("a late refusal of something else first", Receive(|bytes| first(refusal_of(bytes, SEQUENCE), bytes)), Right, &[]),
    fault("a refusal for somebody else first", Receive(|bytes| first(refusal_of(bytes, PORT), bytes)), Right, &[]),
    // In another order, or another number of times.
    fault("lost", Receive(|bytes| at_an_end(bytes, vec![])), Fails, SILENCE),
    Fault { lasts: true, ..fault("from here on lost", Receive(|_| vec![]), Fails, SILENCE) },
    fault("lost, and the kernel reports it", Receive(|_| vec![Error(libc::ENOBUFS)]), Fails, OVERRUN),
    fault("late", Receive(late), Right, &[]),
    fault("twice", Receive(|bytes| first(bytes.to_vec(), bytes)), Right, &[]),
    fault("after the next", Swap, Fails, &["did not answer within", "changed"]),
    fault("nothing to do first", Receive(|bytes| first(messages::instead(bytes, libc::NLMSG_NOOP, &[]), bytes)), Right, &[]),
    fault("an overrun first", Receive(|bytes| first(messages::instead(bytes, libc::NLMSG_OVERRUN, &[]), bytes)), Fails, OVERRUN),
    fault("an acknowledgement instead", Receive(acknowledged), Fails, &["without a payload", "of another kind"]),
    // Dumps that are disturbed.
    fault("a dump that is disturbed", Receive(disturbed), Right, &[]),
    Fault { lasts: true, ..fault("dumps that are always disturbed", Receive(disturbed), Fails, &["changed 64 times"]) },
    fault("a dump that ends with EINTR", Receive(|bytes| ends_with(bytes, libc::EINTR)), Fails, &["Interrupted system call"]),
    fault("a dump that ends with ENOBUFS", Receive(|bytes| ends_with(bytes, libc::ENOBUFS)), Fails, &["No buffer space"]),
    // Errors of the call.
    fault("interrupted three times", Receive(interrupted), Right, &[]),
    fault("ENOBUFS", Receive(|bytes| failed(bytes, libc::ENOBUFS)), Fails, OVERRUN),
    fault("EAGAIN", Receive(|bytes| failed(bytes, libc::EAGAIN)), Fails, SILENCE),
    fault("EBUSY", Receive(|bytes| failed(bytes, libc::EBUSY)), Fails, RECEIVING),
    fault("ENOMEM", Receive(|bytes| failed(bytes, libc::ENOMEM)), Fails, RECEIVING),
    fault("ECONNRESET", Receive(|bytes| failed(bytes, libc::ECONNRESET)), Fails, RECEIVING),
    // Refusals.
    fault("refused with EBUSY", Refuse(libc::EBUSY), Fails, &["Device or resource busy"]),
    fault("refused with EINTR", Refuse(libc::EINTR), Fails, &["Interrupted system call"]),
    fault("refused with ENOBUFS", Refuse(libc::ENOBUFS), Fails, &["No buffer space"]),
    fault("refused with ENOMEM", Refuse(libc::ENOMEM), Fails, &["Memory allocation problem"]),
    fault("refused with EPERM", Refuse(libc::EPERM), Fails, &["Permission denied (you must be root)"]),
    fault("refused without a reason", Refuse(i32::MAX), Fails, &["Unknown error"]),
    // Errors in sending.
    fault("sending: EINTR", Send(libc::EINTR), Right, &[]),
    fault("sending: ENOBUFS", Send(libc::ENOBUFS), Fails, SENDING),
    fault("sending: ENOMEM", Send(libc::ENOMEM), Fails, SENDING),
    fault("sending: EAGAIN", Send(libc::EAGAIN), Fails, SENDING),
    fault("sending: ECONNREFUSED", Send(libc::ECONNREFUSED), Fails, SENDING),
];

/// What costs the program its patience, and so a test's time.
pub static CHATTER: Fault = Fault {
    lasts: true,
    ..fault(
        "answers to something else, for ever",
        Receive(|bytes| {
            vec![Endless(each(bytes, |message| {
                let number = SEQUENCE.get(message);
                SEQUENCE.set(message, number ^ 0x4000_0000);
            }))]
        }),
        Fails,
        SILENCE,
    )
};

fn cut(datagram: &[u8], length: usize) -> Vec<Delivery> {
    vec![Datagram(datagram[..length].to_vec())]
}

/// In the place of what nothing of its conversation follows: nobody can miss a part of a dump.
fn at_an_end(datagram: &[u8], deliveries: Vec<Delivery>) -> Vec<Delivery> {
    if is_part(datagram) {
        vec![Datagram(datagram.to_vec())]
    } else {
        deliveries
    }
}

fn is_part(datagram: &[u8]) -> bool {
    is_of_dump(datagram) && is_payload(datagram)
}

/// Whether it has a part of a dump, or its end.
fn is_of_dump(datagram: &[u8]) -> bool {
    FLAGS.get(datagram) & u32::from(MULTIPART) != 0
}

fn acknowledged(datagram: &[u8]) -> Vec<Delivery> {
    let payload = is_payload(datagram);
    vec![Datagram(if payload {
        messages::error(datagram, 0)
    } else {
        datagram.to_vec()
    })]
}

/// A datagram of a dump, or another one, with more behind it than fits any buffer.
fn longer(datagram: &[u8], of_dump: bool) -> Vec<Delivery> {
    let mut bytes = datagram.to_vec();
    if is_of_dump(datagram) == of_dump {
        bytes.resize(40_000, 0);
    }
    vec![Datagram(bytes)]
}

/// With another value in the first message.
fn with(datagram: &[u8], field: messages::Field, value: u32) -> Vec<Delivery> {
    let mut bytes = datagram.to_vec();
    field.set(&mut bytes, value);
    vec![Datagram(bytes)]
}

/// With another length in each family's first attribute.
fn attribute(datagram: &[u8], length: u32) -> Vec<Delivery> {
    vec![Datagram(each(datagram, |message| {
        if is_payload(message) {
            ATTRIBUTE_LENGTH.set(message, length);
        }
    }))]
}

/// A family's messages are whole, but short.
fn shorter(datagram: &[u8], length: usize) -> Vec<Delivery> {
    vec![Datagram(each(datagram, |message| {
        if is_payload(message) {
            LENGTH.set(message, length as u32);
            message.truncate(length.next_multiple_of(4));
        }
    }))]
}

fn other(datagram: &[u8], field: messages::Field) -> Vec<Delivery> {
    vec![Datagram(each(datagram, |message| {
        let number = field.get(message);
        field.set(message, number ^ 0x4000_0000);
    }))]
}

fn other_family(datagram: &[u8]) -> Vec<Delivery> {
    vec![Datagram(each(datagram, |message| {
        if is_payload(message) {
            let family = TYPE.get(message);
            TYPE.set(message, family + 1);
        }
    }))]
}

fn first(before: Vec<u8>, datagram: &[u8]) -> Vec<Delivery> {
    vec![Datagram(before), Datagram(datagram.to_vec())]
}

/// A refusal that is about something else by this field.
fn refusal_of(datagram: &[u8], field: messages::Field) -> Vec<u8> {
    let mut refusal = messages::error(datagram, -libc::EPERM);
    let number = field.get(datagram);
    field.set(&mut refusal, number ^ 0x4000_0000);
    refusal
}

fn late(datagram: &[u8]) -> Vec<Delivery> {
    sleep(Duration::from_millis(50));
    vec![Datagram(datagram.to_vec())]
}

fn disturbed(datagram: &[u8]) -> Vec<Delivery> {
    vec![Datagram(each(datagram, |message| {
        let flags = FLAGS.get(message);
        if flags & u32::from(MULTIPART) != 0 {
            FLAGS.set(message, flags | u32::from(DISTURBED));
        }
    }))]
}

fn ends_with(datagram: &[u8], errno: i32) -> Vec<Delivery> {
    vec![Datagram(each(datagram, |message| {
        if TYPE.get(message) == libc::NLMSG_DONE as u32 {
            CODE.set(message, -errno as u32);
        }
    }))]
}

fn interrupted(datagram: &[u8]) -> Vec<Delivery> {
    let mut deliveries = vec![Error(libc::EINTR); 3];
    deliveries.push(Datagram(datagram.to_vec()));
    deliveries
}

fn failed(datagram: &[u8], errno: i32) -> Vec<Delivery> {
    vec![Error(errno), Datagram(datagram.to_vec())]
}
