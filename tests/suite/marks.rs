//! What the side that plays reports to the other one: where a case begins and how it ended, between the lines that it
//! prints.

/// Begins the lines that are not a case's own.
const MARK: char = '\u{1}';

/// Says that a case begins, by its index in the suite's list.
pub fn begin(case: usize) {
    println!("{MARK}begin {case}");
}

/// Says how it ended.
pub fn end(ok: bool, seconds: f64) {
    let word = if ok { "ok" } else { "failed" };
    println!("{MARK}end {word} {seconds:.1}");
}

/// Prints something measured, which is shown also where the case goes well.
pub fn figure(text: &str) {
    println!("{MARK}figure {text}");
}

/// A line that the other side has printed.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A case begins.
    Begin(usize),
    /// The case has ended: well or not, and after so many seconds.
    End { ok: bool, seconds: &'a str },
    /// What it has measured.
    Figure(&'a str),
    /// What it prints.
    Text(&'a str),
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Self {
        let mark = line
            .strip_prefix(MARK)
            .and_then(|mark| mark.split_once(' '));
        match mark {
            Some(("begin", case)) => case.parse().map_or(Self::Text(line), Self::Begin),
            Some(("figure", text)) => Self::Figure(text),
            Some(("end", rest)) => match rest.split_once(' ') {
                Some((word, seconds)) => Self::End {
                    ok: word == "ok",
                    seconds,
                },
                None => Self::Text(line),
            },
            _ => Self::Text(line),
        }
    }
}

/// Cuts the other side's stream into lines.
#[derive(Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes as they come and hands on each line as it is complete.
    pub fn push(&mut self, bytes: &[u8], handle: &mut dyn FnMut(Line<'_>)) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            handle(Line::read(line.trim_end()));
        }
    }
}
