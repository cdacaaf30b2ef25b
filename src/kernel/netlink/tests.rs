//! Parsing of datagrams that are made by hand.

use std::io;

use super::answer::*;
use super::socket::retry_interrupted;
use super::*;
use netlink_packet_core::{NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN};
use proptest::prelude::*;

/// The port of the socket for which the answers are meant.
const PORT: u32 = 4711;
/// The sequence number of the request that is answered.
const SEQUENCE: u32 = 99;
/// A message type of a generic netlink family.
const FAMILY: u16 = 0x1c;

/// A message without the padding behind it.
fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let length = 16 + body.len() as u32;
    let header = [
        &length.to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &flags.to_ne_bytes(),
        &SEQUENCE.to_ne_bytes(),
        &PORT.to_ne_bytes(),
        body,
    ];
    header.concat()
}

/// Messages one behind the other, each padded to four bytes with what must not be read.
fn datagram(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        bytes.resize(bytes.len().next_multiple_of(4), 0xff);
        bytes.extend(message);
    }
    bytes
}

/// An attribute that explains an error.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = value.len() as u16 + 4;
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// An answer in a form that can be compared.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Payload(Vec<u8>),
    Acknowledged,
    Refused(i32, Option<&'static str>),
    Done,
    DoneWith(i32, Option<&'static str>),
}

fn heard(answer: Answer<'_>) -> Heard {
    let leak = |text: Option<String>| text.map(|text| &*text.leak());
    match answer {
        Answer::Payload(payload) => Heard::Payload(payload.to_vec()),
        Answer::Acknowledged => Heard::Acknowledged,
        Answer::Refused(refusal) => Heard::Refused(refusal.errno, leak(refusal.text)),
        Answer::Done(None) => Heard::Done,
        Answer::Done(Some(refusal)) => Heard::DoneWith(refusal.errno, leak(refusal.text)),
    }
}

/// Of a message that is handed on: sequence number, disturbed or not, answer.
type Handed = (u32, bool, Heard);

fn take_apart(datagram: &[u8]) -> (Vec<Handed>, Result<(), SocketError>) {
    let mut all = Vec::new();
    for received in Answers::of(datagram, PORT) {
        match received {
            Ok(received) => all.push((
                received.sequence,
                received.disturbed,
                heard(received.answer),
            )),
            Err(error) => return (all, Err(error)),
        }
    }
    (all, Ok(()))
}

/// The answers of a datagram that is whole.
#[track_caller]
fn answers(messages: &[Vec<u8>]) -> Vec<Heard> {
    let (all, outcome) = take_apart(&datagram(messages));
    outcome.unwrap();
    all.into_iter().map(|(_, _, heard)| heard).collect()
}

fn payload(bytes: &[u8]) -> Heard {
    Heard::Payload(bytes.to_vec())
}

#[test]
fn messages_of_odd_lengths_stand_on_aligned_places() {
    let bodies: [&[u8]; 6] = [b"", b"a", b"ab", b"abc", b"abcd", b"abcde"];
    let messages = bodies.map(|body| message(FAMILY, 0, body));
    assert_eq!(answers(&messages), bodies.map(payload));
}

#[test]
fn an_empty_datagram_has_no_messages() {
    assert_eq!(answers(&[]), []);
}

#[test]
fn every_header_field_is_handed_on() {
    let mut second = message(FAMILY, NLM_F_DUMP_INTR, b"x");
    second[8..12].copy_from_slice(&u32::MAX.to_ne_bytes());
    let (all, outcome) = take_apart(&datagram(&[message(FAMILY, 0x02, b"x"), second]));
    outcome.unwrap();
    // A sequence number that was not asked for is the caller's to pass over.
    let expected = [
        (SEQUENCE, false, payload(b"x")),
        (u32::MAX, true, payload(b"x")),
    ];
    assert_eq!(all, expected);
}

#[test]
fn messages_for_another_port_are_passed_over() {
    let mut foreign = message(NLMSG_ERROR, 0, &(-1_i32).to_ne_bytes());
    foreign[12..16].copy_from_slice(&(PORT + 1).to_ne_bytes());
    // Not even its form counts.
    let mut broken = foreign.clone();
    broken.truncate(16);
    broken[0] = 16;
    let ours = message(FAMILY, 0, b"ours");
    assert_eq!(answers(&[foreign, broken, ours]), [payload(b"ours")]);
}

#[test]
fn no_operation_is_passed_over() {
    let messages = [message(NLMSG_NOOP, 0, b"?"), message(FAMILY, 0, b"ours")];
    assert_eq!(answers(&messages), [payload(b"ours")]);
}

#[test]
fn an_overrun_is_an_error() {
    let (_, outcome) = take_apart(&message(NLMSG_OVERRUN, 0, b""));
    assert!(matches!(outcome, Err(SocketError::Overrun)), "{outcome:?}");
}

#[test]
fn headers_that_do_not_fit_are_refused_after_what_stands_before_them() {
    let whole = message(FAMILY, 0, b"ours");
    let with_length = |length: u32| {
        let mut broken = message(FAMILY, 0, b"broken");
        broken[..4].copy_from_slice(&length.to_ne_bytes());
        broken
    };
    let mut broken: Vec<Vec<u8>> = [0, 1, 15, 23, u32::MAX].map(with_length).into();
    broken.extend((1..16).map(|length| message(FAMILY, 0, b"")[..length].to_vec()));
    for broken in broken {
        let (all, outcome) = take_apart(&datagram(&[whole.clone(), broken.clone()]));
        assert_eq!(all, [(SEQUENCE, false, payload(b"ours"))]);
        let malformed = matches!(outcome, Err(SocketError::Malformed(_)));
        assert!(malformed, "{broken:?}: {outcome:?}");
    }
}

#[test]
fn the_end_of_a_dump() {
    let done = |flags, body: &[u8]| message(NLMSG_DONE, flags, body);
    let code = |code: i32| code.to_ne_bytes();
    let words = [&code(-105)[..], &attribute(NLMSGERR_ATTR_MSG, b"no room\0")].concat();
    for (message, expected) in [
        (done(0, &[]), Heard::Done),
        (done(0, &code(0)), Heard::Done),
        // The number of bytes of a last message, as old kernels give it, is no error.
        (done(0, &code(20)), Heard::Done),
        (done(0, &code(-4)), Heard::DoneWith(4, None)),
        (done(0, &code(i32::MIN)), Heard::DoneWith(i32::MAX, None)),
        (
            done(NLM_F_ACK_TLVS, &words),
            Heard::DoneWith(105, Some("no room")),
        ),
    ] {
        assert_eq!(answers(&[message]), [expected]);
    }
}

#[test]
fn a_done_or_an_error_that_is_cut_off() {
    for (kind, lengths) in [(NLMSG_DONE, 1..4), (NLMSG_ERROR, 0..4)] {
        for length in lengths {
            let (all, outcome) = take_apart(&message(kind, 0, &[0; 4][..length]));
            assert_eq!(all, []);
            let malformed = matches!(outcome, Err(SocketError::Malformed(_)));
            assert!(malformed, "{length} bytes of {kind}: {outcome:?}");
        }
    }
}

/// An NLMSG_ERROR: the code, the echo of the request, explaining attributes.
fn error(code: i32, flags: u16, echo: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    let body = [&code.to_ne_bytes()[..], echo, &attributes.concat()].concat();
    message(NLMSG_ERROR, flags, &body)
}

#[test]
fn acknowledgements_and_refusals() {
    let request = message(FAMILY, NLM_F_REQUEST, b"");
    let messages = [
        error(0, NLM_F_CAPPED, &request, &[]),
        error(-17, NLM_F_CAPPED, &request, &[]),
        error(i32::MIN, 0, &[], &[]),
    ];
    let expected = [
        Heard::Acknowledged,
        Heard::Refused(17, None),
        Heard::Refused(i32::MAX, None),
    ];
    assert_eq!(answers(&messages), expected);
}

#[test]
fn explanations_stand_behind_the_echo() {
    let whole = message(FAMILY, NLM_F_REQUEST, b"a request of odd length");
    let mut padded = whole.clone();
    padded.resize(padded.len().next_multiple_of(4), 0);
    // Capped, the echo is the header alone, which still gives the whole length.
    let header = &whole[..16];
    let text = attribute(NLMSGERR_ATTR_MSG, b"Service\tnot \xff found\0behind");
    let offset = attribute(2, &20_u32.to_ne_bytes()); // NLMSGERR_ATTR_OFFS
    let both = NLM_F_CAPPED | NLM_F_ACK_TLVS;
    let said = Some("Service\\tnot \u{fffd} found");
    for (flags, echo, attributes, expected) in [
        (both, header, vec![text.clone()], said),
        (both, header, vec![offset.clone(), text.clone()], said),
        (NLM_F_ACK_TLVS, &padded[..], vec![text.clone()], said),
        (NLM_F_ACK_TLVS, &padded, vec![offset.clone()], None),
        // Without the flag no attributes follow, whatever it looks like.
        (NLM_F_CAPPED, header, vec![text.clone()], None),
        (0, &padded, vec![text.clone()], None),
        (both, header, vec![], None),
        // Cut off: an explanation is an extra.
        (both, &header[..8], vec![], None),
        (both, header, vec![text[..text.len() - 6].to_vec()], None),
        (both, header, vec![offset, text[..3].to_vec()], None),
        (NLM_F_ACK_TLVS, &header[..8], vec![], None),
        (NLM_F_ACK_TLVS, header, vec![text], None),
    ] {
        let answer = answers(&[error(-3, flags, echo, &attributes)]);
        assert_eq!(answer, [Heard::Refused(3, expected)], "{flags:#x} {echo:?}");
    }
}

#[test]
fn alignment() {
    let aligned = [0, 1, 2, 3, 4, 5, 15, 16, 17].map(align);
    assert_eq!(aligned, [0, 4, 4, 4, 4, 8, 16, 16, 20]);
}

#[test]
fn interrupted_calls_are_made_again() {
    let mut answers = [
        Err(io::ErrorKind::Interrupted.into()),
        Err(io::ErrorKind::Interrupted.into()),
        Ok(7),
    ]
    .into_iter();
    assert_eq!(retry_interrupted(|| answers.next().unwrap()).unwrap(), 7);
    let failed = retry_interrupted(|| Err::<(), _>(io::ErrorKind::WouldBlock.into()));
    assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

/// Messages that are mostly well formed, so that the decoder gets beyond the first.
fn messages() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![0..5_u16, Just(FAMILY)];
    let body = prop::collection::vec(any::<u8>(), 0..64);
    let one =
        (kind, any::<u16>(), body).prop_map(|(kind, flags, body)| message(kind, flags, &body));
    prop::collection::vec(one, 0..6).prop_map(|messages| datagram(&messages))
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_value_or_an_error(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..256), messages()],
        port in prop_oneof![Just(PORT), any::<u32>()],
    ) {
        let count = Answers::of(&bytes, port).count();
        // One more for what does not fit.
        prop_assert!(count <= bytes.len() / HEADER_LENGTH + 1);
    }

    #[test]
    fn whole_messages_are_all_handed_on(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..8)
    ) {
        let messages: Vec<_> = bodies.iter().map(|body| message(FAMILY, 0, body)).collect();
        let expected: Vec<_> = bodies.iter().map(|body| payload(body)).collect();
        prop_assert_eq!(answers(&messages), expected);
    }
}
