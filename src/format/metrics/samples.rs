//! The samples of a table, as they are kept until they are written.

use std::io::{self, Write};

use crate::format::digits::{MOST_DIGITS, put_over};

/// As many bytes of text are handed over at a time, at least.
const PIECE: usize = 64 * 1024;

/// More than the longest end of a row's labels, which is that of a server with an IPv6 address.
pub const END: usize = 64;

/// Memory of this size is mapped by itself: pages that are never touched cost nothing, and it grows without a copy.
const LARGE: usize = 256 * 1024;

/// The longest line.
const LINE: usize = Begin::MOST + END + MOST_DIGITS + 1;

/// The samples of `N` metrics that have the same labels.
///
/// All samples of a metric follow each other, so the last server must be known before the first one is written. What is
/// kept until then is little: a page of memory that is touched for the first time costs as much as 80 lines. So the
/// labels are kept as text that all metrics have in common, those of a service once for all its servers; and each line
/// is two or three copies of constant length and a number.
pub struct Samples<const N: usize> {
    /// What the labels of the groups begin with, one after the other.
    begun: Vec<u8>,
    groups: Vec<Group>,
    /// What the labels of the rows end with, one after the other, each after its length. Whatever follows, each can be
    /// read in a piece of [`END`] bytes, because the last one is kept in such a piece.
    ended: Vec<u8>,
    /// Without what follows the last one.
    ended_length: usize,
    rows: Vec<[u64; N]>,
}

/// Rows that follow each other and whose labels begin in the same way.
struct Group {
    /// Where its text ends; it begins where that of the group before does.
    labels_end: usize,
    /// As well.
    rows_end: usize,
}

impl<const N: usize> Samples<N> {
    pub fn new() -> Samples<N> {
        Samples {
            begun: Vec::with_capacity(LARGE),
            groups: Vec::new(),
            ended: Vec::with_capacity(LARGE),
            ended_length: 0,
            rows: Vec::with_capacity(LARGE / size_of::<[u64; N]>()),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Begins a group whose rows have labels that begin with the parts of a text.
    pub fn begin(&mut self, labels: &[&[u8]]) {
        labels
            .iter()
            .for_each(|part| self.begun.extend_from_slice(part));
        self.groups.push(Group {
            labels_end: self.begun.len(),
            rows_end: self.rows.len(),
        });
    }

    /// Adds a sample of each metric to the group that was begun last; their labels end with the beginning of a text,
    /// less than all of it, the blank before a value included.
    #[inline]
    pub fn push(&mut self, values: [u64; N], labels: &[u8; END], length: usize) {
        let length = length % END;
        self.ended.truncate(self.ended_length);
        self.ended.push(length as u8);
        self.ended.extend_from_slice(labels);
        self.ended_length += 1 + length;
        self.rows.push(values);
        if let Some(group) = self.groups.last_mut() {
            group.rows_end = self.rows.len();
        }
    }

    /// Adds to the values of the only sample of each metric, which has no labels.
    pub fn add_up(&mut self, values: [u64; N]) {
        match self.rows.first_mut() {
            Some(row) => *row = sum(*row, values),
            None => {
                self.begin(&[]);
                self.push(values, &[b' '; END], 1);
            }
        }
    }

    /// Appends the lines of a metric, whose name is `name`, and hands over what is long enough.
    pub fn write(
        &self,
        index: usize,
        name: &str,
        piece: &mut Piece,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        let mut begin = Begin::of(name);
        let (mut labels_start, mut rows_start) = (0, 0);
        let mut ended = self.ended.as_slice();
        let Piece {
            bytes,
            length: written,
        } = piece;
        for group in &self.groups {
            begin.set(name.len(), &self.begun[labels_start..group.labels_end]);
            for row in &self.rows[rows_start..group.rows_end] {
                let Some([length, labels @ ..]) = ended.first_chunk::<{ 1 + END }>() else {
                    break;
                };
                let length = usize::from(*length) % END;
                ended = &ended[1 + length..];
                if *written >= PIECE {
                    out.write_all(&bytes[..*written])?;
                    *written = 0;
                }
                if let Some(line) = bytes[*written..].first_chunk_mut() {
                    *written += put_line(line, &begin, labels, length, row[index]);
                }
            }
            (labels_start, rows_start) = (group.labels_end, group.rows_end);
        }
        Ok(())
    }
}

/// Text until it is handed over. Its memory is initialized once.
pub struct Piece {
    bytes: Box<[u8; PIECE + LINE]>,
    length: usize,
}

impl Piece {
    /// An empty one.
    pub fn new() -> Piece {
        Piece {
            // Not on the stack before.
            bytes: vec![0; PIECE + LINE]
                .try_into()
                .unwrap_or_else(|_| Box::new([0; _])),
            length: 0,
        }
    }

    /// Appends some text, less than a piece.
    pub fn push(&mut self, text: &[u8], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        if self.length + text.len() > PIECE {
            self.hand_over(out)?;
        }
        let end = self.length + text.len();
        self.bytes[self.length..end].copy_from_slice(text);
        self.length = end;
        Ok(())
    }

    /// Hands over what there is.
    pub fn hand_over(&mut self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        out.write_all(&self.bytes[..self.length])?;
        self.length = 0;
        Ok(())
    }
}

/// What the lines of a group begin with. That it has a constant length makes its copy a matter of a few instructions.
struct Begin {
    bytes: [u8; Begin::MOST],
    length: usize,
}

impl Begin {
    /// More than the longest name and the labels of a service with an IPv6 address.
    const MOST: usize = 192;
    /// No more bytes than this are copied without a call of memcpy; those of IPv4 addresses are seldom longer.
    const OFTEN: usize = 128;

    fn of(name: &str) -> Begin {
        let mut begin = Begin {
            bytes: [0; Begin::MOST],
            length: 0,
        };
        begin.set(0, name.as_bytes());
        begin
    }

    /// Puts some text at an index; it ends there.
    fn set(&mut self, index: usize, text: &[u8]) {
        let room = self.bytes.get_mut(index..index + text.len());
        debug_assert!(room.is_some());
        if let Some(room) = room {
            room.copy_from_slice(text);
            self.length = index + text.len();
        }
    }
}

/// Writes a line, and returns its length. Of `labels` the line has the beginning.
#[inline(always)]
fn put_line(
    line: &mut [u8; LINE],
    begin: &Begin,
    labels: &[u8; END],
    length: usize,
    value: u64,
) -> usize {
    let mut end = begin.length.min(Begin::MOST);
    let (most, more) = begin.bytes.split_at(Begin::OFTEN);
    line[..Begin::OFTEN].copy_from_slice(most);
    if end > Begin::OFTEN {
        line[Begin::OFTEN..Begin::MOST].copy_from_slice(more);
    }
    line[end..end + END].copy_from_slice(labels);
    end += length.min(END);
    if let Some(digits) = line[end..].first_chunk_mut() {
        end += put_over(digits, value);
    }
    if let Some(last) = line.get_mut(end) {
        *last = b'\n';
    }
    end + 1
}

/// The sum of each two values.
pub fn sum<const N: usize>(mut sums: [u64; N], values: [u64; N]) -> [u64; N] {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = sum.saturating_add(value);
    }
    sums
}
