//! What a terminal sends for the keys that a watch knows; no I/O.

/// A key with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    /// The next and the previous page of columns.
    NextPage,
    PreviousPage,
    /// Fold or unfold one service, or all of them.
    Fold,
    FoldAll,
    Quit,
}

/// What terminals send, in ANSI's normal and in its application mode, and the letters of less(1).
const SEQUENCES: [(&[u8], Key); 32] = [
    (b"q", Key::Quit),
    (b"Q", Key::Quit),
    (b"k", Key::Up),
    (b"j", Key::Down),
    (b"b", Key::PageUp),
    (b" ", Key::PageDown),
    (b"g", Key::Home),
    (b"G", Key::End),
    (b"v", Key::NextPage),
    (b"V", Key::PreviousPage),
    (b"f", Key::Fold),
    (b"\r", Key::Fold),
    (b"\n", Key::Fold),
    (b"F", Key::FoldAll),
    (b"\x1b[C", Key::NextPage),
    (b"\x1b[D", Key::PreviousPage),
    (b"\x1bOC", Key::NextPage),
    (b"\x1bOD", Key::PreviousPage),
    (b"\x1b[A", Key::Up),
    (b"\x1b[B", Key::Down),
    (b"\x1bOA", Key::Up),
    (b"\x1bOB", Key::Down),
    (b"\x1b[5~", Key::PageUp),
    (b"\x1b[6~", Key::PageDown),
    (b"\x1b[H", Key::Home),
    (b"\x1b[F", Key::End),
    (b"\x1bOH", Key::Home),
    (b"\x1bOF", Key::End),
    (b"\x1b[1~", Key::Home),
    (b"\x1b[4~", Key::End),
    (b"\x1b[7~", Key::Home),
    (b"\x1b[8~", Key::End),
];

/// The keys in what was read; other keys are ignored.
pub fn keys(mut bytes: &[u8]) -> Vec<Key> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let known = SEQUENCES
            .iter()
            .find_map(|(sequence, key)| Some((bytes.strip_prefix(*sequence)?, *key)));
        bytes = match known {
            Some((rest, key)) => {
                found.push(key);
                rest
            }
            None => &bytes[unknown(bytes)..],
        };
    }
    found
}

/// The length of what a key without a meaning sent: else its last letter would count as a key.
fn unknown(bytes: &[u8]) -> usize {
    match bytes {
        [0x1b, b'[', rest @ ..] => {
            let end = rest.iter().position(|byte| (0x40..=0x7e).contains(byte));
            end.map_or(bytes.len(), |end| end + 3)
        }
        [0x1b, b'O', _, ..] => 3,
        [0x1b, _, ..] => 2,
        _ => 1,
    }
}
