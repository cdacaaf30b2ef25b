//! How long the datagrams of a dump may be, and whether a dump fits one of them; no I/O.

use super::answer::HEADER_LENGTH;

/// What the kernel puts after the bytes of a datagram, in the same piece of memory (`struct skb_shared_info`,
/// rounded up).
const OVERHEAD: usize = 320;

/// How many bytes a datagram of answers may have.
///
/// For each datagram of a dump, and for one more that only says that it ended, the kernel allocates memory for the
/// longest receive call that the socket has seen, up to 32 KiB, and clears all of it: with long buffers from the
/// start, a listing of 1,000 services with 10 servers each costs half as much again. With short ones, a dump is more
/// often split, and a change can come between. So a socket begins with short answers, and a dump that does not
/// fit one datagram is requested again with twice the length: on another socket, because the kernel does not
/// forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLength(usize);

impl AnswerLength {
    /// What fits a page of 4 KiB: a service with 9 real servers does, with room for one more.
    pub const SHORTEST: AnswerLength = AnswerLength(4096 - OVERHEAD);
    /// The longest that the kernel makes.
    pub const LONGEST: AnswerLength = AnswerLength(32 * 1024 - OVERHEAD);

    /// In bytes.
    pub fn bytes(self) -> usize {
        self.0
    }

    /// The next longer one, if there is one.
    pub const fn longer(self) -> Option<AnswerLength> {
        if self.0 == AnswerLength::LONGEST.0 {
            return None;
        }
        Some(AnswerLength((self.0 + OVERHEAD) * 2 - OVERHEAD))
    }
}

/// Keeps account of the datagrams of one dump.
#[derive(Clone, Copy, Debug)]
pub struct DumpBuffer {
    length: AnswerLength,
    in_pieces: bool,
    /// The bytes of all entries, those of the datagrams before the present one, and those of the largest entry.
    filled: usize,
    filled_before: usize,
    largest: usize,
}

impl DumpBuffer {
    /// For a dump on a socket with answers of this length.
    pub fn new(length: AnswerLength) -> DumpBuffer {
        DumpBuffer {
            length,
            in_pieces: false,
            filled: 0,
            filled_before: 0,
            largest: 0,
        }
    }

    /// Notes that the next entries are of another datagram than those before.
    pub fn begin_datagram(&mut self) {
        self.filled_before = self.filled;
    }

    /// Notes an entry by the bytes of its payload.
    #[inline]
    pub fn add(&mut self, payload: usize) {
        let length = HEADER_LENGTH + payload;
        self.filled += length;
        self.largest = self.largest.max(length);
        self.in_pieces |= self.filled_before > 0;
    }

    /// Whether the present datagram has an entry.
    pub fn has_grown(&self) -> bool {
        self.filled > self.filled_before
    }

    /// Whether the entries came in more than one datagram, so that changes may have come between.
    pub fn is_in_pieces(&self) -> bool {
        self.in_pieces
    }

    /// Whether it is known already, before the end of the dump, that longer answers are needed.
    pub fn is_too_short(&self) -> bool {
        self.in_pieces && self.can_grow()
    }

    /// Whether longer answers are needed, now that the dump has ended.
    ///
    /// Where no entry more would have fitted, one may have been due in a second datagram, and not
    /// reported there because other entries were deleted in between.
    pub fn was_too_short(&self) -> bool {
        self.is_too_short() || self.can_grow() && self.filled + self.largest > self.length.bytes()
    }

    /// Whether a datagram that is longer than the receive buffer only asks for longer answers: where a page is
    /// larger than 4 KiB, so is the shortest datagram.
    pub fn can_grow(&self) -> bool {
        self.length.longer().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a payload that is an entry of this length.
    fn entry(length: usize) -> usize {
        length - HEADER_LENGTH
    }

    #[test]
    fn lengths_double_up_to_the_longest() {
        let mut length = AnswerLength::SHORTEST;
        let mut all = vec![length.bytes()];
        while let Some(longer) = length.longer() {
            length = longer;
            all.push(length.bytes());
        }
        assert_eq!(all, [3776, 7872, 16064, 32448]);
        assert_eq!(length, AnswerLength::LONGEST);
    }

    #[test]
    fn an_empty_dump_fits() {
        for length in [AnswerLength::SHORTEST, AnswerLength::LONGEST] {
            let buffer = DumpBuffer::new(length);
            assert!(!buffer.is_too_short() && !buffer.was_too_short() && !buffer.is_in_pieces());
        }
    }

    #[test]
    fn one_datagram_fits_while_another_entry_would() {
        let bytes = AnswerLength::SHORTEST.bytes();
        for (entries, too_short) in [
            (vec![bytes / 2], false),
            (vec![bytes / 2 + 1], true),
            (vec![100, bytes - 300, 100], true),
            (vec![bytes / 4, bytes / 4, bytes / 4], false),
            (vec![bytes / 3 + 1, bytes / 3 + 1], true),
        ] {
            let mut buffer = DumpBuffer::new(AnswerLength::SHORTEST);
            buffer.begin_datagram();
            entries.iter().for_each(|length| buffer.add(entry(*length)));
            assert!(!buffer.is_too_short() && !buffer.is_in_pieces());
            assert_eq!(buffer.was_too_short(), too_short, "{entries:?}");
        }
    }

    #[test]
    fn a_second_datagram_needs_longer_answers_where_there_are_any() {
        for (length, too_short) in [
            (AnswerLength::SHORTEST, true),
            (AnswerLength::SHORTEST.longer().unwrap(), true),
            (AnswerLength::LONGEST, false),
        ] {
            let mut buffer = DumpBuffer::new(length);
            buffer.begin_datagram();
            buffer.add(100);
            assert!(!buffer.is_too_short());
            buffer.begin_datagram();
            assert!(!buffer.is_in_pieces() && !buffer.has_grown());
            buffer.add(100);
            assert!(buffer.has_grown());
            assert_eq!(buffer.is_too_short(), too_short);
            assert_eq!(buffer.was_too_short(), too_short);
            assert_eq!(buffer.can_grow(), too_short);
            assert!(buffer.is_in_pieces());
        }
    }

    /// Answers to other requests may come before the first entry.
    #[test]
    fn the_first_datagram_is_that_of_the_first_entry() {
        let mut buffer = DumpBuffer::new(AnswerLength::SHORTEST);
        buffer.begin_datagram();
        buffer.begin_datagram();
        buffer.add(10);
        buffer.add(10);
        assert!(!buffer.is_in_pieces());
    }
}
